"""Seal files into one pli and open it again: the two calls everything else is built on."""

from collections import deque
from dataclasses import dataclass
from megalis.portal.sealing.age import seal_header
from megalis.portal.sealing.age import unlock
from megalis.portal.sealing.bundle import blocks
from megalis.portal.sealing.bundle import Document
from megalis.portal.sealing.bundle import END
from megalis.portal.sealing.bundle import folded
from megalis.portal.sealing.bundle import FOLDER
from megalis.portal.sealing.bundle import MANIFEST
from megalis.portal.sealing.bundle import manifest_bytes
from megalis.portal.sealing.bundle import MAX_FILES
from megalis.portal.sealing.bundle import MAX_MANIFEST
from megalis.portal.sealing.bundle import media_type
from megalis.portal.sealing.bundle import member_header
from megalis.portal.sealing.bundle import padded
from megalis.portal.sealing.bundle import safe_name
from megalis.portal.sealing.context import bound_fingerprints
from megalis.portal.sealing.context import check_recipients
from megalis.portal.sealing.context import context_hash
from megalis.portal.sealing.context import same
from megalis.portal.sealing.errors import ContextError
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.errors import SourceError
from megalis.portal.sealing.extract import extract_documents
from megalis.portal.sealing.extract import read_manifest
from megalis.portal.sealing.extract import TarReader
from megalis.portal.sealing.files import new_directory
from megalis.portal.sealing.files import new_file
from megalis.portal.sealing.files import opened_source
from megalis.portal.sealing.keys import parse_recipient
from megalis.portal.sealing.stream import encrypt_to_file
from pathlib import Path

import hashlib
import os
import stat
import time


