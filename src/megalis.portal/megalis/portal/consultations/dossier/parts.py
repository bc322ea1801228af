"""What the consultation itself puts into its archive: its sheet, its dossier in every version, its registers."""

from datetime import date
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.dce.withdrawals import register as withdrawals
from megalis.portal.consultations.dossier import tables
from megalis.portal.consultations.exchanges import register as questions
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.interfaces import ILot
from megalis.portal.consultations.interfaces import IPieceDCE
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import files
from megalis.portal.formats.tables import AMOUNT
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import DossierFile
from megalis.portal.kernel.interfaces import IDossierPart
from zope.component import adapter
from zope.interface import implementer
from zope.schema import getFieldNames

import json


def plain(value):
    """Return a value of a field as JSON has it."""
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def step(name):
    """Return a name that people gave (a company, a title) as one step of a path."""
    return files.clean_name(str(name).replace("/", "-").replace("\\", "-"))


def fields(content, schema):
    """Return the fields of a content as a JSON object."""
    return {name: plain(getattr(content, name, None)) for name in sorted(getFieldNames(schema))}


@implementer(IDossierPart)
@adapter(IConsultation)
class Part:
    """The ground of the parts."""

    title = ""
    folder = ""
    order = 0
    reads_bids = False

    def __init__(self, consultation):
        self.consultation = consultation

    def weigh(self):
        raise NotImplementedError  # each part knows what it holds

    def __call__(self):
        raise NotImplementedError


class Sheet(Part):
    """The fields, lots, versions and decisions, for programs; the decisions for people too."""

    title = "Fiche et décisions"
    folder = "consultation"
    order = 10
    columns = (
        Column("Lot"), Column("Intitulé"), Column("Décision"), Column("Titulaire"), Column("SIRET"),
        Column("Montant HT", AMOUNT), Column("Motif"), Column("Le (Paris)", INSTANT),
    )  # fmt: skip

    @cached_property
    def decided(self):
        return api.decisions(self.consultation)

    def weigh(self):
        return (3 if self.decided else 1), 0

    def __call__(self):
        consultation = self.consultation
        buyer = api.buyer(consultation)
        said = {
            "uuid": api.uuid(consultation),
            "adresse": consultation.absolute_url(),
            "acheteur": {"nom": buyer.title, "siret": buyer.siret},
            "etat": api.state(consultation),
            "consultation": fields(consultation, IConsultation),
            "lots": [fields(lot, ILot) for lot in api.lots(consultation)],
            "versions": plain(api.history(consultation)),
            "decisions": plain(self.decided),
            "annulation": consultation.cancelled_reason,
        }
        data = json.dumps(said, ensure_ascii=False, indent=1).encode("utf-8", "replace")
        yield DossierFile("consultation.json", data, "Fiche de la consultation")
        if self.decided:
            titles = {lot.number: lot.title for lot in api.lots(consultation)}
            rows = [
                (
                    number, titles.get(number, ""), decisions.DECISIONS[kept["decision"]], kept["winner"],
                    kept["winner_siret"], kept["amount"], kept["reason"], kept["at"],
                )
                for number, kept in sorted(self.decided.items())
            ]  # fmt: skip
            yield from tables.files("decisions", "Décisions", self.columns, rows, (12, 45, 28, 45, 28, 26, 40, 26))


class Dce(Part):
    """Every file that was ever in the published dossier."""

    title = "Dossier de consultation (DCE)"
    folder = "dce"
    order = 20
    columns = (
        Column("Version", NUMBER), Column("Fichier"), Column("Titre"), Column("Lots"), Column("Octets", NUMBER),
        Column("SHA-256"),
    )  # fmt: skip

    @cached_property
    def pieces(self):
        found = (item for item in self.consultation.objectValues() if IPieceDCE.providedBy(item))
        return sorted(found, key=lambda piece: (piece.until is not None, piece.since, piece.filename.casefold()))

    def weigh(self):
        return len(self.pieces) + 1, sum(piece.size for piece in self.pieces)

    def __call__(self):
        for piece in self.pieces:
            former = f"versions-anterieures/v{piece.since}-v{piece.until}/" if piece.until is not None else ""
            yield DossierFile(f"{former}{piece.filename}", piece.file._blob, piece.title)
        rows = [
            (number, piece.filename, piece.title, ", ".join(piece.lots or ()), piece.size, piece.sha256)
            for number in range(1, self.consultation.version + 1)
            for piece in api.pieces(self.consultation, version=number)
        ]
        yield DossierFile(
            "versions.csv", lambda stream: tables.written(self.columns, rows, stream), "Pièces de chaque version"
        )


class Withdrawals(Part):
    """The register of withdrawals."""

    title = "Registre des retraits"
    folder = "registres"
    order = 30
    columns = (
        Column("Retiré le (Paris)", INSTANT), Column("Mode"), Column("Entreprise"), Column("SIRET"), Column("Courriel"),
        Column("Retiré"), Column("Version", NUMBER), Column("Prévenu"),
    )  # fmt: skip

    def weigh(self):
        return 2, 0

    def __call__(self):
        rows = [
            (
                row["instant"], "identifié" if row["mode"] == "identifie" else "anonyme", row["company"], row["siret"],
                row["email"], row["what"], row["version"], "oui" if row["told"] else "non",
            )
            for row in reversed(withdrawals(self.consultation))
        ]  # fmt: skip
        yield from tables.files("retraits", self.title, self.columns, rows, (34, 20, 55, 28, 50, 30, 15, 18))


class Questions(Part):
    """The register of questions and answers."""

    title = "Registre des questions"
    folder = "registres"
    order = 31
    shown = ("number", "instant", "company", "lot", "text", "answered", "audience", "answer")

    def weigh(self):
        return 2, 0

    def __call__(self):
        found = questions.rows(self.consultation)
        kinds = {"number": NUMBER, "instant": INSTANT, "answered": INSTANT}
        columns = [Column(title, kinds.get(name, "text")) for name, title in questions.COLUMNS]

        def write(stream):
            cells = ([", ".join(v) if isinstance(v, list) else v for v in map(row.get, names)] for row in found)
            tables.written(columns, cells, stream)

        names = [name for name, _title in questions.COLUMNS]
        yield DossierFile("questions.csv", write, f"{self.title} (tableau)")
        titles = dict(questions.COLUMNS)
        short = [Column(titles[name], kinds.get(name, "text")) for name in self.shown]
        rows = [[row[name] for name in self.shown] for row in found]
        data = tables.as_pdf(self.title, short, rows, (14, 28, 36, 12, 62, 28, 20, 50))
        yield DossierFile("questions.pdf", data, f"{self.title} (à lire)")
