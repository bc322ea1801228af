"""A bid on a lot as the analysis sees it: what agents write of it, whether it is still compared, what may not be written."""

from dataclasses import dataclass
from dataclasses import field
from hashlib import sha256
from megalis.portal.awards.rules import lowprice
from megalis.portal.awards.rules import scoring
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock


REGULAR, TOO_LOW = "reguliere", "basse"
STANDINGS = {
    REGULAR: "Régulière",
    "irreguliere": "Irrégulière",
    "inacceptable": "Inacceptable",
    "inappropriee": "Inappropriée",
    TOO_LOW: "Anormalement basse, rejetée",
}
ASKED = "demandee"
LOW = {"": "Rien à signaler", ASKED: "Justification demandée", "justifiee": "Prix justifié"}
EMPTY = {
    "admissible": None,
    "reason": "",
    "standing": REGULAR,
    "amount": None,
    "options": None,
    "marks": (),
    "rank": None,
    "members": (),
    "low": "",
    "remark": "",
}
LABELS = {
    "admissible": "candidature",
    "reason": "motif",
    "standing": "offre",
    "amount": "montant",
    "options": "options",
    "marks": "notes",
    "rank": "rang",
    "members": "groupement",
    "low": "prix bas",
    "remark": "observation",
}
OPENED, WAITING, SEALED, UNREADABLE = "ouverte", "attente", "scellee", "illisible"
ON_PAPER, BY_HAND = "papier", "ajoutee"


@dataclass
class Line:
    """A bid on a lot: who, what was written (``values``), what follows (``verdict``, ``low``).

    ``form`` is that of the group which its pli tells ("" of none, or of one that agents typed).
    """

    key: str
    lot: str
    name: str
    siret: str = ""
    company: str = ""
    deposit: str = ""
    state: str = OPENED
    variant: str = ""
    lots: tuple = ()
    form: str = ""
    values: dict = field(default_factory=lambda: dict(EMPTY))
    by: str = ""
    at: object = None
    verdict: scoring.Verdict = field(default_factory=scoring.Verdict)
    low: lowprice.Suspicion | None = None

    @property
    def seen(self):
        """What a form sends back to say which values it showed."""
        return digest(self.values)

    @property
    def title(self):
        return f"{self.name}, {self.variant}" if self.variant else self.name

    @property
    def standing(self):
        """True while the bid is compared: its candidature is not refused, the bid is regular and could be read."""
        return (
            self.values["admissible"] is not False
            and self.values["standing"] == REGULAR
            and self.state not in (SEALED, UNREADABLE)
        )

    @property
    def rank(self):
        """The rank counted, or the one given by hand where criteria bear no points."""
        return self.verdict.rank or (self.values["rank"] if self.standing else None)


def digest(values):
    """Return what tells two states of a row apart."""
    return sha256(repr([(name, values[name]) for name in EMPTY]).encode()).hexdigest()[:16]


def ordered(found):
    """Return the Lines by rank, those without one after, those excluded last."""
    return sorted(found, key=lambda line: (not line.standing, line.rank or 10_000, line.title.casefold()))


def conflict(line, mine):
    """Say who wrote the row of a Line meanwhile, and in what it differs from ``mine``."""
    names = [LABELS[name] for name in EMPTY if line.values[name] != mine[name]]
    at = clock.french(line.at, seconds=True, weekday=False) if line.at else "entre-temps"
    return (
        f"« {line.title} » : {line.by or 'une autre personne'} a enregistré cette ligne le {at}, pendant que vous l’aviez "
        f"sous les yeux. Différences : {', '.join(names)}. Rien n’est enregistré : vos saisies sont gardées ci-dessous ; "
        "enregistrez de nouveau pour les mettre à la place des siennes."
    )


def check_row(line, values):
    """Refuse values that the rules forbid: ``analyse.motif``, ``analyse.prix-bas``, ``analyse.scellee``.

    A price is never rejected as abnormally low before its author was asked to explain it (L. 2152-6, R. 2152-3).
    """
    written = values["amount"] is not None or any(mark is not None for mark in values["marks"])
    if line.state == SEALED and written:
        raise Refused(
            "analyse.scellee",
            f"« {line.name} » : sa candidature n’est pas retenue, son offre reste scellée et ne se note pas.",
        )
    excluded = values["admissible"] is False or values["standing"] != REGULAR
    if excluded and not values["reason"].strip():
        raise Refused(
            "analyse.motif",
            f"« {line.title} » est écartée : écrivez le motif, l’entreprise en sera informée (R. 2181-1).",
        )
    if values["standing"] == TOO_LOW and values["low"] != ASKED:
        raise Refused(
            "analyse.prix-bas",
            f"« {line.title} » : une offre ne se rejette comme anormalement basse qu’après avoir demandé à son auteur de "
            "justifier son prix. Demandez-le-lui, puis notez « Justification demandée » (L. 2152-6 du code de la commande "
            "publique).",
        )
