"""Detached signatures for the tests, made by cryptography with keys of the moment."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from functools import cache


@cache
def signer(kind="rsa", expired=False):
    """Return ``(certificate, key)`` of Anne Le Bihan."""
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Anne Le Bihan")])
    end = datetime.now(UTC) + timedelta(days=-2 if expired else 30)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=60))
        .not_valid_after(end)
    )
    return builder.sign(key, hashes.SHA256()), key


def sign(data, kind="rsa", expired=False, digest=None, encoding="DER", attributes=True):
    """Return the detached signature of ``data``."""
    certificate, key = signer(kind, expired)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    if not attributes:
        options.append(pkcs7.PKCS7Options.NoAttributes)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data).add_signer(certificate, key, digest or hashes.SHA256())
    return builder.sign(getattr(serialization.Encoding, encoding), options)
