"""A PES file, up to 150 MiB, read as it passes: no DTD, no entity, bounded memory, in the encoding it is truly in.

``safexml`` holds a whole document in memory several times over, which a flow of 128 MiB does not allow.
"""

from contextlib import suppress
from dataclasses import dataclass
from lxml import etree
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding
from pathlib import Path
from uuid import uuid4

import codecs
import re


MAX_BYTES = 150 * 1024 * 1024
MAX_LIVE = 3_000_000
CHUNK = 1024 * 1024
ENCODING = "ISO-8859-1"

_HEAD = 64 * 1024
_SAFE = {
    # There is no DTD, hence no entity; lxml 6.1 with False and a schema takes a file cut short for a whole one.
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "huge_tree": True,
    "remove_comments": True,
}
_DECLARED = re.compile(rb"""\A\s*<\?xml\s[^>]{0,150}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_PROLOG = re.compile(rb"\A(?:\xef\xbb\xbf)?(?>\s+|<\?(?:(?!\?>).)*+\?>|<!--(?:(?!-->).)*+-->)*+(.{0,9})", re.DOTALL)
_CONTROLS = bytes(range(0x80, 0xA0))
_LATIN = {"iso8859-1", "iso8859-15", "cp1252"}
_NAMES = {
    "utf-8": "UTF-8",
    "ascii": "US-ASCII",
    "iso8859-1": ENCODING,
    "iso8859-15": "ISO-8859-15",
    "cp1252": "windows-1252",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file looked at: the encoding it declares, the one it is in, its root, and what was odd."""

    path: Path
    declared: str
    encoding: str
    root: str
    namespace: str
    warnings: tuple[Finding, ...] = ()

    @property
    def signed_encoding(self):
        """Return the encoding the signer’s software read the file in: it believed the declaration when it could."""
        codec = codecs.lookup(self.declared).name
        return _NAMES[codec] if codec in _LATIN else self.encoding


def refused(code, message, value="", line=0):
    """Return the ``Refused`` of a file, with its line."""
    refusal = Refused(f"pes.{code}", message, value)
    refusal.line = line
    return refusal


def look(path):
    """Return the ``Source`` of a file.

    Raises ``Refused`` (``pes.taille``, ``.vide``, ``.encodage``, ``.dtd``, ``.xml``), OSError when it cannot be read.
    """
    path = Path(path)
    with path.open("rb") as stream:
        if path.stat().st_size > MAX_BYTES:
            message = (
                f"Le fichier pèse plus de {MAX_BYTES // 1048576} Mo : répartissez les bordereaux en plusieurs flux."
            )
            raise refused("taille", message)
        head = stream.read(_HEAD)
        stream.seek(0)
        if not head.strip(b" \t\r\n\0"):
            raise refused("vide", "Le fichier est vide (0 octet utile) : choisissez le bon fichier.")
        declared, codec = _declared(head)
        start = _PROLOG.match(head)[1]
        if start.startswith(b"<!DOCTYPE") or start.startswith(b"<!"):
            raise refused(
                "dtd", "Le fichier contient une DTD (DOCTYPE), ce qui est interdit. Demandez un XML sans DTD."
            )
        if not start.startswith(b"<"):
            raise refused("xml", "Le fichier n’est pas un document XML : choisissez le flux PES d’origine.")
        true, warnings = _truth(stream, declared, codec)
    root = _root(head, _NAMES[true])
    return Source(path, declared, _NAMES[true], root.localname, root.namespace or "", warnings)


def _declared(head):
    found = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
    declared = found[1].decode() if found else "UTF-8"
    codec = ""
    with suppress(LookupError):
        codec = codecs.lookup(declared).name
    if codec not in _NAMES or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        message = f"L’encodage « {declared} » n’est pas admis : enregistrez le fichier en {ENCODING}."
        raise refused("encodage", message, declared)
    return declared, codec


def _truth(stream, declared, codec):
    """Return ``(codec, warnings)`` of what the bytes are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    ascii_only, unicode, controls = True, True, False
    while chunk := stream.read(CHUNK):
        plain = chunk.isascii()
        ascii_only = ascii_only and plain
        controls = controls or (not plain and len(chunk.translate(None, _CONTROLS)) < len(chunk))
        if unicode:
            unicode = _decodes(decoder, chunk)
    unicode = unicode and _decodes(decoder, b"", True)
    if ascii_only:
        return codec, ()
    if codec in _LATIN and unicode:
        message = f"Le fichier se dit « {declared} » mais est en UTF-8 : les accents seraient faux chez le comptable."
        return "utf-8", (Finding("pes.encodage-faux", message, 1),)
    if codec not in _LATIN and not unicode:
        message = f"Le fichier se dit « {declared} » mais n’en est pas : il est lu en Windows-1252."
        return "cp1252", (Finding("pes.encodage-faux", message, 1),)
    if codec == "ascii":
        message = f"Le fichier se dit « {declared} » mais est en UTF-8 : il est lu en UTF-8."
        return "utf-8", (Finding("pes.encodage-faux", message, 1),)
    if codec == "iso8859-1" and controls:
        message = f"Le fichier se dit « {declared} » mais contient des caractères de Windows-1252 (€, ’, œ)."
        return "cp1252", (Finding("pes.encodage-faux", message, 1),)
    return codec, ()


def _decodes(decoder, chunk, final=False):
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _root(head, encoding):
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, encoding=encoding)
    try:
        parser.feed(head)
        for _event, element in parser.read_events():
            return etree.QName(element)
    except etree.XMLSyntaxError as error:
        raise broken(error) from None
    except ValueError:
        # A prefix or an address that no namespace can have makes a name lxml itself does not take back.
        message = "La racine du fichier n’a pas un espace de noms correct. Choisissez le flux PES d’origine."
        raise refused("xml", message, "", 1) from None
    raise cut()


def cut():
    """Return the ``Refused`` of a file whose end is missing."""
    return refused("xml", "Le fichier n’est pas un document XML complet : choisissez le flux PES d’origine.")


def broken(error):
    """Return the ``Refused`` of a file that is not XML."""
    line = error.lineno or 0
    return refused(
        "xml", f"Le fichier n’est pas un XML correct (ligne {line}). Choisissez le fichier d’origine.", "", line
    )


class Stream:
    """The elements of some names, as they end; what was looked at is dropped by the reader.

    ``exact`` reads what a signature was made over: the processing instructions, and the encoding as it is declared.
    ``root`` is there at the end, and ``ended`` when the document was whole; ``limited=False`` lets the whole be held.
    """

    def __init__(self, source, tags, exact=False, schema=None, limited=True):
        self._source = source
        self._top = f"{{{source.namespace}}}{source.root}" if source.namespace else source.root
        self._parser = self._made((*tags, self._top), exact, schema)
        self._live = 0
        self._limit = MAX_LIVE if limited else MAX_BYTES
        self.root = None
        self.ended = False

    def _made(self, tags, exact, schema):
        return etree.XMLPullParser(
            events=("end",),
            tag=tags,
            remove_pis=not exact,
            encoding=self._source.signed_encoding if exact else self._source.encoding,
            schema=schema,
            **_SAFE,
        )

    def __iter__(self):
        with self._source.path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                self._live += chunk.count(b"<")
                if self._live > self._limit:
                    raise refused("elements", f"Un bordereau a plus de {MAX_LIVE} éléments : répartissez-le.")
                self._feed(chunk)
                yield from self._events()
        self._last()
        yield from self._events()
        self._parser.close()
        yield from self._events()

    def _feed(self, chunk):
        self._parser.feed(chunk)

    def _last(self):
        """Feed what goes after the file."""

    def _events(self):
        for _event, element in self._parser.read_events():
            if element.tag != self._top:
                yield element
            elif element.getparent() is None:
                self.root, self.ended = element, True

    def drop(self, element):
        """Forget what an element held, and the elements before it."""
        element.clear(keep_tail=True)
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
        self._live = 0


class Marked(Stream):
    """The tree of a flow as it grows, told at marks: lxml that tells each end of a pièce asks Python about every element.

    A mark is a processing instruction put after the last end tag of some names in each slice, and one after the root. What is
    before it is whole; a slice without such a tag has none. ``blocks``: children of the root that are forgotten once read.
    """

    def __init__(self, source, tags, blocks, schema=None):
        self._ends = [f"</{tag}>".encode() for tag in tags]
        self._blocks = blocks
        self.name = f"marque-{uuid4().hex}"  # that no file can hold beforehand
        super().__init__(source, (), schema=schema)

    def _made(self, tags, exact, schema):
        return etree.XMLPullParser(events=("pi",), encoding=self._source.encoding, schema=schema, **_SAFE)

    def _feed(self, chunk):
        place = max((at + len(end) for end in self._ends if (at := chunk.rfind(end)) >= 0), default=0)
        if place:
            self._parser.feed(chunk[:place])
            self._parser.feed(f"<?{self.name}?>".encode())
        self._parser.feed(chunk[place:])

    def _last(self):
        self._parser.feed(f"<?{self.name}?>".encode())

    def _events(self):
        for _event, mark in self._parser.read_events():
            if mark.target == self.name:
                self.root = mark.getroottree().getroot()
                self.ended = mark.getparent() is None
                yield mark

    def drop(self, mark):
        """Forget what is before a mark in the blocks that were read; the others stay."""
        block = mark
        while (parent := block.getparent()) is not None and parent is not self.root:
            block = parent
        if parent is None:
            return
        if block.tag in self._blocks:
            element = mark
            while element is not block:
                parent = element.getparent()
                while element.getprevious() is not None:
                    del parent[0]
                element = parent
        for before in block.itersiblings(*self._blocks, preceding=True):
            before.clear()
        self._live = 0
