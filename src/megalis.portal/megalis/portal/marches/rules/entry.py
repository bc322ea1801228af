"""From what people type to the raw data of a contract, and back: one reading of forms for every record of the format.

A control is named by its way in the record: ``montant``, ``lieuExecution.code``, ``titulaires.0.id``. What is typed and makes
no sense stays as typed, so that the check tells what is wrong with it and the form shows it again.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from decimal import InvalidOperation
from megalis.portal.formats.decp import kinds
from megalis.portal.formats.decp.model import IDENTIFIERS
from megalis.portal.marches.rules.words import words_of

import re


MAX_ROWS = 60
MAX_TEXT = 5000
SPARE = 1  # empty rows offered below those that are filled
_SPACES = str.maketrans("", "", " \u00a0\u202f€")
_FRENCH_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_YES = (("true", "Oui"), ("false", "Non"))


@dataclass(frozen=True)
class Control:
    """One thing to fill: ``widget`` is text, area, date, select or checks; ``value`` a text, a tuple of texts for checks."""

    name: str
    label: str
    help: str
    unit: str
    widget: str
    value: object
    options: tuple
    required: bool

    @property
    def id(self):
        return self.name.replace(".", "-")


@dataclass(frozen=True)
class Item:
    """A field of a record as a form shows it: ``rows`` of controls; one row of one control when it is simple."""

    name: str
    label: str
    help: str
    required: bool
    compound: bool
    many: bool
    rows: tuple
    findings: tuple

    @property
    def id(self):
        return self.name.replace(".", "-")


# from a form


def _one(form, name):
    value = form.get(name, "")
    if isinstance(value, list | tuple):
        value = next((item for item in value if isinstance(item, str) and item.strip()), "")
    return value.strip()[:MAX_TEXT] if isinstance(value, str) else ""


def number(text):
    """Return the Decimal (or int) in what a French person types, or the text itself when it is no number."""
    plain = text.translate(_SPACES).replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return text
    if not value.is_finite() or value.adjusted() > 20 or len(plain) > 40:
        return text
    return int(value) if value == value.to_integral_value() else value


def day(text):
    """Return an ISO day from a date typed either way, or the text itself."""
    found = _FRENCH_DAY.fullmatch(text)
    if found:
        try:
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        except ValueError:
            return text
    return text


def _read(kind, form, name):
    """Return the raw value of one field, None when nothing was filled."""
    if isinstance(kind, kinds.Choices):
        value = form.get(name, ())
        value = [value] if isinstance(value, str) else value
        found = [item for item in value if isinstance(item, str) and item][:MAX_ROWS]
        return {kind.item: list(dict.fromkeys(found))} if found else None
    if isinstance(kind, kinds.One):
        return record(kind.type, form, prefix=f"{name}.") or None
    if isinstance(kind, kinds.Many):
        rows = [record(kind.type, form, prefix=f"{name}.{rank}.") for rank in range(MAX_ROWS)]
        # An empty row comes with its list chosen already: it says nothing by itself.
        chosen = {
            field for _attribute, field, part, _need in kinds.members(kind.type) if isinstance(part, kinds.Choice)
        }
        return [{kind.item: row} for row in rows if set(row) - chosen] or None
    text = _one(form, name)
    if not text:
        return None
    if isinstance(kind, kinds.Number):
        return number(text)
    if isinstance(kind, kinds.Day):
        return day(text)
    if isinstance(kind, kinds.Flag):
        return {"true": True, "false": False}.get(text)
    return text


def record(type_, form, skip=(), prefix=""):
    """Return the raw data of a record in a form (mapping of names to texts); what is empty is left out."""
    found = {}
    for _attribute, name, kind, _required in kinds.members(type_):
        if name in skip:
            continue
        value = _read(kind, form, f"{prefix}{name}")
        if value is not None:
            found[name] = value
    return found


# to a form


def shown(value):
    """Return a raw value as the text of a control."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)):f}".replace(".", ",")
    return "" if value is None else str(value)


def _control(kind, name, field, value, required, parent=""):
    words = words_of(field, parent)
    options, widget = (), "text"
    if isinstance(kind, kinds.Choice):
        options, widget = tuple((word, word) for word in kind.words), "select"
        if value is None and field == "typeIdentifiant":
            value = IDENTIFIERS[0]
    elif isinstance(kind, kinds.Flag):
        options, widget = _YES, "select"
    elif isinstance(kind, kinds.Choices):
        options, widget = tuple((word, word) for word in kind.words), "checks"
        listed = value.get(kind.item) if isinstance(value, dict) else None
        chosen = tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()
        return Control(name, words.label, words.help, words.unit, widget, chosen, options, required)
    elif isinstance(kind, kinds.Day):
        widget = "date"
    elif isinstance(kind, kinds.Text) and kind.high >= 1000 and field == "objet":
        widget = "area"
    return Control(name, words.label, words.help, words.unit, widget, shown(value), options, required)


def _row(type_, name, raw, parent):
    raw = raw if isinstance(raw, dict) else {}
    return tuple(
        _control(kind, f"{name}.{field}", field, raw.get(field), required, parent)
        for _attribute, field, kind, required in kinds.members(type_)
    )


def _rows(kind, name, value, spare):
    """Return the rows of a field made of records."""
    if isinstance(kind, kinds.One):
        return (_row(kind.type, name, value, name),)
    listed = [row.get(kind.item) if isinstance(row, dict) else None for row in value] if isinstance(value, list) else []
    listed += [None] * (spare if listed else max(spare, 1))
    return tuple(_row(kind.type, f"{name}.{rank}", row, kind.item) for rank, row in enumerate(listed[:MAX_ROWS]))


def items(type_, raw, findings=(), skip=(), spare=SPARE):
    """Return the Items of a record, in its order; each with the findings that stand beside it."""
    found = []
    for _attribute, name, kind, required in kinds.members(type_):
        if name in skip:
            continue
        words = words_of(name)
        value = raw.get(name)
        compound = isinstance(kind, kinds.One | kinds.Many | kinds.Choices)
        if isinstance(kind, kinds.One | kinds.Many):
            rows = _rows(kind, name, value, spare)
        else:
            rows = ((_control(kind, name, name, value, required),),)
        beside = tuple(item for item in findings if item.field == name)
        many = isinstance(kind, kinds.Many)
        found.append(Item(name, words.label, words.help, required, compound, many, rows, beside))
    return found
