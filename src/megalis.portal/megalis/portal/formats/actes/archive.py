"""The tar.gz that travels between an operator and the ministry: written under the limit, read without trusting it."""

from gzip import GzipFile
from io import BytesIO
from megalis.portal.formats import tar
from megalis.portal.formats.actes import names
from megalis.portal.formats.refusal import Refused
from os import PathLike
from pathlib import Path

import tarfile


MAX_ARCHIVE = 150 * 1024 * 1024
MAX_EXPANDED = 1024 * 1024 * 1024
MAX_MEMBERS = 10_000
LIMITS = tar.Limits(MAX_ARCHIVE, MAX_EXPANDED, MAX_MEMBERS)
GZIP = b"\x1f\x8b"


class _Bounded:
    """A stream that refuses the byte after the last that may be sent."""

    def __init__(self, stream, limit):
        self._stream, self._limit, self.size = stream, limit, 0

    def write(self, data):
        self.size += len(data)
        if self.size > self._limit:
            raise Refused(
                "actes.archive-taille",
                f"L’archive à envoyer dépasse {self._limit // 1048576} Mo : allégez les pièces jointes, ou cochez l’envoi "
                "papier complémentaire.",
                self.size,
            )
        return self._stream.write(data)

    def flush(self):
        self._stream.flush()


def write(stream, files, limit=MAX_ARCHIVE):
    """Write a tar.gz to a binary stream; return its size in bytes.

    ``files`` yields ``(name, content)``, the envelope first by custom; a content is bytes or the path of a file. The same
    files give the same bytes. Raises ``Refused``: ``actes.archive-taille`` (what was written is then to be thrown away),
    ``actes.nom``, ``actes.nom-double``, ``actes.archive-membres``.
    """
    out = _Bounded(stream, limit)
    seen = set()
    with (
        GzipFile(filename="", fileobj=out, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as made,
    ):
        for name, content in files:
            _admit(name, seen)
            if isinstance(content, str | PathLike):
                with Path(content).open("rb") as source:
                    _add(made, name, source, source.seek(0, 2))
            else:
                _add(made, name, BytesIO(content), len(content))
    return out.size


def _admit(name, seen):
    if not names.is_plain(name) or len(name) > 100:
        raise Refused("actes.nom", f"« {name[:80]} » n’est pas un nom de fichier permis dans une archive.", name)
    if name.casefold() in seen:
        raise Refused("actes.nom-double", f"« {name[:80]} » figure deux fois : un nom par fichier.", name)
    seen.add(name.casefold())
    if len(seen) > MAX_MEMBERS:
        raise Refused("actes.archive-membres", f"Plus de {MAX_MEMBERS} fichiers dans un envoi : séparez-le.", len(seen))


def _add(made, name, source, size):
    source.seek(0)
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    made.addfile(info, source)


def members(stream, limits=LIMITS):
    """Yield the ``tar.Member`` files of an archive; raise ``Refused`` (``actes.archive-…``) on what may not be there."""
    return tar.members(stream, limits, "actes")


def extract(stream, folder, limits=LIMITS):
    """Write the files of an archive into an existing, empty ``folder``; return their paths by name.

    On a refusal what was written stays: the folder is the caller's to remove.
    """
    written = {}
    for member in members(stream, limits):
        path = Path(folder, member.name)
        with path.open("xb") as target:
            for data in member.chunks():
                target.write(data)
        written[member.name] = path
    return written
