"""The catalogue of modules, one module, one's own trainings, and the statistics."""

from functools import cached_property
from megalis.portal.formats import tables
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import figures
from megalis.portal.kernel import ics
from megalis.portal.organisations.browser.base import Itself
from megalis.portal.organisations.browser.base import to_sign_in
from megalis.portal.theme import charts
from megalis.portal.theme.export import Exported
from megalis.portal.trainings import calendars
from megalis.portal.trainings import service
from megalis.portal.trainings import statistics
from megalis.portal.trainings.browser.base import DOORS
from megalis.portal.trainings.browser.base import guides
from megalis.portal.trainings.browser.base import Page
from megalis.portal.trainings.rules import counting
from megalis.portal.trainings.rules import evaluation
from megalis.portal.trainings.rules import profiles
from megalis.portal.trainings.rules import roster
from megalis.portal.trainings.rules import sessions
from Products.Five.browser import BrowserView


TARGETS = 100_000


class Catalogue(Page):
    """``/formations``: what is taught, to whom, and the next sessions; ``?pour=acheteurs`` keeps one profile."""

    page_title = "Formations"
    page_intro = "Cinq modules, un par métier, en petits groupes près de chez vous. L’inscription se fait en ligne."
    hidden = False

    @property
    def url(self):
        return self.context.absolute_url()

    @cached_property
    def asked(self):
        text = self.field("pour")
        return text if text in profiles.BY_KEY else ""

    @property
    def profiles(self):
        return [(profile.key, profile.title) for profile in profiles.PROFILES]

    @cached_property
    def modules(self):
        """The modules: dicts title, url, profile, objectives, duration, next (when in words), offered."""
        found = []
        for module in service.modules(self.site, everything=self.manages):
            if self.asked and module.profile != self.asked:
                continue
            coming = [s for s in service.sessions_of(module) if not s.cancelled and s.start > self.now]
            found.append({
                "title": module.title, "url": module.absolute_url(), "offered": module.offered,
                "profile": profiles.BY_KEY[module.profile].title, "objectives": module.objectives,
                "duration": module.duration, "next": clock.french_date(coming[0].start) if coming else "",
            })  # fmt: skip
        return found

    @cached_property
    def rows(self):
        """The sessions to come."""
        found = service.coming(self.site, self.now)
        return [self.row(session) for session in found if not self.asked or session.module.profile == self.asked]


class Calendar(BrowserView):
    """``/formations/@@formations.ics``: every session to come."""

    def __call__(self):
        now = clock.now()
        found = [
            entry for session in service.coming(self.context.__parent__, now) for entry in calendars.entries(session)
        ]
        response = self.request.response
        response.setHeader("Content-Type", "text/calendar; charset=utf-8")
        response.setHeader("Cache-Control", "no-cache")
        return ics.calendar(found, now)


class ModuleView(Itself, Page):
    """One module: objectives, programme, exercise, guides, sessions."""

    hidden = False

    @property
    def door(self):
        return DOORS[self.context.kind]

    @property
    def profile(self):
        return profiles.BY_KEY[self.context.profile].title

    @property
    def guides(self):
        return guides(self.site, self.context.guides)

    @property
    def exercise(self):
        """(label, address) of the exercise, or None."""
        if not self.context.exercise_path:
            return None
        return (self.context.exercise_label or "S’exercer", self.site_url + self.context.exercise_path)

    @cached_property
    def every(self):
        return [self.row(session) for session in service.sessions_of(self.context)]

    @property
    def coming(self):
        return [row for row in self.every if row["state"] not in (sessions.OVER, sessions.CANCELLED)]

    @property
    def past(self):
        """What is over or cancelled, for who organises, the latest first."""
        if not self.manages:
            return []
        return [row for row in reversed(self.every) if row["state"] in (sessions.OVER, sessions.CANCELLED)]


