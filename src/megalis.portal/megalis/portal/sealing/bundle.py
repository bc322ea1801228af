"""The content of a pli: a pax tar, manifest first, documents after, padded so that its length tells little.

Any tar reads it; ours reads nothing else than what the format allows (see extract.py).
"""

from dataclasses import dataclass
from megalis.portal.formats import jcs
from megalis.portal.sealing.context import as_object
from megalis.portal.sealing.errors import BundleError
from tarfile import BLOCKSIZE
from tarfile import PAX_FORMAT
from tarfile import TarInfo

import hashlib
import re
import unicodedata


FORMAT = "megalis.bzh/pli"
MANIFEST = "manifest.json"
FOLDER = "documents/"
MAX_FILES = 1000
MAX_MANIFEST = 448 * 1024
MAX_NAME = 200
END = 2 * BLOCKSIZE
MIN_BUNDLE = 2 * BLOCKSIZE + END
DEFAULT_TYPE = "application/octet-stream"

TYPES = {
    "7z": "application/x-7z-compressed",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "dwg": "image/vnd.dwg",
    "dxf": "image/vnd.dxf",
    "gif": "image/gif",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "mp4": "video/mp4",
    "odg": "application/vnd.oasis.opendocument.graphics",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "p7m": "application/pkcs7-mime",
    "p7s": "application/pkcs7-signature",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "application/rtf",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
}

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a pli: ``name``, ``size`` (bytes), ``sha256`` (hex), ``type`` (media type), ``path`` or None."""

    name: str
    size: int
    sha256: str
    type: str
    path: object = None

    def commitment(self, salt):
        """Return the hex commitment the server is given instead of the hash: SHA-256(salt || sha256)."""
        return commitment(salt, self.sha256)

    def as_dict(self):
        """Return the document's entry in the manifest."""
        return {"name": self.name, "size": self.size, "sha256": self.sha256, "type": self.type}


def commitment(salt, sha256):
    """Return SHA-256(``salt`` 32 bytes || digest) in hex, of a document's ``sha256`` in hex ("engagement")."""
    return hashlib.sha256(bytes(salt) + bytes.fromhex(sha256)).hexdigest()


def media_type(name):
    """Return the media type by extension; the same on every machine, unlike the system's table."""
    return TYPES.get(name.rpartition(".")[2].lower(), DEFAULT_TYPE)


def safe_name(name):
    """Return ``name`` fit for every file system people use: NFC, no path, no control, no reserved word, 200 bytes."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = _FORBIDDEN.sub("_", name).strip().rstrip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name.encode("utf-8")) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        end = f"{dot}{extension}" if stem and len(extension.encode("utf-8")) <= 16 else ""
        stem = (stem if end else name).encode("utf-8")[: MAX_NAME - len(end.encode("utf-8"))]
        name = stem.decode("utf-8", "ignore").rstrip(". ") + end
    return name or "document"


def folded(name):
    """Return the form under which two names are the same file on some system people use."""
    return unicodedata.normalize("NFKC", safe_name(name)).casefold()


def padme(size):
    """Return the Padmé length of ``size`` (Nikitin et al., PETS 2019): at most 12 % more, leaks O(log log size)."""
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return size + mask & ~mask


def padded(size):
    """Return the length of a pli's tar whose real length is ``size``: Padmé, rounded up to blocks of 512 bytes."""
    return -(-padme(size) // BLOCKSIZE) * BLOCKSIZE


def blocks(size):
    """Return the length a member's content of ``size`` bytes takes in a tar."""
    return -(-size // BLOCKSIZE) * BLOCKSIZE


def member_header(name, size, mtime):
    """Return the tar header (with a pax extension where name or size ask for it) of a regular file."""
    info = TarInfo(name)
    info.size, info.mtime, info.mode = size, mtime, 0o644
    return info.tobuf(PAX_FORMAT, "utf-8", "strict")


def manifest_bytes(context, salt, documents):
    """Return the canonical manifest of ``documents`` under ``context`` (Context, JSON object or None)."""
    return jcs.dumps(
        {
            "v": 1,
            "format": FORMAT,
            "context": None if context is None else as_object(context),
            "sel": salt.hex(),
            "files": [document.as_dict() for document in documents],
        }
    )


def parse_manifest(data):
    """Return (context object or None, salt bytes, Documents) of a manifest; BundleError on any departure.

    The bytes must be canonical JSON. Names are only checked here for what no sealer may write: a path, a control
    character, an empty name, a repetition.
    """
    try:
        value = jcs.loads(data)
        canonical = jcs.dumps(value) == bytes(data)
    except jcs.CanonicalError as error:
        raise BundleError(f"manifeste illisible : {error}") from error
    if not canonical or not isinstance(value, dict) or set(value) != {"v", "format", "context", "sel", "files"}:
        raise BundleError("manifeste mal formé : objet JSON canonique à cinq champs attendu")
    if value["v"] is True or value["v"] != 1 or value["format"] != FORMAT:
        raise BundleError("manifeste d’un format inconnu : mettez à jour votre outil d’ouverture")
    context, salt, files = value["context"], value["sel"], value["files"]
    if not (context is None or (isinstance(context, dict) and context)):
        raise BundleError("manifeste mal formé : contexte inattendu")
    if not isinstance(salt, str) or not re.fullmatch(r"[0-9a-f]{64}", salt):
        raise BundleError("manifeste mal formé : sel de 32 octets hexadécimaux attendu")
    if not isinstance(files, list) or not 1 <= len(files) <= MAX_FILES:
        raise BundleError(f"manifeste mal formé : de 1 à {MAX_FILES} documents attendus")
    documents = [_document(entry) for entry in files]
    if len({folded(document.name) for document in documents}) != len(documents):
        raise BundleError("manifeste : deux documents portent le même nom")
    return context, bytes.fromhex(salt), documents


def _document(entry):
    if not isinstance(entry, dict) or set(entry) != {"name", "size", "sha256", "type"}:
        raise BundleError("manifeste mal formé : entrée de document inattendue")
    name, size, sha256, kind = entry["name"], entry["size"], entry["sha256"], entry["type"]
    if not isinstance(name, str) or not name or name in (".", "..") or re.search(r"[\x00-\x1f\x7f/\\]", name):
        raise BundleError("manifeste : nom de document dangereux")
    if type(size) is not int or size < 0:
        raise BundleError("manifeste mal formé : taille de document inattendue")
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise BundleError("manifeste mal formé : empreinte de document inattendue")
    if not isinstance(kind, str) or not re.fullmatch(r"[\x21-\x7e]{1,127}", kind):
        raise BundleError("manifeste mal formé : type de document inattendu")
    return Document(name, size, sha256, kind)
