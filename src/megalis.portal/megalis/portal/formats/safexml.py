"""Foreign XML made safe to look at: no DTD, no entity, no network, bounded, and read in the encoding it is truly in.

Messages of the préfecture and files of finance software lie about their encoding now and then. Bytes are decoded here,
with the declared encoding unless they contradict it, and what was wrong is told as a warning.
"""

from dataclasses import dataclass
from lxml import etree
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding

import codecs
import re


MAX_BYTES = 10 * 1024 * 1024
MAX_ELEMENTS = 300_000
MAX_DEPTH = 64

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ENCODINGS = {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16", "utf-16-le", "utf-16-be"}
_DECLARATION = re.compile(r"\A<\?xml\s[^>]{0,200}\?>")
_DECLARED = re.compile(rb"""\A\s*<\?xml\s[^>]{0,150}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_PROLOG = re.compile(r"(?>\s+|<\?(?:(?!\?>).)*+\?>|<!--(?:(?!-->).)*+-->)*+(<!DOCTYPE)?", re.DOTALL)
_DEPTH = re.compile(r"depth", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The root element, the encoding the file declares (``utf-8`` by default) and what was odd, as warnings."""

    root: etree._Element
    encoding: str
    warnings: tuple[Finding, ...] = ()


def load(data, what="actes", max_bytes=MAX_BYTES, max_elements=MAX_ELEMENTS):
    """Return the ``Loaded`` document of bytes of XML.

    ``what`` begins the codes. Raises ``Refused``: ``.vide``, ``.taille``, ``.encodage``, ``.dtd``, ``.elements``,
    ``.profondeur``, ``.xml``; the exception has a ``line`` (from 1, 0 unknown).
    """
    data = bytes(data)
    if len(data) > max_bytes:
        limit = max_bytes // 1048576
        raise _refused(what, "taille", f"Le fichier XML pèse plus de {limit} Mo : vérifiez le fichier choisi.")
    if not data.strip(b" \t\r\n\0"):
        raise _refused(what, "vide", "Le fichier est vide (0 octet utile) : choisissez le bon fichier.")
    text, encoding, warnings = _decode(data, what)
    if _PROLOG.match(text)[1]:
        raise _refused(
            what, "dtd", "Le fichier contient une DTD (DOCTYPE), ce qui est interdit. Demandez un XML sans DTD."
        )
    if text.count("<") > 2 * max_elements:
        raise _refused(
            what, "elements", f"Le fichier a plus de {max_elements} éléments : ce n’est pas un message de ce format."
        )
    return Loaded(_parse(text, what), encoding, warnings)


def _refused(what, code, message, value="", line=0):
    refusal = Refused(f"{what}.{code}", message, value)
    refusal.line = line
    return refusal


def _decode(data, what):
    """Return ``(text without declaration, declared encoding, warnings)``."""
    bom = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    found = _DECLARED.match(data)
    declared = found[1].decode().lower() if found else bom or "utf-8"
    encoding = bom or declared
    try:
        known = codecs.lookup(encoding).name in _ENCODINGS
    except LookupError:
        known = False
    if not known:
        message = f"L’encodage « {encoding} » n’est pas admis : enregistrez le fichier en ISO-8859-1 ou en UTF-8."
        raise _refused(what, "encodage", message, encoding)
    if found and not bom and codecs.lookup(encoding).name.startswith("utf-16"):
        # The declaration itself was read as ASCII: the file cannot be what it says.
        encoding = "utf-8"
    text, warnings = _as_declared(data, encoding, what)
    if encoding == "utf-8" and declared.startswith("utf-16"):
        message = f"Le fichier se dit « {declared} » et n’en est pas : il est lu en UTF-8."
        warnings = (*warnings, Finding(f"{what}.encodage-faux", message, 1))
    text = text.removeprefix("\ufeff").lstrip(" \t\r\n\0")
    return _DECLARATION.sub("", text, count=1), declared, warnings


def _as_declared(data, encoding, what):
    name = codecs.lookup(encoding).name
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if name not in ("utf-8", "ascii"):
            raise _refused(what, "encodage", f"Le fichier n’est pas lisible en « {encoding} ».", error) from None
        message = f"Le fichier se dit « {encoding} » mais n’en est pas : il est lu en Windows-1252."
        return data.decode("cp1252", "replace"), (Finding(f"{what}.encodage-faux", message, 1),)
    if name in ("iso8859-1", "iso8859-15", "cp1252") and not data.isascii():
        try:
            truth = data.decode("utf-8")
        except UnicodeDecodeError:
            return text, ()
        message = f"Le fichier se dit « {encoding} » mais est en UTF-8 : il est lu en UTF-8."
        return truth, (Finding(f"{what}.encodage-faux", message, 1),)
    return text, ()


def _parse(text, what):
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        if _DEPTH.search(error.msg or ""):
            raise _too_deep(what, line) from None
        raise _refused(
            what,
            "xml",
            f"Le fichier n’est pas un XML correct (ligne {line}). Choisissez le fichier d’origine.",
            "",
            line,
        ) from None
    except (ValueError, LookupError) as error:
        raise _refused(what, "xml", "Le fichier n’est pas un document XML lisible.", error) from None
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise _too_deep(what, element.sourceline or 0)
    return root


def _too_deep(what, line):
    message = f"Le fichier est imbriqué sur plus de {MAX_DEPTH} niveaux : ce n’est pas un message de ce format."
    return _refused(what, "profondeur", message, "", line)
