"""How a dataclass stands in XML: each field carries the description of its place, one reader and one writer use it.

Reading is by local name and forgives: what is missing or wrong becomes None with a warning. Writing forgives nothing:
what is missing or of the wrong type is a finding, and the message is not sent.
"""

from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from datetime import date
from functools import cache
from lxml import etree
from megalis.portal.formats.actes.latin import latin1
from megalis.portal.formats.verdict import Finding

import re


ACTES = "http://www.interieur.gouv.fr/ACTES#v1.1-20040216"
INSEE = "http://xml.insee.fr/schema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NSMAP = {"actes": ACTES, "insee": INSEE, "xsi": XSI}
MAX_WARNINGS = 100

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_YES = {"O", "OUI", "1", "TRUE"}
_NO = {"", "N", "NON", "0", "FALSE"}


def local(node):
    """Return the local name of an element."""
    return node.tag.rpartition("}")[2]


class Kind:
    """A type of value: what it is called in French, how it is read and written."""

    def __init__(self, title, types, read, write=str, empty=None):
        self.title, self.types, self.read, self.write, self.empty = title, types, read, write, empty


def _day(text):
    match = _DAY.fullmatch(text)
    if not match:
        raise ValueError(text)
    return date.fromisoformat(match[1])


def _integer(text):
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _flag(text):
    if text.upper() not in _YES | _NO:
        raise ValueError(text)
    return text.upper() in _YES


DAY = Kind("une date (AAAA-MM-JJ)", date, _day, date.isoformat)
INTEGER = Kind("un nombre entier", int, _integer)
FLAG = Kind("O ou N", bool, _flag, lambda value: "O" if value else "N", False)
TEXT = Kind("un texte", str, str, latin1, "")


@dataclass(slots=True)
class Context:
    """What reading or writing one message finds."""

    findings: list = field(default_factory=list)

    def tell(self, code, message, node=None):
        """Keep a finding; beyond 100 of them more would help nobody."""
        if len(self.findings) < MAX_WARNINGS:
            self.findings.append(Finding(code, message, (node.sourceline or 0) if node is not None else 0))

    def value(self, text, kind, name, node):
        """Return the value of a text, or the empty one with a warning."""
        try:
            return kind.read(text.strip())
        except ValueError:
            self.tell("actes.valeur", f"« {text.strip()[:80]} » n’est pas {kind.title} pour « {name} ».", node)
            return kind.empty

    def absent(self, name, node=None):
        """Tell that something mandatory is missing."""
        self.tell("actes.absent", f"« {name} » manque : cette information est obligatoire.", node)

    def written(self, value, kind, name):
        """Return the text of a value; '' with a finding when it is not of its type."""
        if type(value) is not kind.types:
            self.tell("actes.type", f"« {str(value)[:80]} » n’est pas {kind.title} pour « {name} ».")
            return ""
        return kind.write(value)


class Node:
    """An element with its children by local name; which were asked for is remembered."""

    __slots__ = ("children", "element", "inner")

    def __init__(self, element):
        self.element = element
        self.children = {}
        self.inner = {}
        for child in element:
            if isinstance(child.tag, str):
                self.children.setdefault(local(child), []).append(child)

    def take(self, name):
        """Return the child elements of that name."""
        return self.children.pop(name, [])

    def within(self, name):
        """Return the ``Node`` of the first child of that name, or None; the same one each time."""
        if not name:
            return self
        if name not in self.inner:
            found = self.take(name)
            self.inner[name] = Node(found[0]) if found else None
        return self.inner[name]

    def attribute(self, name, namespace):
        """Return an attribute, taken unqualified too, or None."""
        value = self.element.get(f"{{{namespace}}}{name}")
        return self.element.get(name) if value is None else value


def _within(parent, name):
    """Return the last child of that name, made when the last child is another."""
    if not name:
        return parent
    tag = f"{{{ACTES}}}{name}"
    if len(parent) and parent[-1].tag == tag:
        return parent[-1]
    return etree.SubElement(parent, tag)


