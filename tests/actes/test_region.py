"""The registers of the region in one page, and the acts that a small commune makes public on paper."""

from datetime import timedelta
from megalis.portal.actes import outcome
from megalis.portal.actes import posting
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.upgrades import v20261126081
from plone.testing.zope import Browser
from pypdf import PdfReader
from tests.actes.conftest import equip
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit

import html
import pytest
import re
import transaction


VOTED = {"publication": "affichage", "publication_acte": "D2022_031", "publication_date": "2022-06-20"}


@pytest.fixture
def portal(functional_portal):
    return functional_portal


@pytest.fixture
def world(portal):
    found = equip(portal)
    transaction.commit()
    return found


@pytest.fixture
def received(portal, world, office):
    acte = ready(world, annexes=0)
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    transaction.commit()
    return acte


def visit(portal, login=None):
    browser = Browser(portal.aq_parent)
    browser.handleErrors, browser.raiseHttpErrors = True, False
    if login:
        browser.addHeader("Authorization", f"Basic {login}@a.exemple.fr:{PASSWORD}")
    return browser


def text(browser):
    return html.unescape(browser.contents).replace("\xa0", " ").replace("\u202f", " ")


def settle(world, **changes):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), **changes})


def test_from_the_home_page_one_finds_who_publishes_then_an_act_by_its_words(portal, world, received):
    outcome.publish(received, world.transmetteurs)
    transaction.commit()
    browser = visit(portal)
    browser.open(portal.absolute_url())
    browser.getLink("Registres des actes").click()
    assert "Commune de Saint-Brieuc" in text(browser)
    assert "1 acte" in text(browser)
    assert "Commune de Lannion" not in text(browser)
    browser.getControl("Mots").value = "bourg"
    browser.getForm(index=-1).submit() if "Aménagement" in text(browser) else browser.getControl(
        "Chercher", index=-1
    ).click()
    assert "Aménagement du bourg" in text(browser)
    browser.getLink("Aménagement du bourg").click()
    assert browser.url == received.absolute_url()


def test_a_register_of_more_than_a_page_is_leafed_through_with_what_was_asked(portal, world, office, monkeypatch):
    for module in ("register", "region"):
        monkeypatch.setattr(f"megalis.portal.actes.browser.{module}.PAGE", 1)
    for numero in ("D2026_001", "D2026_002"):
        acte = ready(world, numero, annexes=0)
        transmit(world, acte)
    found = world.registre.objectValues()
    rounds(portal, lambda: all(acte.etat == states.ACQUITTE for acte in found))
    for acte in found:
        outcome.publish(acte, world.transmetteurs)
    transaction.commit()
    browser = visit(portal)
    for url in (world.registre.absolute_url(), f"{portal.absolute_url()}/@@registres-des-actes"):
        seen = set()
        browser.open(f"{url}?nature=1")
        seen |= set(re.findall("D2026_00[12]", text(browser)))
        browser.getLink(url="page=2").click()
        assert "nature=1" in browser.url
        seen |= set(re.findall("D2026_00[12]", text(browser)))
        assert seen == {"D2026_001", "D2026_002"}, url


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=bourg", True),
        ("q=cantine", False),
        ("collectivite=212202782&annee=2026", True),
        ("collectivite=212201131&annee=2026", False),
        ("nature=2", False),
        ("matiere=8", True),
        ("collectivite=%27%22%3E&nature=x&annee=99999&page=-1&q=bourg", True),
    ],
)
def test_the_filters_and_the_feed_find_the_same(portal, world, received, query, found):
    outcome.publish(received, world.transmetteurs)
    transaction.commit()
    browser = visit(portal)
    for page in ("", ".xml"):
        browser.open(f"{portal.absolute_url()}/@@registres-des-actes{page}?{query}")
        assert ("Aménagement du bourg" in text(browser)) is found


def test_an_act_that_is_not_published_or_was_taken_off_counts_nowhere(portal, world, received):
    browser = visit(portal)
    browser.open(f"{portal.absolute_url()}/@@registres-des-actes")
    assert "Aucune collectivité n’a encore publié" in text(browser)
    outcome.publish(received, world.transmetteurs)
    outcome.withdraw(received, "Essai de retrait")
    transaction.commit()
    browser.open(f"{portal.absolute_url()}/@@registres-des-actes?q=bourg")
    assert "Aménagement du bourg" not in text(browser)
    browser.open(f"{portal.absolute_url()}/@@registres-des-actes")
    assert "Aucune collectivité n’a encore publié" in text(browser)


def test_a_former_site_counts_the_acts_it_had_published(portal, world, received):
    outcome.publish(received, world.transmetteurs)
    catalog = portal.portal_catalog
    catalog.delIndex("acte_public")
    v20261126081.count_published_acts(None)
    assert dict(catalog.Indexes["acte_public"].uniqueValues(withLengths=True)) == {"212202782": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({**VOTED, "publication_acte": " "}, "actes.reglage-deliberation"),
        ({**VOTED, "publication_date": ""}, "actes.reglage-deliberation"),
        ({**VOTED, "publication_date": "2126-01-01"}, "actes.reglage-deliberation"),
        ({**VOTED, "nature": "21"}, "actes.reglage-publication"),
        ({**VOTED, "publication": "crieur"}, "actes.reglage-publication"),
    ],
)
def test_paper_is_chosen_by_a_small_commune_with_its_deliberation_only(world, changes, code):
    with pytest.raises(Refused) as refusal:
        settle(world, **changes)
    assert refusal.value.code == code
    assert registres.reglages(world.registre)["publication"] == rules.ON_LINE


def test_an_act_that_was_posted_is_executory_and_its_register_says_the_regime(portal, world, received):
    settle(world, **VOTED)
    transaction.commit()
    browser = visit(portal, "transmetteurs-actes")
    browser.open(f"{received.absolute_url()}/@@publication")
    browser.getControl("Premier jour").value = service.today().isoformat()
    browser.getControl("Noter l’affichage").click()
    assert "Acte exécutoire" in text(browser)
    transaction.begin()
    assert received.posted_from == service.today()
    assert posting.made_public(received) == service.today()
    stamped = PdfReader(received.pieces[0].stamped.open()).pages[0].extract_text()
    assert f"Publié le {service.today():%d/%m/%Y}" in stamped
    outsider = visit(portal)
    outsider.open(world.registre.absolute_url())
    assert "par affichage, selon la délibération D2022_031 du 20/06/2022" in text(outsider)


def test_days_of_posting_that_cannot_be_are_refused(portal, world, received):
    today = service.today()
    day = timedelta(days=1)
    with pytest.raises(Refused) as refusal:
        posting.note(received, today, None, today)
    assert refusal.value.code == "affichage.regime"
    settle(world, **VOTED)
    for start, end in ((None, None), (today + day, None), (received.date_decision - day, None), (today, today - day)):
        with pytest.raises(Refused) as refusal:
            posting.note(received, start, end, today)
        assert refusal.value.code == "affichage.date"
    acte = ready(world, "AUTRE")
    with pytest.raises(Refused) as refusal:
        posting.note(acte, today, None, today)
    assert refusal.value.code == "affichage.acquittement"
    with pytest.raises(Refused):
        posting.day_of("hier")
