"""Keys as people meet them: made, read back from text or PEM, wrapped by a passphrase, proved by a drill."""

from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from megalis.portal.sealing import age
from megalis.portal.sealing import bech32
from megalis.portal.sealing.armor import is_armored
from megalis.portal.sealing.errors import ContextError
from megalis.portal.sealing.errors import KeyFormatError
from megalis.portal.sealing.errors import NoMatchError
from megalis.portal.sealing.errors import PassphraseError
from megalis.portal.sealing.errors import PayloadError
from megalis.portal.sealing.header import VERSION
from megalis.portal.sealing.identities import HybridIdentity
from megalis.portal.sealing.identities import ScryptIdentity
from megalis.portal.sealing.identities import X25519Identity
from megalis.portal.sealing.recipients import HybridRecipient
from megalis.portal.sealing.recipients import ScryptRecipient
from megalis.portal.sealing.recipients import X25519Recipient

import hashlib
import io
import os


KINDS = {"hybride": HybridIdentity, "x25519": X25519Identity}
CHALLENGE_SIZE = 32
MAX_KEY_FILE = 1 << 20
WORK_FACTOR = 18

_RECIPIENT_PREFIXES = {"age1pq": HybridRecipient, "age": X25519Recipient}
_IDENTITY_PREFIXES = {cls.prefix.lower(): cls for cls in KINDS.values()}


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key: ``identity`` (secret text line), ``recipient`` (public text), ``fingerprint`` (hex of the latter)."""

    identity: str
    recipient: str
    fingerprint: str

    def identity_file(self, now=None):
        """Return the text of an age identity file, as age-keygen writes it."""
        now = now or datetime.now(UTC)
        return f"# created: {now:%Y-%m-%dT%H:%M:%SZ}\n# public key: {self.recipient}\n{self.identity}\n"

    def file_name(self, role="porteur"):
        """Return the name proposed for the wrapped key file."""
        return f"cle-{role}-{self.fingerprint[:8]}.age"


def generate(kind="hybride"):
    """Return a new KeyPair from the system's generator; ``kind``: "hybride" (default, post-quantum) or "x25519"."""
    identity = KINDS[kind](os.urandom(32))
    return KeyPair(identity.secret_text(), str(identity.recipient), identity.recipient.fingerprint)


def fingerprint(recipient):
    """Return the lower-case hex SHA-256 of a recipient (text or object) in canonical form."""
    return parse_recipient(recipient).fingerprint if isinstance(recipient, str) else recipient.fingerprint


def short_fingerprint(value):
    """Return a fingerprint as people read it: four groups of four, then an ellipsis."""
    return " ".join(value[start : start + 4] for start in range(0, 16, 4)) + "…"


def parse_recipient(text):
    """Return the Recipient of one text: ``age1pq1…``, ``age1…`` or ``ssh-rsa AAAA… [comment]``. KeyFormatError."""
    text = text.strip()
    if text.startswith("ssh-rsa "):
        return _rsakeys().RSARecipient.from_text(text)
    if text[:15].upper().startswith("AGE-SECRET-KEY-"):
        raise KeyFormatError("ceci est une clé SECRÈTE : ne la donnez jamais, donnez la clé publique « age1… »")
    if not text.startswith("age1"):
        raise KeyFormatError(f"« {text[:24]} » n’est pas une clé publique (age1pq1…, age1… ou ssh-rsa …)")
    prefix, data = bech32.decode(text)
    if prefix not in _RECIPIENT_PREFIXES:
        raise KeyFormatError(f"clé publique d’un type inconnu : « {prefix}1… »")
    return _RECIPIENT_PREFIXES[prefix](data)


def parse_recipients(data):
    """Return the Recipients of a file: one a line with ``#`` comments, or RSA public key or X.509 certificates."""
    if len(data) > MAX_KEY_FILE:
        raise KeyFormatError("fichier de destinataires de plus de 1 Mio")
    if b"-----BEGIN" in data and b"PRIVATE KEY" in data:
        raise KeyFormatError("ce fichier contient une clé SECRÈTE : donnez la clé publique ou le certificat")
    if b"-----BEGIN" in data or data[:1] == b"\x30":
        return _rsakeys().read_recipients(data)
    found = [parse_recipient(line) for line in _lines(data)]
    if not found:
        raise KeyFormatError("aucun destinataire dans ce fichier")
    return found


