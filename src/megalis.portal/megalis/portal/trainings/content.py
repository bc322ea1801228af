"""Modules, sessions and who comes to them.

All that decides who has a seat stands in one small object, the roster: two people who take the last seat at once conflict
there, and the second request runs again and finds the session full.
"""

from Acquisition import aq_inner
from Acquisition import aq_parent
from BTrees.OOBTree import OOBTree
from ComputedAttribute import ComputedAttribute
from megalis.portal.kernel import clock
from megalis.portal.trainings.interfaces import IFormations
from megalis.portal.trainings.interfaces import IModule
from megalis.portal.trainings.interfaces import ISession
from megalis.portal.trainings.rules import roster
from megalis.portal.trainings.rules import sessions
from megalis.portal.trainings.rules.profiles import BY_KEY
from persistent import Persistent
from plone.dexterity.content import Container
from plone.dexterity.content import Item
from zope.interface import implementer


TARGET = 1500  # agents the region undertook to train


@implementer(IFormations)
class Formations(Container):
    """The catalogue. ``people``: userid -> tuple of (module id, session id), so that nobody's page reads every session."""

    crumb_title = "Formations"
    target = TARGET

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = OOBTree()


@implementer(IModule)
class ModuleFormation(Container):
    """``guides``: ids of help guides; ``exercise``: (label, path under the site) or None; ``offered``: shown to the public."""

    profile = "acheteurs"
    objectives = ""
    programme = ""
    duration = ""
    exercise_label = ""
    exercise_path = ""
    guides = ()
    offered = True

    @property
    def kind(self):
        """The kind of person it is for."""
        return BY_KEY[self.profile].kind


class Roster(Persistent):
    """The entries of a session (``rules.roster``), one tuple, replaced whole."""

    entries = ()


def _module(session):
    return aq_parent(aq_inner(session))


@implementer(ISession)
class SessionFormation(Item):
    """``spans``: (start, end) instants in UTC, sorted; ``closes``: when enrolment ends; ``cancelled``: (instant, reason) or None.

    ``evaluations``: random key -> Evaluation; nothing there says whose it is.
    """

    organiser = ""
    place = ""
    trainer = ""
    note = ""
    seats = 12
    spans = ()
    closes = None
    cancelled = None
    reminded = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.roster = Roster()
        self.evaluations = OOBTree()

    @property
    def start(self):
        return self.spans[0][0]

    @property
    def end(self):
        return self.spans[-1][1]

    # a property is given the bare session, which knows no parent
    module = ComputedAttribute(_module, 1)

    @property
    def crumb_title(self):
        return clock.french_date(self.start, weekday=False)

    @property
    def entries(self):
        return self.roster.entries

    @property
    def taken(self):
        return len(roster.seated(self.entries))

    @property
    def free(self):
        return max(0, self.seats - self.taken)

    def state(self, now):
        return sessions.state(self.spans, self.closes, self.seats, self.taken, self.cancelled, now)
