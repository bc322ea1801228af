"""What a workspace holds: people, folders, documents, tasks, dates, decisions, pages, and what happened.

Its things are small persistent objects beside one another, none in the catalog: whoever joins or leaves, and whatever is
opened or closed, nothing of them is reindexed.
"""

from BTrees.IOBTree import IOBTree
from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import Shards
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.lanes import Lanes
from megalis.portal.kernel.wordindex import WordIndex
from megalis.portal.workspaces import agenda
from megalis.portal.workspaces import rules
from megalis.portal.workspaces.interfaces import IEspace
from megalis.portal.workspaces.interfaces import IEspaces
from persistent import Persistent
from plone.dexterity.content import Container
from zope.interface import implementer


@implementer(IEspaces)
class Espaces(Container):
    """The workspaces of the platform."""

    _ordering = "unordered"
    crumb_title = "Espaces de travail"


@implementer(IEspace)
class Espace(Container):
    """A workspace. ``members``: userid -> Member; ``asks``: userid -> instant of who asks to come in."""

    _ordering = "unordered"
    visibility = rules.RESTRICTED
    archived_at = None
    quota = rules.QUOTA

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.members = OOBTree()
        self.asks = OOBTree()
        self.invitations = OOBTree()  # digest of a token -> Invitation
        self.folders = OOBTree()  # id -> Folder
        self.documents = Shards()
        self.tasks = Shards()
        self.dates = Shards()
        self.decisions = IOBTree()  # rank -> Decision
        self.pages = OOBTree()  # slug -> Page
        self.activity = Lanes()
        self.index = WordIndex()
        self.used = Length()

    @property
    def parents(self):
        """``{folder id: id of the folder it stands in}``."""
        return {key: folder.parent for key, folder in self.folders.items()}


class Member(Persistent):
    """A person of a workspace; ``frequency`` is how he is told of it ("" as usual)."""

    def __init__(self, role, by):
        self.role = role
        self.by = by
        self.since = clock.now()
        self.frequency = ""


class Invitation(Persistent):
    """One invitation; its token is known to the mail alone, ``digest`` to us. ``state``: envoyee, acceptee, annulee."""

    def __init__(self, digest, email, role, person):
        self.digest = digest
        self.email = email
        self.role = role
        self.by = person.userid
        self.by_name = person.fullname
        self.sent = clock.now()
        self.state = "envoyee"

    @property
    def expires(self):
        return self.sent + rules.INVITATION


class Folder(Persistent):
    """A folder of documents; ``parent`` is the id of the one it stands in, "" at the top."""

    def __init__(self, title, parent):
        self.id = uuidhex()
        self.title = title
        self.parent = parent


class Comment:
    """What somebody says of a thing; immutable."""

    __slots__ = ("at", "by", "html", "name")

    def __init__(self, person, html):
        self.at = clock.now()
        self.by = person.userid
        self.name = person.fullname
        self.html = html


class Thing(Persistent):
    """What documents, tasks, dates and decisions share: who made it, when, what is said of it."""

    def __init__(self, title, person):
        self.id = uuidhex()
        self.title = title
        self.by = person.userid
        self.name = person.fullname
        self.at = clock.now()
        self.changed = self.at
        self.comments = Lanes()


class Version:
    """One version of a document; immutable."""

    __slots__ = ("at", "by", "file", "name", "note", "number")

    def __init__(self, number, file, person, note=""):
        self.number = number
        self.file = file
        self.by = person.userid
        self.name = person.fullname
        self.at = clock.now()
        self.note = note


class Document(Thing):
    """A document; ``versions`` oldest first, ``lock`` (userid, name, until) or None."""

    lock = None

    def __init__(self, file, person, folder=""):
        super().__init__(file.name, person)
        self.folder = folder
        self.versions = (Version(1, file, person),)

    @property
    def last(self):
        return self.versions[-1]


class Task(Thing):
    """Something to do: ``who`` a userid or "", ``due`` a date or None, ``html`` what it is about."""

    state = rules.TODO
    who = ""
    who_name = ""
    due = None
    html = ""


class Day(Thing):
    """An entry of the calendar, from ``start`` to ``end`` (instants), the first time when it comes back.

    ``rhythm`` of agenda.RHYTHMS; ``dates``: the days it takes place on the clocks of Paris; ``cancelled``: those of them
    it does not.
    """

    place = ""
    text = ""
    rhythm = agenda.ONCE
    dates = ()
    cancelled = ()

    def __init__(self, title, person, start, end):
        super().__init__(title, person)
        self.start = start
        self.end = end


class Decision(Thing):
    """What was decided: ``rank`` in the workspace, ``html`` its terms, ``day`` when."""

    state = rules.PROPOSED
    settled = None  # (instant, name) of who adopted or rejected it

    def __init__(self, title, person, html, day):
        super().__init__(title, person)
        self.rank = 0
        self.html = html
        self.day = day

    @property
    def number(self):
        return rules.number_of(self.rank, self.day.year)


class Edition:
    """One state of a wiki page; immutable."""

    __slots__ = ("at", "by", "html", "name", "note", "number", "title")

    def __init__(self, number, title, html, person, note):
        self.number = number
        self.title = title
        self.html = html
        self.by = person.userid
        self.name = person.fullname
        self.at = clock.now()
        self.note = note


class Page(Persistent):
    """A wiki page; ``editions`` oldest first."""

    def __init__(self, slug, edition):
        self.id = slug
        self.key = clock.now()
        self.editions = (edition,)

    @property
    def last(self):
        return self.editions[-1]

    @property
    def title(self):
        return self.last.title


class Activity:
    """What happened; immutable. ``url`` is what follows the address of the workspace."""

    __slots__ = ("kind", "name", "url", "userid", "words")

    def __init__(self, kind, userid, name, words, url):
        self.kind = kind
        self.userid = userid
        self.name = name
        self.words = words
        self.url = url