def _rsakeys():
    from megalis.portal.sealing import rsakeys

    return rsakeys


def _lines(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KeyFormatError("ce fichier n’est pas un fichier de clés") from error
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def parse_identity(text):
    """Return the identity object of one secret line. Raises KeyFormatError, which never repeats the secret."""
    text = text.strip()
    if not text.upper().startswith("AGE-SECRET-KEY-"):
        raise KeyFormatError("ligne qui n’est pas une clé secrète age (AGE-SECRET-KEY-…)")
    prefix, data = bech32.decode(text)
    if prefix not in _IDENTITY_PREFIXES:
        raise KeyFormatError("clé secrète d’un type inconnu")
    return _IDENTITY_PREFIXES[prefix](data)


def parse_identities(data, passphrase=None):
    """Return the identities of a key file: age identity file, the same wrapped by a passphrase, or an RSA private PEM.

    ``passphrase``: text, or a function called without argument only when one is needed. Raises KeyFormatError,
    PassphraseError.
    """
    if len(data) > MAX_KEY_FILE:
        raise KeyFormatError("fichier de clés de plus de 1 Mio")
    if b"PRIVATE KEY-----" in data:
        return [_rsakeys().read_identity(data, lambda: _passphrase(passphrase))]
    if is_armored(data) or data.startswith(VERSION):
        data = unwrap_identity(data, _passphrase(passphrase))
    found = [parse_identity(line) for line in _lines(data)]
    if not found:
        raise KeyFormatError("aucune clé secrète dans ce fichier")
    return found


def _passphrase(passphrase):
    value = passphrase() if callable(passphrase) else passphrase
    if not value:
        raise PassphraseError("cette clé est protégée : la phrase de passe est nécessaire")
    return value


def wrap_identity(identity_file, passphrase, work_factor=WORK_FACTOR):
    """Return the armored age file (bytes) that holds the text ``identity_file`` under ``passphrase``, as ``age -p``."""
    if not passphrase:
        raise PassphraseError("phrase de passe vide : choisissez-en une d’au moins cinq mots")
    out = io.BytesIO()
    age.encrypt(io.BytesIO(identity_file.encode()), out, [ScryptRecipient(passphrase, work_factor)], armored=True)
    return out.getvalue()


def unwrap_identity(data, passphrase):
    """Return the bytes of the identity file wrapped in ``data``. Raises PassphraseError, HeaderError and the like."""
    out = io.BytesIO()
    try:
        age.decrypt(io.BytesIO(data), out, [ScryptIdentity(passphrase)])
    except NoMatchError as error:
        raise KeyFormatError("ce fichier n’est pas une clé protégée par phrase de passe") from error
    return out.getvalue()


def seal_challenge(recipient, secret32):
    """Return a small age file (bytes) that only the holder of ``recipient`` (text or object) turns into 32 bytes."""
    if len(secret32) != CHALLENGE_SIZE:
        raise ContextError(f"défi de {len(secret32)} octets : {CHALLENGE_SIZE} attendus")
    out = io.BytesIO()
    age.encrypt(io.BytesIO(secret32), out, [parse_recipient(recipient) if isinstance(recipient, str) else recipient])
    return out.getvalue()


def open_challenge(data, identities):
    """Return the 32 bytes of a challenge; refuses anything longer, so that a drill can never open a pli."""
    out = io.BytesIO()
    if len(data) > 64 * 1024:
        raise PayloadError("défi trop long : ce n’est pas un exercice de clé")
    age.decrypt(io.BytesIO(data), out, identities)
    if len(out.getvalue()) != CHALLENGE_SIZE:
        raise PayloadError("défi de longueur inattendue : ce n’est pas un exercice de clé")
    return out.getvalue()


def challenge_digest(secret32):
    """Return the hex SHA-256 a server keeps to compare an answer with, instead of the secret."""
    return hashlib.sha256(secret32).hexdigest()
