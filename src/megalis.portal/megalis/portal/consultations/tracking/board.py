"""``@@suivi``: all consultations of a collectivité by phase, their dates to come, the weeks where too much falls together.

All that is shown comes from the catalog alone: three hundred consultations cost one query.
"""

from dataclasses import dataclass
from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import BADGES
from megalis.portal.consultations.rules import calendar_lines
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import typing
from megalis.portal.consultations.tracking import rules
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.theme import charts
from megalis.portal.theme import timeline
from megalis.portal.theme.export import Exported
from megalis.portal.theme.words import plural
from Products.Five.browser import BrowserView
from urllib.parse import urlencode
from zope.component.hooks import getSite


PAGE = 25
NEAREST = 5
LIVE = (phase.ELABORATION, phase.A_VALIDER, phase.PUBLIEE, phase.CLOSE, phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE)
STORED = tuple(state for state in (*LIVE, phase.NOTIFIEE) if state != phase.CLOSE)
PHASES = (*LIVE, phase.NOTIFIEE)
MINE, ALL = "miennes", ""
FILTERS = ("etape", "procedure", "agent", "service", "qui")
STACKED = ((rules.DEADLINE, "k1"), (rules.OPENING, "k2"), ("autres", "k3"))


@dataclass(frozen=True)
class Item:
    """One consultation of the board; ``due`` its next date (rules.Due) or None, ``waits`` what is awaited without one."""

    uid: str
    url: str
    title: str
    reference: str
    procedure: str
    state: str
    creator: str
    created: object
    published: object
    deadline: object
    milestones: dict
    dues: tuple
    due: object
    waits: str
    late: bool

    @property
    def order(self):
        return (PHASES.index(self.state), self.due is None, self.due.at if self.due else self.created, self.uid)


def item_of(brain, now):
    """Return the Item of a catalog entry at an instant."""
    state = phase.phase(brain.review_state, brain.deadline, now)
    milestones = getattr(brain, "milestones", None) or {}
    dues = rules.dues(state, brain.deadline, milestones)
    return Item(
        brain.UID, brain.getURL(), brain.Title, brain.reference or "", brain.procedure or "", state, brain.Creator,
        brain.created.asdatetime(), brain.published_at or None, brain.deadline or None, milestones, dues,
        rules.upcoming(dues, now), rules.awaited(state, dues, now), rules.is_late(state, dues, now),
    )  # fmt: skip


def items(collectivite, now):
    """Return the Items of the consultations that live in a collectivité, by phase then by next date."""
    brains = api.find(collectivite, review_state=STORED)
    return sorted((item_of(brain, now) for brain in brains), key=lambda item: item.order)