SALT_SIZE = 32
VERDICTS = {"contexte": "contexte", "altere": "altere", "mac": "altere"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A pli just sealed: ``path``, ``size`` (bytes of ciphertext), ``documents``, their ``salt`` (32 bytes, the ``sel``
    of the commitments), ``context_hash`` (32 bytes or None), ``fingerprints`` of the recipients in stanza order."""

    path: Path
    size: int
    documents: tuple
    salt: bytes
    context_hash: bytes
    fingerprints: tuple

    def commitments(self):
        """Return [{"nom", "taille", "engagement"}] as the deposit API wants them."""
        return _commitments(self.documents, self.salt)


@dataclass(frozen=True, slots=True)
class Opened:
    """A pli just opened: ``documents`` with their paths, ``salt``, ``context`` (JSON object or None), ``context_hash``,
    ``fingerprint`` of the key that opened it."""

    documents: tuple
    salt: bytes
    context: dict
    context_hash: bytes
    fingerprint: str

    def commitments(self):
        """Return [{"nom", "taille", "engagement"}], to compare with what was declared at deposit."""
        return _commitments(self.documents, self.salt)


def _commitments(documents, salt):
    return [
        {"nom": document.name, "taille": document.size, "engagement": document.commitment(salt)}
        for document in documents
    ]


class _Source:
    """One file to seal, measured now and read later; refused if it changed in between."""

    def __init__(self, item):
        name, path = item if isinstance(item, tuple) else (os.path.basename(item), item)
        self.name, self.path = safe_name(os.fspath(name)), path
        try:
            status = os.stat(path)
        except OSError as error:
            raise SourceError(f"« {path} » ne peut pas être lu : {error.strerror}") from error
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"« {path} » n’est pas un fichier ordinaire : donnez le fichier lui-même")
        self.size, self._state = status.st_size, self._of(status)
        self._digest = hashlib.sha256()

    @staticmethod
    def _of(status):
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    def document(self):
        """Return the Document; its hash is only right once the content was read."""
        return Document(self.name, self.size, self._digest.hexdigest(), media_type(self.name), self.path)

    def pieces(self):
        """Yield what fills the views sent in: a generator primed with None, then given views, yields bytes filled."""
        view = yield
        with opened_source(self.path) as reader:
            left = self.size
            while left:
                got = reader.readinto(view[:left])
                if not got:
                    break
                self._digest.update(view[:got])
                left -= got
                view = yield got
            if left or self._of(os.fstat(reader.fileno())) != self._state:
                raise SourceError(f"« {self.path} » a changé pendant le scellement : fermez-le et recommencez")


class _Tar:
    """The plaintext of a pli as a source of exactly ``size`` bytes; its manifest is known once it was read."""

    def __init__(self, sources, context, salt, mtime):
        self._sources, self._context, self._salt = sources, context, salt
        manifest = self.manifest()
        if len(manifest) > MAX_MANIFEST:
            raise SourceError(f"manifeste de {len(manifest)} octets ({MAX_MANIFEST} au plus) : réunissez des documents")
        head = member_header(MANIFEST, len(manifest), mtime)
        self._start = len(head)
        self._queue = deque([head, manifest, bytes(blocks(len(manifest)) - len(manifest))])
        size = sum(map(len, self._queue))
        for source in sources:
            head = member_header(FOLDER + source.name, source.size, mtime)
            padding = blocks(source.size) - source.size
            self._queue += [head, source, bytes(padding)]
            size += len(head) + source.size + padding
        self._zeros = padded(size + END) - size
        self._pieces = None

    def manifest(self):
        return manifest_bytes(self._context, self._salt, [source.document() for source in self._sources])

    def fill(self, view):
        """Fill ``view``; return the bytes written, fewer than its length only at the end."""
        done = 0
        while done < len(view) and self._queue:
            item = self._queue[0]
            if isinstance(item, bytes):
                taken = item[: len(view) - done]
                view[done : done + len(taken)] = taken
                self._queue[0] = item[len(taken) :]
                done += len(taken)
                if not self._queue[0]:
                    self._queue.popleft()
            else:
                done += self._read(item, view[done:])
        zeros = min(self._zeros, len(view) - done)
        if zeros:
            view[done : done + zeros] = bytes(zeros)
            self._zeros -= zeros
        return done + zeros

    def _read(self, source, view):
        if self._pieces is None:
            self._pieces = source.pieces()
            next(self._pieces)
        try:
            return self._pieces.send(view)
        except StopIteration:
            self._pieces = None
            self._queue.popleft()
            return 0

    def patch(self, view):
        """Write the true manifest over the one with empty hashes: the same length, by construction."""
        manifest = self.manifest()
        view[self._start : self._start + len(manifest)] = manifest


def _arrange(recipients, context):
    """Return Recipient objects, in the order the context names them; ContextError when it names others."""
    found = [parse_recipient(item) if isinstance(item, str) else item for item in recipients]
    if len({str(recipient) for recipient in found}) != len(found):
        raise ContextError("un même destinataire est donné deux fois")
    bound = None if context is None else bound_fingerprints(context)
    if bound is None:
        return found
    by_fingerprint = {recipient.fingerprint: recipient for recipient in found}
    if set(by_fingerprint) != set(bound):
        raise ContextError(
            f"les destinataires donnés ({len(found)}) ne sont pas ceux du contexte ({len(bound)}) : "
            "reprenez les clés de la consultation"
        )
    return [by_fingerprint[value] for value in bound]


def seal(files, recipients, context, out, mtime=None):
    """Seal ``files`` to ``recipients`` under ``context`` into the new file ``out``; return Sealed.

    ``files``: paths, or (name, path) pairs; ``recipients``: texts or Recipient objects (put in the context's order);
    ``context``: Context, JSON object or None; ``mtime``: POSIX seconds written in the tar (now). One pass, constant
    memory: the manifest is encrypted last, and written first. Raises SourceError, ContextError, ExistsError.
    """
    sources = [_Source(item) for item in files]
    if not 1 <= len(sources) <= MAX_FILES:
        raise SourceError(
            f"{len(sources)} document à sceller : donnez-en de 1 à {MAX_FILES}", "vide" if not sources else None
        )
    if len({folded(source.name) for source in sources}) != len(sources):
        raise SourceError("deux documents portent le même nom : renommez-en un", "doublon")
    keys = _arrange(recipients, context)
    bound = None if context is None else context_hash(context)
    header, key = seal_header(keys, bound)
    salt = os.urandom(SALT_SIZE)
    tar = _Tar(sources, context, salt, int(time.time()) if mtime is None else mtime)
    with new_file(out) as writer:
        writer.write(header)
        size = len(header) + encrypt_to_file(tar.fill, key, writer.fileno(), len(header), tar.patch)
    documents = tuple(source.document() for source in sources)
    return Sealed(Path(out), size, documents, salt, bound, tuple(getattr(key, "fingerprint", None) for key in keys))


def open_(source, identities, directory, context=None, recipients=None, relays=()):
    """Open the pli ``source`` (path, or reader) into ``directory``; return Opened.

    The documents appear in ``directory`` (created, or free of their names) only when header, content, manifest and
    every hash are right. ``context``: what the opener expects from its own records (Context or JSON object): any
    difference is refused, as is a file bound to nothing. Without it, the manifest's own context must be the one that
    the header binds. ``recipients`` (texts or objects): their types and fingerprints must be those of the pli.
    ``relays`` (bytes of each): additional headers that gave the pli to one more holder afterwards.
    """
    if hasattr(source, "read"):
        return _open(source, identities, directory, context, recipients, relays)
    with opened_source(source) as reader:
        return _open(reader, identities, directory, context, recipients, relays)


def _open(reader, identities, directory, context, recipients, relays):
    expected = None if context is None else context_hash(context)
    unlocked = unlock(reader, identities, expected, relays)
    recipient = unlocked.identity.recipient
    mark = recipient.fingerprint if recipient else None
    opened = None if unlocked.index is None else (mark, unlocked.index)  # a relay stands in no place of the context
    keys = None
    if recipients is not None:
        keys = [parse_recipient(item) if isinstance(item, str) else item for item in recipients]
    if context is not None:
        check_recipients(unlocked.header, context, keys, opened)
    views = unlocked.plaintext()
    try:
        tar = TarReader(views)
        found, salt, documents = read_manifest(tar)
        if context is not None and not same(found, context):
            raise ContextError("le manifeste du pli ne répète pas le contexte attendu")
        if (None if found is None else context_hash(found)) != unlocked.context_hash:
            raise ContextError("le contexte du manifeste n’est pas celui que lie l’en-tête")
        if found is not None:
            check_recipients(unlocked.header, found, keys, opened)
        with new_directory(directory) as folder:
            written = extract_documents(tar, documents, folder)
    finally:
        views.close()
    final = tuple(
        Document(item.name, item.size, item.sha256, item.type, Path(directory) / item.path.name) for item in written
    )
    return Opened(final, salt, found, unlocked.context_hash, mark)


def verdict(error):
    """Return the word of the procès-verbal for the outcome of an opening: intact, altere, illisible or contexte."""
    if error is None:
        return "intact"
    return VERDICTS.get(error.code, "illisible") if isinstance(error, SealingError) else "illisible"
