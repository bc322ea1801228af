"""Messages to bytes and back: strict on what is sent, forgiving on what is received.

What real préfectures send fails the official schema (anomaly 999, an act without its paper flag…): such a message is
read all the same and each departure is a warning. What is sent passes the schema, when it is installed, and our rules.
"""

from dataclasses import dataclass
from lxml import etree
from megalis.portal.formats import referentiels
from megalis.portal.formats.actes import mapping
from megalis.portal.formats.actes.mapping import ACTES
from megalis.portal.formats.actes.mapping import Context
from megalis.portal.formats.actes.mapping import local
from megalis.portal.formats.actes.mapping import NSMAP
from megalis.portal.formats.actes.mapping import XSI
from megalis.portal.formats.actes.model import ROOTS
from megalis.portal.formats.actes.rules import findings
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.safexml import load
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.xsd import schema


ENCODING = "ISO-8859-1"
SCHEMA = "actesv1_1.xsd"


@dataclass(frozen=True, slots=True)
class Received:
    """A message read: the value, what was odd about it, the encoding it declares, whether the schema was there."""

    message: object
    warnings: tuple[Finding, ...]
    encoding: str
    schema: bool


class MessageRefused(Refused):
    """A message that is not fit to be sent; ``findings`` has every reason."""

    def __init__(self, found):
        self.findings = tuple(found)
        super().__init__(self.findings[0].code, " ".join(item.message for item in self.findings))


def official_schema():
    """Return the official ``Schema``, or None when it is not installed or cannot be read."""
    path = referentiels.find("actes", SCHEMA)
    if path is None:
        return None
    try:
        return schema(str(path))
    except (etree.LxmlError, OSError):
        return None


def parse(data, official=None):
    """Return the ``Received`` message of bytes of XML, envelopes included.

    Raises ``Refused`` when the bytes are not safe XML (codes of ``safexml.load``) or not of this format
    (``actes.racine``). ``official`` is the schema to compare with, the installed one by default.
    """
    loaded = load(data)
    root = loaded.root
    model = ROOTS.get(local(root))
    if model is None:
        message = f"« {local(root)[:60]} » n’est pas un message @CTES connu : vérifiez le fichier choisi."
        refusal = Refused("actes.racine", message, local(root))
        refusal.line = root.sourceline or 0
        raise refusal
    context = Context(list(loaded.warnings))
    namespace = etree.QName(root).namespace or ""
    if namespace != ACTES:
        context.tell("actes.espace", f"L’espace de noms « {namespace[:80]} » n’est pas celui d’ACTES 1.1.", root)
    message = mapping.read(model, root, context)
    official = official_schema() if official is None else official
    context.findings += _against(official, root) if official is not None else ()
    return Received(message, tuple(context.findings), loaded.encoding, official is not None)


def _against(official, root):
    official = official_schema() if official is None else official
    return official.findings(root, "actes.schema") if official is not None else ()


def build(message, official=None, strict=True):
    """Return the bytes (ISO-8859-1) of a message; raise ``MessageRefused`` when it is not fit to be sent.

    ``strict=False`` writes whatever can be written: a simulator of the préfecture sends what a real one does.
    """
    model = type(message)
    if ROOTS.get(model.__name__) is not model:
        raise TypeError(f"not a message of @CTES: {model.__name__}")
    context = Context()
    root = etree.Element(f"{{{ACTES}}}{model.__name__}", nsmap=NSMAP)
    root.set(f"{{{XSI}}}schemaLocation", f"{ACTES} {SCHEMA}")
    for name, place in mapping.places(model):
        place.write(root, getattr(message, name), context)
    found = strict and (context.findings or findings(message) or _against(official, root))
    if found:
        raise MessageRefused(found)
    return _bytes(root)


def _bytes(root):
    data = etree.tostring(root, encoding=ENCODING, xml_declaration=True)
    if data.isascii():
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    # « Â¡ » in ISO-8859-1 is « ¡ » in UTF-8: whoever guesses, as we do for liars, would guess wrong.
    plain = etree.tostring(root, encoding="US-ASCII", xml_declaration=True)
    return plain.replace(b"US-ASCII", ENCODING.encode(), 1)
