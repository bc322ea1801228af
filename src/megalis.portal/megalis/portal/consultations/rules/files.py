"""What may enter a dossier: clean names, no program, archives that hold no trap.

An archive is looked into with bounded reading: names, declared sizes and links first, then the data itself up to a
budget, so that a bomb costs no more than ``READ`` bytes of work and a damaged archive is known before companies get it.
"""

from megalis.portal.consultations.rules import Missing
from pathlib import PurePosixPath
from zipfile import BadZipFile
from zipfile import is_zipfile
from zipfile import ZipFile

import io
import re
import stat
import unicodedata
import zlib


MEMBERS = 20_000
UNPACKED = 20 * 1024**3
RATIO = 200
SMALL = 64 * 1024**2
READ = 256 * 1024**2
NESTED = 32 * 1024**2
DEPTH = 3
NAME_BYTES = 180
PROGRAMS = frozenset(
    "bat chm cmd com cpl dll exe hta jar js jse lnk msi msp pif ps1 reg scr vbe vbs wsf wsh".split(" ")  # noqa: SIM905
)
OFFICE = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))]
)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+')
PAGE = "@@pieces"


def clean_name(text):
    """Return a file name safe on every system: last part of a path, NFC, no control or reserved sign, 180 bytes.

    The extension is kept. An empty result becomes ``document``.
    """
    name = unicodedata.normalize("NFC", str(text or "").replace("\\", "/").rsplit("/", 1)[-1])
    name = re.sub(r"\s+", " ", _FORBIDDEN.sub("_", name)).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem:
        stem, dot, extension = name, "", ""
    stem = stem or "document"
    if stem.casefold() in RESERVED:
        stem = f"_{stem}"
    tail = f"{dot}{extension}"
    while stem and len(f"{stem}{tail}".encode()) > NAME_BYTES:
        stem = stem[:-1]
    return f"{stem or 'document'}{tail}"


def free_name(name, taken):
    """Return ``name``, or ``name (2)``... when it is among ``taken`` (names compared without case)."""
    return free_of(name, {item.casefold() for item in taken}.__contains__)


def free_of(name, is_taken):
    """Return the same; ``is_taken(name in small letters)`` is asked few times, however many have that name already."""
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""

    def numbered(rank):
        return name if rank == 1 else f"{stem} ({rank}){dot}{extension}"

    used, free = 0, 1
    while is_taken(numbered(free).casefold()):
        used, free = free, free * 2
    while free - used > 1:
        middle = (used + free) // 2
        used, free = (middle, free) if is_taken(numbered(middle).casefold()) else (used, middle)
    return numbered(free)


def extension(name):
    """Return the extension in lower case without its dot, or ''."""
    return PurePosixPath(name).suffix.lower().lstrip(".")


def file_findings(name, stream, size):
    """Return why a file (binary seekable ``stream`` of ``size`` bytes) may not enter a dossier; empty when it may."""
    if not size:
        return [_finding("fichier.vide", f"Le fichier « {name} » est vide.")]
    if extension(name) in PROGRAMS:
        return [_finding("fichier.programme", f"« {name} » est un programme : les entreprises ne l’ouvriront pas.")]
    stream.seek(0)
    if extension(name) == "zip" or is_zipfile(stream):
        return archive_findings(name, stream, size)
    return []


def _finding(code, message):
    return Missing(code, message, PAGE)


class _Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def archive_findings(name, stream, size):
    """Return why a ZIP archive is refused.

    Codes: ``zip.illisible``, ``zip.nombre``, ``zip.nom`` (absolute, ``..``, drive), ``zip.lien``, ``zip.bombe``,
    ``zip.programme``.
    """
    try:
        _inspect(stream, size, [READ], 1, whole=extension(name) not in OFFICE)
    except _Refused as refused:
        return [_finding(refused.code, f"« {name} » est refusé : {refused}")]
    return []


def _inspect(stream, size, budget, depth, whole=True):
    """Look into an archive; not ``whole``: an office document, whose own program reads it, for bombs only."""
    stream.seek(0)
    try:
        with ZipFile(stream) as archive:
            members = archive.infolist()
            _check_sizes(members, size)
            for member in members if whole else ():
                _check_member(member)
            for member in members if whole else ():
                _read(archive, member, budget, depth)
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeError, ValueError) as error:
        raise _Refused("zip.illisible", "l’archive est abîmée ou d’un format inconnu. Refaites-la.") from error


def _check_sizes(members, size):
    if len(members) > MEMBERS:
        raise _Refused("zip.nombre", f"{len(members)} fichiers, {MEMBERS} au plus. Partagez l’archive en plusieurs.")
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if packed > size or unpacked > UNPACKED or (unpacked > SMALL and unpacked > RATIO * max(size, 1)):
        raise _Refused(
            "zip.bombe",
            f"{size} octets qui en donneraient {unpacked} : une archive piégée ferait de même. Refaites-la.",
        )


def _check_member(member):
    path = member.filename.replace("\\", "/")
    if path.startswith("/") or re.match(r"^[A-Za-z]:", path) or ".." in path.split("/") or "\x00" in path:
        raise _Refused("zip.nom", f"le chemin « {path[:80]} » sort de l’archive. Refaites-la depuis un dossier.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _Refused("zip.lien", f"« {path[:80]} » est un lien et non un fichier. Mettez le fichier lui-même.")
    if extension(path) in PROGRAMS:
        raise _Refused("zip.programme", f"« {path[:80]} » est un programme. Retirez-le de l’archive.")


def _read(archive, member, budget, depth):
    """Read a member as far as the budget allows (the CRC is checked at its end), and look into archives inside."""
    if member.is_dir() or member.flag_bits & 1 or member.file_size > budget[0]:
        return
    budget[0] -= member.file_size
    inner = extension(member.filename) == "zip" and member.file_size <= NESTED
    kept = io.BytesIO() if inner else None
    with archive.open(member) as source:
        while block := source.read(1 << 16):
            if kept is not None:
                kept.write(block)
    if kept is not None:
        if depth >= DEPTH:
            raise _Refused("zip.bombe", f"des archives dans des archives sur plus de {DEPTH} niveaux.")
        _inspect(kept, member.file_size, budget, depth + 1)
