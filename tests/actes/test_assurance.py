"""Who may transmit, and what it takes to believe that it is he: the two are apart, for pages and for programs."""

from base64 import b64encode
from html import unescape
from megalis.portal.actes import registre as registres
from megalis.portal.formats.actes import states
from megalis.portal.organisations import assurance
from megalis.portal.organisations import people
from plone.testing.zope import Browser
from tests.actes.conftest import equip
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.organisations.conftest import sign_in
from tests.organisations.test_assurance import made
from tests.organisations.test_assurance import shown

import json
import pytest
import transaction


SENDER = "transmetteurs-actes@a.exemple.fr"


@pytest.fixture
def world(functional_portal, monkeypatch):
    monkeypatch.setenv("MEGALIS_CERTIFICATS", "1")
    found = equip(functional_portal)
    found.portal = functional_portal
    found.acte = ready(found)
    transaction.commit()
    return found


def wanted(world, level):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "assurance": level})
    transaction.commit()


@pytest.fixture
def browser(world):
    """The sender, signed in by the page: a session, and nothing else."""
    found = Browser(world.portal.aq_parent)
    found.handleErrors, found.raiseHttpErrors = True, False
    sign_in(found, world.portal, SENDER, PASSWORD)
    return found


def transmit(world, browser, **values):
    browser.open(f"{world.acte.absolute_url()}/@@transmettre")
    for name, value in values.items():
        browser.getControl(name=name).value = value
    browser.getControl("Transmettre à la préfecture").click()
    transaction.begin()
    return unescape(browser.contents)


def test_where_the_session_is_enough_nothing_more_is_asked(world, browser):
    browser.open(f"{world.acte.absolute_url()}/@@transmettre")
    assert 'name="preuve"' not in browser.contents
    transmit(world, browser)
    assert world.acte.etat == states.A_TRANSMETTRE


def test_where_the_password_is_asked_again_only_the_right_one_lets_the_act_leave(world, browser):
    wanted(world, assurance.PASSWORD)
    assert "pas votre mot de passe" in transmit(world, browser, preuve="un autre mot de passe")
    assert world.acte.etat == states.BROUILLON
    transmit(world, browser, preuve=PASSWORD)
    assert world.acte.etat == states.A_TRANSMETTRE


def test_where_a_certificate_is_wanted_the_password_is_not_enough_and_neither_is_that_of_another(world, browser):
    wanted(world, assurance.CERTIFICATE)
    assert "exige votre certificat" in transmit(world, browser)
    own, other = made(), made("Un autre")
    people.set_certificate(world.transmetteurs, shown(own))
    transaction.commit()
    browser.addHeader("X-Certificat-Agent", other)
    transmit(world, browser)
    assert world.acte.etat == states.BROUILLON
    browser = Browser(world.portal.aq_parent)
    sign_in(browser, world.portal, SENDER, PASSWORD)
    browser.addHeader("X-Certificat-Agent", own)
    transmit(world, browser)
    assert world.acte.etat == states.A_TRANSMETTRE


def test_a_program_gives_its_password_each_time_and_needs_the_certificate_where_it_is_wanted(world):
    address = f"{world.portal.absolute_url()}/@actes/{world.a.siren}/{world.acte.getId()}/transmettre"
    for level, status, etat in (
        (assurance.CERTIFICATE, 403, states.BROUILLON),
        (assurance.PASSWORD, 200, states.A_TRANSMETTRE),
    ):
        wanted(world, level)
        client = Browser(world.portal.aq_parent)
        client.handleErrors, client.raiseHttpErrors = True, False
        client.addHeader("Authorization", f"Basic {b64encode(f'{SENDER}:{PASSWORD}'.encode()).decode()}")
        client.addHeader("Accept", "application/json")
        client.post(address, "", "application/json")
        assert client.headers["status"].startswith(str(status))
        transaction.begin()
        assert world.acte.etat == etat
        if status == 403:
            assert json.loads(client.contents)["code"] == "assurance.certificat"


def test_an_administrator_chooses_the_level_on_the_page_of_settings(world):
    found = Browser(world.portal.aq_parent)
    found.addHeader("Authorization", f"Basic administrateurs@a.exemple.fr:{PASSWORD}")
    found.open(f"{world.a.absolute_url()}/@@actes-reglages")
    found.getControl(name="assurance").value = [assurance.PASSWORD]
    found.getControl("Enregistrer").click()
    transaction.begin()
    assert registres.reglages(world.registre)["assurance"] == assurance.PASSWORD
