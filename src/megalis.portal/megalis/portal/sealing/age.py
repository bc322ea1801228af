"""age v1 files (c2sp.org/age): seal a stream to recipients, open one with identities, under a bound context.

The context stanza `-> megalis.bzh/context <base64 of SHA-256(JCS(context))>`, last and with an empty body, opens
nothing; foreign age tools ignore it, and the header's HMAC makes it impossible to change without the file key.
"""

from dataclasses import dataclass
from megalis.portal.sealing.armor import ArmorReader
from megalis.portal.sealing.armor import ArmorWriter
from megalis.portal.sealing.armor import BEGIN
from megalis.portal.sealing.armor import is_armored
from megalis.portal.sealing.errors import ArmorError
from megalis.portal.sealing.errors import ContextError
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import NoMatchError
from megalis.portal.sealing.files import new_file
from megalis.portal.sealing.files import opened_source
from megalis.portal.sealing.header import base64
from megalis.portal.sealing.header import build_header
from megalis.portal.sealing.header import FILE_KEY_SIZE
from megalis.portal.sealing.header import Header
from megalis.portal.sealing.header import hkdf
from megalis.portal.sealing.header import MAX_HEADER
from megalis.portal.sealing.header import read_header
from megalis.portal.sealing.header import Stanza
from megalis.portal.sealing.header import unbase64
from megalis.portal.sealing.header import VERSION
from megalis.portal.sealing.relays import CONTEXT_STANZA
from megalis.portal.sealing.relays import unwrap_relays
from megalis.portal.sealing.stream import decrypted
from megalis.portal.sealing.stream import encrypt_to_file
from megalis.portal.sealing.stream import encrypt_to_writer
from megalis.portal.sealing.stream import fill_from
from megalis.portal.sealing.stream import NONCE_SIZE

import os


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What opening the header told: the ``header``, the ``identity`` that fits and the ``index`` of its stanza (None when
    it came by a relay), ``context_hash`` (32 bytes or None) and ``fill``, the source of the payload's chunks under ``payload_key``."""

    header: Header
    identity: object
    index: int
    context_hash: bytes
    payload_key: bytes
    fill: object

    def plaintext(self):
        """Yield authenticated memoryviews, each valid until the next; see stream.decrypted for what the end proves."""
        return decrypted(self.fill, self.payload_key)


class _Prefixed:
    """The bytes already read, then the rest of the reader."""

    def __init__(self, start, reader):
        self._start = start
        self._reader = reader

    def read(self, size):
        if self._start:
            out, self._start = self._start[:size], self._start[size:]
            return out
        return self._reader.read(size)

    def readinto(self, view):
        if self._start:
            out = self.read(len(view))
            view[: len(out)] = out
            return len(out)
        if hasattr(self._reader, "readinto"):
            return self._reader.readinto(view)
        data = self._reader.read(len(view))
        view[: len(data)] = data
        return len(data)


def seal_header(recipients, context_hash=None):
    """Return (header and payload nonce bytes, payload key) for a new file: fresh file key and nonce every time.

    ``context_hash`` is the 32-byte SHA-256 of the canonical context, or None for a plain age file.
    """
    if not recipients:
        raise HeaderError("aucun destinataire : donnez au moins une clé publique")
    if len(recipients) > 1 and any(recipient.type == "scrypt" for recipient in recipients):
        raise HeaderError("une phrase de passe doit être le seul destinataire du fichier")
    file_key = os.urandom(FILE_KEY_SIZE)
    nonce = os.urandom(NONCE_SIZE)
    stanzas = [recipient.wrap(file_key) for recipient in recipients]
    if context_hash is not None:
        stanzas.append(Stanza(CONTEXT_STANZA, (base64(context_hash),), b""))
    header = build_header(stanzas, file_key)
    if len(header) > MAX_HEADER:
        raise HeaderError(
            f"{len(recipients)} destinataires : leur en-tête dépasse {MAX_HEADER} octets, réduisez leur nombre"
        )
    return header + nonce, hkdf(file_key, nonce, b"payload")


