"""The flavour « MARCO »: CSV with semicolons, one line a fact, the first cell says which.

As for SIS Marchés, the files that MARCO exchanges are agreed between vendors and not public: this mapping is ours. Lines of a
consultation: ``CONS`` (then its columns), ``LOT``, ``CRIT``, ``PIECE``, tied by the external reference in the second cell.
Dates are French (16/03/2026 12:00:00, Paris), amounts have a comma, the encoding is UTF-8 or Windows-1252.
"""

from datetime import datetime
from megalis.portal.formats.interchange import neutral
from megalis.portal.formats.interchange.model import COLUMNS
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.tables import PARIS
from megalis.portal.formats.tables import safe_cell

import csv
import io
import re


NAME = "marco"
TITLE = "MARCO (CSV)"
EXTENSION = "csv"
MEDIA = "text/csv"
MAX_LINES = 50_000
PROCEDURES = {
    "MAPA": "procedure-adaptee",
    "AO OUVERT": "appel-offres-ouvert",
    "AO RESTREINT": "appel-offres-restreint",
    "NEGOCIE": "procedure-negociation",
    "DIALOGUE": "dialogue-competitif",
    "CONCOURS": "concours",
    "SAD": "systeme-acquisition-dynamique",
    "DSP": "concession",
    "SPMC": "sans-publicite",
}
NATURES = {"T": "travaux", "F": "fournitures", "S": "services"}
LINES = {
    "CONS": (
        "reference", "objet", "procedure", "nature", "cpv", "lieux", "valeur_estimee", "date_limite",
        "date_limite_questions", "date_ouverture", "contact_service", "contact_courriel", "duree", "description",
    ),
    "LOT": ("numero", "intitule", "cpv", "valeur_estimee", "description"),
    "CRIT": ("nom", "points"),
    "PIECE": ("nom", "titre", "nature", "lots", "sha256"),
}  # fmt: skip
INTO = {"LOT": "lots", "CRIT": "criteres", "PIECE": "pieces"}
CODES = {"retraits": "RET", "questions": "QUE", "depots": "DEP", "resultats": "RES"}

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?")
_AMOUNT = re.compile(r"([0-9]{1,14})(?:,[0-9]{1,2})?")  # the model counts whole euros
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def read(data):
    """Return the Received of each ``CONS`` line with what is tied to it; Refused ``echange.marco``, ``echange.encodage``."""
    found, order = {}, []
    for number, cells in enumerate(_lines(data), 1):
        code, external = cells[0].strip().upper(), cells[1].strip() if len(cells) > 1 else ""
        if code not in LINES:
            raise Refused(
                "echange.marco", f"Ligne {number} : « {code[:20]} » n’est pas une ligne connue ({', '.join(LINES)})."
            )
        if len(cells) - 2 > len(LINES[code]):
            raise Refused(
                "echange.marco", f"Ligne {number} : {len(cells)} cellules, {len(LINES[code]) + 2} au plus pour {code}."
            )
        values = _values(code, cells[2:])
        if code == "CONS":
            if external in found:
                raise Refused(
                    "echange.marco", f"Ligne {number} : la consultation « {external[:60]} » figure deux fois."
                )
            found[external] = {"reference_externe": external, **values}
            order.append(external)
        elif external not in found:
            raise Refused(
                "echange.marco", f"Ligne {number} : {code} de « {external[:60]} », dont aucune ligne CONS ne précède."
            )
        else:
            found[external].setdefault(INTO[code], []).append(values)
    return neutral.records([found[external] for external in order])


def _lines(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\x00" in text:
        raise Refused("echange.encodage", "Le fichier n’est pas un texte : enregistrez-le en CSV (UTF-8).")
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True) if any(row)]
    except csv.Error as error:
        raise Refused("echange.marco", f"Le fichier n’est pas un CSV lisible : {error}.") from error
    if not rows or len(rows) > MAX_LINES:
        raise Refused("echange.marco", f"Le fichier a {len(rows)} lignes : de 1 à {MAX_LINES}.")
    return rows


def _values(code, cells):
    found = {name: text.strip() or None for name, text in zip(LINES[code], cells, strict=False)}
    for name in ("valeur_estimee", "points"):
        if found.get(name):
            found[name] = _number(found[name])
    for name in ("date_limite", "date_limite_questions", "date_ouverture"):
        if found.get(name):
            found[name] = _instant(found[name])
    for name in ("lieux", "lots"):
        if name in found:
            found[name] = (found[name] or "").replace(",", " ").split()
    if code == "CONS":
        found["procedure"] = PROCEDURES.get((found.get("procedure") or "").upper(), found.get("procedure"))
        found["nature"] = NATURES.get((found.get("nature") or "").upper(), found.get("nature"))
    return found


def _number(text):
    found = _AMOUNT.fullmatch(re.sub(r"[\s\u00a0\u202f€]", "", text))
    return int(found[1]) if found else text


def _instant(text):
    """Return the RFC 3339 text of a French date in Paris; the text itself when it is none, to be refused with its field."""
    found = _DATE.fullmatch(text)
    if not found:
        return text
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=PARIS).isoformat()
    except ValueError:
        return text


def write(register):
    """Return the bytes of a Register: a header line, a line a row, and a last ``FIN`` line with the cursor."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    names = COLUMNS[register.kind]
    code = CODES[register.kind]
    writer.writerow([f"#{code}", "reference_externe", *names])
    for row in register.rows:
        writer.writerow([code, register.external, *(_cell(row.get(name)) for name in names)])
    writer.writerow(
        [
            "FIN",
            register.external,
            len(register.rows),
            register.cursor,
            "suite" if register.more else "",
            register.notified,
        ]
    )
    return out.getvalue().encode("utf-8-sig", "replace")


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return safe_cell(" ".join(map(str, value)))
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return f"{datetime.fromisoformat(value).astimezone(PARIS):%d/%m/%Y %H:%M:%S}"
    return safe_cell(value)
