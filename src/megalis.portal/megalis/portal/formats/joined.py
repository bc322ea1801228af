"""Files people give one another: names made safe, kinds known, drawings without script, sizes told before they are sent."""

from dataclasses import dataclass
from megalis.portal.formats.refusal import Refused

import re
import unicodedata


NAME_BYTES = 180
KINDS = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF8",)),
    "webp": ("image/webp", (b"RIFF",)),
    "svg": ("image/svg+xml", ()),
    "txt": ("text/plain; charset=utf-8", ()),
    "csv": ("text/csv; charset=utf-8", ()),
    "md": ("text/plain; charset=utf-8", ()),
    "ics": ("text/calendar; charset=utf-8", ()),
    "xml": ("application/xml", ()),
    "json": ("application/json", ()),
    "dwg": ("application/octet-stream", (b"AC10", b"MC0.0")),
    "dxf": ("application/octet-stream", ()),
    "doc": ("application/msword", (b"\xd0\xcf\x11\xe0",)),
    "xls": ("application/vnd.ms-excel", (b"\xd0\xcf\x11\xe0",)),
    "ppt": ("application/vnd.ms-powerpoint", (b"\xd0\xcf\x11\xe0",)),
    **{
        name: (kind, (b"PK\x03\x04", b"PK\x05\x06"))
        for name, kind in {
            "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "odt": "application/vnd.oasis.opendocument.text",
            "ods": "application/vnd.oasis.opendocument.spreadsheet",
            "odp": "application/vnd.oasis.opendocument.presentation",
            "zip": "application/zip",
        }.items()
    },
}
TEXTS = ("txt", "csv", "md", "ics", "dxf", "json")
MARKUP = (b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml")
DRAWING_LIMIT = 2_000_000  # bytes of an SVG that is looked into
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com[1-9]|lpt[1-9]")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+')
# Whatever can run, load or hide: an SVG is a page, and a page of ours may hold none of it.
_ACTIVE = re.compile(
    rb"<\s*(?:[a-z0-9]+:)?(?:script|foreignobject|iframe|embed|object|handler|animate|set)\b|\bon[a-z]{3,30}\s*=|javascript\s*:|"
    rb"<!\s*(?:entity|doctype)|<\?xml-stylesheet|href\s*=\s*+[\"']?+\s*+(?!#|data:image/(?:png|jpeg))|@import|url\(\s*+[\"']?+\s*+(?!#)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bounds:
    """How many files at once, and how many bytes each."""

    most: int
    size: int


def megabytes(octets):
    """Return a limit in words: ``10 Mo``, ``1,5 Mo``."""
    return f"{octets / 1_000_000:.1f}".replace(".0", "").replace(".", ",") + " Mo"


def clean_name(text):
    """Return a file name safe on every system; « document » when nothing is left."""
    name = unicodedata.normalize("NFC", str(text or "").replace("\\", "/").rsplit("/", 1)[-1])
    name = re.sub(r"\s+", " ", _FORBIDDEN.sub("_", name)).strip(" .")
    stem, dot, tail = name.rpartition(".")
    if not dot or not stem:
        stem, dot, tail = name, "", ""
    stem = f"_{stem}" if _RESERVED.fullmatch(stem) else stem or "document"
    while len(stem) > 1 and len(f"{stem}{dot}{tail}".encode()) > NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}{dot}{tail}"[:NAME_BYTES]


def free_name(name, taken):
    """Return ``name``, or ``name (2)``… when it is among ``taken``, compared without case."""
    used = {item.casefold() for item in taken}
    stem, dot, tail = name.rpartition(".")
    if not dot:
        stem, tail = name, ""
    found, rank = name, 2
    while found.casefold() in used:
        found, rank = f"{stem} ({rank}){dot}{tail}", rank + 1
    return found


def extension(name):
    """Return the extension in lower case, or ''."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def media_type(name):
    """Return the type a file is served under."""
    return KINDS.get(extension(name), ("application/octet-stream", ()))[0]


def check_announced(name, size, limit):
    """Refuse a file before its bytes are sent: ``fichier.vide``, ``fichier.taille``, ``fichier.format``."""
    if size <= 0:
        raise Refused("fichier.vide", f"« {name} » est vide : vérifiez le fichier sur votre poste.")
    if size > limit:
        raise Refused(
            "fichier.taille",
            f"« {name} » pèse {megabytes(size)}, la limite est {megabytes(limit)} : réduisez-le ou partagez-le.",
        )
    if extension(name) not in KINDS:
        raise Refused(
            "fichier.format", f"« {name} » n’est pas d’un format accepté. Ceux qui le sont : {', '.join(KINDS)}."
        )


def check(name, stream, size, limit):
    """Refuse what ``check_announced`` does, and a content that is not what its name says: ``fichier.contenu``, ``fichier.script``.

    ``stream``: binary and seekable; it is left at its beginning.
    """
    check_announced(name, size, limit)
    kind = extension(name)
    stream.seek(0)
    head = stream.read(4096)
    expected = KINDS[kind][1]
    if expected and not head.startswith(expected):
        raise Refused(
            "fichier.contenu",
            f"« {name} » n’est pas un fichier {kind.upper()} : son contenu dit autre chose. Refaites-le.",
        )
    if kind in TEXTS and (b"\x00" in head or head[:512].lstrip().lower().startswith(MARKUP)):
        raise Refused("fichier.contenu", f"« {name} » n’est pas un fichier de texte : donnez-le dans son vrai format.")
    if kind == "svg":
        check_drawing(name, stream, size)
    stream.seek(0)


def check_drawing(name, stream, size):
    """Refuse an SVG that could do anything but be looked at: ``fichier.script``."""
    stream.seek(0)
    data = stream.read(DRAWING_LIMIT)
    plain = data.replace(b"\x00", b"")
    if size > DRAWING_LIMIT or b"<svg" not in plain.lower() or len(plain) != len(data) or b"&#" in data:
        raise Refused("fichier.contenu", f"« {name} » n’est pas un dessin SVG simple : exportez-le en PNG ou en PDF.")
    if _ACTIVE.search(data):
        raise Refused(
            "fichier.script",
            f"« {name} » contient un script, un lien ou une ressource extérieure : exportez le dessin en PNG ou en PDF.",
        )
