"""The ground of the pages about groupings: for whom one acts, what one may, the way through."""

from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import letters
from megalis.portal.groupings import ordering
from megalis.portal.groupings import surveying
from megalis.portal.groupings.rules import convention
from megalis.portal.groupings.rules import survey
from megalis.portal.groupings.rules import units
from megalis.portal.groupings.rules import wording
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations.browser import base
from megalis.portal.theme.words import plural
from plone.uuid.interfaces import IUUID


COORDINATE = "megalis: Coordinate grouping"
FOLLOW = "megalis: Follow grouping"
TABS = (
    ("", "Groupement"),
    ("@@convention", "Convention et membres"),
    ("@@besoins", "Enquête de besoins"),
    ("@@reponse", "Ma réponse"),
    ("@@consolidation", "Consolidation"),
    ("@@parts", "Consultation et parts"),
    ("@@commandes", "Commandes"),
)
FORBIDDEN = "Votre rôle ne permet pas cette action : un acheteur ou un valideur de la collectivité la fait."


def day(value):
    """Return ``16/03/2026`` of a date, "" for None."""
    return f"{value:%d/%m/%Y}" if value else ""


class Page(base.Page):
    """A page about one grouping."""

    door = "agents"
    here = ""
    plural = staticmethod(plural)
    day = staticmethod(day)
    lot_name = staticmethod(wording.lot)
    shown = staticmethod(units.shown)

    @property
    def grouping(self):
        return self.context

    @property
    def root(self):
        return self.context.absolute_url()

    @property
    def url(self):
        return f"{self.root}/{self.here}" if self.here else self.root

    @cached_property
    def coordinator(self):
        """Name of the coordinator."""
        return self.context.members[self.context.coordinator].name

    @property
    def coordinates(self):
        return self.may(COORDINATE)

    @property
    def userid(self):
        return self.person.userid if self.person is not None else ""

    @cached_property
    def mine(self):
        """The members the person works for: list of (Member, role keys)."""
        if self.person is None:
            return []
        known = {member.uid: member for member in self.context.active}
        places = ((IUUID(place), self.person.roles_in(place)) for place in self.person.collectivites)
        return [(known[uid], keys) for uid, keys in places if uid in known]

    @cached_property
    def member(self):
        """The member the person acts for: the one the address or the form names, else the first; None for none."""
        asked = self.field("membre")
        found = [member for member, _keys in self.mine if not asked or member.uid == asked]
        return found[0] if found else None

    def holds(self, keys):
        """Tell whether the person has one of the roles in the member it acts for."""
        return any(set(keys) & held for member, held in self.mine if member is self.member)

    @property
    def may_answer(self):
        return self.holds(letters.BUYERS)

    @property
    def may_engage(self):
        return self.holds(letters.ENGAGING)

    def require(self, allowed):
        if not allowed:
            raise Refusal("groupement.role", FORBIDDEN, 403)

    @property
    def tabs(self):
        """The way through the grouping: dicts title, url, current."""
        hidden = set() if self.member is not None else {"@@reponse"}
        if not self.context.consultation:
            hidden.add("@@parts")
        if ordering.framework(self.context) is None:
            hidden.add("@@commandes")
        found = [tab for tab in TABS if tab[0] not in hidden]
        return [
            {"title": title, "url": f"{self.root}/{view}" if view else self.root, "current": view == self.here}
            for view, title in found
        ]

    @cached_property
    def state(self):
        """The state of the survey now."""
        return surveying.state(self.context, self.now)

    @property
    def state_badge(self):
        kinds = {survey.PREPARED: "draft", survey.OPEN: "open", survey.FROZEN: "closed"}
        return kinds[self.state], f"Enquête {survey.LABELS[self.state].lower()}"

    @property
    def stage_badge(self):
        kinds = {
            convention.PREPARING: "draft",
            convention.INVITING: "soon",
            convention.SIGNING: "soon",
            convention.WHOLE: "ok",
        }
        return kinds[self.context.stage], convention.LABELS[self.context.stage]

    def unit(self, code):
        return units.UNITS[code].title

    def moment(self, instant):
        return clock.french(instant, seconds=True)

    @cached_property
    def table(self):
        return surveying.table(self.context)

    def fail(self, message, status, mark):
        super().fail(message, status, mark)
        more = getattr(self, "wrong", ())
        if more:
            self.errors = tuple(refused.message for _key, refused in more)

    def refused(self, code, message):
        raise Refused(code, message)


class OfCollectivite(base.Page):
    """A page about the groupings of a collectivité."""

    door = "agents"
    plural = staticmethod(plural)

    @property
    def userid(self):
        return self.person.userid if self.person is not None else ""
