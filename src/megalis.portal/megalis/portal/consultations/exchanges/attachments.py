"""Documents joined to a question, an answer or a message: few, bounded, of a known kind, each with its fingerprint."""

from hashlib import sha256
from megalis.portal.consultations.rules import files
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import antivirus
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.theme import words
from ZODB.blob import Blob

import io


MOST = 5  # documents of one text
SIZE = 10_000_000  # bytes, each
ACCEPTED = ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "png", "jpg", "jpeg", "zip", "txt", "csv", "dwg", "dxf")
ZIPPED = ("docx", "xlsx", "pptx", "odt", "ods", "odp", "zip")
SIGNATURES = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "dwg": (b"AC10", b"MC0.0"),
    **dict.fromkeys(ZIPPED, (b"PK\x03\x04", b"PK\x05\x06")),
}
MARKUP = (b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml")
HINT = f"{MOST} documents au plus, {words.size(SIZE)} chacun : {', '.join(ACCEPTED)}."


class Attachment:
    """One document; immutable. ``blob`` holds its bytes."""

    __slots__ = ("blob", "id", "name", "sha256", "size")

    def __init__(self, name, data):
        self.id = uuidhex()
        self.name = name
        self.size = len(data)
        self.sha256 = sha256(data).hexdigest()
        self.blob = Blob()
        with self.blob.open("w") as stream:
            stream.write(data)
        antivirus.ask(self.blob, self.sha256)

    def told(self):
        """Return what the journal says of it."""
        return {"nom": self.name, "octets": self.size, "sha256": self.sha256}


def check(name, data):
    """Refuse a document that may not be joined: ``piece.vide``, ``.taille``, ``.format``, ``.contenu``, or ``zip.*``."""
    if not data:
        raise Refused("piece.vide", f"« {name} » est vide : vérifiez le fichier sur votre poste.")
    if len(data) > SIZE:
        raise Refused(
            "piece.taille",
            f"« {name} » dépasse {words.size(SIZE)}, la limite d’un document joint. Réduisez-le ou partagez-le.",
        )
    kind = files.extension(name)
    if kind not in ACCEPTED:
        raise Refused(
            "piece.format", f"« {name} » n’est pas d’un format accepté. Ceux qui le sont : {', '.join(ACCEPTED)}."
        )
    expected = SIGNATURES.get(kind)
    if expected and not data.startswith(expected):
        raise Refused(
            "piece.contenu",
            f"« {name} » n’est pas un fichier {kind.upper()} : son contenu dit autre chose. Refaites-le.",
        )
    if kind in ("txt", "csv", "dxf") and (b"\x00" in data[:4096] or data[:512].lstrip().lower().startswith(MARKUP)):
        raise Refused("piece.contenu", f"« {name} » n’est pas un fichier de texte : joignez-le dans son vrai format.")
    for finding in files.file_findings(name, io.BytesIO(data), len(data)):
        raise Refused(finding.code, finding.message)


def receive(uploads):
    """Return the Attachments of uploaded files (those with a name); Refused as ``check``, or ``piece.nombre``."""
    sent = [upload for upload in uploads if getattr(upload, "filename", "")]
    if len(sent) > MOST:
        raise Refused("piece.nombre", f"{len(sent)} documents, {MOST} au plus : réunissez-les dans une archive ZIP.")
    found = []
    for upload in sent:
        name = files.free_name(files.clean_name(upload.filename), [item.name for item in found])
        upload.seek(0)
        data = upload.read(SIZE + 1)
        check(name, data)
        found.append(Attachment(name, data))
    return tuple(found)
