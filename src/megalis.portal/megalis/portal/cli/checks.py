"""What is looked at in a document before it is sealed: the deposit page makes the same checks in the browser.

Nobody can look afterwards, and a file that does not open is lost for its author: courts leave that risk to the bidder.
"""

from zipfile import BadZipFile
from zipfile import ZipFile

import re


ZIPPED = {"zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "dwfx", "ifczip"}
TAIL = 2048

_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_TABLE = re.compile(rb"\s*(xref|\d+\s+\d+\s+obj)")


def problem(path, formats=()):
    """Return ``(code, French message)`` of what is wrong with the document at ``path``, None when nothing is.

    ``formats``: the extensions that are accepted, all of them when empty. Codes: vide, format, pdf, zip.
    """
    size = path.stat().st_size
    if not size:
        return "vide", f"« {path.name} » est vide (0 octet) : choisissez le bon fichier"
    extension = path.suffix.lower().removeprefix(".")
    if formats and extension not in {name.lower().removeprefix(".") for name in formats}:
        return "format", f"« {path.name} » n’est pas d’un format accepté ({', '.join(formats)})"
    if extension == "pdf":
        return _pdf(path, size)
    if extension in ZIPPED:
        return _zip(path)
    return None


def _pdf(path, size):
    with path.open("rb") as stream:
        if b"%PDF-" not in stream.read(1024):
            return "pdf", f"« {path.name} » n’est pas un PDF malgré son nom : enregistrez-le de nouveau en PDF"
        stream.seek(max(0, size - TAIL))
        ends = _END.findall(stream.read())
        if not ends:
            return "pdf", f"« {path.name} » est un PDF incomplet (sa fin manque) : exportez-le de nouveau"
        place = int(ends[-1])
        stream.seek(min(place, size))
        if place >= size or (place and not _TABLE.match(stream.read(64))):
            return "pdf", f"« {path.name} » est un PDF abîmé (table illisible) : exportez-le de nouveau"
    return None


def _zip(path):
    try:
        with ZipFile(path) as archive:
            locked = any(entry.flag_bits & 1 for entry in archive.infolist())
    except (BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        return "zip", f"« {path.name} » ne s’ouvre pas ({error}) : enregistrez-le ou compressez-le de nouveau"
    if locked:
        return "zip", f"« {path.name} » est protégé par un mot de passe : l’acheteur ne pourra pas l’ouvrir"
    return None
