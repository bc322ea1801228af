"""A grouping and what it holds: members, the survey and its answers, shares, orders.

Each answer is an object of its own, made before anybody writes in it: members who answer at the same instant write apart.
"""

from BTrees.OOBTree import OOBTree
from megalis.portal.groupings.interfaces import IGroupement
from megalis.portal.groupings.rules import convention
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.interfaces import IGathers
from persistent import Persistent
from persistent.mapping import PersistentMapping
from plone.dexterity.content import Item
from zope.interface import implementer


class Member(Persistent):
    """A collectivité in a grouping; ``since`` is when its state was reached, ``by`` the userid who brought it there.

    ``signatory`` and ``deliberation`` are what it told when it signed.
    """

    signatory = deliberation = by = ""

    def __init__(self, uid, name, state, at):
        self.uid = uid
        self.name = name
        self.state = state
        self.invited = at
        self.since = at


class Answer(Persistent):
    """What a member answers: ``draft`` texts as typed, ``needs`` what was sent (line id -> survey.Need)."""

    sent = None
    by = ""

    def __init__(self):
        self.draft = {}
        self.needs = {}


class Late(Persistent):
    """An answer that came after the freezing, whole: it counts only once the coordinator retains it."""

    retained = None

    def __init__(self, uid, needs, at, by):
        self.id = uuidhex()
        self.uid = uid
        self.needs = needs
        self.at = at
        self.by = by


class Order(Persistent):
    """An order of a member on a lot ("" for an undivided contract) of the accord-cadre, in euros excluding tax."""

    cancelled = None

    def __init__(self, uid, lot, number, title, amount, day, at, by):
        self.id = uuidhex()
        self.uid = uid
        self.lot = lot
        self.number = number
        self.title = title
        self.amount = amount
        self.day = day
        self.at = at
        self.by = by


@implementer(IGroupement, IGathers)
class Groupement(Item):
    """See the interface. Survey: ``lots``, ``lines`` (rules.survey), ``sent``, ``closes`` (aware UTC)."""

    coordinator = ""  # uid
    document = None  # the signed convention, a NamedBlobFile
    lots = ()
    lines = ()
    sent = None
    closes = None
    reminded = ()  # marks of the reminders already followed
    recalled = None  # instant of the last reminder
    frozen = None  # {"at", "fingerprint"} once the freezing was noted
    consultation = ""  # uuid of the consultation opened from it
    opened = None
    fixed = None  # when the shares were fixed
    ordered = None  # euros of the orders that stand, written with each of them

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.members = OOBTree()
        self.answers = OOBTree()
        self.late = OOBTree()
        self.shares = PersistentMapping()  # lot -> {uid: per cent}
        self.bases = PersistentMapping()  # lot -> what the shares were made from
        self.orders = OOBTree()

    @property
    def active(self):
        """The members that did not refuse, the coordinator first, then by name."""
        found = [member for member in self.members.values() if member.state in convention.ACTIVE]
        return sorted(found, key=lambda member: (member.uid != self.coordinator, member.name.casefold()))

    @property
    def joined(self):
        """Those of them that accepted or signed."""
        return [member for member in self.active if member.state != convention.INVITED]

    @property
    def states(self):
        """uid -> state."""
        return {member.uid: member.state for member in self.members.values()}

    @property
    def stage(self):
        return convention.stage(self.states.values())

    @property
    def values(self):
        """What the convention says, by field."""
        return {name: getattr(self, name, None) for name in convention.NEEDED}
