"""What a forum holds: subjects, whose messages stand in lanes so that nobody who posts waits for another."""

from BTrees.OOBTree import OOBTree
from hashlib import sha256
from megalis.portal.forums import rules
from megalis.portal.forums.interfaces import IForum
from megalis.portal.forums.interfaces import IForums
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import Shards
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.lanes import key_of
from megalis.portal.kernel.lanes import Lanes
from megalis.portal.kernel.lanes import Latest
from megalis.portal.kernel.wordindex import WordIndex
from persistent import Persistent
from plone.dexterity.content import Container
from plone.dexterity.content import Item
from zope.interface import implementer


@implementer(IForums)
class Forums(Container):
    """The forums of the whole site."""

    _ordering = "unordered"
    crumb_title = "Forums"


@implementer(IForum)
class Forum(Item):
    """A forum. ``audience``: a key of ``rules.AUDIENCES``, or MEMBERS in a workspace. ``followers``: userid -> frequency."""

    audience = rules.AGENTS
    moderation = rules.AFTER

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sujets = Shards()  # uuid -> Sujet
        self.held = Shards()  # uuid -> Held
        self.reports = Shards()  # uuid -> Report
        self.readers = Shards()  # digest of a userid -> Reader
        self.followers = OOBTree()
        self.index = WordIndex()

    def reader(self, userid, make=False):
        """Return what a person has read here; None when he never came, unless ``make``."""
        key = sha256(userid.encode()).hexdigest()[:32]
        found = self.readers.get(key)
        if found is None and make:
            found = self.readers[key] = Reader()
        return found


class Sujet(Persistent):
    """A subject. ``latest`` bears the last published message's key and its author's name; ``waiting`` what is not read yet.

    ``solution``: key of the message that answers, or 0. ``leads_to``: (forum path, subject id) once it was put elsewhere.
    """

    pinned = False
    locked = False
    solution = 0

    def __init__(self, title, person, at):
        self.id = uuidhex()
        self.title = title
        self.author = person.userid
        self.author_name = person.fullname
        self.at = at
        self.messages = Lanes()
        self.waiting = Lanes()
        self.latest = Latest()
        self.followers = OOBTree({person.userid: ""})


class Message(Persistent):
    """What somebody wrote: ``html`` is clean. ``where`` is his organisation as it was that day."""

    state = rules.PUBLISHED
    moderated = None  # (instant, userid, reason) of the last decision of a moderator
    editions = ()  # what it was before its author changed it, oldest first
    edited = None  # instant of the last change, or of the deletion

    def __init__(self, person, where, at, html, attachments, state):
        self.author = person.userid
        self.name = person.fullname
        self.where = where
        self.at = at
        self.html = html
        self.attachments = tuple(attachments)
        self.state = state


class Edition:
    """What a message was until ``until``; immutable. Moderators alone read it."""

    __slots__ = ("attachments", "html", "until")

    def __init__(self, message, until):
        self.html = message.html
        self.attachments = message.attachments
        self.until = until


class Held:
    """A message that waits for a moderator; immutable. ``key`` is its place among the waiting ones of its subject."""

    __slots__ = ("at", "id", "key", "sujet")

    def __init__(self, sujet, key, at):
        self.id = uuidhex()
        self.sujet = sujet
        self.key = key
        self.at = at


class Report:
    """Somebody finds a message improper; immutable."""

    __slots__ = ("at", "by", "id", "key", "name", "reason", "sujet")

    def __init__(self, sujet, key, person, reason, at):
        self.id = uuidhex()
        self.sujet = sujet
        self.key = key
        self.by = person.userid
        self.name = person.fullname
        self.reason = reason
        self.at = at


class Reader(Persistent):
    """What one person has read: subjects by the key of the last message seen; nothing before ``since`` is new to him."""

    def __init__(self):
        self.since = key_of(clock.now())
        self.seen = OOBTree()
