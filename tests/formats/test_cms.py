"""Detached signatures: valid, altered, expired and unreadable are told apart."""

from base64 import b64encode
from cryptography.hazmat.primitives import hashes
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.formats import cms
from tests.formats import signatures

import pytest


DATA = b"%PDF-1.7 un acte"


def verdict(signature, data=DATA):
    (found,) = cms.verify(signature, cms.digests(data), datetime.now(UTC))
    return found


@pytest.mark.parametrize("attributes", [True, False])
@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()], ids=lambda item: item.name)
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_good_signature_is_valid_and_names_its_signer(kind, digest, attributes):
    found = verdict(signatures.sign(DATA, kind, digest=digest, attributes=attributes))
    assert (found.status, found.signataire, found.raison) == ("valid", "Anne Le Bihan", "")
    assert (found.date is not None) is attributes


@pytest.mark.parametrize("attributes", [True, False])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_signature_of_other_bytes_is_invalid(kind, attributes):
    found = verdict(signatures.sign(DATA, kind, attributes=attributes), DATA + b" ")
    assert found.status == "invalid" and found.signataire == "Anne Le Bihan"
    assert found.raison


def test_a_certificate_out_of_date_is_told_apart():
    found = verdict(signatures.sign(DATA, expired=True))
    assert found.status == "expired" and "jusqu’au" in found.raison


def test_an_altered_signature_value_is_invalid():
    made = bytearray(signatures.sign(DATA))
    made[-3] ^= 1
    assert verdict(bytes(made)).status == "invalid"


def test_the_certificate_of_another_does_not_make_it_valid():
    made = signatures.sign(DATA, attributes=False)
    mine, other = signatures.signer("rsa", False)[0], signatures.signer("rsa", True)[0]
    ours = mine.public_key().public_numbers().n.to_bytes(256, "big")
    theirs = other.public_key().public_numbers().n.to_bytes(256, "big")
    assert ours in made
    assert verdict(made.replace(ours, theirs)).status == "invalid"


@pytest.mark.parametrize(
    "form", [lambda der: der, lambda der: b64encode(der).decode(), lambda der: b64encode(der) + b"\n"]
)
def test_der_and_base64_are_read(form):
    assert verdict(form(signatures.sign(DATA))).status == "valid"


def test_pem_is_read():
    assert verdict(signatures.sign(DATA, encoding="PEM")).status == "valid"


def test_an_old_digest_is_not_admitted():
    found = verdict(signatures.sign(DATA, digest=hashes.SHA224()))
    assert found.status == "invalid" and "sha224" in found.raison


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_signature_is_never_a_failure(data):
    made = bytearray(signatures.sign(DATA))
    for _time in range(data.draw(st.integers(1, 4))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    for found in cms.verify(bytes(made), cms.digests(DATA), datetime.now(UTC)):
        assert found.status in ("valid", "invalid", "expired")
        assert found.status == "valid" or found.raison


@given(st.binary(max_size=100) | st.text(max_size=100))
def test_any_bytes_are_no_signature(data):
    assert verdict(data).status == "invalid"
