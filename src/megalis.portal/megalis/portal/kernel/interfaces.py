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


@dataclass(frozen=True)
class DossierFile:
    """A file of a consultation's dossier.

    ``path``: where it stands under the part's ``folder``, with slashes. ``data``: bytes, a ZODB Blob that will not
    change, or a function that writes the file into the binary stream it is given. ``title``: what it is, in French.
    ``at``: aware datetime of what it tells, or None.
    """

    path: str
    data: object
    title: str = ""
    at: datetime | None = None


class IDossierPart(Interface):
    """Named adapter of a consultation: what a room puts into the archive of the whole consultation.

    Asked by the worker, as the system: the part itself leaves out what nobody may know yet (names before the closing).
    """

    title = Attribute("French heading, as « Registre des dépôts »")
    folder = Attribute("first folder of its files, in plain letters, as ``registres``; two parts may share one")
    order = Attribute("int; the dossier lists its parts by it")
    reads_bids = Attribute("True when only who may read opened bids may have it")

    def weigh():
        """Return ``(files, bytes)`` at little cost, before anything is made; what is generated counts for 0 bytes."""

    def __call__():
        """Yield DossierFile, each made when its turn comes."""


class ICharts(Interface):
    """Named utility: ``__call__(site, scope) -> list of kernel.figures.Chart``, counted now, never stored."""


class IIndicators(Interface):
    """Named utility: ``__call__(site, scope) -> list of kernel.figures.Indicator``, counted now, never stored."""


class ILinks(Interface):
    """Named adapter of (content, request): ``__call__() -> list of (address, French words)``.

    The pages another room has about the content, for the person who looks; the content's own page shows them.
    """


class IDocumentUse(Interface):
    """Named utility: what a room can make of a document that stands in another.

    ``title``, ``words``: French, the action and what it does.
    """

    def accepts(name):
        """Tell whether a file of that name may be used so."""

    def places(person):
        """Return ``[(id, French name)]`` of where the person may; empty when nowhere."""

    def make(person, place, name, data, source):
        """Use the bytes; return the address where the person goes on. ``source``: French words; Refused when it may not be."""


class IInnerSearch(Interface):
    """Adapter of a content: ``__call__(query) -> list of dicts`` title, url, name, at, words: what it holds, newest first."""


class IInnerFiles(Interface):
    """Adapter of a content: ``__call__() -> (path, instant, Path or bytes)``s, what it gives to the archive around it."""


class ILeaders(Interface):
    """Adapter of a container (a workspace): ``__call__() -> userids`` of those who lead what stands in it."""


@dataclass(frozen=True)
class Happened:
    """Something people who work around ``object`` may want to know (event, in the transaction of the fact).

    ``kind``: a short key; ``words``: one French sentence without its subject (« a ouvert le sujet « Voirie » »).
    """

    object: object
    kind: str
    userid: str
    name: str
    words: str
    url: str


class ISoftwareRoom(Interface):
    """Named adapter of (person, request), the name being a module of ``transports.s2low.addresses``: answers its addresses."""

    def answer(address, command):
        """Return the bytes of an answer; raise ``transports.s2low.fields.Ko`` or ``formats.refusal.Refused``."""

    def check(address):
        """Raise Ko when the person may ask nothing at this address."""


@dataclass(frozen=True)
class GroupGathered:
    """Collectivités work together around ``object`` (event, in the transaction of the fact), told again when they change.

    ``members``: their uids, who leads first. A room of workspaces opens one for them, once, and lets its members follow.
    """

    object: object
    title: str
    members: tuple


class IGathers(Interface):
    """Marker of the content around which collectivités work together: its page shows the ILinks of other rooms."""


@dataclass(frozen=True)
class GroupDissolved:
    """``object``, around which collectivités worked together, is about to go (event, in the transaction of the fact)."""

    object: object


@dataclass(frozen=True)
class AgendaDate:
    """A date another room announces in the site's agenda; instants are aware."""

    uid: str
    title: str
    url: str
    start: datetime
    end: datetime
    location: str = ""

    def absolute_url(self):
        return self.url


class IAgendaDates(Interface):
    """Named utility: ``__call__(site, begin, end) -> AgendaDates`` that overlap the instants, all public."""


class IScreenHelp(Interface):
    """Utility: ``__call__(site, portal_type, name) -> (address, title)`` of the guide of a screen, or None.

    ``name`` is that of the view on a content of ``portal_type``; "" or ``view`` for the content's own page.
    """


class ISuggestions(Interface):
    """Named utility: ``__call__(site, words) -> list of (title, address)``: where somebody may have wanted to go."""
