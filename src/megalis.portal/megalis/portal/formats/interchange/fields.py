"""The fields of a neutral document: their names, kinds and limits, once, for reading, for the JSON schema and for its page."""

from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from megalis.portal.formats.verdict import Finding

import re


TEXT, NUMBER, INSTANT, FLAG, LIST, TEXTS = "texte", "entier", "instant", "booléen", "liste", "textes"
KINDS = {TEXT: str, NUMBER: int, INSTANT: str, FLAG: bool, LIST: list, TEXTS: list}
PYTHON = {
    str: "texte",
    int: "entier",
    bool: "booléen",
    list: "liste",
    dict: "objet",
    float: "décimal",
    type(None): "null",
}
MAX_NUMBER = 10**12

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its kind, what it says (English, for the page), its limit, its values, the fields of the items of a list."""

    kind: str
    says: str
    most: int = 200
    required: bool = False
    values: tuple = ()
    items: dict | None = None


def read(value, fields, where=""):
    """Return ``(clean dict, findings)`` of a document: texts stripped, instants read, nulls and absent fields left out.

    Codes: ``echange.objet``, ``.champ-inconnu``, ``.champ-type``, ``.champ-long``, ``.champ-absent``, ``.valeur``,
    ``.instant``, ``.nombre``; the ``field`` of a Finding is the path (``lots[2].numero``).
    """
    if not isinstance(value, dict):
        return {}, [_finding("objet", f"{where or 'Le document'} n’est pas un objet : écrivez ses champs.", where)]
    clean, found = {}, []
    for name, given in value.items():
        path = f"{where}.{name}" if where else str(name)
        field = fields.get(name)
        if field is None:
            known = ", ".join(fields)
            found.append(_finding("champ-inconnu", f"« {path[:60]} » n’existe pas : les champs sont {known}.", path))
        elif given is not None:
            kept, wrong = _value(given, field, path)
            found += wrong
            if not wrong:
                clean[name] = kept
    known = {item.field for item in found}
    for name, field in fields.items():
        path = f"{where}.{name}" if where else name
        if field.required and clean.get(name) in (None, "") and path not in known:
            found.append(_finding("champ-absent", f"« {path} » manque : {field.says}.", path))
    return clean, found


def _finding(code, message, field=""):
    return Finding(f"echange.{code}", message, field=field[:120])


def _value(given, field, path):
    if not isinstance(given, KINDS[field.kind]) or (field.kind == NUMBER and isinstance(given, bool)):
        kind = PYTHON.get(type(given), type(given).__name__)
        return None, [_finding("champ-type", f"« {path} » est de type {kind} : {field.kind} attendu.", path)]
    match field.kind:
        case "texte":
            return _text(given, field, path)
        case "entier":
            if not 0 <= given <= MAX_NUMBER:
                return None, [_finding("nombre", f"« {path} » vaut {str(given)[:30]} : de 0 à {MAX_NUMBER}.", path)]
            return given, []
        case "instant":
            return _instant(given, path)
        case "liste" | "textes":
            return _list(given, field, path)
        case _:
            return given, []


def _text(given, field, path):
    text = _CONTROL.sub("", given).strip()
    if len(text) > field.most:
        return None, [_finding("champ-long", f"« {path} » a {len(text)} signes : {field.most} au plus.", path)]
    if field.values and text not in field.values:
        shown = ", ".join(field.values)
        return None, [_finding("valeur", f"« {path} » vaut « {text[:40]} » : choisissez parmi {shown}.", path)]
    return text, []


def _instant(given, path):
    try:
        instant = datetime.fromisoformat(given.strip())
        if instant.tzinfo is None:
            raise ValueError
        return instant.astimezone(UTC).replace(microsecond=0), []
    except (ValueError, OverflowError):
        message = (
            f"« {path} » vaut « {given[:40]} » : écrivez un instant avec son fuseau, comme 2026-03-16T12:00:00+01:00."
        )
        return None, [_finding("instant", message, path)]


def _list(given, field, path):
    if len(given) > field.most:
        return None, [_finding("champ-long", f"« {path} » a {len(given)} éléments : {field.most} au plus.", path)]
    kept, found = [], []
    for rank, item in enumerate(given):
        place = f"{path}[{rank}]"
        if field.items is not None:
            clean, wrong = read(item, field.items, place)
        elif isinstance(item, str):
            clean, wrong = _text(item, Field(TEXT, "", 200, values=field.values), place)
        else:
            clean, wrong = None, [_finding("champ-type", f"« {place} » n’est pas un texte.", place)]
        kept.append(clean)
        found += wrong
    return kept, found


def schema(fields):
    """Return the JSON Schema (draft 2020-12) of an object of these fields."""
    properties = {name: _schema_of(field) for name, field in fields.items()}
    required = [name for name, field in fields.items() if field.required]
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def _schema_of(field):
    match field.kind:
        case "entier":
            found = {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_NUMBER}
        case "booléen":
            found = {"type": ["boolean", "null"]}
        case "instant":
            found = {"type": ["string", "null"], "format": "date-time"}
        case "liste":
            found = {"type": ["array", "null"], "maxItems": field.most, "items": schema(field.items)}
        case "textes":
            items = {"type": "string"} | ({"enum": list(field.values)} if field.values else {"maxLength": 200})
            found = {"type": ["array", "null"], "maxItems": field.most, "items": items}
        case _:
            found = {"type": ["string", "null"], "maxLength": field.most}
            if field.values:
                found = {"enum": [*field.values, None]}
    if field.required and isinstance(found.get("type"), list):
        found["type"] = found["type"][0]
    if field.required and found.get("type") == "string":
        found["minLength"] = 1
    return found | {"description": field.says}
