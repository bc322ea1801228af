"""What the room tells the others, in the transaction of the fact."""

from zope.interface import Attribute
from zope.interface import implementer
from zope.interface.interfaces import IObjectEvent
from zope.interface.interfaces import ObjectEvent


class IConsultationEvent(IObjectEvent):
    """Something happened to a consultation, after its workflow state changed, in the same transaction."""

    instant = Attribute("aware UTC datetime")
    reason = Attribute("text or ''")


@implementer(IConsultationEvent)
class ConsultationEvent(ObjectEvent):
    """``object`` is the consultation, ``instant`` when (aware UTC), ``reason`` why, or ''."""

    def __init__(self, consultation, instant, reason=""):
        super().__init__(consultation)
        self.instant = instant
        self.reason = reason


class IConsultationPublished(IConsultationEvent):
    """The consultation is published: alerts and notices may leave."""


@implementer(IConsultationPublished)
class ConsultationPublished(ConsultationEvent):
    """See the interface."""


class IInvitationsOpened(IConsultationEvent):
    """A restricted consultation is published: its invitations leave.

    An event of its own, so that nothing meant for the public (alerts, notices, feeds) hears of it.
    """


@implementer(IInvitationsOpened)
class InvitationsOpened(ConsultationEvent):
    """See the interface."""


class IConsultationRectified(IConsultationEvent):
    """A new version replaces the former one; ``version`` (int) and ``changes`` (list of dict) say which."""


@implementer(IConsultationRectified)
class ConsultationRectified(ConsultationEvent):
    """See the interface."""

    def __init__(self, consultation, instant, reason, version, changes):
        super().__init__(consultation, instant, reason)
        self.version = version
        self.changes = changes


class IConsultationCancelled(IConsultationEvent):
    """The consultation is given up (annulée) after its publication."""


@implementer(IConsultationCancelled)
class ConsultationCancelled(ConsultationEvent):
    """See the interface."""


class IConsultationOpened(IConsultationEvent):
    """The opening of the bids began."""


@implementer(IConsultationOpened)
class ConsultationOpened(ConsultationEvent):
    """See the interface."""


class IConsultationDecided(IConsultationEvent):
    """Every lot has a decision."""


@implementer(IConsultationDecided)
class ConsultationDecided(ConsultationEvent):
    """See the interface."""


class IConsultationNotified(IConsultationEvent):
    """The contract is notified to its holders, or its end is told."""


@implementer(IConsultationNotified)
class ConsultationNotified(ConsultationEvent):
    """See the interface."""


class IMessageRead(IConsultationEvent):
    """A message to a company was read for the first time: ``delivery`` is its exchanges.messages.Delivery."""

    delivery = Attribute("Delivery")


@implementer(IMessageRead)
class MessageRead(ConsultationEvent):
    """See the interface."""

    def __init__(self, consultation, instant, delivery):
        super().__init__(consultation, instant)
        self.delivery = delivery
