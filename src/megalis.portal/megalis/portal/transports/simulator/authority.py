"""Certificates of the simulators: an authority of their own, made at the first start in their folder, trusted by nobody else."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.oid import NameOID
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from ipaddress import ip_address
from pathlib import Path

import os


LIFE = timedelta(days=365)
MARGIN = timedelta(days=7)
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Papers:
    """Paths of PEM files: the authority, and certificate and key of the server and of its one client."""

    authority: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


def papers(folder, now=None):
    """Return the ``Papers`` in a folder, made anew when they are not there or soon at their end."""
    now = now or datetime.now(UTC)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = ("autorite.pem", "serveur.pem", "serveur.cle", "client.pem", "client.cle")
    found = Papers(*(folder / name for name in names))
    if not all((folder / name).is_file() for name in names) or _ending(found.authority, now):
        _make(found, now)
    return found


def _ending(path, now):
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc - MARGIN < now


def _make(made, now):
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Autorité des simulateurs")
    authority = (
        _builder(name, name, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    for path, key_path, title, purpose in (
        (made.server, made.server_key, "Simulateur", ExtendedKeyUsageOID.SERVER_AUTH),
        (made.client, made.client_key, "Plateforme", ExtendedKeyUsageOID.CLIENT_AUTH),
    ):
        own = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address(HOST))]
        certificate = (
            _builder(_name(title), name, own, now)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(key_path, own.private_bytes(*_PRIVATE), 0o600)
        _write(path, certificate.public_bytes(serialization.Encoding.PEM))
    # Last: it is by its end that all are made anew.
    _write(made.authority, authority.public_bytes(serialization.Encoding.PEM))


_PRIVATE = (
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


def _name(title):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])


def _builder(subject, issuer, key, now):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFE)
    )


def _usage(signs):
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path, data, mode=0o644):
    partial = path.with_suffix(".tmp")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
        stream.write(data)
    os.replace(partial, path)
