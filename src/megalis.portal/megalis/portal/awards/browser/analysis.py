"""``@@analyse``: the bids of each lot, what the buyer writes of them, scores and ranks; files to take away."""

from datetime import timedelta
from functools import cached_property
from megalis.portal.awards import analysis
from megalis.portal.awards import entering
from megalis.portal.awards import reports
from megalis.portal.awards import store
from megalis.portal.awards.browser.base import AwardPage
from megalis.portal.awards.rules import bid
from megalis.portal.awards.rules import lowprice
from megalis.portal.awards.rules import scoring
from megalis.portal.awards.rules import typed
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges.recipients import Recipient
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import transitions
from megalis.portal.consultations.rules import typing
from megalis.portal.formats import operators
from megalis.portal.formats import tables
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.theme import words
from megalis.portal.theme.export import send_pdf
from urllib.parse import urlencode


LOTS = 50  # a page
BIDS = 20  # a page
PREPARE = "megalis: Prepare consultation"
WHY_LOW = (
    "Justification du prix de votre offre : mode de fabrication ou procédé, solutions techniques, conditions favorables, "
    "sous-traitance, respect du droit social et de l’environnement (R. 2152-3 du code de la commande publique)."
)
DAYS_TO_JUSTIFY = 7
STATE_WORDS = {
    bid.OPENED: "",
    bid.WAITING: "Pli non ouvert",
    bid.SEALED: "Candidature non retenue, offre scellée",
    bid.UNREADABLE: "Pli illisible ou altéré",
    bid.ON_PAPER: "Reçue sur papier",
    bid.BY_HAND: "Ajoutée à la main",
}


