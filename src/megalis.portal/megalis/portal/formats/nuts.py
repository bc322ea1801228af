"""French territories: départements with their NUTS 3 code, because places of execution are told in NUTS.

Codes are those of NUTS 2021 (Regulation (EU) 2019/1755) as used by eForms; names and regions are those of the INSEE.
A region bears at least one NUTS 1 code here; Brittany is FRH, its départements FRH01 to FRH04.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from megalis.portal.formats.refusal import Refused

import csv
import re


REGIONS = {
    "FR1": "Île-de-France",
    "FRB": "Centre-Val de Loire",
    "FRC": "Bourgogne-Franche-Comté",
    "FRD": "Normandie",
    "FRE": "Hauts-de-France",
    "FRF": "Grand Est",
    "FRG": "Pays de la Loire",
    "FRH": "Bretagne",
    "FRI": "Nouvelle-Aquitaine",
    "FRJ": "Occitanie",
    "FRK": "Auvergne-Rhône-Alpes",
    "FRL": "Provence-Alpes-Côte d’Azur",
    "FRM": "Corse",
    "FRY": "Outre-mer",
}
BRITTANY = "FRH"


@dataclass(frozen=True, slots=True)
class Departement:
    """A département: INSEE code (``22``, ``2A``, ``974``), French name, NUTS 3 code, name of its region."""

    code: str
    nom: str
    nuts3: str
    region: str


@cache
def departements():
    """Return all French départements as a tuple of ``Departement``, by INSEE code."""
    text = files("megalis.portal.formats").joinpath("data/departements.csv").read_text("utf-8")
    return tuple(Departement(**row) for row in csv.DictReader(text.splitlines()))


@cache
def _by_code():
    return {item.code: item for item in departements()}


@cache
def _by_nuts():
    return {item.nuts3: item for item in departements()}


def breton_departements():
    """Return the four départements of Brittany."""
    return tuple(item for item in departements() if item.nuts3.startswith(BRITTANY))


def normalize(text):
    """Return a NUTS code in upper case; raise ``Refused`` (``nuts.forme``) when it cannot be one."""
    value = str(text or "").strip().upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{0,3}", value):
        raise Refused(
            "nuts.forme",
            f"« {str(text)[:20]} » n’est pas un code NUTS : deux lettres de pays, puis trois signes au plus (FRH03).",
            text,
        )
    return value


def label(code):
    """Return the French name of a NUTS code (any level), or the code itself when it is not French or not known."""
    value = str(code or "").strip().upper()
    if value == "FR":
        return "France"
    if value in _by_nuts():
        return _by_nuts()[value].nom
    if value[:3] in REGIONS and value.rstrip("0") in (value[:3], value[:4]):
        inside = {item.region for item in departements() if item.nuts3.startswith(value)}
        if len(inside) == 1:
            return inside.pop()
        return REGIONS[value[:3]]
    return value


def departement_of(text):
    """Return the ``Departement`` of a NUTS 3 code, a French postcode, an INSEE commune or département code; else None.

    A postcode names the département of its delivery office: a few communes on a border are served from next door.
    """
    value = str(text or "").strip().upper()
    if value in _by_nuts():
        return _by_nuts()[value]
    if value in _by_code():
        return _by_code()[value]
    if re.fullmatch(r"2[AB][0-9]{3}", value):
        return _by_code()[value[:2]]
    if not re.fullmatch(r"[0-9]{5}", value):
        return None
    if value.startswith("20"):
        return _by_code()["2A" if value[2] in "01" else "2B"]
    return _by_code().get(value[:3] if value[:2] in ("97", "98") else value[:2])
