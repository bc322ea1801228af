"""What every transfer to an archive service shares: files measured once, put in a ZIP with their manifest, streamed.

Made when it is asked for, from files that never change: the same thing at the same point of its history gives the same bytes, so
that a download that was cut goes on.
"""

from dataclasses import dataclass
from hashlib import sha512
from io import BytesIO
from megalis.portal.consultations.dce import archive as archives
from megalis.portal.consultations.dce import sending
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda import manifest as transfers
from megalis.portal.formats.seda.model import Objet
from megalis.portal.kernel import settings
from pathlib import Path
from plone import api
from Products.Five.browser import BrowserView

import zlib


TRANSFER = "manifest.xml"
STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """An archive ready to be sent: the ``Archive``, its name, and the bytes of its manifest."""

    archive: object
    name: str
    manifest: bytes


def parties(collectivite):
    """Return who receives, who sends and who made what is archived for a collectivité, as identifiers."""
    return settings.archive_service() or f"archives-{collectivite.siren}", collectivite.siret, collectivite.siret


class Maker:
    """Measures files and gives each its path; ``when`` is a naive datetime, the date of each in the ZIP."""

    def __init__(self, when):
        self.when = when
        self.members = []

    def add(self, folder, name, file):
        """Add a NamedBlobFile under ``folder``; return its ``Objet``."""
        path = f"{folder}/{archives.safe_name(name)}"
        if any(member.name == path for member in self.members):
            path = f"{folder}/{len(self.members)}-{archives.safe_name(name)}"
        digest, crc, size = sha512(), 0, 0
        with file.open() as stream:
            place = Path(stream.name)
            while block := stream.read(STEP):
                digest.update(block)
                crc = zlib.crc32(block, crc)
                size += len(block)
        self.members.append(archives.Member(path, size, crc, lambda: place.open("rb"), self.when))
        return Objet(path, name, size, digest.hexdigest(), file.contentType or "")

    def end(self, versement, name):
        """Return the ``Made`` of a ``Versement`` of what was added; raise ``TransferRefused``."""
        data = transfers.write(versement)
        self.members.append(archives.Member(TRANSFER, len(data), zlib.crc32(data), lambda: BytesIO(data), self.when))
        return Made(archives.Archive(self.members), f"seda-{name}.zip", data)


class Download(BrowserView):
    """``@@archive-seda.zip``: subclasses return the ``Made`` from ``make()``; what it refuses is told on the page ``back``."""

    back = ""

    def __call__(self):
        try:
            made = self.make()
        except Refused as refusal:
            api.portal.show_message(refusal.message, self.request)
            self.request.response.redirect(f"{self.context.absolute_url()}{self.back}", status=303)
            return ""
        zipped = made.archive
        return sending.answer(self.request, zipped.length, zipped.etag, made.name, "application/zip", zipped.read)
