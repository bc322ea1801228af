"""Who may send a flow, and what it takes to believe that it is he: on the pages, by ``@pes``, by the addresses of S²LOW."""

from html import unescape
from megalis.portal.formats.pes import states
from megalis.portal.helios import registre as registres
from megalis.portal.helios import service
from megalis.portal.organisations import assurance
from megalis.portal.organisations import people
from plone.testing.zope import Browser
from tests.helios.conftest import a_flow
from tests.helios.conftest import deposited
from tests.helios.conftest import equip
from tests.helios.conftest import PASSWORD
from tests.helios.conftest import SENDER
from tests.helios.test_programs import Client
from tests.organisations.conftest import sign_in
from tests.organisations.test_assurance import made
from tests.organisations.test_assurance import shown

import pytest
import transaction


SEND = b'{"faire": "transmettre"}'
RESEND = b'{"faire": "renvoyer"}'


@pytest.fixture
def world(functional_portal, monkeypatch):
    monkeypatch.setenv("MEGALIS_CERTIFICATS", "1")
    found = equip(functional_portal)
    found.portal = functional_portal
    found.flux = deposited(found)
    found.own = made()
    people.set_certificate(found.sender, shown(found.own))
    transaction.commit()
    return found


def wanted(world, level):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "assurance": level})
    transaction.commit()


def session(world, certificate=""):
    """The sender, signed in by the page: a session, and the certificate his browser shows."""
    found = Browser(world.portal.aq_parent)
    found.handleErrors, found.raiseHttpErrors = True, False
    sign_in(found, world.portal, SENDER, PASSWORD)
    if certificate:
        found.addHeader("X-Certificat-Agent", certificate)
    return found


def program(world, certificate="", password=PASSWORD):
    found = Client(world, SENDER)
    for name, value in (("Accept", "application/json"), ("X-Requested-With", "logiciel")):
        found.browser.addHeader(name, value)
    if certificate:
        found.browser.addHeader("X-Certificat-Agent", certificate)
    return found


def press(world, browser, page, button, **values):
    browser.open(f"{world.flux.absolute_url()}/@@{page}")
    for name, value in values.items():
        browser.getControl(name=name).value = value
    browser.getControl(button).click()
    transaction.begin()
    return unescape(browser.contents)


def test_the_page_asks_for_the_password_again_where_that_is_wanted_and_only_there(world):
    browser = session(world)
    browser.open(f"{world.flux.absolute_url()}/@@transmettre")
    assert 'name="preuve"' not in browser.contents
    wanted(world, assurance.PASSWORD)
    assert "pas votre mot de passe" in press(world, browser, "transmettre", "Transmettre au Trésor", preuve="faux")
    assert "Redonnez votre mot de passe" in press(world, browser, "transmettre", "Transmettre au Trésor")
    assert world.flux.etat == states.DEPOSE
    press(world, browser, "transmettre", "Transmettre au Trésor", preuve=PASSWORD)
    assert world.flux.etat == states.A_TRANSMETTRE


def test_the_page_sends_with_the_certificate_of_the_agent_and_with_no_other(world):
    wanted(world, assurance.CERTIFICATE)
    for certificate in ("", made("Un autre")):
        assert "exige" in press(world, session(world, certificate), "transmettre", "Transmettre au Trésor")
        assert world.flux.etat == states.DEPOSE
    press(world, session(world, world.own), "transmettre", "Transmettre au Trésor")
    assert world.flux.etat == states.A_TRANSMETTRE


def test_a_flow_is_sent_again_under_the_same_level(world):
    wanted(world, assurance.PASSWORD)
    for name in ("transmission", "envoi", "envoi-refuse"):
        service.move(world.flux, name)
    transaction.commit()
    browser = session(world)
    press(world, browser, "reprendre", "Renvoyer", preuve="faux")
    assert world.flux.etat == states.ENVOI_REFUSE
    press(world, browser, "reprendre", "Renvoyer", preuve=PASSWORD)
    assert world.flux.etat == states.A_TRANSMETTRE


@pytest.mark.parametrize(
    ("level", "shows", "status"),
    [
        (assurance.SESSION, False, 200),
        (assurance.PASSWORD, False, 200),  # it gives its password each time
        (assurance.CERTIFICATE, False, 403),
        (assurance.CERTIFICATE, True, 200),
    ],
)
def test_our_own_addresses_ask_a_program_for_what_the_collectivite_wants(world, level, shows, status):
    wanted(world, level)
    client = program(world, world.own if shows else "")
    here = f"{world.flux.absolute_url()}/@pes"
    said = client.json(here, SEND, "application/json")
    assert client.status == status
    if status == 403:
        assert said["code"] == "assurance.certificat"
        assert client.json(here)["etat"] == "depose"
        place = f"{world.a.absolute_url()}/@pes"
        again = client.json(f"{place}?transmettre=1", a_flow("FLUX2"))
        assert (client.status, again["code"]) == (403, "assurance.certificat")
        assert client.json(place)["total"] == 1, "what is refused leaves nothing"
        assert client.json(here, b'{"faire": "abandonner"}', "application/json")["etat"] == "abandonne"
    else:
        assert said["etat"] == "a-transmettre"


def test_our_own_addresses_send_again_under_the_same_level(world):
    wanted(world, assurance.CERTIFICATE)
    for name in ("transmission", "envoi", "envoi-refuse"):
        service.move(world.flux, name)
    transaction.commit()
    here = f"{world.flux.absolute_url()}/@pes"
    assert program(world).json(here, RESEND, "application/json")["code"] == "assurance.certificat"
    assert program(world, world.own).json(here, RESEND, "application/json")["etat"] == "a-transmettre"


@pytest.mark.parametrize(
    ("level", "shows", "expected"),
    [
        (assurance.PASSWORD, False, states.A_TRANSMETTRE),
        (assurance.CERTIFICATE, False, states.DEPOSE),
        (assurance.CERTIFICATE, True, states.A_TRANSMETTRE),
    ],
)
def test_a_flow_imported_as_s2low_does_waits_for_a_person_when_the_program_is_under_the_level(
    world, level, shows, expected
):
    wanted(world, level)
    said = program(world, world.own if shows else "").give(a_flow("FLUX2"))
    assert said.findtext("resultat") == "OK"
    transaction.begin()
    (flux,) = (item for item in world.registre.objectValues() if item.nomfic == "FLUX2")
    assert flux.etat == expected
    assert (flux.submitted_at is None) == (expected == states.A_TRANSMETTRE)


def test_a_certificate_alone_imports_a_flow_as_its_agent(world):
    client = Client(world, SENDER)
    client.browser = Browser(world.portal.aq_parent)
    client.browser.handleErrors, client.browser.raiseHttpErrors = True, False
    assert client.give(a_flow("FLUX2")).findtext("resultat") == "KO"
    client.browser.addHeader("X-Certificat-Agent", world.own)
    assert client.give(a_flow("FLUX2")).findtext("resultat") == "OK"
