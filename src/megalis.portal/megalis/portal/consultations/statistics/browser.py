"""``@@statistiques``: those of a collectivité for its agents, those of the region for who runs the platform."""

from functools import cached_property
from megalis.portal.consultations.statistics import suppliers
from megalis.portal.organisations.interfaces import ICollectivite
from megalis.portal.theme.figures import FiguresFiles
from megalis.portal.theme.figures import FiguresPage


class Statistics(FiguresPage):
    """The page."""

    door = "agents"
    view_name = "statistiques"
    public = False

    @property
    def buyer(self):
        return self.context if ICollectivite.providedBy(self.context) else None

    @property
    def page_title(self):
        return "Statistiques" if self.buyer is not None else "Statistiques de la région"

    @property
    def page_intro(self):
        if self.buyer is None:
            return "Toutes les collectivités ensemble, réponses comprises dès l’ouverture des plis."
        return "Vos consultations publiées, hors consultations restreintes ; les réponses comptent dès l’ouverture des plis."

    @cached_property
    def counters(self):
        if self.buyer is None:
            return super().counters
        return suppliers.counters(self.site, self.scope)


class StatisticsJSON(Statistics):
    """``@@statistiques.json``."""

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return self.as_json()


class StatisticsFiles(FiguresFiles, Statistics):
    """``@@statistiques.csv``, ``.xlsx``, ``.pdf``."""
