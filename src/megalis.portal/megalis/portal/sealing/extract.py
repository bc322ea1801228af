"""Read the tar of an opened pli from a stream nobody may trust: only what the manifest announces, only regular files.

A bidder chooses every byte of this tar. So: no link, device, directory, sparse or global header; members in the very
order of the manifest, with its names, sizes and hashes; nothing but zeros after the end; names made safe for any disk.
"""

from concurrent.futures import ThreadPoolExecutor
from megalis.portal.sealing.bundle import blocks
from megalis.portal.sealing.bundle import Document
from megalis.portal.sealing.bundle import FOLDER
from megalis.portal.sealing.bundle import MANIFEST
from megalis.portal.sealing.bundle import MAX_MANIFEST
from megalis.portal.sealing.bundle import parse_manifest
from megalis.portal.sealing.bundle import safe_name
from megalis.portal.sealing.errors import BundleError
from megalis.portal.sealing.files import new_file
from tarfile import AREGTYPE
from tarfile import BLOCKSIZE
from tarfile import HeaderError as TarHeaderError
from tarfile import REGTYPE
from tarfile import TarInfo
from tarfile import XHDTYPE

import hashlib
import re


MAX_PAX = 64 * 1024
MAX_MEMBER = 1 << 50

_RECORD = re.compile(rb"([1-9][0-9]{0,5}) ([^=\n]{1,200})=")


class TarReader:
    """The members of a tar given as an iterator of memoryviews, strictly in order and never held whole."""

    def __init__(self, views):
        self._views = iter(views)
        self._view = memoryview(b"")

    def chunks(self, size):
        """Yield exactly ``size`` bytes as memoryviews, each valid until the next."""
        while size:
            if not len(self._view):
                self._view = next(self._views, None)
                if self._view is None:
                    self._view = memoryview(b"")
                    raise BundleError("contenu plus court que ce qu’il annonce")
            taken, self._view = self._view[:size], self._view[size:]
            size -= len(taken)
            yield taken

    def exactly(self, size):
        """Return exactly ``size`` bytes."""
        return b"".join(map(bytes, self.chunks(size)))

    def member(self):
        """Return (name, size) of the next regular file, None at the end mark."""
        info = self._header()
        if info is None:
            return None
        name, size = None, None
        if info.type == XHDTYPE:
            if not 0 < info.size <= MAX_PAX:
                raise BundleError("extension pax de taille inattendue")
            name, size = _pax(self.exactly(blocks(info.size))[: info.size])
            info = self._header()
        if info is None or info.type not in (REGTYPE, AREGTYPE) or info.linkname:
            raise BundleError(
                "l’archive contient autre chose que des fichiers ordinaires (lien, dossier, périphérique)"
            )
        name = info.name if name is None else name
        size = info.size if size is None else size
        if not 0 <= size <= MAX_MEMBER:
            raise BundleError("taille de membre impossible")
        return name, size

    def _header(self):
        block = self.exactly(BLOCKSIZE)
        if not block.strip(b"\0"):
            return None
        try:
            return TarInfo.frombuf(block, "utf-8", "strict")
        except (TarHeaderError, ValueError) as error:
            raise BundleError("en-tête d’archive illisible") from error

    def finish(self):
        """Check that only zeros follow, and read the stream to its authenticated end."""
        if self.exactly(BLOCKSIZE).strip(b"\0"):
            raise BundleError("fin d’archive incomplète")
        while self._view is not None:
            if bytes(self._view).strip(b"\0"):
                raise BundleError("données cachées après la fin de l’archive")
            self._view = next(self._views, None)


def _pax(data):
    """Return (path or None, size or None) of pax records; refuses links, sparse files and repeated keys."""
    found = {}
    while data:
        match = _RECORD.match(data)
        length = int(match[1]) if match else 0
        if not match or not match.end() < length <= len(data) or data[length - 1 : length] != b"\n":
            raise BundleError("extension pax mal formée")
        key = match[2].decode("utf-8", "replace")
        if key in found or key == "linkpath" or key.startswith("GNU.sparse"):
            raise BundleError("extension pax refusée (lien, fichier à trous ou clé répétée)")
        found[key] = data[match.end() : length - 1]
        data = data[length:]
    name, size = found.get("path"), found.get("size")
    try:
        name = None if name is None else name.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError("nom de document qui n’est pas en UTF-8") from error
    if size is not None and not re.fullmatch(rb"(?:0|[1-9][0-9]{0,15})", size):
        raise BundleError("taille pax mal formée")
    return name, None if size is None else int(size)


def read_manifest(tar):
    """Return (context object or None, salt, Documents) from the first member of ``tar`` (a TarReader)."""
    member = tar.member()
    if member is None or member[0] != MANIFEST:
        raise BundleError("ce fichier n’est pas un pli : le manifeste ne vient pas en premier (ouvrez-le avec --raw)")
    if not 0 < member[1] <= MAX_MANIFEST:
        raise BundleError(f"manifeste de {member[1]} octets : {MAX_MANIFEST} au plus")
    return parse_manifest(tar.exactly(blocks(member[1]))[: member[1]])


def extract_documents(tar, documents, directory):
    """Write ``documents`` from ``tar`` into the existing, empty ``directory``; return them with their paths.

    Raises BundleError at the first difference with the manifest; the caller throws the directory away then.
    """
    written = []
    with ThreadPoolExecutor(1) as hasher:
        for document in documents:
            written.append(_extract(tar, document, directory, hasher))
    if tar.member() is not None:
        raise BundleError("l’archive contient un fichier que le manifeste n’annonce pas")
    tar.finish()
    return written


def _extract(tar, document, directory, hasher):
    """Write one document; it is hashed in ``hasher`` while it is written, as both take about the same time."""
    shown = safe_name(document.name)
    if tar.member() != (FOLDER + document.name, document.size):
        raise BundleError(f"l’archive ne suit pas son manifeste au document « {shown} »")
    digest = hashlib.sha256()
    with new_file(directory / shown, private=True) as writer:
        for view in tar.chunks(document.size):
            hashed = hasher.submit(digest.update, view)
            try:
                writer.write(view)
            finally:
                hashed.result()
    if digest.hexdigest() != document.sha256:
        raise BundleError(f"l’empreinte du document « {shown} » n’est pas celle du manifeste")
    if tar.exactly(blocks(document.size) - document.size).strip(b"\0"):
        raise BundleError("données cachées entre deux documents")
    return Document(document.name, document.size, document.sha256, document.type, directory / shown)
