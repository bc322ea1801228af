"""The inbox of returns: what the Trésor says, later, became of mandats and titres; and the statistics of flows."""

from functools import cached_property
from megalis.portal.formats.pes import labels
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import NUMBER
from megalis.portal.helios import arriving
from megalis.portal.helios import figures
from megalis.portal.helios import registre as registres
from megalis.portal.helios.browser import base
from megalis.portal.helios.browser.reading import Rows
from megalis.portal.organisations.browser.base import StoredFile
from megalis.portal.theme.export import Exported
from megalis.portal.theme.figures import FiguresFiles
from megalis.portal.theme.figures import FiguresPage
from megalis.portal.theme.figures import trimmed
from megalis.portal.theme.paging import page_number
from megalis.portal.theme.paging import pages_near
from zExceptions import NotFound


PAGE = 25


class Returns(base.Page):
    """``@@pes-retours``: the returns, the newest first."""

    page_title = "Retours du Trésor"

    @cached_property
    def found(self):
        kept = self.registre.retours.values() if self.registre is not None else ()
        return sorted(kept, key=lambda item: item.at, reverse=True)

    @cached_property
    def only_unread(self):
        return self.request.form.get("lus") == "0"

    @cached_property
    def chosen(self):
        return [item for item in self.found if not (self.only_unread and item.read_by)]

    @property
    def unread(self):
        return sum(not item.read_by for item in self.found)

    @property
    def url_here(self):
        return f"{self.context.absolute_url()}/@@pes-retours"

    @property
    def tabs(self):
        return [
            ("Tous", len(self.found), self.url_here, not self.only_unread),
            ("Non lus", self.unread, f"{self.url_here}?lus=0", self.only_unread),
        ]

    @property
    def rows(self):
        first = (self.page - 1) * PAGE
        for item in self.chosen[first : first + PAGE]:
            yield {
                "item": item,
                "url": f"{self.context.absolute_url()}/@@pes-retour?id={item.id}",
                "words": arriving.words(item.counts),
                "rejected": item.counts.get(labels.REJECTED, 0),
                "paid": item.counts.get(labels.PAID, 0),
            }

    @property
    def page(self):
        return page_number(self.request.form.get("page"))

    @property
    def pages(self):
        last, kept = -(-len(self.chosen) // PAGE), "lus=0&" if self.only_unread else ""
        return pages_near(self.page, last, lambda number: f"{self.url_here}?{kept}page={number}")


class ReturnsFiles(Exported, Returns):
    """``@@pes-retours.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = (
        Column("Retour"), Column("Reçu le"), Column("Budget"), Column("Payées", NUMBER), Column("Rejetées", NUMBER),
        Column("Détail"), Column("Lu"),
    )  # fmt: skip

    @property
    def list_note(self):
        return self.context.title

    def list_rows(self):
        for item in self.chosen:
            counts = item.counts
            yield (
                item.entete.nomfic or item.name, base.day(item.at), item.entete.budget or item.entete.cod_bud,
                counts.get(labels.PAID, 0), counts.get(labels.REJECTED, 0), arriving.words(counts),
                "oui" if item.read_by else "non",
            )  # fmt: skip


class OfRetour(base.Page):
    """A page or a file of one return, named by ``id``."""

    @cached_property
    def retour(self):
        name = self.request.form.get("id", "")
        found = self.registre.retours.get(name) if self.registre is not None and isinstance(name, str) else None
        if found is None:
            raise NotFound(self.__name__)
        return found


class Return(Rows, OfRetour):
    """``@@pes-retour?id=``: one return, its bordereaux, and the pièces of one of them with what became of each."""

    @property
    def page_title(self):
        return self.retour.entete.nomfic or self.retour.name

    crumb_title = "Retour"

    @cached_property
    def lecture(self):
        return self.retour.lecture

    @property
    def here(self):
        return f"{self.context.absolute_url()}/@@pes-retour?id={self.retour.id}"

    def address(self, number):
        return f"{self.here}&n={self.which}&page={number}"

    @property
    def words(self):
        return arriving.words(self.retour.counts)

    @property
    def heads(self):
        for index, tete in enumerate(self.lecture.tetes[:200]):
            yield {
                "tete": tete,
                "url": f"{self.here}&n={index}",
                "kind": labels.DOMAINES[tete.domaine],
                "here": index == self.which,
            }

    @property
    def rows(self):
        """The pièces of this page: dicts ``piece, badge, amount``."""
        for _rank, piece in self.pieces:
            key, words = labels.retour(self.tete.domaine, piece.etat)
            amounts = [line.montant_ht for line in piece.lignes if line.montant_ht is not None]
            remarks = [piece.observation, *(line.observation for line in piece.lignes)]
            yield {
                "piece": piece,
                "badge": (labels.KINDS.get(key, ""), words),
                "amount": sum(amounts) if amounts else None,
                "remarks": list(dict.fromkeys(filter(None, remarks))),
            }

    def do_lire(self):
        self.retour.read_by = self.userid
        self.done("Le retour est marqué comme lu.", f"{self.context.absolute_url()}/@@pes-retours")


class ReturnFile(StoredFile):
    """``@@pes-retour-fichier?id=``: the file of a return, as it came."""

    def chosen(self):
        registre, name = registres.of(self.context), self.request.form.get("id")
        found = registre.retours.get(name) if registre is not None and isinstance(name, str) else None
        return (found.name, found.file) if found is not None else None


class Statistics(FiguresPage):
    """``@@pes-statistiques`` of a collectivité: its flows over time, for its agents."""

    door = "agents"
    view_name = "pes-statistiques"
    public = False
    page_title = "Statistiques des flux comptables"
    page_intro = (
        "Les flux de votre collectivité : ceux qui sont partis, ce que le Trésor en a dit, en combien de temps."
    )

    @property
    def buyer(self):
        return self.context

    @cached_property
    def rows_kept(self):
        return figures.rows(registres.of(self.context))

    @cached_property
    def counters(self):
        return figures.counters(self.rows_kept)

    @cached_property
    def indicators(self):
        return [found for found in figures.indicators(self.rows_kept) if found.value is not None]

    @cached_property
    def charts(self):
        return trimmed([chart for chart in figures.charts(self.rows_kept, self.periods) if not chart.empty])


class StatisticsJSON(Statistics):
    """``@@pes-statistiques.json``."""

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return self.as_json()


class StatisticsFiles(FiguresFiles, Statistics):
    """``@@pes-statistiques.csv``, ``.xlsx``, ``.pdf``."""
