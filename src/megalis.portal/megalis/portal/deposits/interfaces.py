"""What the room of deposits shows to others."""

from zope.interface import Interface
from zope.interface.interfaces import IObjectEvent


class ISimulation(Interface):
    """Marks the permanent consultation of the simulation room: open to all, opened by a public test key, purged."""


class IDepositReceived(IObjectEvent):
    """A deposit was accepted; ``object`` is the consultation, ``deposit`` the Deposit, ``company`` its company or None."""


class ITrialReceived(Interface):
    """Somebody with an account, ``userid``, deposited in the simulation room (event): the deposit itself is soon forgotten."""


class IConsultationClosed(IObjectEvent):
    """The closing of the consultation ``object`` was written in the journal."""


class IKeyProved(IObjectEvent):
    """A holder opened a challenge; ``object`` is the collectivité, ``key`` the Key, ``first`` True when it enters service."""


class IKeyRevoked(IObjectEvent):
    """A key was put out of use; ``object`` is the collectivité, ``key`` the Key."""
