"""``/@@mes-reponses``: the page and its table to take away."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import BADGES
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import typing
from megalis.portal.deposits import documents
from megalis.portal.deposits.history import index
from megalis.portal.deposits.history import rules
from megalis.portal.formats import tables
from megalis.portal.kernel import clock
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme.export import Exported
from urllib.parse import urlencode


SIZE = 25
KINDS = {"recu": "ok", "remplace": "", "retire": "", "hors-delai": "bad"}
COLUMNS = (
    tables.Column("Reçu le (heure de Paris)", tables.INSTANT),
    tables.Column("Numéro d’accusé"),
    tables.Column("État du dépôt"),
    tables.Column("Référence"),
    tables.Column("Consultation", width=48),
    tables.Column("Acheteur", width=32),
    tables.Column("Date limite", tables.INSTANT),
    tables.Column("Enveloppes", width=32),
    tables.Column("Documents", tables.NUMBER),
    tables.Column("Octets scellés", tables.NUMBER),
    tables.Column("Déposé par le SIRET"),
    tables.Column("Étape"),
    tables.Column("Suite"),
    tables.Column("Accusé"),
)


class Answers(Page):
    """The answers of the company whose user is here."""

    door = "entreprises"
    page_title = "Mes réponses"
    crumbs = ()
    view = "mes-reponses"

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @property
    def url(self):
        return f"{self.site_url}/@@{self.view}"

    @cached_property
    def company(self):
        return self.person.entreprise if self.person is not None else None

    @cached_property
    def every(self):
        return [self._row(*item) for item in index.of(self.company)] if self.company is not None else []

    def _row(self, brain, consultation, deposit):
        step = phase.phase(brain.review_state, brain.deadline, self.now)
        state = rules.state(deposit.state, deposit.late)
        receipt = f"{brain.getURL()}/@@accuse"
        lots = list(dict.fromkeys(pli.lot or "" for pli in deposit.plis))
        told = api.decisions(consultation) if step in rules.TOLD else {}
        return {
            "number": deposit.number,
            "received": deposit.received,
            "year": clock.paris(deposit.received).year,
            "state": state,
            "badge": (KINDS[state], rules.STATES[state]),
            "title": brain.Title,
            "url": brain.getURL(),
            "reference": brain.reference or "",
            "buyer": brain.buyer_title or "",
            "deadline": brain.deadline,
            "plis": [documents.envelope_title(row) for row in deposit.event["plis"]],
            "documents": len(deposit.event["documents"]),
            "size": sum(pli.size for pli in deposit.plis),
            "siret": deposit.siret,
            "phase": phase.LABELS[step],
            "phase_badge": (BADGES[step], phase.LABELS[step]),
            "outcome": rules.outcome(step, told, lots, deposit.siret),
            "receipt": f"{receipt}?depot={deposit.id}",
            "receipt_pdf": f"{receipt}.pdf?depot={deposit.id}",
            "receipt_json": f"{receipt}.json?depot={deposit.id}",
        }

    @property
    def words(self):
        return self.field("q")[:100]

    @cached_property
    def state(self):
        return typing.one_of(self.request.form.get("etat"), rules.STATES)

    @cached_property
    def year(self):
        return typing.one_of(self.request.form.get("annee"), rules.years(self.every))

    @cached_property
    def found(self):
        return rules.kept(self.every, self.words, self.state, self.year)

    @property
    def states(self):
        return [("", "Tous", None), *((k, v, "selected" if k == self.state else None) for k, v in rules.STATES.items())]

    @property
    def years(self):
        return [
            ("", "Toutes", None),
            *((y, y, "selected" if y == self.year else None) for y in rules.years(self.every)),
        ]

    @cached_property
    def last(self):
        return max(1, -(-len(self.found) // SIZE))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def rows(self):
        return self.found[(self.page - 1) * SIZE : self.page * SIZE]

    def _query(self, **more):
        pairs = {"q": self.words, "etat": self.state, "annee": self.year, **more}
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"?{query}" if query else ""

    @property
    def pages(self):
        if self.last == 1:
            return []
        return [
            (rank, self.url + self._query(page=rank), "page" if rank == self.page else None)
            for rank in range(1, self.last + 1)
        ]

    @property
    def query(self):
        return self._query()


class AnswersList(Exported, Answers):
    """``/@@mes-reponses.csv``, ``.xlsx``, ``.pdf``: what the filters keep."""

    list_columns = COLUMNS

    @property
    def list_note(self):
        return self.company.title if self.company is not None else ""

    def list_rows(self):
        for row in self.found:
            yield (
                row["received"], row["number"], rules.STATES[row["state"]], row["reference"], row["title"], row["buyer"],
                row["deadline"], ", ".join(row["plis"]), row["documents"], row["size"], row["siret"], row["phase"],
                row["outcome"], row["receipt"],
            )  # fmt: skip
