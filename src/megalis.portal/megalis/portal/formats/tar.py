"""A reader of tar.gz for files from outside: only flat, plain files, and bounds on everything before it is read.

The standard library reads a whole extended header into memory before anyone can look at its size; here each block is
looked at first. POSIX.1-2001 (ustar and pax) and the long names of GNU tar are understood, nothing else.
"""

from dataclasses import dataclass
from gzip import BadGzipFile
from gzip import GzipFile
from megalis.portal.formats.refusal import Refused

import zlib


BLOCK = 512
CHUNK = 64 * 1024
MAX_HEADER = 64 * 1024
MAX_NAME = 255
ZERO = bytes(BLOCK)

_PLAIN = (b"0", b"\0", b"7")
_LINKS = (b"1", b"2")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may weigh: compressed bytes, decompressed bytes, number of members."""

    compressed: int
    expanded: int
    members: int


class _Counted:
    """The compressed bytes, refused as soon as there are too many."""

    def __init__(self, stream, limit, what):
        self._stream, self._limit, self._what, self._seen = stream, limit, what, 0

    def read(self, size=-1):
        data = self._stream.read(CHUNK if size is None or size < 0 else size)
        self._seen += len(data)
        if self._seen > self._limit:
            message = f"L’archive pèse plus de {self._limit // 1048576} Mo : envoyez moins de fichiers à la fois."
            raise Refused(f"{self._what}.archive-taille", message)
        return data


@dataclass(slots=True)
class Member:
    """One file of the archive; its bytes are to be read before the next member is asked for."""

    name: str
    size: int
    _reader: "_Reader"
    _left: int

    def chunks(self):
        """Yield the bytes of the file."""
        while self._left:
            data = self._reader.take(min(CHUNK, self._left))
            self._left -= len(data)
            yield data

    def read(self):
        """Return the whole file; only for members whose ``size`` was looked at."""
        return b"".join(self.chunks())

    def head(self, count):
        """Return the first bytes of the file; the rest can still be read."""
        data = self._reader.take(min(count, self._left))
        self._left -= len(data)
        return data


class _Reader:
    def __init__(self, stream, limits, what):
        self.what = what
        self._limits = limits
        self._file = GzipFile(fileobj=_Counted(stream, limits.compressed, what), mode="rb")
        self._seen = 0

    def refuse(self, code, message, value=""):
        return Refused(f"{self.what}.{code}", message, value)

    def some(self, count):
        """Return at most ``count`` bytes; b'' at the end."""
        try:
            data = self._file.read(count)
        except (BadGzipFile, zlib.error) as error:
            raise self.refuse(
                "archive-illisible", "L’archive n’est pas un tar.gz correct : refaites-la.", error
            ) from None
        except EOFError:
            raise self.truncated() from None
        self._seen += len(data)
        if self._seen > self._limits.expanded:
            raise self.refuse(
                "archive-bombe",
                f"L’archive décompressée dépasse {self._limits.expanded // 1048576} Mo : vérifiez son contenu.",
            )
        return data

    def take(self, count):
        """Return exactly ``count`` bytes."""
        data = self.some(count)
        while len(data) < count:
            more = self.some(count - len(data))
            if not more:
                raise self.truncated()
            data += more
        return data

    def truncated(self):
        return self.refuse("archive-tronquee", "L’archive est coupée avant sa fin : transférez-la de nouveau.")

    def drop(self, count):
        while count:
            count -= len(self.take(min(CHUNK, count)))

    def extended(self, size):
        if size > MAX_HEADER:
            raise self.refuse("archive-entete", f"Un en-tête de l’archive dépasse {MAX_HEADER} octets : refaites-la.")
        data = self.take(size)
        self.drop(-size % BLOCK)
        return data

    def drain(self):
        """Read to the end, so that what the compression vouches for is checked."""
        while self.some(CHUNK):
            pass


def members(stream, limits, what="archive"):
    """Yield the ``Member`` files of a tar.gz stream (binary, opened for reading), in order.

    ``what`` begins the codes of ``Refused``: ``.archive-taille``, ``-bombe``, ``-membres``, ``-illisible``,
    ``-tronquee``, ``-entete``, ``-lien``, ``-type``, ``-nom``, ``-double``. Names are distinct, without folder.
    """
    reader = _Reader(stream, limits, what)
    names, count, long_name = set(), 0, ""
    while True:
        block = reader.take(BLOCK)
        if block == ZERO:
            reader.drain()
            return
        count += 1
        if count > limits.members:
            raise reader.refuse(
                "archive-membres", f"L’archive a plus de {limits.members} fichiers : séparez les envois."
            )
        size, kind = _header(reader, block)
        if kind in (b"x", b"g", b"L"):
            data = reader.extended(size)
            long_name = _extended_name(reader, kind, data) or long_name
            continue
        name, long_name = _name(reader, long_name or _own_name(reader, block)), ""
        if kind == b"5" and not name:
            reader.drop(size + -size % BLOCK)
            continue
        _check(reader, name, kind, names)
        member = Member(name, size, reader, size)
        yield member
        reader.drop(member._left + -size % BLOCK)


def _header(reader, block):
    told = block[148:156]
    total = sum(block) - sum(told) + 8 * 32
    if _octal(told) != total:
        raise reader.refuse("archive-illisible", "Un en-tête de l’archive est faux (somme de contrôle) : refaites-la.")
    size = _octal(block[124:136])
    if size is None:
        raise reader.refuse("archive-entete", "La taille d’un fichier de l’archive est illisible : refaites-la.")
    return size, block[156:157]


def _octal(field):
    text = field.rstrip(b" \0").lstrip(b" ")
    if not text:
        return 0
    try:
        value = int(text.decode("ascii"), 8)
    except ValueError:
        return None
    return value if value >= 0 else None


def _own_name(reader, block):
    name, prefix = block[:100].split(b"\0")[0], b""
    if block[257:263] == b"ustar\0":
        prefix = block[345:500].split(b"\0")[0]
    return _text(reader, prefix + b"/" + name if prefix else name)


def _text(reader, data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def _extended_name(reader, kind, data):
    if kind == b"L":
        return _text(reader, data.split(b"\0")[0])
    name = ""
    while kind == b"x" and data.strip(b"\0"):
        length, _, rest = data.partition(b" ")
        if not length.isdigit() or len(length) > 6 or not len(length) + 1 < int(length) <= len(data):
            raise reader.refuse("archive-entete", "Un en-tête étendu de l’archive est illisible : refaites-la.")
        key, _, value = rest[: int(length) - len(length) - 1].removesuffix(b"\n").partition(b"=")
        if key == b"path":
            name = _text(reader, value)
        elif key in (b"size", b"linkpath") or key.startswith(b"GNU.sparse"):
            raise reader.refuse("archive-type", "L’archive contient un fichier creux, un lien ou une taille déguisée.")
        data = data[int(length) :]
    return name


def _name(reader, name):
    while name.startswith("./"):
        name = name[2:]
    return "" if name in (".", "/") else name


def _check(reader, name, kind, names):
    shown = name[:80]
    if kind in _LINKS:
        raise reader.refuse(
            "archive-lien", f"« {shown} » est un lien, ce qui est interdit : mettez le fichier lui-même."
        )
    if kind not in _PLAIN:
        raise reader.refuse("archive-type", f"« {shown} » n’est pas un fichier ordinaire : retirez-le de l’archive.")
    wrong = (
        not name
        or len(name) > MAX_NAME
        or name == ".."
        or any(char in "/\\" or not char.isprintable() for char in name)
    )
    if wrong:
        raise reader.refuse(
            "archive-nom",
            f"« {shown} » n’est pas un nom de fichier permis : ni dossier, ni « .. », ni signe caché.",
            name,
        )
    if name.casefold() in names:
        raise reader.refuse(
            "archive-double", f"« {shown} » figure deux fois dans l’archive : un nom par fichier.", name
        )
    names.add(name.casefold())
