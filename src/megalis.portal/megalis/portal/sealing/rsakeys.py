"""RSA keys, for people who hold an X.509 certificate or a hardware module: the ssh-rsa stanza of age, and PEM files.

Loaded only when such a key is met (see keys.py): reading PEM, DER and X.509 costs more start-up time than all the rest.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric import rsa
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import KeyFormatError
from megalis.portal.sealing.header import base64
from megalis.portal.sealing.header import FILE_KEY_SIZE
from megalis.portal.sealing.header import Stanza
from megalis.portal.sealing.header import unbase64
from megalis.portal.sealing.recipients import Recipient

import hashlib
import re


RSA_LABEL = b"age-encryption.org/v1/ssh-rsa"
RSA_BITS = (2048, 8192)

_CERTIFICATE = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----")


def oaep():
    """Return the RSA padding of the ssh-rsa stanza: OAEP, SHA-256 twice, age's label."""
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=RSA_LABEL)


class RSARecipient(Recipient):
    """RSA-OAEP for holders of an RSA certificate or HSM; text ``ssh-rsa AAAA…`` without comment."""

    type = "ssh-rsa"

    def __init__(self, key):
        """Take an ``rsa.RSAPublicKey`` of 2048 to 8192 bits."""
        if not isinstance(key, rsa.RSAPublicKey):
            raise KeyFormatError("clé publique d’un autre type que RSA : donnez une clé RSA ou une clé age")
        if not RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
            raise KeyFormatError(f"clé RSA de {key.key_size} bits : {RSA_BITS[0]} à {RSA_BITS[1]} attendus")
        self._key = key
        text = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode("ascii")
        super().__init__(text)
        blob = unbase64(text.split(" ")[1].rstrip("="))
        self.tag = base64(hashlib.sha256(blob).digest()[:4])

    @classmethod
    def from_text(cls, text):
        """Read an ``ssh-rsa AAAA… [comment]`` line."""
        try:
            return cls(serialization.load_ssh_public_key(text.encode("ascii", "replace")))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyFormatError("ligne ssh-rsa illisible") from error

    def wrap(self, file_key):
        return Stanza(self.type, (self.tag,), self._key.encrypt(file_key, oaep()))

    def check(self, stanza):
        if stanza.args != (self.tag,):
            raise HeaderError("destinataire ssh-rsa : étiquette d’une autre clé")
        if len(stanza.body) != (self._key.key_size + 7) // 8:
            raise HeaderError("destinataire ssh-rsa : clé scellée de longueur inattendue")


class RSAIdentity:
    """An RSA private key, of a PEM file; opens ssh-rsa stanzas."""

    type = "ssh-rsa"

    def __init__(self, key):
        if not isinstance(key, rsa.RSAPrivateKey):
            raise KeyFormatError("clé privée d’un autre type que RSA : donnez une clé RSA ou une clé age")
        self._key = key
        self.recipient = RSARecipient(key.public_key())

    def __repr__(self):
        return f"<RSAIdentity {self.recipient.fingerprint[:16]}…>"

    def unwrap(self, stanzas):
        for index, stanza in enumerate(stanzas):
            if stanza.type != self.type:
                continue
            if len(stanza.args) != 1:
                raise HeaderError(f"destinataire ssh-rsa : {len(stanza.args)} argument(s), 1 attendu")
            if stanza.args[0] != self.recipient.tag:
                continue
            try:
                file_key = self._key.decrypt(stanza.body, oaep())
            except ValueError as error:
                raise HeaderError("destinataire ssh-rsa : clé scellée illisible") from error
            if len(file_key) != FILE_KEY_SIZE:
                raise HeaderError("destinataire ssh-rsa : clé de fichier de longueur inattendue")
            return file_key, index
        return None


def read_recipients(data):
    """Return the RSARecipients of a PEM or DER public key or certificate, or of a PEM chain. Raises KeyFormatError."""
    try:
        if _CERTIFICATE.search(data):
            return [RSARecipient(certificate.public_key()) for certificate in x509.load_pem_x509_certificates(data)]
        if b"-----BEGIN" in data:
            return [RSARecipient(serialization.load_pem_public_key(data))]
        return [RSARecipient(_der(data))]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFormatError("clé publique ou certificat illisible") from error


def _der(data):
    try:
        return x509.load_der_x509_certificate(data).public_key()
    except ValueError:
        return serialization.load_der_public_key(data)


def read_identity(data, passphrase):
    """Return the RSAIdentity of a PEM private key; ``passphrase()`` is called only if the key is protected."""
    load = serialization.load_pem_private_key
    if b"BEGIN OPENSSH" in data:
        load = serialization.load_ssh_private_key
    try:
        try:
            return RSAIdentity(load(data, None))
        except TypeError:
            return RSAIdentity(load(data, passphrase().encode("utf-8")))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFormatError("clé privée illisible, ou phrase de passe incorrecte") from error
