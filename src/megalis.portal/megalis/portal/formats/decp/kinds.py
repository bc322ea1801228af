"""The kinds of value a DECP record is made of: each reads JSON or XML with reasons, and writes both.

A raw value is what ``json`` gives, or an lxml element. ``Reader`` gathers what is wrong with the place it is at.
"""

from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from dataclasses import MISSING
from datetime import date
from decimal import Decimal
from functools import cache
from lxml import etree

import re


_VOID = ("eu_share", "french_share")  # an empty element is how the XML schema says they are unknown
TRUE, FALSE = {"true", "1", "oui"}, {"false", "0", "non"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing wrong: ``path`` is a tuple of names and ranks; ``node`` the XML element, or None."""

    code: str
    message: str
    path: tuple
    node: object = None


class Reader:
    """Gathers what is wrong in one file; ``errors`` refuse it, ``warnings`` do not."""

    def __init__(self):
        self.errors = []
        self.warnings = []

    def refuse(self, code, message, path, raw=None):
        node = raw if isinstance(raw, etree._Element) else None
        self.errors.append(Found(f"decp.{code}", message, path, node))

    def warn(self, code, message, path, raw=None):
        node = raw if isinstance(raw, etree._Element) else None
        self.warnings.append(Found(f"decp.{code}", message, path, node))


def clean(text):
    """Return a text without the characters XML forbids, no blank at either end."""
    return _FORBIDDEN.sub("", text).strip()


def _shown(raw):
    text = " ".join(str((raw.text or "") if isinstance(raw, etree._Element) else raw).split())
    return f"« {text[:60]}{'…' if len(text) > 60 else ''} »"


def _text(raw):
    """Return the text of an element, a JSON string, or None when it is something else."""
    if isinstance(raw, etree._Element):
        return None if len(raw) else (raw.text or "").strip()
    return raw if isinstance(raw, str) else None


@dataclass(frozen=True, slots=True)
class Text:
    """A text of ``low`` to ``high`` characters, of a form when ``pattern`` is given (``form`` says it in French)."""

    low: int = 0
    high: int = 100_000
    pattern: str = ""
    form: str = ""

    def read(self, reader, raw, path):
        text = _text(raw)
        name = path[-1]
        if text is None:
            reader.refuse("type", f"« {name} » doit être un texte.", path, raw)
        elif len(text) > self.high:
            message = f"« {name} » a {len(text)} caractères, le maximum est {self.high} : raccourcissez {_shown(text)}."
            reader.refuse("longueur", message, path, raw)
        elif len(text) < self.low:
            reader.refuse("longueur", f"« {name} » est vide : renseignez-le.", path, raw)
        elif self.pattern and not re.fullmatch(self.pattern, text, re.ASCII):
            reader.refuse("forme", f"{_shown(text)} n’a pas la forme de « {name} » : {self.form}.", path, raw)
        return text

    def json(self, value):
        return clean(value)

    def xml(self, parent, name, value):
        etree.SubElement(parent, name).text = clean(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a list."""

    words: tuple

    def read(self, reader, raw, path):
        text = _text(raw)
        if text not in self.words:
            message = f"{_shown(raw)} n’est pas admis pour « {path[-1]} » : choisissez {', '.join(self.words)}."
            reader.refuse("code", message, path, raw)
        return text

    def json(self, value):
        return value

    def xml(self, parent, name, value):
        etree.SubElement(parent, name).text = value


@dataclass(frozen=True, slots=True)
class Number:
    """A number between two bounds; whole, or with decimals (Decimal)."""

    low: int
    high: int | None = None
    whole: bool = False

    def read(self, reader, raw, path):
        value = self._value(raw)
        if value is None:
            what = "un nombre entier" if self.whole else "un nombre"
            reader.refuse("nombre", f"{_shown(raw)} n’est pas {what} pour « {path[-1]} ».", path, raw)
        elif value < self.low or (self.high is not None and value > self.high):
            limits = f"au moins {self.low}" if self.high is None else f"de {self.low} à {self.high}"
            reader.refuse("montant", f"« {path[-1]} » vaut {value} : il doit être {limits}.", path, raw)
        return value

    def _value(self, raw):
        if isinstance(raw, etree._Element):
            text = _text(raw)
            value = Decimal(text) if text and _NUMBER.fullmatch(text) else None
            if value is None or (self.whole and "." in text):
                return None
        elif isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
            return None
        else:
            value = Decimal(raw)
        if not value.is_finite() or value.adjusted() > 20:
            return None
        if not self.whole:
            return value
        return int(value) if value == int(value) else None

    def json(self, value):
        return int(value) if value == int(value) else float(value)

    def xml(self, parent, name, value):
        etree.SubElement(parent, name).text = f"{value:f}" if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True, slots=True)
