"""Signed tree heads in the C2SP forms (signed-note, tlog-checkpoint), so that any transparency-log client reads ours.

A note is text ending in a newline, an empty line, then one line a signature: ``— NAME BASE64(key id || signature)``.
The key id is the first 4 bytes of SHA-256(NAME || 0x0A || type || public key); type 1 is Ed25519.
A checkpoint is a note whose text is origin, decimal size, base64 root, then optional extension lines.
"""

from base64 import b64decode
from base64 import b64encode
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import PublicFormat
from dataclasses import dataclass
from hashlib import sha256
from megalis.portal.ledger.errors import NoteError

import binascii
import re
import secrets


MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 64
MAX_SIZE = 2**63 - 1
_ED25519 = b"\x01"
_DASH = "— "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def decode_base64(text, length=None):
    """Return the bytes of canonical standard base64 ``text``; None when it is not, or not of ``length`` bytes."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if (length is not None and len(data) != length) or b64encode(data).decode() != text:
        return None
    return data


def _check_name(name):
    if not name or "+" in name or any(char.isspace() or not char.isprintable() for char in name):
        raise NoteError("cle", "nom de clé refusé : il ne peut être vide ni contenir d’espace ou de « + »")
    return name


def _key_id(name, public):
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _read_key_text(text, what):
    if not isinstance(text, str) or len(text) > 1024 or not text.isprintable():
        raise NoteError("cle", f"{what} illisible : attendu NOM+IDENTIFIANT+BASE64")
    parts = text.split("+", 2)
    if len(parts) != 3 or not re.fullmatch("[0-9a-f]{8}", parts[1]):
        raise NoteError("cle", f"{what} illisible : attendu NOM+IDENTIFIANT+BASE64")
    data = decode_base64(parts[2], 33)
    if data is None or data[:1] != _ED25519:
        raise NoteError("cle", f"{what} refusée : seul Ed25519 (type 1, 32 octets) est accepté")
    return _check_name(parts[0]), bytes.fromhex(parts[1]), data[1:]


class Verifier:
    """The public half of a journal key."""

    def __init__(self, name, public):
        """``name`` is the journal's origin, ``public`` the 32 bytes of the Ed25519 key."""
        self.name = _check_name(name)
        self.public = bytes(public)
        self.key_id = _key_id(name, self.public)
        self._key = Ed25519PublicKey.from_public_bytes(self.public)

    @classmethod
    def from_text(cls, text):
        """Read a C2SP vkey, ``NAME+hex key id+base64(0x01 || key)``; raises NoteError."""
        name, key_id, public = _read_key_text(text, "clé publique")
        if _key_id(name, public) != key_id:
            raise NoteError("cle", "clé publique refusée : son identifiant ne correspond pas à son contenu")
        return cls(name, public)

    @property
    def text(self):
        """The C2SP vkey."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(_ED25519 + self.public).decode()}"

    def verifies(self, signature, message):
        """Return True when ``signature`` (64 bytes) is this key's over ``message`` (bytes)."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signer:
    """The private half of a journal key."""

    def __init__(self, name, seed):
        """``seed`` is the 32-byte Ed25519 private key."""
        self._seed = bytes(seed)
        self._key = Ed25519PrivateKey.from_private_bytes(self._seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        self.name = name

    @classmethod
    def generate(cls, name):
        """Return a new random key."""
        return cls(name, secrets.token_bytes(32))

    @classmethod
    def from_text(cls, text):
        """Read a C2SP skey, ``PRIVATE+KEY+NAME+hex key id+base64(0x01 || seed)``; raises NoteError."""
        prefix = "PRIVATE+KEY+"
        if not isinstance(text, str) or not text.startswith(prefix):
            raise NoteError("cle", "clé privée illisible : elle commence par PRIVATE+KEY+")
        name, key_id, seed = _read_key_text(text[len(prefix) :], "clé privée")
        signer = cls(name, seed)
        if signer.verifier.key_id != key_id:
            raise NoteError("cle", "clé privée refusée : son identifiant ne correspond pas à son contenu")
        return signer

    @property
    def text(self):
        """The C2SP skey; a secret."""
        secret = b64encode(_ED25519 + self._seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{secret}"

    def sign(self, message):
        """Return the 64-byte Ed25519 signature of ``message`` (bytes)."""
        return self._key.sign(message)

    def __repr__(self):
        return f"<Signer {self.name}+{self.verifier.key_id.hex()}>"


@dataclass(frozen=True)
class Signature:
    """One signature line of a note: key name, 4-byte key id, signature bytes (64 for Ed25519, other for cosigners)."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self):
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A note whose text was verified: ``verified`` and ``unknown`` are tuples of its signatures."""

    text: str
    verified: tuple
    unknown: tuple


def _check_text(text):
    if not isinstance(text, str) or not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise NoteError("note", "note signée refusée : texte vide, sans fin de ligne ou avec caractère de contrôle")
    return text


def split_note(note):
    """Return ``(text, [Signature, ...])`` of a note (str, <= 64 KiB) without verifying anything; raises NoteError."""
    if not isinstance(note, str) or len(note) > MAX_NOTE:
        raise NoteError("note", f"note signée refusée : plus de {MAX_NOTE} caractères")
    try:
        note.encode()
    except UnicodeEncodeError as error:
        raise NoteError("note", "note signée refusée : texte qui n’est pas de l’UTF-8") from error
    _check_text(note)
    head, separator, tail = note.rpartition("\n\n")
    if not separator or not tail:
        raise NoteError("note", "note signée refusée : aucune signature")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("note", f"note signée refusée : plus de {MAX_SIGNATURES} signatures")
    signatures = []
    for line in lines:
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        data = decode_base64(encoded)
        if not line.startswith(_DASH) or not space or data is None or len(data) < 5:
            raise NoteError("note", "note signée refusée : ligne de signature illisible")
        signatures.append(Signature(_check_name(name), data[:4], data[4:]))
    return head + "\n", signatures


def sign_note(text, *signers):
    """Return the signed note of ``text`` (ending in a newline) with one line a signer, in order."""
    message = _check_text(text).encode()
    lines = [Signature(signer.name, signer.verifier.key_id, signer.sign(message)).line for signer in signers]
    return f"{text}\n{''.join(lines)}"


def add_signatures(note, *signatures):
    """Return ``note`` with further ``Signature`` lines (cosignatures of witnesses), those already there left out."""
    _text, known = split_note(note)
    return note + "".join(signature.line for signature in signatures if signature not in known)


def open_note(note, *verifiers):
    """Verify ``note`` and return a ``Note``; signatures of keys not in ``verifiers`` (witnesses) are set aside.

    Raises NoteError when malformed, when a known key's signature is wrong, or when no known key signed.
    """
    text, signatures = split_note(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    message, verified, unknown = text.encode(), [], []
    for signature in signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            unknown.append(signature)
        elif not verifier.verifies(signature.value, message):
            raise NoteError("signature", f"signature fausse de « {signature.name} » sur la note")
        else:
            verified.append(signature)
    if not verified:
        names = ", ".join(verifier.text for verifier in verifiers)
        raise NoteError("signature", f"note non signée par la clé attendue ({names})")
    return Note(text, tuple(verified), tuple(unknown))


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: origin (journal name), size (leaves), root (32 bytes), extension lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple = ()

    @property
    def text(self):
        """The note text of the checkpoint."""
        lines = [self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions]
        return "".join(f"{line}\n" for line in lines)

    def sign(self, *signers):
        """Return the signed note (str)."""
        return sign_note(self.text, *signers)


def parse_checkpoint(text):
    """Return the ``Checkpoint`` of a note *text* already verified; raises NoteError."""
    lines = _check_text(text)[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise NoteError("checkpoint", "point de contrôle refusé : origine, taille et racine attendues, une par ligne")
    origin, size, root, *extensions = lines
    digest = decode_base64(root, 32)
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE or digest is None:
        raise NoteError("checkpoint", "point de contrôle refusé : taille décimale puis racine de 32 octets en base64")
    return Checkpoint(origin, int(size), digest, tuple(extensions))


def open_checkpoint(note, verifier):
    """Verify a signed checkpoint by ``verifier`` and return it; its origin must be the key's name. Raises NoteError."""
    checkpoint = parse_checkpoint(open_note(note, verifier).text)
    if checkpoint.origin != verifier.name:
        raise NoteError("origine", f"point de contrôle d’un autre journal : « {checkpoint.origin} »")
    return checkpoint