def context_hash_of(header):
    """Return the 32 bytes of the header's context stanza, None without one; HeaderError if misplaced or malformed."""
    places = [index for index, stanza in enumerate(header.stanzas) if stanza.type == CONTEXT_STANZA]
    if not places:
        return None
    stanza = header.stanzas[-1]
    if places != [len(header.stanzas) - 1] or len(stanza.args) != 1 or stanza.body:
        raise HeaderError("contexte mal placé ou mal formé : il doit être unique, dernier et sans corps")
    value = unbase64(stanza.args[0], "contexte")
    if len(value) != 32:
        raise HeaderError("contexte mal formé : empreinte de 32 octets attendue")
    return value


def encrypt(reader, writer, recipients, context_hash=None, armored=False):
    """Seal all of ``reader`` (``readinto`` or ``read``) to ``recipients`` into ``writer`` (``write``), in order.

    ``recipients``: Recipient objects. ``context_hash``: 32 bytes or None. Memory is constant.
    """
    header, key = seal_header(recipients, context_hash)
    target = ArmorWriter(writer) if armored else writer
    target.write(header)
    encrypt_to_writer(fill_from(reader), key, target)
    if armored:
        target.close()


def unlock(reader, identities, context_hash=None, relays=()):
    """Read the header of ``reader`` (armored or not) with ``identities``; return Unlocked, its HMAC verified.

    ``relays`` (bytes of each) are the additional headers to try with the identities when the file's own does not do.

    Raises HeaderError, MacError, ArmorError, NoMatchError, PassphraseError; ContextError when ``context_hash`` is
    given and the file is bound to another one or to none.
    """
    start = reader.read(8192)
    source = _Prefixed(start, reader)
    if is_armored(start):
        source = ArmorReader(source)
    elif BEGIN in start and not start.startswith(VERSION):
        raise ArmorError("enveloppe texte précédée d’autres données : supprimez ce qui vient avant sa première ligne")
    header, rest = read_header(source)
    if len(header.stanzas) > 1 and any(stanza.type == "scrypt" for stanza in header.stanzas):
        raise HeaderError("une phrase de passe doit être le seul destinataire du fichier")
    file_key, identity, index = _file_key(header, identities, relays)
    header.verify(file_key)
    bound = context_hash_of(header)
    if context_hash is not None and bound != context_hash:
        raise ContextError(
            "ce fichier n’est lié à aucun contexte : il ne vient pas de cette consultation"
            if bound is None
            else "ce fichier est lié à un autre contexte (consultation, lot, enveloppe, dépôt ou destinataires)"
        )
    while len(rest) < NONCE_SIZE:
        more = source.read(NONCE_SIZE - len(rest))
        if not more:
            raise HeaderError("fichier tronqué juste après l’en-tête")
        rest += more
    fill = fill_from(_Prefixed(rest[NONCE_SIZE:], source))
    return Unlocked(header, identity, index, bound, hkdf(file_key, rest[:NONCE_SIZE], b"payload"), fill)


def _file_key(header, identities, relays):
    for identity in identities:
        found = identity.unwrap(header.stanzas)
        if found:
            return found[0], identity, found[1]
    relayed = unwrap_relays(header, relays, identities) if relays else None
    if relayed is None:
        raise NoMatchError("aucune des clés données n’ouvre ce fichier : il est scellé pour d’autres destinataires")
    return *relayed, None


def decrypt(reader, writer, identities, context_hash=None):
    """Open ``reader`` into ``writer``; return Unlocked. What was written is only whole when this returns.

    For a file path use ``decrypt_file``, which leaves nothing behind on a refusal.
    """
    unlocked = unlock(reader, identities, context_hash)
    for view in unlocked.plaintext():
        writer.write(view)
    return unlocked


def encrypt_file(source, target, recipients, context_hash=None, armored=False):
    """Seal the regular file ``source`` into the new file ``target`` (paths). Raises ExistsError, SourceError."""
    with opened_source(source) as reader, new_file(target) as writer:
        if armored:
            encrypt(reader, writer, recipients, context_hash, armored=True)
            return
        header, key = seal_header(recipients, context_hash)
        writer.write(header)
        encrypt_to_file(fill_from(reader), key, writer.fileno(), len(header))


def decrypt_file(source, target, identities, context_hash=None):
    """Open the file ``source`` into the new file ``target`` (paths), which appears only once all is authenticated."""
    with opened_source(source) as reader, new_file(target, private=True) as writer:
        return decrypt(reader, writer, identities, context_hash)
