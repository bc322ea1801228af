"""What services offer one another through the kernel, so that none has to import another."""

from dataclasses import dataclass
from datetime import datetime
from zope.interface import Attribute
from zope.interface import implementer
from zope.interface import Interface


class IWorkerTick(Interface):
    """The worker passes by, every few seconds, in a transaction of its own: do periodic work now."""

    site = Attribute("the site")
    now = Attribute("aware UTC datetime")
    leisure = Attribute("True every half minute: time for what need not be done every few seconds")


@implementer(IWorkerTick)
@dataclass(frozen=True)
class WorkerTick:
    site: object
    now: datetime
    leisure: bool = True


@dataclass(frozen=True)
class Task:
    """One thing a person has to do or should know, on his dashboard.

    ``level`` is ``do``, ``soon``, ``info``, or ``date`` for what is only shown among the deadlines; ``due`` an aware
    datetime or None; ``group`` a short French heading; ``action`` what the button says.
    """

    title: str
    url: str
    due: datetime | None = None
    level: str = "do"
    group: str = ""
    action: str = "Y aller"


class IAgentTasks(Interface):
    """Named adapter of (person, request): ``__call__() -> list of Task`` for an agent."""


class ICompanyTasks(Interface):
    """Named adapter of (person, request): ``__call__() -> list of Task`` for a company's user."""


class IAgentSections(Interface):
    """Named adapter of (person, request): a section of the agents' dashboard (``title``, ``order``, ``render()``)."""


class ICompanySections(Interface):
    """Named adapter of (person, request): a section of the companies' dashboard (``title``, ``order``, ``render()``)."""


class IKeyFigures(Interface):
    """Named utility: ``__call__(site) -> list of (key, French label, int)`` counted now, never stored."""
