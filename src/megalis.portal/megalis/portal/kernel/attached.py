"""A file people join to what they write: looked at before it is kept, known by its fingerprint, served so that it runs nothing."""

from hashlib import sha256
from megalis.portal.formats import joined
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import antivirus
from megalis.portal.kernel.ids import uuidhex
from urllib.parse import quote
from ZODB.blob import Blob
from ZPublisher.Iterators import filestream_iterator


CHUNK = 1 << 20
SHOWN = ("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp")  # what a browser may draw by itself


class Attached:
    """One file; immutable. ``blob`` holds its bytes."""

    __slots__ = ("blob", "id", "name", "sha256", "size")

    def __init__(self, name, stream):
        self.id = uuidhex()
        self.name = name
        self.size = 0
        self.blob = Blob()
        digest = sha256()
        stream.seek(0)
        with self.blob.open("w") as out:
            while block := stream.read(CHUNK):
                self.size += len(block)
                digest.update(block)
                out.write(block)
        self.sha256 = digest.hexdigest()
        antivirus.ask(self.blob, self.sha256)


def size_of(stream):
    """Return how many bytes a seekable stream holds; it is left at its beginning."""
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    return size


def receive(upload, limit, taken=()):
    """Return the Attached of an uploaded file; Refused as ``joined.check``."""
    name = joined.free_name(joined.clean_name(upload.filename), taken)
    joined.check(name, upload, size_of(upload), limit)
    return Attached(name, upload)


def receive_all(uploads, bounds, kept=()):
    """Return the Attached of uploaded files, beside those ``kept`` (names); Refused as ``receive``, or ``fichier.nombre``."""
    count = len(uploads) + len(kept)
    if count > bounds.most:
        raise Refused(
            "fichier.nombre", f"{count} fichiers, {bounds.most} au plus : réunissez-les dans une archive ZIP."
        )
    found = []
    for upload in uploads:
        found.append(receive(upload, bounds.size, [*kept, *(item.name for item in found)]))
    return tuple(found)


def serve(request, item, inline=False):
    """Answer a request with a file, as a stream; nothing in it may run in our pages."""
    response = request.response
    kind = joined.media_type(item.name)
    way = "inline" if inline and kind in SHOWN else "attachment"
    response.setHeader("Content-Type", kind)
    response.setHeader("Content-Length", str(item.size))
    response.setHeader("Content-Disposition", f"{way}; filename*=UTF-8''{quote(item.name)}")
    response.setHeader("X-Content-Type-Options", "nosniff")
    # A browser's own reader of PDF does not work inside a sandbox; a PDF runs nothing of ours.
    shut = "" if way == "inline" and kind == "application/pdf" else "; sandbox"
    response.setHeader("Content-Security-Policy", f"default-src 'none'; style-src 'unsafe-inline'{shut}")
    response.setHeader("Cache-Control", "private, no-store")
    return filestream_iterator(item.blob.committed(), "rb")


def uploads(form, field):
    """Return the uploaded files of a form field, those with a name."""
    sent = form.get(field, ())
    sent = sent if isinstance(sent, list | tuple) else [sent]
    return [upload for upload in sent if getattr(upload, "filename", "")]