@dataclass(frozen=True, slots=True)
class Attr:
    """An attribute, of the element itself or of its child ``on``."""

    name: str
    kind: Kind
    required: bool = True
    on: str = ""
    namespace: str = ACTES

    def read(self, node, context):
        holder = node.within(self.on)
        text = holder.attribute(self.name, self.namespace) if holder else None
        if text is None:
            if self.required:
                context.absent(self.name, node.element)
            return self.kind.empty
        return context.value(text, self.kind, self.name, holder.element)

    def write(self, parent, value, context):
        if value in (None, ""):
            if self.required:
                context.absent(self.name)
            return
        _within(parent, self.on).set(f"{{{self.namespace}}}{self.name}", context.written(value, self.kind, self.name))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A child element that holds a text."""

    name: str
    kind: Kind
    required: bool = True

    def read(self, node, context):
        found = node.take(self.name)
        if not found:
            if self.required:
                context.absent(self.name, node.element)
            return self.kind.empty
        return context.value("".join(found[0].itertext()), self.kind, self.name, found[0])

    def write(self, parent, value, context):
        if value in (None, ""):
            if self.required:
                context.absent(self.name)
            return
        etree.SubElement(parent, f"{{{ACTES}}}{self.name}").text = context.written(value, self.kind, self.name)


@dataclass(frozen=True, slots=True)
class One:
    """A child element that is itself a dataclass, perhaps within ``wrapper``."""

    name: str
    model: type
    required: bool = True
    wrapper: str = ""

    def read(self, node, context):
        holder = node.within(self.wrapper)
        found = holder.take(self.name) if holder else []
        if not found:
            if self.required:
                context.absent(self.name, node.element)
            return None
        return read(self.model, found[0], context)

    def write(self, parent, value, context):
        if value is None:
            if self.required:
                context.absent(self.name)
            return
        write(value, etree.SubElement(_within(parent, self.wrapper), f"{{{ACTES}}}{self.name}"), self, context)


@dataclass(frozen=True, slots=True)
class Many:
    """Child elements within ``wrapper``, each a dataclass or a text; ``count`` names an attribute that counts them."""

    name: str
    model: object
    wrapper: str = ""
    least: int = 0
    count: str = ""

    def read(self, node, context):
        holder = node.within(self.wrapper)
        found = holder.take(self.name) if holder else []
        if len(found) < self.least:
            context.absent(self.name, node.element)
        if isinstance(self.model, Kind):
            texts = ("".join(item.itertext()) for item in found)
            return tuple(context.value(text, self.model, self.name, node.element) for text in texts)
        values = tuple(read(self.model, item, context) for item in found)
        told = holder.attribute(self.count, ACTES) if holder and self.count else None
        if told is not None and told.strip() != str(len(found)):
            context.tell(
                "actes.nombre", f"« {self.wrapper} » annonce {told[:20]} et en contient {len(found)}.", holder.element
            )
        return values

    def write(self, parent, values, context):
        if type(values) is not tuple:
            context.tell("actes.type", f"« {self.name} » n’est pas une suite de valeurs (tuple).")
            return
        if len(values) < self.least:
            context.absent(self.name)
        holder = _within(parent, self.wrapper)
        for value in values:
            child = etree.SubElement(holder, f"{{{ACTES}}}{self.name}")
            if isinstance(self.model, Kind):
                child.text = context.written(value, self.model, self.name)
            else:
                write(value, child, self, context)
        if self.count:
            holder.set(f"{{{ACTES}}}{self.count}", str(len(values)))


@cache
def places(model):
    """Return ``((field name, place), …)`` of a dataclass, in the order of the schema."""
    return tuple((item.name, item.metadata["xml"]) for item in fields(model) if "xml" in item.metadata)


def read(model, element, context):
    """Return a dataclass of what stands under an element; what is unknown there is told."""
    node = Node(element)
    values = {name: place.read(node, context) for name, place in places(model)}
    for name, found in node.children.items():
        context.tell("actes.element-inconnu", f"« {name} » n’est pas prévu dans « {local(element)} ».", found[0])
    return model(**values)


def write(value, element, place, context):
    """Fill an element with a dataclass."""
    if type(value) is not place.model:
        context.tell("actes.type", f"« {place.name} » n’est pas du type {place.model.__name__}.")
        return
    for name, item in places(place.model):
        item.write(element, getattr(value, name), context)


def placed(place, default=None):
    """Return a dataclass field standing at ``place``."""
    return field(default=default, metadata={"xml": place})


def attr(name, kind=TEXT, required=True, on="", namespace=ACTES):
    """A field that is an attribute."""
    return placed(Attr(name, kind, required, on, namespace), kind.empty)


def leaf(name, kind=TEXT, required=True):
    """A field that is the text of a child."""
    return placed(Leaf(name, kind, required), kind.empty)


def one(name, model, required=True, wrapper=""):
    """A field that is a child element with fields of its own."""
    return placed(One(name, model, required, wrapper))


def many(name, model, wrapper="", least=0, count=""):
    """A field that is a sequence of children."""
    return placed(Many(name, model, wrapper, least, count), ())
