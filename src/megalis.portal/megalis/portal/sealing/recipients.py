"""Who a file is sealed to: the public side of the age recipient types (RSA keys are in rsa.py).

Each class wraps a 16-byte file key into one stanza, and knows, without any secret, whether a stanza has the shape of
one made for it: that is all the server ever checks.
"""

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from megalis.portal.sealing import bech32
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import KeyFormatError
from megalis.portal.sealing.header import base64
from megalis.portal.sealing.header import FILE_KEY_SIZE
from megalis.portal.sealing.header import hkdf
from megalis.portal.sealing.header import Stanza
from megalis.portal.sealing.header import unbase64

import hashlib
import os


HYBRID_INFO = b"age-encryption.org/mlkem768x25519"
X25519_INFO = b"age-encryption.org/v1/X25519"
SCRYPT_INFO = b"age-encryption.org/v1/scrypt"
HYBRID_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
HYBRID_ENC_SIZE = 1120
MLKEM_PUBLIC_SIZE = 1184
WRAPPED_SIZE = FILE_KEY_SIZE + 16
NONCE = bytes(12)


def _argument(stanza, size):
    if len(stanza.args) != 1:
        raise HeaderError(f"destinataire {stanza.type} : {len(stanza.args)} argument(s), 1 attendu")
    share = unbase64(stanza.args[0], f"argument de {stanza.type}")
    if len(share) != size:
        raise HeaderError(f"destinataire {stanza.type} : argument de {len(share)} octets, {size} attendus")
    return share


class Recipient:
    """A public key files are sealed to. ``str()`` is its canonical text, ``fingerprint`` the SHA-256 hex of that."""

    type = None

    def __init__(self, text):
        self.text = text
        self.fingerprint = hashlib.sha256(text.encode("ascii")).hexdigest()

    def __str__(self):
        return self.text

    def __eq__(self, other):
        return isinstance(other, Recipient) and self.text == other.text

    def __hash__(self):
        return hash(self.text)

    def wrap(self, file_key):
        """Return the Stanza that gives ``file_key`` to the holder of the secret key."""
        raise NotImplementedError

    def check(self, stanza):
        """Raise HeaderError unless ``stanza`` has the shape of one made for this recipient (no secret needed)."""
        raise NotImplementedError


class HybridRecipient(Recipient):
    """Post-quantum hybrid ML-KEM-768 + X25519 (X-Wing) by HPKE base mode; text ``age1pq1…``."""

    type = "mlkem768x25519"

    def __init__(self, data):
        """Take the 1216 bytes of the public key: ML-KEM-768 (1184) then X25519 (32)."""
        try:
            mlkem = MLKEM768PublicKey.from_public_bytes(data[:MLKEM_PUBLIC_SIZE])
            x25519 = X25519PublicKey.from_public_bytes(data[MLKEM_PUBLIC_SIZE:])
        except ValueError as error:
            raise KeyFormatError("clé publique hybride invalide") from error
        self._key = hpke.MLKEM768X25519PublicKey(mlkem, x25519)
        super().__init__(bech32.encode("age1pq", data))

    def wrap(self, file_key):
        sealed = HYBRID_SUITE.encrypt(file_key, self._key, HYBRID_INFO)
        return Stanza(self.type, (base64(sealed[:HYBRID_ENC_SIZE]),), sealed[HYBRID_ENC_SIZE:])

    @staticmethod
    def parse(stanza):
        """Return (encapsulation, sealed key) of a well-formed stanza."""
        enc = _argument(stanza, HYBRID_ENC_SIZE)
        if len(stanza.body) != WRAPPED_SIZE:
            raise HeaderError("destinataire mlkem768x25519 : clé scellée de longueur inattendue")
        return enc, stanza.body

    def check(self, stanza):
        self.parse(stanza)


class X25519Recipient(Recipient):
    """Classical X25519; text ``age1…``."""

    type = "X25519"

    def __init__(self, data):
        """Take the 32 bytes of the public key."""
        try:
            self._key = X25519PublicKey.from_public_bytes(data)
        except ValueError as error:
            raise KeyFormatError("clé publique X25519 invalide : 32 octets attendus") from error
        self._data = data
        super().__init__(bech32.encode("age", data))

    def wrap(self, file_key):
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        try:
            shared = ephemeral.exchange(self._key)
        except ValueError as error:
            raise KeyFormatError("clé publique X25519 invalide : point d’ordre faible") from error
        key = hkdf(shared, share + self._data, X25519_INFO)
        return Stanza(self.type, (base64(share),), ChaCha20Poly1305(key).encrypt(NONCE, file_key, None))

    @staticmethod
    def parse(stanza):
        """Return (ephemeral share, sealed key) of a well-formed stanza."""
        share = _argument(stanza, 32)
        if len(stanza.body) != WRAPPED_SIZE:
            raise HeaderError("destinataire X25519 : clé scellée de longueur inattendue")
        return share, stanza.body

    def check(self, stanza):
        self.parse(stanza)


class ScryptRecipient:
    """A passphrase (scrypt, r=8, p=1, N=2^work_factor); must be the only recipient of its file."""

    type = "scrypt"

    def __init__(self, passphrase, work_factor=18):
        self._passphrase = passphrase.encode("utf-8")
        self._work_factor = work_factor

    def wrap(self, file_key):
        salt = os.urandom(16)
        key = scrypt_key(self._passphrase, salt, self._work_factor)
        body = ChaCha20Poly1305(key).encrypt(NONCE, file_key, None)
        return Stanza(self.type, (base64(salt), str(self._work_factor)), body)


def scrypt_key(passphrase, salt, work_factor):
    """Return the 32-byte wrapping key; takes 2^work_factor KiB of memory while it runs."""
    return Scrypt(salt=SCRYPT_INFO + salt, length=32, n=1 << work_factor, r=8, p=1).derive(passphrase)