class Day:
    """A day, AAAA-MM-JJ."""

    def read(self, reader, raw, path):
        text = _text(raw)
        try:
            if not text or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            message = f"{_shown(raw)} n’est pas une date pour « {path[-1]} » : attendu AAAA-MM-JJ, un jour qui existe."
            reader.refuse("date", message, path, raw)
            return None

    def json(self, value):
        return value.isoformat()

    def xml(self, parent, name, value):
        etree.SubElement(parent, name).text = value.isoformat()


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    def read(self, reader, raw, path):
        if isinstance(raw, bool):
            return raw
        text = _text(raw) if isinstance(raw, etree._Element) else None
        if text not in TRUE | FALSE:
            reader.refuse("booleen", f"« {path[-1]} » doit être vrai (true) ou faux (false).", path, raw)
        return text in TRUE

    def json(self, value):
        return value

    def xml(self, parent, name, value):
        etree.SubElement(parent, name).text = "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Choices:
    """Distinct words of a list, at least one, each under ``item``."""

    item: str
    words: tuple

    def read(self, reader, raw, path):
        if isinstance(raw, etree._Element):
            found = list(raw)
            if any(child.tag != self.item for child in found):
                found = None
        else:
            found = raw.get(self.item) if isinstance(raw, dict) else None
        if not isinstance(found, list) or not found:
            reader.refuse("liste", f"« {path[-1]} » doit contenir au moins un « {self.item} ».", path, raw)
            return ()
        choice = Choice(self.words)
        words = tuple(choice.read(reader, word, (*path, self.item, rank)) for rank, word in enumerate(found))
        if len(set(words)) < len(words) and not isinstance(raw, etree._Element):
            reader.refuse("double", f"« {path[-1]} » répète une valeur : gardez-en une.", path, raw)
        return words

    def json(self, value):
        return {self.item: list(value)}

    def xml(self, parent, name, value):
        node = etree.SubElement(parent, name)
        for word in value:
            etree.SubElement(node, self.item).text = word


@dataclass(frozen=True, slots=True)
class One:
    """A record of another type."""

    type: type

    def read(self, reader, raw, path):
        return read_record(reader, self.type, raw, path)

    def json(self, value):
        return to_json(value)

    def xml(self, parent, name, value):
        to_xml(value, etree.SubElement(parent, name))


@dataclass(frozen=True, slots=True)
class Many:
    """Records of another type, each under ``item`` (``xml_item`` in XML); at least one unless ``empty``."""

    item: str
    type: type
    empty: bool = False
    xml_item: str = ""

    def read(self, reader, raw, path):
        if isinstance(raw, etree._Element):
            found = [child if child.tag == (self.xml_item or self.item) else None for child in raw]
        elif isinstance(raw, list):
            found = [item.get(self.item) if isinstance(item, dict) else None for item in raw]
        else:
            found = None
        if found is None or None in found or not (found or self.empty):
            reader.refuse("liste", f"« {path[-1]} » doit être une liste de « {self.item} ».", path, raw)
            return ()
        return tuple(read_record(reader, self.type, item, (*path, rank, self.item)) for rank, item in enumerate(found))

    def json(self, value):
        return [{self.item: to_json(item)} for item in value]

    def xml(self, parent, name, value):
        node = etree.SubElement(parent, name)
        for item in value:
            to_xml(item, etree.SubElement(node, self.xml_item or self.item))


def member(name, kind, optional=False):
    """Declare a field of a record: its name in the files and its kind. An optional one is None (or ()) when absent."""
    empty = () if isinstance(kind, Many | Choices) else None
    return field(default=empty if optional else MISSING, metadata={"name": name, "kind": kind})


@cache
def members(record):
    """Return the members of a record type: (attribute, name, kind, required)."""
    return tuple(
        (item.name, item.metadata["name"], item.metadata["kind"], item.default is MISSING) for item in fields(record)
    )


def _empty(raw):
    return isinstance(raw, etree._Element) and _text(raw) == ""


def _children(raw):
    if isinstance(raw, etree._Element):
        return [(child.tag, child) for child in raw]
    return list(raw.items()) if isinstance(raw, dict) else None


def read_record(reader, record, raw, path):
    """Return a record read from a raw value, or None when something is wrong with it (then told to ``reader``)."""
    before = len(reader.errors)
    children = _children(raw)
    if children is None:
        reader.refuse("type", f"« {path[-1]} » doit être un objet.", path, raw)
        return None
    known = {name: (attribute, kind) for attribute, name, kind, _required in members(record)}
    values = {}
    for name, child in children:
        if name not in known:
            if isinstance(raw, etree._Element) or record.CLOSED:
                message = f"« {name} » n’existe pas dans « {path[-1]} » : retirez-le."
                reader.refuse("inconnu", message, (*path, name), child)
            continue
        attribute, kind = known[name]
        if attribute in values:
            reader.refuse("double", f"« {name} » est donné plusieurs fois.", (*path, name), child)
            continue
        if isinstance(kind, Number) and attribute in _VOID and _empty(child):
            continue
        values[attribute] = kind.read(reader, child, (*path, name))
    for attribute, name, _kind, required in members(record):
        if required and attribute not in values:
            reader.refuse("manque", f"« {name} » manque : cette donnée est obligatoire.", path, raw)
    return record(**values) if len(reader.errors) == before else None


def to_json(record):
    """Return the JSON object of a record; what is absent is left out."""
    return {
        name: kind.json(value)
        for attribute, name, kind, required in members(type(record))
        if (value := getattr(record, attribute)) is not None and (required or value != ())
    }


def to_xml(record, node):
    """Fill an element with a record."""
    for attribute, name, kind, required in members(type(record)):
        value = getattr(record, attribute)
        if value is not None and (required or value != ()):
            kind.xml(node, name, value)
    return node
