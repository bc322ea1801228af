"""What the consultation itself puts into its archive: its sheet, its dossier in every version, its registers."""

from dataclasses import replace
from datetime import date
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import contents
from megalis.portal.consultations.dce.withdrawals import register as withdrawals
from megalis.portal.consultations.dossier import tables
from megalis.portal.consultations.exchanges import register as questions
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.interfaces import ILot
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


SHOWN = ("Numéro", "Posée le", "Entreprise", "Lot", "Question", "Répondue le", "Portée", "Réponse")  # on paper


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


def as_json(value):
    """Return the bytes of a JSON file people may read."""
    return json.dumps(plain(value), ensure_ascii=False, indent=1).encode("utf-8", "replace")


def decision_rows(number, titles, kept):
    """Return the rows that tell the decision of a lot: one for each holder, one alone for a lot without any."""
    said = (number, titles.get(number, ""), decisions.DECISIONS[kept["decision"]])
    rows = []
    for holder in decisions.holders_of(kept) or [{"name": "", "siret": "", "members": (), "amount": kept["amount"]}]:
        members = ", ".join(f"{name} ({siret})" if siret else name for name, siret in holder["members"])
        why = (kept["reason"], kept["at"])
        rows.append((*said, holder["name"], holder["siret"], members, holder["amount"], *why))
    return rows


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


class Made(Part):
    """A part whose ``count`` files are made when they are due; a subclass says ``files()``."""

    count = 1

    def is_due(self):
        return True

    def files(self):
        """Yield the DossierFiles."""
        raise NotImplementedError

    def weigh(self):
        return (self.count if self.is_due() else 0), 0

    def __call__(self):
        if self.is_due():
            yield from self.files()


class Table(Made):
    """A register, as CSV and PDF; a subclass says its ``name``, ``columns`` (``formats.tables.Column``) and ``rows()``."""

    count = 2
    folder = "registres"
    name = ""
    columns = ()

    def rows(self):
        """Return the rows as a list of cells."""
        raise NotImplementedError

    def files(self):
        yield from tables.files(self.name, self.title, self.columns, self.rows())


class Kept(Part):
    """A part that is one file for each thing kept; a subclass says ``found()``, ``size(item)`` and ``file(rank, item)``."""

    def found(self):
        raise NotImplementedError

    def size(self, item):
        raise NotImplementedError

    def file(self, rank, item):
        """Return the DossierFile of the ``rank``-th, from 1."""
        raise NotImplementedError

    def weigh(self):
        found = self.found()
        return len(found), sum(map(self.size, found))

    def __call__(self):
        for rank, item in enumerate(self.found(), 1):
            yield self.file(rank, item)


class Sheet(Part):
    """The fields, lots, versions and decisions, for programs; the decisions for people too."""

    title = "Fiche et décisions"
    folder = "consultation"
    order = 10
    columns = (
        Column("Lot"), Column("Intitulé"), Column("Décision"), Column("Titulaire"), Column("SIRET"),
        Column("Autres membres du groupement"), Column("Montant HT", AMOUNT), Column("Motif"), Column("Le (Paris)", INSTANT),
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
            "versions": api.history(consultation),
            "decisions": self.decided,
            "annulation": consultation.cancelled_reason,
        }
        yield DossierFile("consultation.json", as_json(said), "Fiche de la consultation")
        if self.decided:
            titles = {lot.number: lot.title for lot in api.lots(consultation)}
            rows = [row for number, kept in sorted(self.decided.items()) for row in decision_rows(number, titles, kept)]
            yield from tables.files("decisions", "Décisions", self.columns, rows)


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
        found = contents.of(self.consultation).every()
        return sorted(found, key=lambda piece: (piece.until is not None, piece.since, piece.filename.casefold()))

    def weigh(self):
        return len(self.pieces) + 1, sum(piece.size for piece in self.pieces)

    def __call__(self):
        for piece in self.pieces:
            former = f"versions-anterieures/v{piece.since}-v{piece.until}/" if piece.until is not None else ""
            yield DossierFile(f"{former}{piece.filename}", piece.blob, piece.title)
        rows = [
            (number, piece.filename, piece.title, ", ".join(piece.lots or ()), piece.size, piece.sha256)
            for number in range(1, self.consultation.version + 1)
            for piece in api.lines(self.consultation, version=number)
        ]
        yield DossierFile(
            "versions.csv", lambda stream: tables.written(self.columns, rows, stream), "Pièces de chaque version"
        )


class Withdrawals(Table):
    """The register of withdrawals."""

    title = "Registre des retraits"
    order = 30
    name = "retraits"
    columns = (
        Column("Retiré le (Paris)", INSTANT), Column("Mode"), Column("Entreprise"), Column("SIRET"), Column("Courriel"),
        Column("Retiré"), Column("Version", NUMBER), Column("Prévenu"),
    )  # fmt: skip

    def rows(self):
        return [
            (
                row["instant"], "identifié" if row["mode"] == "identifie" else "anonyme", row["company"], row["siret"],
                row["email"], row["what"], row["version"], "oui" if row["told"] else "non",
            )
            for row in reversed(withdrawals(self.consultation))
        ]  # fmt: skip


class Questions(Table):
    """The register of questions and answers."""

    title = "Registre des questions"
    order = 31
    name = "questions"
    columns = tuple(replace(column, paper=column.title in SHOWN) for column in questions.COLUMNS_OF_FILES)

    def rows(self):
        return list(map(questions.cells, questions.rows(self.consultation)))
