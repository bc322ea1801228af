"""The rubriques: news and press as dated lists, the agenda, the library, questions and terms; the same address filters them."""

from DateTime import DateTime
from functools import cached_property
from megalis.portal.editorial import agenda
from megalis.portal.editorial import dates
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import wording
from megalis.portal.editorial import workflow
from megalis.portal.editorial.public import feeds
from megalis.portal.editorial.public import meta
from megalis.portal.editorial.public.item import entry
from megalis.portal.editorial.public.item import Shown
from megalis.portal.editorial.surveys import making
from megalis.portal.kernel import clock
from megalis.portal.kernel import ics
from megalis.portal.kernel.interfaces import AgendaDate
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from unicodedata import normalize
from urllib.parse import urlencode
from zExceptions import NotFound


PAGE = 12
INTROS = {
    "actualites": "Ce qui change sur le portail et dans ses services.",
    "agenda": "Formations, rencontres, mises en service : les dates à venir.",
    "communiques": "Communiqués de presse, avec leurs images.",
    "documents": "Guides, modèles et textes à télécharger.",
    "faq": "Les réponses aux questions qu’on nous pose.",
    "guides": "Un écran à la fois, pas à pas. Le lien « Aide de cet écran », en haut des pages, y mène aussi.",
    "glossaire": "Les mots de la commande publique et de l’administration, en clair.",
    "pages": "Les pages du site.",
    "formulaires": "Écrire, donner son avis, demander un service : ce que l’on peut remplir sans compte.",
}
TEMPLATES = {
    "agenda": "agenda",
    "documents": "library",
    "faq": "questions",
    "guides": "guides",
    "glossaire": "glossary",
}


