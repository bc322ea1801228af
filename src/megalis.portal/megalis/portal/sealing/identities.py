"""Who opens a file: the secret side of the age recipient types (RSA keys are in rsa.py).

``unwrap(stanzas)`` returns (file key, stanza index) or None when no stanza is for this key; a stanza of the identity's
own type that breaks its grammar refuses the file (HeaderError), as c2sp.org/age asks.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from megalis.portal.sealing import bech32
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import KeyFormatError
from megalis.portal.sealing.errors import PassphraseError
from megalis.portal.sealing.header import hkdf
from megalis.portal.sealing.header import unbase64
from megalis.portal.sealing.recipients import HYBRID_INFO
from megalis.portal.sealing.recipients import HYBRID_SUITE
from megalis.portal.sealing.recipients import HybridRecipient
from megalis.portal.sealing.recipients import NONCE
from megalis.portal.sealing.recipients import scrypt_key
from megalis.portal.sealing.recipients import WRAPPED_SIZE
from megalis.portal.sealing.recipients import X25519_INFO
from megalis.portal.sealing.recipients import X25519Recipient

import hashlib
import re


MAX_WORK_FACTOR = 20

_WORK_FACTOR = re.compile(r"[1-9][0-9]?\Z")


class _KeyPairIdentity:
    """Common ground of identities made of one 32-byte secret in bech32."""

    prefix = None
    type = None
    recipient = None

    def __init__(self, secret):
        if len(secret) != 32:
            raise KeyFormatError(f"clé secrète de {len(secret)} octets : 32 attendus")
        self._secret = bytes(secret)

    def secret_text(self):
        """Return the identity line (upper case); it opens everything sealed to this key."""
        return bech32.encode(self.prefix.lower(), self._secret).upper()

    def __repr__(self):
        return f"<{type(self).__name__} {self.recipient.fingerprint[:16]}…>"

    def unwrap(self, stanzas):
        for index, stanza in enumerate(stanzas):
            if stanza.type == self.type:
                file_key = self._open(stanza)
                if file_key is not None:
                    return file_key, index
        return None


class HybridIdentity(_KeyPairIdentity):
    """``AGE-SECRET-KEY-PQ-1…``: a 32-byte X-Wing seed, expanded by SHAKE-256 (draft-connolly-cfrg-xwing-kem)."""

    prefix = "AGE-SECRET-KEY-PQ-"
    type = "mlkem768x25519"

    def __init__(self, secret):
        super().__init__(secret)
        expanded = hashlib.shake_256(self._secret).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._x25519 = x25519
        self._key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self.recipient = HybridRecipient(public)

    def _open(self, stanza):
        enc, body = HybridRecipient.parse(stanza)
        try:
            return HYBRID_SUITE.decrypt(enc + body, self._key, HYBRID_INFO)
        except InvalidTag:
            _shared(self._x25519, enc[-32:], self.type)
            return None


class X25519Identity(_KeyPairIdentity):
    """``AGE-SECRET-KEY-1…``."""

    prefix = "AGE-SECRET-KEY-"
    type = "X25519"

    def __init__(self, secret):
        super().__init__(secret)
        self._key = X25519PrivateKey.from_private_bytes(self._secret)
        self._public = self._key.public_key().public_bytes_raw()
        self.recipient = X25519Recipient(self._public)

    def _open(self, stanza):
        share, body = X25519Recipient.parse(stanza)
        shared = _shared(self._key, share, self.type)
        return _unseal(hkdf(shared, share + self._public, X25519_INFO), body)


class ScryptIdentity:
    """A passphrase; refuses costs above ``max_work_factor`` so that a hostile file cannot exhaust the machine."""

    type = "scrypt"
    recipient = None

    def __init__(self, passphrase, max_work_factor=MAX_WORK_FACTOR):
        self._passphrase = passphrase.encode("utf-8")
        self._max = max_work_factor

    def unwrap(self, stanzas):
        for index, stanza in enumerate(stanzas):
            if stanza.type != self.type:
                continue
            salt, work_factor = self._parse(stanza)
            file_key = _unseal(scrypt_key(self._passphrase, salt, work_factor), stanza.body)
            if file_key is None:
                raise PassphraseError("phrase de passe incorrecte : vérifiez les majuscules et la langue du clavier")
            return file_key, index
        return None

    def _parse(self, stanza):
        if len(stanza.args) != 2:
            raise HeaderError(f"destinataire scrypt : {len(stanza.args)} argument(s), 2 attendus")
        salt = unbase64(stanza.args[0], "sel de scrypt")
        if len(salt) != 16 or not _WORK_FACTOR.match(stanza.args[1]) or len(stanza.body) != WRAPPED_SIZE:
            raise HeaderError("destinataire scrypt mal formé")
        work_factor = int(stanza.args[1])
        if work_factor > self._max:
            raise HeaderError(f"coût scrypt 2^{work_factor} : au plus 2^{self._max} accepté")
        return salt, work_factor


def _shared(key, share, what):
    """Return the X25519 secret; a share of low order is never a stanza for somebody else, but a hostile one."""
    try:
        return key.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError as error:
        raise HeaderError(f"destinataire {what} : point d’ordre faible") from error


def _unseal(key, body):
    try:
        return ChaCha20Poly1305(key).decrypt(NONCE, body, None)
    except InvalidTag:
        return None
