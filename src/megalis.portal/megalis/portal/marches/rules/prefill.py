"""The data of a contract as far as its consultation and its award tell them; the agent completes the rest.

What nobody said stays absent: an invented value would be published. The few values given here are what the consultation
itself states (a lot has no options, so its execution has no tranches).
"""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats import nuts
from megalis.portal.formats import operators
from megalis.portal.formats.decp.model import NO_TECHNIQUE
from megalis.portal.formats.refusal import Refused
from megalis.portal.marches.rules import amount_name
from megalis.portal.marches.rules import buyer_name
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import holder_name
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import notified_name

import re


PROCEDURES = {
    "procedure-adaptee": "Procédure adaptée",
    "appel-offres-ouvert": "Appel d'offres ouvert",
    "appel-offres-restreint": "Appel d'offres restreint",
    "procedure-negociation": "Procédure avec négociation",
    "dialogue-competitif": "Dialogue compétitif",
    "sans-publicite": "Marché passé sans publicité ni mise en concurrence préalable",
    # The contracts of a dynamic system follow the rules of the restricted procedure (R. 2162-37).
    "systeme-acquisition-dynamique": "Appel d'offres restreint",
}
TECHNIQUES = {"concours": "Concours", "systeme-acquisition-dynamique": "Système d'acquisition dynamique"}
FRAMEWORK = "Accord-cadre"
GROUPS = {"conjoint": "Conjoint", "conjoint-solidaire": "Conjoint", "solidaire": "Solidaire"}
MODALITIES = {
    "bons-de-commande": ("Bons de commande",),
    "marches-subsequents": ("Marchés subséquents",),
    "mixte": ("Bons de commande", "Marchés subséquents"),
}
_MONTHS = re.compile(r"\b([0-9]{1,4})\s*mois\b", re.I)
_YEARS = re.compile(r"\b([0-9]{1,3})\s*ans?\b", re.I)


@dataclass(frozen=True)
class Award:
    """What a consultation and the decision on one of its lots tell of a contract.

    ``holders`` are SIRET (or ""), ``form`` that of their group; ``framework`` the technique of the consultation, ``under`` the identifier of the
    accord-cadre a subsequent contract comes from; ``procedure`` that of the consultation the call began with.
    """

    reference: str
    lot: str
    title: str
    lot_title: str
    buyer: str
    procedure: str
    cpv: str = ""
    places: tuple = ()
    department: str = ""
    duration: str = ""
    months: int | None = None
    framework: str = ""
    under: str = ""
    tranches: bool = False
    bids: int = 0
    holders: tuple = ()
    amount: int | None = None
    notified: date | None = None
    signed: date | None = None
    form: str = ""


def kind_of(procedure):
    return CONCESSION if procedure == "concession" else MARCHE


def identifier(reference, lot="", rank=0):
    """Return an identifier of at most 16 characters from the reference and the lot, or "" when none fits."""
    suffix = f"L{lot}" if lot else ""
    suffix += f"-{rank + 1}" if rank else ""
    for text in (reference, re.sub(r"[^0-9A-Za-z]", "", reference)):
        found = f"{text}-{suffix}" if suffix else text
        if 1 <= len(found) <= 16:
            return found
        found = f"{text}{suffix}"
        if 1 <= len(found) <= 16:
            return found
    return ""


def months_of(text):
    """Return the months in ``12 mois`` or ``4 ans``, None when the words tell no single duration."""
    found = _MONTHS.findall(text or "")
    if len(found) == 1 and int(found[0]):
        return int(found[0])
    years = _YEARS.findall(text or "")
    return int(years[0]) * 12 if not found and len(years) == 1 and int(years[0]) else None


def place(codes, department):
    """Return the ``lieuExecution`` of the first place, a département; None when there is none."""
    for code in codes:
        found = nuts.departement_of(code)
        if found is not None:
            return {"code": found.code, "typeCode": "Code département"}
    if any(str(code).startswith("FRH") for code in codes):
        return {"code": "53", "typeCode": "Code région"}
    return {"code": department, "typeCode": "Code département"} if department else None


def _holder(text):
    try:
        return {"typeIdentifiant": operators.kind_of(text), "id": operators.number(text)}
    except Refused:
        return {"typeIdentifiant": "SIRET", "id": str(text).strip()} if str(text or "").strip() else None


def raw_of(award, rank=0):
    """Return ``(kind, raw data)`` of the contract of an Award; ``rank`` tells apart the contracts of one lot."""
    kind = kind_of(award.procedure)
    title = award.title if not award.lot_title else f"{award.title}, lot {award.lot} : {award.lot_title}"
    name = holder_name(kind)
    holders = [{name: item} for item in map(_holder, award.holders) if item]
    raw = {
        "id": identifier(award.reference, award.lot, rank),
        buyer_name(kind): {"id": award.buyer} if award.buyer else None,
        "objet": title[:1000],
        "dureeMois": award.months or months_of(award.duration),
        notified_name(kind): award.notified.isoformat() if award.notified else None,
        amount_name(kind): award.amount,
        f"{name}s": holders,
    }
    raw |= _of_contract(award) if kind == MARCHE else {}
    return kind, {name: value for name, value in raw.items() if value not in (None, "", [], {})}


def _of_contract(award):
    techniques = [TECHNIQUES[award.procedure]] if award.procedure in TECHNIQUES else []
    techniques += [FRAMEWORK] if award.framework else []
    modalities = [*MODALITIES.get(award.framework, ()), *(["Tranches"] if award.tranches else [])]
    return {
        "nature": "Marché",
        "codeCPV": award.cpv,
        "procedure": PROCEDURES.get(award.procedure),
        "lieuExecution": place(award.places, award.department),
        "techniques": {"technique": techniques or [NO_TECHNIQUE]},
        "modalitesExecution": {"modaliteExecution": modalities or [NO_TECHNIQUE]},
        "offresRecues": award.bids or None,
        "idAccordCadre": award.under,
        "typeGroupementOperateurs": "Pas de groupement" if len(award.holders) == 1 else GROUPS.get(award.form),
    }
