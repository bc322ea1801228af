"""What the room tells the others, in the transaction of the fact."""

from megalis.portal.consultations import interfaces
from zope.interface import implementer
from zope.interface.interfaces import ObjectEvent


@implementer(interfaces.IConsultationEvent)
class ConsultationEvent(ObjectEvent):
    """``object`` is the consultation, ``instant`` when (aware UTC), ``reason`` why, or ''."""

    def __init__(self, consultation, instant, reason=""):
        super().__init__(consultation)
        self.instant = instant
        self.reason = reason


@implementer(interfaces.IConsultationPublished)
class ConsultationPublished(ConsultationEvent):
    """See the interface."""


@implementer(interfaces.IInvitationsOpened)
class InvitationsOpened(ConsultationEvent):
    """See the interface."""


@implementer(interfaces.IConsultationRectified)
class ConsultationRectified(ConsultationEvent):
    """See the interface."""

    def __init__(self, consultation, instant, reason, version, changes):
        super().__init__(consultation, instant, reason)
        self.version = version
        self.changes = changes


@implementer(interfaces.IConsultationCancelled)
class ConsultationCancelled(ConsultationEvent):
    """See the interface."""


@implementer(interfaces.IConsultationOpened)
class ConsultationOpened(ConsultationEvent):
    """See the interface."""


@implementer(interfaces.IConsultationDecided)
class ConsultationDecided(ConsultationEvent):
    """See the interface."""


@implementer(interfaces.IConsultationNotified)
class ConsultationNotified(ConsultationEvent):
    """See the interface."""


@implementer(interfaces.IMessageRead)
class MessageRead(ConsultationEvent):
    """See the interface."""

    def __init__(self, consultation, instant, delivery):
        super().__init__(consultation, instant)
        self.delivery = delivery