class Analysis(AwardPage):
    """The table of the lots, then that of the bids of one lot."""

    page_title = "Analyse des offres"

    @cached_property
    def lot(self):
        """The number of the lot shown, or None on the list of lots."""
        asked = self.text("lot")
        if len(self.numbers) == 1:
            return self.numbers[0]
        return asked if asked in self.numbers else None

    @property
    def here(self):
        return f"{self.url}/@@analyse?lot={self.lot}" if self.lot else f"{self.url}/@@analyse"

    @property
    def obstacle(self):
        return analysis.obstacle(self.consultation)

    @cached_property
    def may_prepare(self):
        return self.may(PREPARE, self.consultation)

    @property
    def writes(self):
        return self.may_prepare and analysis.is_open(self.consultation)

    @property
    def may_begin(self):
        return self.phase == phase.OUVERTURE and workflow.may(self.consultation, transitions.ANALYSER)

    @property
    def by(self):
        return self.person.fullname if self.person is not None else "un gestionnaire"

    def post(self):
        if not self.may_prepare:
            raise Refusal("role", "L’analyse est tenue par les acheteurs de la collectivité.", 403)
        if self.text("commencer"):
            workflow.fire(self.consultation, transitions.ANALYSER)
            return self.redirect(self.here, "L’analyse commence : saisissez les montants et les notes.")
        if self.text("methode"):
            entering.set_method(self.consultation, self._method(), self.by)
            return self.redirect(self.here, "La méthode est gardée ; les notes sont recalculées.")
        if self.lot is None:
            raise Refused("analyse.lot", "Choisissez d’abord un lot.")
        if self.text("ajouter"):
            number = "".join(self.text("nouveau_siret").split())
            entering.add(
                self.consultation,
                self.lot,
                self.text("nouveau_nom"),
                operators.number(number) if number else "",
                self.text("nouvelle_variante"),
                self.text("base"),
                self.by,
            )
            return self.redirect(self.here, "L’offre est ajoutée à la table.")
        onward = self.next_lot if self.text("suivant") else ""
        changed = entering.keep(self.consultation, self.lot, self._edits(), self.by)
        message = f"{words.plural(changed, 'ligne')} enregistrée{'s' if changed > 1 else ''}." if changed else ""
        return self.redirect(onward or self.page_address(self.page), message or "Rien n’avait changé.")

    def _method(self):
        price = self.text("prix")
        return {
            "formula": self.text("formule"),
            "scale": self.text("echelle"),
            "price": int(price) if price in {str(rank) for rank in range(-1, 30)} else None,
            "ratio": typed.ratio(self.text("seuil")),
            "against": self.text("contre"),
            "options": bool(self.text("options")),
        }

    def _edits(self):
        found = []
        for rank in range(BIDS):
            key = self.text(f"cle.{rank}")
            if key:
                found.append((key, self.text(f"vu.{rank}"), self._values(rank)))
        return found

    def _values(self, rank):
        who = self.text(f"nom.{rank}")[:80]
        scale = store.method(self.consultation)["scale"]
        marks = tuple(
            typed.mark(self.text(f"note.{rank}.{place}"), scoring.top_mark(scale, criterion), criterion.name, who)
            for place, criterion in enumerate(self.criteria)
        )
        return {
            "admissible": {"1": True, "0": False}.get(self.text(f"candidature.{rank}")),
            "standing": typing.one_of(self.text(f"offre.{rank}"), bid.STANDINGS, bid.REGULAR),
            "reason": self.text(f"motif.{rank}").replace("\r\n", "\n").strip()[:2000],
            "amount": typed.money(self.text(f"montant.{rank}"), who),
            "options": typed.money(self.text(f"options.{rank}"), who),
            "marks": marks if any(mark is not None for mark in marks) else (),
            "rank": typed.rank(self.text(f"rang.{rank}"), who),
            "members": typed.members(self.text(f"membres.{rank}")),
            "low": typing.one_of(self.text(f"bas.{rank}"), bid.LOW),
            "remark": self.text(f"remarque.{rank}").replace("\r\n", "\n").strip()[:2000],
        }

    # the list of lots

    @property
    def size(self):
        return LOTS if self.lot is None else BIDS

    @property
    def count(self):
        return len(self.numbers) if self.lot is None else len(self.lines)

    def page_address(self, rank):
        pairs = ([("lot", self.lot)] if self.lot else []) + ([("page", rank)] if rank > 1 else [])
        return f"{self.url}/@@analyse" + (f"?{urlencode(pairs)}" if pairs else "")

    @property
    def may_decide(self):
        """True on the list of lots when those of this page are all ranked, or have no bid that stands."""
        return self.writes and all(row["done"] or not row["standing"] for row in self.lot_rows)

    @cached_property
    def lot_rows(self):
        """The lots of this page: dicts for the table."""
        numbers = self.numbers[self.part]
        found = []
        for row in analysis.summary(self.consultation, numbers):
            first = ", ".join(line.title for line in row["first"])
            badge = ("ok", "Classé") if row["done"] else ("run", "En cours") if row["priced"] else ("draft", "À faire")
            found.append(
                {
                    **row,
                    "url": f"{self.url}/@@analyse?{urlencode({'lot': row['lot']})}",
                    "first": f"{first} (ex æquo)" if len(row["first"]) > 1 else first,
                    "badge": ("closed", "Sans offre") if not row["bids"] else badge,
                    "low": len(row["low"]),
                }
            )
        return found

    # the bids of one lot

    @cached_property
    def lines(self):
        return analysis.lines(self.consultation, self.lot) if self.lot is not None else []

    @cached_property
    def criteria(self):
        return analysis.criteria(self.consultation, self.lot)

    @property
    def columns(self):
        """The criteria of the table: dicts ``name, top, counted``."""
        how = store.method(self.consultation)
        return [
            {
                "name": item.name,
                "top": typed.shown(item.weight),
                "counted": item.price and how["formula"] != scoring.BY_HAND,
            }
            for item in self.criteria
        ]

    @property
    def weighted(self):
        return scoring.are_weighted(self.criteria)

    @property
    def title(self):
        lot = analysis.lot_of(self.consultation, self.lot)
        return f"Lot {self.lot}, {lot.title}" if lot is not None else self.consultation.title

    @property
    def rows(self):
        """The bids of this page: dicts for the form."""
        return [self._row(rank, line) for rank, line in enumerate(self.lines[self.part])]

    def _row(self, rank, line):
        kept, seen = self._shown(line), line.seen
        if self.errors and self.text(f"cle.{rank}") == line.key:
            sent = self.text(f"vu.{rank}")
            if sent == seen or not self._untouched(rank, sent):
                kept = self._sent(rank)
        how = store.method(self.consultation)
        marks = []
        for place, column in enumerate(self.columns):
            points = line.verdict.points[place] if place < len(line.verdict.points) else None
            marks.append(
                {
                    **column,
                    "place": place,
                    "value": kept["marks"][place],
                    "points": typed.shown(points) if column["counted"] or how["scale"] != "poids" else "",
                    "label": column["name"] + (f" sur {how['scale']}" if how["scale"] != "poids" else ""),
                }
            )
        return {
            **kept,
            "rank": rank,
            "key": line.key,
            "seen": seen,
            "name": line.title,
            "siret": line.siret,
            "lots": ", ".join(line.lots) if len(line.lots) > 1 else "",
            "state": STATE_WORDS[line.state],
            "sealed": line.state == bid.SEALED,
            "standing": line.standing,
            "marks": marks,
            "total": typed.shown(line.verdict.total),
            "place": f"{scoring.ordinal(line.rank)}{' ex æquo' if line.verdict.tied else ''}" if line.rank else "",
            "excluded": "" if line.standing else self._excluded(line),
            "low": self._low(line),
            "ask": self._ask_address(line) if line.low is not None and line.company else "",
            "when": clock.french(line.at, weekday=False) if line.at else "",
            "by": line.by,
            "open": bool(self.errors) or self._asks(line),
        }

    def _asks(self, line):
        """Tell whether the details of a bid wait for a word: why it is set aside, what becomes of its low price."""
        told = bool(line.values["reason"].strip()) or line.state == bid.SEALED
        return (not line.standing and not told) or bool(line.low and not line.values["low"])

    def _untouched(self, rank, sent):
        try:
            return bid.digest(self._values(rank)) == sent
        except Refused:
            return False

    def _shown(self, line):
        values = line.values
        marks = (*values["marks"], *(None,) * (len(self.criteria) - len(values["marks"])))
        return {
            "candidature": {True: "1", False: "0"}.get(values["admissible"], ""),
            "offre": values["standing"],
            "motif": values["reason"],
            "montant": typed.money_text(values["amount"]),
            "options": typed.money_text(values["options"]),
            "marks": [typed.shown(mark) for mark in marks],
            "rang": values["rank"] or "",
            "membres": typed.member_lines(values["members"]),
            "bas": values["low"],
            "remarque": values["remark"],
        }

    def _sent(self, rank):
        names = ("candidature", "offre", "motif", "montant", "options", "rang", "membres", "bas", "remarque")
        marks = [self.text(f"note.{rank}.{place}") for place in range(len(self.criteria))]
        return {**{name: self.text(f"{name}.{rank}") for name in names}, "marks": marks}

    def _excluded(self, line):
        if line.values["admissible"] is False:
            return "Candidature écartée"
        return "" if line.state == bid.SEALED else bid.STANDINGS[line.values["standing"]]

    def _low(self, line):
        if line.low is None:
            return ""
        what = {lowprice.MEAN: "la moyenne des autres offres", lowprice.ESTIMATE: "l’estimation"}[line.low.what]
        return f"{round(line.low.gap)} % sous {what} ({words.euros(round(line.low.reference))})"

    def _ask_address(self, line):
        term = (clock.paris(self.now) + timedelta(days=DAYS_TO_JUSTIFY)).replace(hour=12, minute=0, second=0)
        query = {
            "genre": "demande",
            "destinataire": Recipient("", (), line.company).key,
            "pieces": WHY_LOW,
            "terme": f"{term:%Y-%m-%dT%H:%M}",
        }
        return f"{self.url}/@@courrier?{urlencode(query)}"

    @property
    def bases(self):
        """The bids a variant may be added to: list of (key, name)."""
        return [(line.key, line.name) for line in self.lines if not line.variant and line.state != bid.SEALED]

    @property
    def candidatures(self):
        return [("", "À examiner"), ("1", "Admise"), ("0", "Écartée")]

    @property
    def standings(self):
        return list(bid.STANDINGS.items())

    @property
    def lows(self):
        return list(bid.LOW.items())

    @property
    def method(self):
        """What the form of the method shows: dict of lists and values."""
        how = store.method(self.consultation)
        names = [(str(rank), item.name) for rank, item in enumerate(self.criteria)] if self.lot is not None else []
        return {
            **how,
            "ratio": typed.shown(how["ratio"]),
            "price": "" if how["price"] is None else str(how["price"]),
            "formulas": [(key, title, text) for key, (title, text) in scoring.FORMULAS.items()],
            "scales": list(scoring.SCALES.items()),
            "references": list(lowprice.REFERENCES.items()),
            "prices": [("", "Celui dont le nom dit « prix » ou « coût »"), *names, ("-1", "Aucun")],
            "words": scoring.FORMULAS[how["formula"]][0],
        }

    @property
    def next_lot(self):
        """The address of the lot after this one, or ''."""
        if self.lot is None or len(self.numbers) == 1 or self.lot == self.numbers[-1]:
            return ""
        return f"{self.url}/@@analyse?{urlencode({'lot': self.numbers[self.numbers.index(self.lot) + 1]})}"

    @property
    def ready(self):
        """True when every bid that stands has its rank: the decision may follow."""
        standing = [line for line in self.lines if line.standing]
        return bool(standing) and all(line.rank for line in standing)


class AnalysisFile(AwardPage):
    """``@@analyse.csv``, ``@@analyse.xlsx``, ``@@analyse.pdf``: the whole analysis, all lots, as a file."""

    def __call__(self):
        name = f"analyse-{self.consultation.getId()}"
        kind = self.__name__.rpartition(".")[2]
        if kind == "pdf":
            return send_pdf(self.request, f"{name}.pdf", reports.analysis_pdf(self.consultation))
        columns, rows = reports.analysis_table(self.consultation)
        response = self.request.response
        if kind == "xlsx":
            chunks = tables.xlsx_chunks("Analyse des offres", columns, rows)
            response.setHeader("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        else:
            chunks = tables.csv_chunks(columns, rows)
            response.setHeader("Content-Type", "text/csv; charset=utf-8")
        response.setHeader("Content-Disposition", f'attachment; filename="{name}.{kind}"')
        response.setHeader("Cache-Control", "no-store")
        return b"".join(chunks)
