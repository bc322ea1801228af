"""What the room tells the others, in the transaction of the fact."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from megalis.portal.awards.interfaces import ILotNotified
from zope.interface import implementer
from zope.interface.interfaces import ObjectEvent


@dataclass(frozen=True)
class Holder:
    """A company to which a lot is awarded, alone or for the group it leads.

    ``siret``: 14 digits, or '' when it is not known; ``company``: uuid of its record on the platform, or '';
    ``amount``: Decimal, euros excluding tax, its own, or None; ``date``: aware UTC instant of its notification;
    ``members``: tuple of ``(name, siret or '')`` of the others of its group; ``deposit``: uuid of the bid that won, or ''.
    """

    name: str
    siret: str = ""
    company: str = ""
    amount: Decimal | None = None
    date: datetime | None = None
    members: tuple = ()
    deposit: str = ""


@implementer(ILotNotified)
class LotNotified(ObjectEvent):
    """See the interface. ``LotNotified(consultation, lot, holders, amount, date, how)``."""

    def __init__(self, consultation, lot, holders, amount, date, how="constat"):
        super().__init__(consultation)
        self.lot = lot
        self.holders = tuple(holders)
        self.amount = amount
        self.date = date
        self.how = how