class Mine(Page):
    """``/mes-formations``: what a person enrolled in, what he is asked, his certificates."""

    page_title = "Mes formations"

    def __call__(self):
        if self.person is None:
            to_sign_in(self.request)
        return super().__call__()

    @property
    def door(self):
        return DOORS.get(self.person.kind, "") if self.person else ""

    @cached_property
    def rows(self):
        """Rows of sessions with entry, state badge of the enrolment, certificate, evaluate, waits."""
        found = []
        for session, entry in service.own(self.site, self.userid):
            row = self.row(session)
            row["entry"] = roster.STATES[entry.state]
            row["waits"] = roster.place_of(session.entries, entry)
            row["certificate"] = f"{row['url']}/@@attestation.pdf" if entry.present else ""
            row["evaluate"] = f"{row['url']}/@@evaluer" if entry.present and not entry.evaluated else ""
            found.append(row)
        return found

    @property
    def coming(self):
        return [row for row in reversed(self.rows) if row["session"].end > self.now and not row["session"].cancelled]

    @property
    def past(self):
        return [row for row in self.rows if row["session"].end <= self.now and not row["session"].cancelled]


class Statistics(Page):
    """``@@statistiques-formations``: people trained against the target, by month, module and organisation."""

    page_title = "Statistiques des formations"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@statistiques-formations"

    @cached_property
    def came(self):
        return statistics.came(self.site)

    @property
    def target(self):
        return self.context.target

    @cached_property
    def trained(self):
        return len(counting.first_times(self.came))

    @property
    def percent(self):
        return 100 * self.trained / self.target

    @property
    def companies(self):
        return len({row.identifier for row in self.came if row.kind == profiles.COMPANIES})

    @property
    def share(self):
        return counting.share(self.trained, self.target)

    @cached_property
    def months(self):
        """(label, agents trained for the first time) of the last twelve months."""
        periods = figures.months(self.now)
        return figures.over(periods, counting.by_month(self.came, periods))

    @property
    def months_chart(self):
        bars = [charts.Bar(label.split()[0], value, rank == 11) for rank, (label, value) in enumerate(self.months)]
        words = " ; ".join(f"{label} : {value}" for label, value in self.months if value) or "aucun"
        return charts.bars("agents-formes", f"Agents formés par mois. {words}.", bars)

    @cached_property
    def by_profile(self):
        return counting.by_profile(self.came)

    @property
    def profiles_chart(self):
        words = " ; ".join(f"{label} : {value}" for label, value in self.by_profile)
        return charts.rows(
            "par-metier", f"Personnes formées par module. {words}.", [charts.Bar(*row) for row in self.by_profile]
        )

    @property
    def by_place(self):
        return counting.by_place(self.came)

    @cached_property
    def satisfaction(self):
        return statistics.satisfaction(self.site)

    @property
    def marks(self):
        return list(evaluation.MARKS.values())

    @property
    def held(self):
        """How many sessions were held, how many are to come."""
        found = service.every_session(self.site, everything=True)
        over = sum(1 for item in found if not item.cancelled and item.end <= self.now)
        return over, sum(1 for item in found if not item.cancelled and item.end > self.now)

    def do_objectif(self):
        text = self.field("objectif").replace(" ", "").replace("\xa0", "")
        if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= TARGETS):
            raise Refused("objectif.nombre", f"« {text[:20]} » : donnez un nombre d’agents de 1 à {TARGETS}.", text)
        self.context.target = int(text)
        self.done("L’objectif est enregistré.")


class StatisticsFiles(Exported, Statistics):
    """``formations-sessions.csv``, ``.xlsx``, ``.pdf``: a row a session."""

    page_title = "Sessions de formation"
    list_columns = (
        tables.Column("Début", tables.INSTANT),
        tables.Column("Module", width=40),
        tables.Column("Pour", width=28),
        tables.Column("Lieu", width=32),
        tables.Column("Organisateur", width=24),
        tables.Column("État"),
        tables.Column("Places", tables.NUMBER),
        tables.Column("Inscrits", tables.NUMBER),
        tables.Column("En attente", tables.NUMBER),
        tables.Column("Présents", tables.NUMBER),
        tables.Column("Avis", tables.NUMBER),
    )

    @property
    def list_note(self):
        return f"{self.trained} agents formés sur {self.target} visés"

    def list_rows(self):
        for session in service.every_session(self.site, everything=True):
            yield (
                session.start, session.module.title, profiles.BY_KEY[session.module.profile].title, session.place,
                session.organiser, sessions.STATES[session.state(self.now)][1], session.seats, session.taken,
                len(roster.waiting(session.entries)), len(roster.came(session.entries)), len(session.evaluations),
            )  # fmt: skip

    def __call__(self):
        return self.send()
