"""Contracts as a table, one row each: what people open in a spreadsheet, and what comes back from one.

A column bears the name of its field in the format (``lieuExecution.code``); several values are parted by ``|``, a holder is
``SIRET:12345678900011``. Modifications have no place in a table: the count of them has.
"""

from decimal import Decimal
from megalis.portal.formats.decp import kinds
from megalis.portal.formats.decp.kinds import members
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.tables import AMOUNT
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import DATE
from megalis.portal.formats.tables import NUMBER
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import KINDS
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import TYPES
from megalis.portal.marches.rules.deadlines import day_of
from megalis.portal.marches.rules.entry import day
from megalis.portal.marches.rules.entry import number

import csv
import io


KIND = "genre"
LATER = (
    "modifications", "actesSousTraitance", "modificationsActesSousTraitance", "donneesExecution",
)  # fmt: skip
BAR = "|"
MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_CELL = 5000


def _columns():
    """Return ``{column: (kind of value, in a marché, in a concession)}``, those of a marché first."""
    found = {}
    for genre in (MARCHE, CONCESSION):
        for _attribute, name, kind, _required in members(TYPES[genre]):
            if name in LATER:
                continue
            if isinstance(kind, kinds.One):
                for _sub, field, part, _need in members(kind.type):
                    found.setdefault(f"{name}.{field}", {})[genre] = part
            else:
                found.setdefault(name, {})[genre] = kind
    return found


COLUMNS = _columns()
_TYPES = {kinds.Day: DATE, kinds.Number: NUMBER}


def columns():
    """Return the Columns of an export."""
    found = [Column("genre")]
    for name, by_kind in COLUMNS.items():
        money = name in ("montant", "valeurGlobale", "montantSubventionPublique")
        found.append(Column(name, AMOUNT if money else _TYPES.get(type(next(iter(by_kind.values()))), "text")))
    return [*found, Column("nombreModifications", NUMBER)]


def cells(kind, raw):
    """Return the cells of one contract, in the order of ``columns``."""
    found = [KINDS[kind]]
    for name, by_kind in COLUMNS.items():
        head, _dot, tail = name.partition(".")
        value = raw.get(head)
        if tail:
            value = value.get(tail) if isinstance(value, dict) else None
        found.append(_cell(by_kind.get(kind), value))
    return [*found, len(raw.get("modifications") or ())]


def _cell(kind, value):
    if value is None or kind is None:
        return None
    if isinstance(kind, kinds.Choices):
        return BAR.join(value[kind.item])
    if isinstance(kind, kinds.Many):
        rows = (row[kind.item] for row in value)
        return BAR.join(f"{row['typeIdentifiant']}:{row['id']}" for row in rows)
    if isinstance(kind, kinds.Day):
        return day_of(value) or value
    if isinstance(kind, kinds.Number):
        return value if isinstance(value, int | Decimal) else Decimal(str(value))
    return value


def read(data):
    """Return ``[(line, kind, raw data)]`` of a CSV file (bytes); raise ``Refused`` (``marches.csv-…``)."""
    if len(data) > MAX_BYTES:
        raise Refused("marches.csv-taille", f"Le fichier dépasse {MAX_BYTES // 1048576} Mo : partagez-le.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") >= first.count(",") else ",")
    try:
        header = [name.strip().lstrip("'") for name in next(reader, [])]
        return _rows(reader, header)
    except csv.Error as error:
        raise Refused("marches.csv", f"Le tableau n’est pas lisible (ligne {reader.line_num}) : {error}.") from error


def _rows(reader, header):
    known = [name for name in header if name in COLUMNS]
    if "id" not in known or "objet" not in known:
        message = "Le tableau n’a pas les colonnes « id » et « objet » : reprenez les titres de l’export."
        raise Refused("marches.csv-colonnes", message, ";".join(header)[:200])
    twice = next((name for name in known if known.count(name) > 1), None)
    if twice:
        raise Refused("marches.csv-colonnes", f"La colonne « {twice} » est donnée deux fois : gardez-en une.", twice)
    found = []
    for cells_ in reader:
        row = {name: cell.strip()[:MAX_CELL] for name, cell in zip(header, cells_, strict=False) if cell.strip()}
        if not row:
            continue
        if len(found) == MAX_ROWS:
            raise Refused("marches.csv-lignes", f"Le tableau a plus de {MAX_ROWS} lignes : partagez-le.")
        kind = CONCESSION if row.get(KIND, "").casefold().startswith("conc") or "valeurGlobale" in row else MARCHE
        found.append((reader.line_num, kind, _raw(kind, row)))
    if not found:
        raise Refused("marches.csv-vide", "Le tableau n’a aucune ligne : ajoutez un contrat sous les titres.")
    return found


def _raw(kind, row):
    raw = {}
    for name, by_kind in COLUMNS.items():
        if name not in row or kind not in by_kind:
            continue
        value = _value(by_kind[kind], row[name])
        head, _dot, tail = name.partition(".")
        if tail:
            raw.setdefault(head, {})[tail] = value
        else:
            raw[head] = value
    return raw


def _value(kind, text):
    # What starts with a sign was quoted against formulas when it was written.
    text = text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text
    if isinstance(kind, kinds.Choices):
        return {kind.item: [word.strip() for word in text.split(BAR) if word.strip()]}
    if isinstance(kind, kinds.Many):
        found = []
        for word in text.split(BAR):
            sort, colon, identifier = word.strip().partition(":")
            sort, identifier = (sort, identifier) if colon else ("SIRET", sort)
            if identifier:
                found.append({kind.item: {"typeIdentifiant": sort.strip(), "id": identifier.strip()}})
        return found
    if isinstance(kind, kinds.Number):
        return number(text)
    if isinstance(kind, kinds.Day):
        return day(text)
    if isinstance(kind, kinds.Flag):
        return {"oui": True, "true": True, "1": True, "non": False, "false": False, "0": False}.get(
            text.casefold(), text
        )
    return text
