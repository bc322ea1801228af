"""The home page: search first, the two doors, what was just published, the state of services, the figures."""

from DateTime import DateTime
from datetime import datetime
from datetime import timedelta
from megalis.portal.editorial import blocks
from megalis.portal.editorial import dates
from megalis.portal.editorial import items
from megalis.portal.editorial import services
from megalis.portal.editorial import wording
from megalis.portal.editorial import workflow
from megalis.portal.editorial.interfaces import IEditorialSettings
from megalis.portal.editorial.public import meta
from megalis.portal.editorial.public.item import Shown
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import counted
from megalis.portal.kernel import figures
from megalis.portal.theme import charts
from plone import api
from zope.annotation.interfaces import IAnnotations
from zope.component import queryUtility
from zope.schema.interfaces import IVocabularyFactory


LATEST = 5
NATURES = (("travaux", "Travaux"), ("services", "Services"), ("fournitures", "Fournitures"))
SOON = timedelta(hours=48)


KEY = "megalis.accueil"


def kept(site):
    """Return the blocks of the home page of a site."""
    return blocks.load(IAnnotations(site).get(KEY))


class HomeView(Shown):
    """What an unknown visitor, a company and an agent each look for first; communications staff order its blocks."""

    home = True
    page_title = "Trouver une consultation publique en Bretagne"
    natures = NATURES

    def __call__(self):
        workflow.catch_up(self.site)
        return self.index()

    @property
    def blocks(self):
        """The blocks to show, in order."""
        return [block for block in kept(self.site) if not block.hidden]

    def objects(self, types, count, **query):
        return [brain._unrestrictedGetObject() for brain in items.published(self.site, types, limit=count, **query)]

    def news(self, count):
        return self.objects(("Actualite", "Communique"), count)

    def coming(self, count):
        """The events to come, the soonest first: list of (item, when in words)."""
        end = {"query": DateTime(clock.now()), "range": "min"}
        found = self.objects(("Evenement",), count, sort_on="start", reverse=False, end=end)
        found = dates.gathered(dates.merged(found, self.site, clock.now()))[:count]
        return [(item, dates.said(item)) for item in found]

    def said(self, item):
        """Return the first words of an item, for a list."""
        return item.description or wording.plain(items.raw(item), 160)

    def acts(self, count):
        """The acts on the register published last: dicts title, url, buyer, day (the instant of its publication)."""
        if "acte_retire" not in self.catalog.indexes():
            return []
        found = self.catalog.unrestrictedSearchResults(
            portal_type="Acte", review_state="publie", acte_retire=False, sort_on="modified", sort_order="reverse",
            sort_limit=count * 4,
        )[: count * 4]  # fmt: skip
        # an act is modified after its publication too: what the préfecture still writes about it
        brains = sorted(found, key=lambda brain: brain.acte_publie, reverse=True)[:count]
        return [
            {"title": brain.Title, "url": brain.getURL(), "buyer": self.owner(brain), "day": brain.acte_publie}
            for brain in brains
        ]

    def owner(self, brain):
        """Return the name of the collectivité whose register holds an act."""
        return self.site.unrestrictedTraverse(brain.getPath().rsplit("/", 2)[0]).title

    def partners(self, text):
        typed = blocks.partners(text)
        brains = self.catalog.unrestrictedSearchResults(portal_type="Partenaire", sort_on="sortable_title")
        return typed + [(brain.Title, brain.getURL()) for brain in brains if brain.Title not in dict(typed)]

    def free(self, text):
        return wording.shown(text)

    @property
    def graph(self):
        return meta.graph("e-mégalis", self.page_title, self.site_url, "e-mégalis")

    @property
    def data(self):
        search = f"{self.site_url}/recherche?q={{search_term_string}}"
        return meta.embedded({
            "@context": "https://schema.org", "@type": "WebSite", "name": "e-mégalis", "url": self.site_url, "inLanguage": "fr",
            "publisher": self.by,
            "potentialAction": {"@type": "SearchAction", "target": search, "query-input": "required name=search_term_string"},
        })  # fmt: skip

    @property
    def catalog(self):
        return api.portal.get_tool("portal_catalog")

    def count(self, **query):
        if "deadline" not in self.catalog.indexes():
            return 0
        return len(self.catalog(portal_type="Consultation", review_state="publiee", simulation=False, **query))

    def counts(self):
        """Dict of how many consultations are open, close today, close within a week, were published today."""
        now = clock.now()
        local = clock.paris(now)
        midnight = datetime(local.year, local.month, local.day, tzinfo=clock.PARIS)
        tonight = midnight + timedelta(days=1)

        def between(begin, end):
            return {"query": (begin, end), "range": "min:max"}

        return {
            "open": self.count(deadline={"query": now, "range": "min"}),
            "today": self.count(deadline=between(now, tonight)),
            "week": self.count(deadline=between(now, now + timedelta(days=7))),
            "new": self.count(published_at=between(midnight, now), deadline={"query": now, "range": "min"}),
        }

    def summary(self, counts):
        """One sentence under the heading, with the day's figures."""
        opened, today = counts["open"], counts["today"]
        if not opened:
            return "Aucune consultation n’est ouverte en ce moment. Sans compte pour chercher et télécharger."
        words = "1 consultation ouverte" if opened == 1 else f"{opened} consultations ouvertes"
        if today:
            words += f", {today} ferme{'nt' if today > 1 else ''} aujourd’hui"
        return f"{words}. Sans compte pour chercher et télécharger."

    def departments(self):
        """List of (code, ``Morbihan (56)``) of Brittany."""
        return [(found.code, f"{found.nom} ({found.code})") for found in nuts.breton_departements()]

    def procedure(self, value):
        factory = queryUtility(IVocabularyFactory, name="megalis.consultations.procedures")
        if factory is None or not value:
            return ""
        try:
            return factory(self.context).getTerm(value).title
        except LookupError:
            return ""

    def latest(self, count=LATEST):
        """The open consultations published last, from the catalog's metadata alone."""
        if "published_at" not in self.catalog.indexes():
            return []
        now = clock.now()
        brains = self.catalog(
            portal_type="Consultation", review_state="publiee", simulation=False, deadline={"query": now, "range": "min"},
            sort_on="published_at", sort_order="reverse", sort_limit=count,
        )[:count]  # fmt: skip
        return [self.row(brain, now) for brain in brains]

    def row(self, brain, now):
        deadline = getattr(brain, "deadline", None)
        soon = deadline is not None and hasattr(deadline, "tzinfo") and deadline - now < SOON
        lots = getattr(brain, "lots_count", 0) or 0
        place = getattr(brain, "department", "") or ""
        meta = [
            dict(NATURES).get(getattr(brain, "nature", ""), ""),
            self.procedure(getattr(brain, "procedure", "")),
            f"{lots} lots" if lots > 1 else "Lot unique",
            self.cpv(getattr(brain, "cpv_main", "")),
        ]
        return {
            "title": brain.Title,
            "url": brain.getURL(),
            "buyer": f"{brain.buyer_title} ({place})" if place else brain.buyer_title,
            "meta": [words for words in meta if words],
            "deadline": deadline,
            "badge": ("soon", "Ferme bientôt") if soon else ("open", "Ouverte"),
        }

    def cpv(self, code):
        try:
            return cpv.label(code) if code else ""
        except (Refused, LookupError, ValueError):
            return ""

    def services(self):
        lines = api.portal.get_registry_record("services", interface=IEditorialSettings, default=())
        return services.parse_all(lines)

    def figures(self):
        """Counts of every service, as (label, number); nothing that is still zero."""
        found = counted.remembered(self.context, "figures", lambda: counted.gathered(self.context))
        return [(label, value) for _key, label, value in found if value]

    def months(self):
        """The chart of the last twelve months, or None while nothing was published."""
        scope = figures.Scope(figures.months(clock.now()), clock.now())
        found = counted.remembered(self.context, "charts", lambda: counted.charts(self.context, scope))
        chart = next((chart for chart in found if chart.key == "publiees" and not chart.empty), None)
        if chart is None:
            return None
        bars = [
            charts.Bar(label.split()[0], count, place == len(chart.rows) - 1)
            for place, (label, count) in enumerate(chart.rows)
        ]
        words = " ; ".join(f"{label} : {count}" for label, count in chart.rows if count)
        sentence = f"Consultations publiées par mois. {words}."
        return {
            "total": sum(count for _label, count in chart.rows),
            "svg": charts.bars("mois-titre", sentence, bars),
            "table": chart.rows,
        }
