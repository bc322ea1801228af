"""A right says what one may do; the level of assurance says what it takes to believe that it is he."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from datetime import timedelta
from html import unescape
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import assurance
from megalis.portal.organisations import people
from megalis.portal.organisations.signin import certificates
from tests.organisations.conftest import PASSWORD
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import transaction


def made(name="Annie Le Goff", days=365):
    """Return a certificate as nginx hands it on."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = clock.now()
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Autorité de Bretagne")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return quote(built.public_bytes(serialization.Encoding.PEM))


def shown(text):
    return certificates.presented(SimpleNamespace(environ={certificates.HEADER: text}))


@pytest.fixture
def asking(monkeypatch):
    monkeypatch.setenv("MEGALIS_CERTIFICATS", "1")


def test_a_certificate_is_read_as_the_web_server_hands_it_on(asking):
    found = shown(made())
    assert (found.owner, found.authority, len(found.sha256)) == ("Annie Le Goff", "Autorité de Bretagne", 64)


@pytest.mark.parametrize(
    "text", ["", "rien", "%2D%2D", "-----BEGIN CERTIFICATE-----%0AAAAA%0A-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_counts_for_nothing(asking, text):
    assert shown(text) is None


def test_an_ended_certificate_counts_for_nothing(asking):
    assert shown(made(days=-1)) is None


def test_the_header_counts_for_nothing_where_no_front_sets_it(monkeypatch):
    monkeypatch.delenv("MEGALIS_CERTIFICATS", raising=False)
    assert shown(made()) is None
    with pytest.raises(Refused):
        assurance.check_level(assurance.CERTIFICATE)
    assert [key for key, _words in assurance.known()] == [assurance.SESSION, assurance.PASSWORD]


def test_the_password_given_again_is_believed_once_it_is_right_and_each_wrong_one_counts(served_world):
    door, userid = people.door(), served_world.porteurs
    assert door.confirms(userid, PASSWORD)
    assert not door.confirms(userid, "un autre mot de passe")
    assert not door.confirms("personne", PASSWORD)
    for _turn in range(30):
        door.confirms(userid, "un autre mot de passe")
    transaction.begin()
    assert door.is_locked(userid) and not door.confirms(userid, PASSWORD)


def test_an_agent_registers_his_certificate_with_his_password_and_forgets_it(served_world, browse, asking):
    browser = browse("porteurs@a.exemple.fr")
    browser.addHeader(certificates.HEADER.removeprefix("HTTP_").replace("_", "-"), made())
    browser.open(f"{served_world.site.absolute_url()}/mon-compte")
    assert "Annie Le Goff" in unescape(browser.contents)
    browser.getControl(name="preuve").value = "un autre mot de passe"
    browser.getControl("Enregistrer ce certificat").click()
    assert "pas votre mot de passe" in unescape(browser.contents)
    browser.getControl(name="preuve").value = PASSWORD
    browser.getControl("Enregistrer ce certificat").click()
    transaction.begin()
    assert people.door().accounts[served_world.porteurs].certificate.owner == "Annie Le Goff"
    browser.getControl("Oublier mon certificat").click()
    transaction.begin()
    assert people.door().accounts[served_world.porteurs].certificate is None
