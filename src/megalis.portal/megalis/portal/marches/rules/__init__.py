"""The rules of essential data: values in, findings out, without a site."""

from dataclasses import dataclass
from megalis.portal.formats.decp import Concession
from megalis.portal.formats.decp import Contract


MARCHE, CONCESSION = "marche", "contrat-concession"
TYPES = {MARCHE: Contract, CONCESSION: Concession}
KINDS = {MARCHE: "Marché", CONCESSION: "Concession"}
BLOCKING, ADVICE = "blocking", "advice"
PUBLISHED = "datePublicationDonnees"


@dataclass(frozen=True)
class Finding:
    """One thing wrong or odd with a contract: stable code, French message, the field it stands beside ("" for none)."""

    code: str
    message: str
    field: str = ""
    level: str = BLOCKING


def notified_name(kind):
    """Return the name of the date that a contract of this kind counts from."""
    return "dateSignature" if kind == CONCESSION else "dateNotification"


def amount_name(kind):
    return "valeurGlobale" if kind == CONCESSION else "montant"


def buyer_name(kind):
    return "autoriteConcedante" if kind == CONCESSION else "acheteur"


def holder_name(kind):
    """Return the name of one holder; the list of them takes an s."""
    return "concessionnaire" if kind == CONCESSION else "titulaire"


def holders_of(kind, raw):
    """Return the holders of raw data as ``[{"typeIdentifiant", "id"}]``, whatever is wrong with it."""
    name = holder_name(kind)
    rows = raw.get(f"{name}s")
    found = [row.get(name) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [item for item in found if isinstance(item, dict)]