class Rubrique(Shown):
    """``/actualites``, ``/agenda``…: ``?page=2``, ``?pour=agents``, ``?service=marches``, ``?mois=2026-03``."""

    news = ViewPageTemplateFile("templates/news.pt")
    agenda = ViewPageTemplateFile("templates/agenda.pt")
    library = ViewPageTemplateFile("templates/library.pt")
    questions = ViewPageTemplateFile("templates/questions.pt")
    letters_page = ViewPageTemplateFile("templates/letters.pt")
    forms_page = ViewPageTemplateFile("templates/forms.pt")
    guides = ViewPageTemplateFile("templates/guides.pt")
    glossary = ViewPageTemplateFile("templates/glossary.pt")

    @property
    def kind(self):
        return kinds.BY_PLACE.get(self.context.getId())

    @property
    def page_title(self):
        return self.context.title

    @property
    def page_intro(self):
        return INTROS.get(self.context.getId(), "")

    def asked(self, name, known):
        value = self.request.form.get(name, "")
        return value if isinstance(value, str) and value in known else ""

    @cached_property
    def audience(self):
        return self.asked("pour", kinds.AUDIENCES)

    @cached_property
    def service(self):
        return self.asked("service", kinds.SERVICES)

    @property
    def audiences(self):
        return list(kinds.AUDIENCES.items())

    @property
    def service_names(self):
        return list(kinds.SERVICES.items())

    @cached_property
    def now(self):
        return clock.now()

    def __call__(self):
        workflow.catch_up(self.site, self.now)
        name = self.context.getId()
        if name == "infolettre":
            return self.letters_page()
        if name == "formulaires":
            return self.forms_page()
        if self.kind is None:
            raise NotFound(name)
        return getattr(self, TEMPLATES.get(name, "news"))()

    def ask(self, **query):
        """Return the published entries of the rubrique that pass the filters."""
        found = items.published(self.site, (self.kind.type,), **query)
        if self.audience:
            found = [
                brain for brain in found if not brain.editorial_audiences or self.audience in brain.editorial_audiences
            ]
        if self.service:
            found = [brain for brain in found if brain.editorial_service == self.service]
        return found

    @cached_property
    def found(self):
        return self.ask()

    @property
    def count(self):
        return len(self.found)

    @property
    def pages(self):
        return max(1, -(-len(self.found) // PAGE))

    @cached_property
    def page(self):
        text = self.request.form.get("page", "1")
        return min(max(int(text), 1), self.pages) if isinstance(text, str) and text.isdigit() and len(text) < 6 else 1

    def page_url(self, number):
        pairs = [("pour", self.audience), ("service", self.service), ("page", str(number) if number > 1 else "")]
        query = urlencode([pair for pair in pairs if pair[1]])
        return self.context.absolute_url() + (f"?{query}" if query else "")

    @property
    def rows(self):
        """The items of the page (objects), the newest first."""
        begin = (self.page - 1) * PAGE
        return [brain._unrestrictedGetObject() for brain in self.found[begin : begin + PAGE]]

    def when(self, item):
        return items.effective(item)

    def dateline(self, item):
        """Return (machine, words) of the day of a press release, else of the publication."""
        day = getattr(item, "day", None)
        if day is not None:
            return day.isoformat(), f"{'1er' if day.day == 1 else day.day} {clock.MONTHS[day.month - 1]} {day.year}"
        when = items.effective(item)
        return clock.paris(when).isoformat(timespec="seconds"), clock.french_date(when, weekday=False)

    def body(self, item):
        return items.body(item)

    def summary(self, item):
        return item.description or wording.plain(items.raw(item), 200)

    @cached_property
    def letters(self):
        """The issues that were sent, the newest first."""
        found = items.published(self.site, (kinds.LETTER,))
        return [brain._unrestrictedGetObject() for brain in found[:100]]

    @property
    def forms(self):
        """The forms that take answers now or will: dicts title, url, text, when (words)."""
        return making.listed(self.site, self.now)

    # agenda

    @cached_property
    def month(self):
        return agenda.month_of(self.request.form.get("mois", ""), clock.paris(self.now).date())

    @property
    def month_name(self):
        return f"{clock.MONTHS[self.month.month - 1].capitalize()} {self.month.year}"

    def month_url(self, shift):
        return f"{self.context.absolute_url()}?mois={agenda.shifted(self.month, shift):%Y-%m}"

    @cached_property
    def coming(self):
        """The events not over yet, the soonest first."""
        found = self.ask(sort_on="start", reverse=False, end={"query": DateTime(self.now), "range": "min"})
        events = [brain._unrestrictedGetObject() for brain in found[:60]]
        return self.with_others(events, self.now)[:60]

    @property
    def coming_days(self):
        """The same for readers: the halves of a day are one."""
        return dates.gathered(self.coming)

    def with_others(self, events, begin, end=None):
        """Return events with what other rooms announce, unless a filter asks for events of one kind."""
        return events if self.audience or self.service else dates.merged(events, self.site, begin, end)

    @cached_property
    def in_month(self):
        begin, end = agenda.bounds(self.month)
        found = self.ask(
            sort_on="start", reverse=False, start={"query": DateTime(end), "range": "max"},
            end={"query": DateTime(begin), "range": "min"},
        )  # fmt: skip
        events = [brain._unrestrictedGetObject() for brain in found if brain.start]
        return dates.gathered(self.with_others(events, begin, end))

    day_names = clock.DAYS

    @property
    def weeks(self):
        """The month as weeks of days: dicts day (or None), name (lundi…), today, events."""
        today = clock.paris(self.now).date()
        return [
            [
                {"day": day, "name": name, "today": day == today,
                 "events": [item for item in self.in_month if day and agenda.covers(item.start, item.end, day)]}
                for name, day in zip(clock.DAYS, week, strict=True)
            ]
            for week in agenda.weeks(self.month)
        ]  # fmt: skip

    def said(self, item):
        return dates.said(item)

    # questions and terms

    @cached_property
    def all(self):
        """All items, by title."""
        found = [brain._unrestrictedGetObject() for brain in self.found]
        return sorted(found, key=lambda item: normalize("NFKD", item.title).casefold())

    @property
    def by_service(self):
        """The questions by service: list of (label, items)."""
        order = {**kinds.SERVICES, None: "Autres questions"}
        groups = [(label, [item for item in self.all if (item.service or None) == key]) for key, label in order.items()]
        return [(label, found) for label, found in groups if found]

    @property
    def by_audience(self):
        """The guides by reader: list of (label, items)."""
        order = {**kinds.AUDIENCES, "": "Pour tous"}
        groups = [
            (label, [item for item in self.all if (key in item.audiences if key else not item.audiences)])
            for key, label in order.items()
        ]
        return [(label, found) for label, found in groups if found]

    @property
    def by_letter(self):
        """The terms by letter: list of (letter, items)."""
        found = {}
        for item in self.all:
            letter = normalize("NFKD", item.title)[:1].upper()
            found.setdefault(letter if letter.isalpha() else "0-9", []).append(item)
        return list(found.items())

    @property
    def data(self):
        if self.context.getId() != "faq":
            return ""
        return meta.embedded(meta.questions([(item.title, wording.plain(items.raw(item))) for item in self.all]))

    @property
    def graph(self):
        return meta.graph(self.page_title, self.page_intro, self.context.absolute_url(), "e-mégalis")


class AgendaCalendar(Rubrique):
    """``agenda/@@agenda.ics``: all that comes, for one's own calendar."""

    def __call__(self):
        if self.kind is None:
            raise NotFound(self.__name__)
        workflow.catch_up(self.site, self.now)
        self.request.response.setHeader("Content-Type", "text/calendar; charset=utf-8")
        self.request.response.setHeader("Cache-Control", "no-cache")
        found = [dates.entry(item) if isinstance(item, AgendaDate) else entry(item) for item in self.coming]
        return ics.calendar(found, self.now)


class Feed(Rubrique):
    """``@@flux.atom`` and ``@@flux.rss`` of a rubrique; of the newsletter, the issues that were sent."""

    @property
    def kind(self):
        return kinds.ISSUE if self.context.getId() == kinds.ISSUE.place else super().kind

    def __call__(self):
        if self.kind is None:
            raise NotFound(self.__name__)
        workflow.catch_up(self.site, self.now)
        write = feeds.atom if self.__name__.endswith("atom") else feeds.rss
        rows = [feeds.entry(brain._unrestrictedGetObject()) for brain in self.found[: feeds.MOST]]
        url = self.context.absolute_url()
        return feeds.answer(self, write(self.page_title, url, f"{url}/@@{self.__name__}", rows, self.now))


class SiteFeed(Shown):
    """``@@actualites.atom`` and ``.rss`` of the site: news, press releases, documents."""

    def __call__(self):
        now = clock.now()
        workflow.catch_up(self.site, now)
        types = [kind.type for kind in kinds.KINDS if kind.feed]
        rows = [
            feeds.entry(brain._unrestrictedGetObject()) for brain in items.published(self.site, types, limit=feeds.MOST)
        ]
        write = feeds.atom if self.__name__.endswith("atom") else feeds.rss
        own = f"{self.site_url}/@@{self.__name__}"
        return feeds.answer(self, write("e-mégalis", self.site_url, own, rows, now))
