"""What the room of awards tells the others."""

from zope.interface import Attribute
from zope.interface.interfaces import IObjectEvent


class ILotNotified(IObjectEvent):
    """The contract of a lot is notified to all its holders and the date is settled; said once a lot, never again.

    Fired in the transaction of the fact that settles the date: the first reading of the last holder's letter, the end of
    the time after which an unread letter counts (then it may be days after ``date``, by the worker), or the statement of
    an agent that the contract was handed over otherwise.
    """

    object = Attribute("the consultation that decided and notified; a stage tells of itself, not of its origin")
    lot = Attribute("number of the lot, '' for a contract that is not divided")
    holders = Attribute("tuple of events.Holder, one a contract; several in an accord-cadre")
    amount = Attribute("Decimal, euros excluding tax of the whole lot, or None when none was given")
    date = Attribute("aware UTC instant of the notification; the last one when there are several holders")
    how = Attribute("'lecture', 'presomption' or 'constat'; of the holder notified last")