class Board(BrowserView):
    """The page; every filter is an address."""

    door = "agents"
    page_title = "Suivi des consultations"
    plural = staticmethod(plural)

    @cached_property
    def now(self):
        return clock.now()

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@suivi"

    @cached_property
    def person(self):
        return people.current(self.request)

    @cached_property
    def all(self):
        return items(self.context, self.now)

    @cached_property
    def accounts(self):
        """Userid -> account of those who began a consultation of the board."""
        known = people.door().accounts
        return {userid: known.get(userid) for userid in {item.creator for item in self.all}}

    def agent(self, userid):
        account = self.accounts.get(userid)
        return account.fullname if account is not None else ""

    def service(self, userid):
        account = self.accounts.get(userid)
        return account.service if account is not None else ""

    @cached_property
    def agents(self):
        """The choices of the filter: list of (userid, name)."""
        named = ((userid, self.agent(userid)) for userid, account in self.accounts.items() if account is not None)
        return sorted(named, key=lambda pair: pair[1].casefold())

    @cached_property
    def services(self):
        """Path -> title of the services whose agents began a consultation."""
        found = {}
        for path in {self.service(userid) for userid in self.accounts} - {""}:
            service = getSite().unrestrictedTraverse(path, None)
            if service is not None:
                found[path] = service.title
        return dict(sorted(found.items(), key=lambda pair: pair[1].casefold()))

    @cached_property
    def procedures(self):
        return {name: PROCEDURES.get(name, name) for name in sorted({item.procedure for item in self.all} - {""})}

    @property
    def phases(self):
        return {state: phase.LABELS[state] for state in PHASES}

    @cached_property
    def asked(self):
        """What the address asks for, made sound."""
        form = self.request.form
        return {
            "etape": typing.one_of(form.get("etape"), self.phases),
            "procedure": typing.one_of(form.get("procedure"), self.procedures),
            "agent": typing.one_of(form.get("agent"), dict(self.agents)),
            "service": typing.one_of(form.get("service"), self.services),
            "qui": typing.one_of(form.get("qui"), {MINE: ""}),
        }

    @cached_property
    def found(self):
        asked = self.asked
        me = self.person.userid if self.person is not None else None
        return [
            item
            for item in self.all
            if (not asked["etape"] or item.state == asked["etape"])
            and (not asked["procedure"] or item.procedure == asked["procedure"])
            and (not asked["agent"] or item.creator == asked["agent"])
            and (not asked["service"] or self.service(item.creator) == asked["service"])
            and (not asked["qui"] or item.creator == me)
        ]

    @property
    def filtered(self):
        return any(self.asked.values())

    @cached_property
    def last(self):
        return max(1, -(-len(self.found) // PAGE))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @cached_property
    def shown(self):
        return self.found[(self.page - 1) * PAGE : self.page * PAGE]

    def query(self, **changes):
        kept = {name: value for name, value in {**self.asked, **changes}.items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def pages(self):
        """The numbers of the pager: list of (number, address, is here)."""
        if self.last == 1:
            return []
        near = typing.near_pages(self.page, self.last)
        return [(n, self.url + self.query(page=n if n > 1 else ""), "page" if n == self.page else None) for n in near]

    @property
    def calendar(self):
        """The picture of this page of the table, by phase."""
        lines, here = [], None
        for item in self.shown:
            spans = calendar_lines.spans(
                item.state, item.created, item.published, item.deadline, item.milestones, self.now
            )
            marks = tuple(timeline.Mark(due.at, due.label) for due in item.dues if due.at > self.now)
            if not spans and not marks:
                continue
            if item.state != here:
                here = item.state
                lines.append(timeline.Line(phase.LABELS[here]))
            lines.append(timeline.Line(item.title, spans, marks))
        count = sum(not line.heading for line in lines)
        sentence = f"Calendrier de {plural(count, 'consultation')} par étape ; le tableau qui suit dit la même chose."
        return timeline.figure("suivi-calendrier", sentence, lines, self.now) if count else ""

    @property
    def rows(self):
        """The table: dicts url, title, reference, procedure, badge, label, agent, due, what, waits, late."""
        return [
            {
                "url": f"{item.url}/@@gestion",
                "title": item.title,
                "reference": item.reference,
                "procedure": PROCEDURES.get(item.procedure, item.procedure),
                "badge": BADGES[item.state],
                "label": phase.LABELS[item.state],
                "agent": self.agent(item.creator),
                "due": item.due.at if item.due else None,
                "what": item.due.label if item.due else "",
                "waits": item.waits,
                "late": item.late,
            }
            for item in self.shown
        ]

    @property
    def nearest(self):
        """The next dates of what the filters leave: dicts at, what, title, url."""
        found = sorted(
            ((due, item) for item in self.found for due in item.dues if due.at > self.now),
            key=lambda pair: (pair[0].at, pair[1].uid),
        )
        return [
            {"at": due.at, "what": due.label, "title": item.title, "url": f"{item.url}/@@gestion"}
            for due, item in found[:NEAREST]
        ]

    @cached_property
    def weeks(self):
        return rules.weeks([due for item in self.found for due in item.dues], self.now)

    @property
    def busy(self):
        return [week for week in self.weeks if week.busy]

    @property
    def load(self):
        """The chart of the weeks: dict svg, legend, table; None when nothing is to come."""
        if not any(week.total for week in self.weeks):
            return None
        data, table = [], []
        for week in self.weeks:
            deadlines, openings = week.counts.get(rules.DEADLINE, 0), week.counts.get(rules.OPENING, 0)
            others = week.total - deadlines - openings
            parts = (("k1", deadlines), ("k2", openings), ("k3", others))
            data.append(charts.Stack(week.label, parts, "chargée" if week.busy else ""))
            table.append((clock.french_date(week.monday, weekday=False), deadlines, openings, others, week.busy))
        sentence = "Dates à venir par semaine. " + " ; ".join(
            f"semaine du {week.label} : {week.total}{', chargée' if week.busy else ''}"
            for week in self.weeks
            if week.total
        )
        keys = charts.keys((("k1", "remises des plis"), ("k2", "ouvertures"), ("k3", "autres dates")))
        return {"svg": charts.stacks("suivi-semaines", sentence, data), "legend": keys, "table": table}

    @property
    def busy_words(self):
        if not self.busy:
            return ""
        return "Semaines chargées : " + " ; ".join(
            f"celle du {clock.french_date(week.monday, weekday=False)}, {plural(week.total, 'date')}"
            for week in self.busy
        )


class BoardFiles(Exported, Board):
    """``@@suivi.csv``, ``.xlsx``, ``.pdf``: what the filters leave, all pages."""

    list_columns = (
        Column("Référence"),
        Column("Objet", width=50),
        Column("Étape"),
        Column("Procédure"),
        Column("Agent"),
        Column("Prochaine date", INSTANT),
        Column("Ce qui est attendu", width=40),
        Column("Fin des questions", INSTANT),
        Column("Remise des plis", INSTANT),
        Column("Ouverture prévue", INSTANT),
    )

    @property
    def list_note(self):
        return self.context.title

    def list_rows(self):
        for item in self.found:
            yield (
                item.reference, item.title, phase.LABELS[item.state], PROCEDURES.get(item.procedure, item.procedure),
                self.agent(item.creator), item.due.at if item.due else None, item.due.label if item.due else item.waits,
                item.milestones.get("questions"), item.deadline, item.milestones.get("opening"),
            )  # fmt: skip
