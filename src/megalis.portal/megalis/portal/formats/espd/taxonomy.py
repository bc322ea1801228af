"""The criteria of an ESPD: their identifiers, the same in every version, their codes of versions 2.1 and 3, their French names.

Identifiers and codes are those of the ESPD exchange data model (Publications Office of the EU); the names are ours. The table is
``taxonomy.csv``.
"""

from dataclasses import dataclass
from importlib.resources import files

import csv


EXCLUSION, SELECTION, OTHER = "exclusion", "selection", "autre"
FAMILIES = {
    EXCLUSION: "Motifs d’exclusion",
    SELECTION: "Critères de sélection",
    OTHER: "Renseignements sur l’opérateur",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A criterion of the taxonomy; ``old`` ends its code in version 2.1."""

    family: str
    code: str
    id: str
    old: str
    title: str


def _rows():
    text = files(__package__).joinpath("taxonomy.csv").read_text("utf-8")
    return tuple(Known(**row) for row in csv.DictReader(text.splitlines(), delimiter=";"))


ROWS = _rows()
BY_CODE = {row.code: row for row in ROWS}
_BY_ID = {row.id: row for row in ROWS}
_BY_OLD = {row.old: row for row in ROWS if row.old}


def known(identifier, code):
    """Return the Known of a criterion by its identifier or its code of any version, or None."""
    return _BY_ID.get(identifier) or BY_CODE.get(code) or _BY_OLD.get(code.rpartition(".")[2])


def family(code):
    """Return the family that the code of an unknown criterion tells."""
    for part, found in ((".EXCLUSION.", EXCLUSION), (".SELECTION.", SELECTION)):
        if part in code:
            return found
    return OTHER
