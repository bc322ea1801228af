"""Keys: made, read in every form people have them in, wrapped, proved; a secret never shows in an error."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from datetime import datetime
from datetime import UTC
from megalis.portal import sealing
from megalis.portal.sealing import keys
from megalis.portal.sealing.errors import KeyFormatError
from megalis.portal.sealing.errors import PassphraseError
from megalis.portal.sealing.errors import PayloadError
from megalis.portal.sealing.errors import SealingError

import hashlib
import os
import pytest


PEM, DER, SSH = serialization.Encoding.PEM, serialization.Encoding.DER, serialization.Encoding.OpenSSH
SPKI, PKCS8 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PrivateFormat.PKCS8
NO_PASSWORD = serialization.NoEncryption()


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate(rsa_key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "agent acheteur")])
    builder = x509.CertificateBuilder(name, name, rsa_key.public_key(), 1, datetime(2026, 1, 1), datetime(2036, 1, 1))
    return builder.sign(rsa_key, hashes.SHA256())


@pytest.mark.parametrize(("kind", "size", "start"), [("hybride", 1959, "age1pq1"), ("x25519", 62, "age1")])
def test_generated_keys(kind, size, start):
    pair = keys.generate(kind)
    assert len(pair.recipient) == size
    assert pair.recipient.startswith(start)
    assert (
        pair.fingerprint == hashlib.sha256(pair.recipient.encode()).hexdigest() == sealing.fingerprint(pair.recipient)
    )
    text = pair.identity_file(datetime(2026, 1, 2, tzinfo=UTC))
    assert text.splitlines()[0] == "# created: 2026-01-02T00:00:00Z"
    (identity,) = keys.parse_identities(text.encode())
    assert str(identity.recipient) == pair.recipient
    assert identity.secret_text() == pair.identity
    assert pair.identity not in repr(identity)
    assert pair.file_name("titulaire") == f"cle-titulaire-{pair.fingerprint[:8]}.age"
    assert keys.generate(kind).identity != pair.identity


def test_fingerprints_are_shown_in_groups():
    assert sealing.short_fingerprint("0123456789abcdef" * 4) == "0123 4567 89ab cdef…"


def test_wrapped_identity():
    pair = keys.generate()
    data = sealing.wrap_identity(pair.identity_file(), "cheval agrafe pile", work_factor=10)
    assert data.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n-----"[:35])
    assert str(keys.parse_identities(data, "cheval agrafe pile")[0].recipient) == pair.recipient
    assert keys.parse_identities(data, lambda: "cheval agrafe pile")
    for wrong in ("autre", "", None):
        with pytest.raises(PassphraseError):
            keys.parse_identities(data, wrong)
    with pytest.raises(PassphraseError):
        sealing.wrap_identity("", "")


def test_a_file_sealed_to_a_key_is_not_a_wrapped_identity(ring):
    with pytest.raises(KeyFormatError):
        keys.parse_identities(sealing.seal_challenge(ring.recipients[0], bytes(32)), "mot")


def test_rsa_keys_in_all_their_forms(rsa_key, certificate):
    public = rsa_key.public_key()
    line = public.public_bytes(SSH, serialization.PublicFormat.OpenSSH)
    expected = line.decode()
    forms = [
        public.public_bytes(PEM, SPKI),
        public.public_bytes(DER, SPKI),
        public.public_bytes(PEM, serialization.PublicFormat.PKCS1),
        certificate.public_bytes(PEM),
        certificate.public_bytes(DER),
        b"# bureau\n" + line + b" poste de l'agent\n",
    ]
    for form in forms:
        (found,) = keys.parse_recipients(form)
        assert str(found) == expected
        assert found.fingerprint == hashlib.sha256(line).hexdigest()
    secret = serialization.BestAvailableEncryption(b"mot")
    for form, passphrase in (
        (rsa_key.private_bytes(PEM, PKCS8, NO_PASSWORD), None),
        (rsa_key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, NO_PASSWORD), None),
        (rsa_key.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, NO_PASSWORD), None),
        (rsa_key.private_bytes(PEM, PKCS8, secret), "mot"),
    ):
        (identity,) = keys.parse_identities(form, passphrase)
        assert str(identity.recipient) == expected
        answer = sealing.open_challenge(sealing.seal_challenge(expected, b"7" * 32), [identity])
        assert answer == b"7" * 32
    for wrong in ("autre", None):
        with pytest.raises(SealingError):
            keys.parse_identities(rsa_key.private_bytes(PEM, PKCS8, secret), wrong)


def test_keys_of_other_kinds_are_refused(rsa_key):
    curve = ec.generate_private_key(ec.SECP256R1())
    small = rsa.generate_private_key(65537, 1024)
    for form in (
        curve.public_key().public_bytes(PEM, SPKI),
        small.public_key().public_bytes(PEM, SPKI),
        rsa_key.private_bytes(PEM, PKCS8, NO_PASSWORD),
        b"-----BEGIN PUBLIC KEY-----\nzzzz\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nzzzz\n-----END CERTIFICATE-----\n",
        b"0\x82noise",
        b"",
        b"# rien\n",
        b"%PDF-1.7\n",
        b"\xff\xfe",
        bytes(keys.MAX_KEY_FILE + 1),
    ):
        with pytest.raises(KeyFormatError):
            keys.parse_recipients(form)
    for form in (curve.private_bytes(PEM, PKCS8, NO_PASSWORD), b"", b"age1", b"\xff", bytes(keys.MAX_KEY_FILE + 1)):
        with pytest.raises(KeyFormatError):
            keys.parse_identities(form)


def test_a_secret_given_for_a_recipient_is_refused_without_being_repeated():
    pair = keys.generate("x25519")
    for text in (pair.identity, pair.identity.lower()):
        with pytest.raises(KeyFormatError) as caught:
            keys.parse_recipient(text)
        assert text[20:] not in str(caught.value)
    broken = pair.identity[:-1] + ("Q" if pair.identity[-1] != "Q" else "P")
    with pytest.raises(KeyFormatError) as caught:
        keys.parse_identity(broken)
    assert broken[20:] not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "age1", "age1pq1qqqq", "age1yubikey1qqqqqq", "ssh-ed25519 AAAA", "ssh-rsa AAAA", "ssh-rsa é"]
)
def test_unreadable_recipients(text):
    with pytest.raises(KeyFormatError):
        keys.parse_recipient(text)


def test_challenges(ring):
    secret = os.urandom(32)
    sealed = sealing.seal_challenge(ring.recipients[0], secret)
    assert sealing.open_challenge(sealed, ring.identities[:1]) == secret
    assert len(sealed) < 2000
    with pytest.raises(SealingError):
        sealing.open_challenge(sealed, ring.identities[1:])
    with pytest.raises(SealingError):
        sealing.seal_challenge(ring.recipients[0], b"court")


def test_a_drill_never_opens_a_pli(pli, ring):
    with pytest.raises(PayloadError):
        sealing.open_challenge(pli[0].read_bytes(), ring.identities)
