"""The list of the délibérations of a session is on line within a week, whatever became of each act."""

from datetime import date
from datetime import timedelta
from html import unescape
from megalis.portal.actes import outcome
from megalis.portal.actes import seances
from megalis.portal.actes import service
from megalis.portal.formats.refusal import Refused
from plone.testing.zope import Browser
from tests.actes.conftest import equip
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import values

import pytest
import transaction


ACTS = [("a", "D_1", "Budget"), ("b", "D_2", "Voirie\ncommunale")]


def test_a_list_holds_what_is_ticked_and_what_is_typed_each_on_one_line():
    found = seances.points_of(ACTS, {"b", "inconnu"}, " Vœu sur la gare \r\n\r\nProjet rejeté")
    assert found == (("D_2", "Voirie communale"), ("", "Vœu sur la gare"), ("", "Projet rejeté"))


@pytest.mark.parametrize(
    ("wanted", "others", "code"),
    [
        (set(), " \n", "seance.vide"),
        (set(), "x" * 501, "seance.point"),
        ({"a"}, "point\n" * 500, "seance.points"),
    ],
)
def test_a_list_that_says_nothing_or_too_much_is_refused(wanted, others, code):
    with pytest.raises(Refused) as refusal:
        seances.points_of(ACTS, wanted, others)
    assert refusal.value.code == code


def test_it_is_on_line_within_a_week():
    assert seances.last_day(date(2026, 12, 28)) == date(2027, 1, 4)


@pytest.fixture
def world(functional_portal):
    found = equip(functional_portal)
    found.portal = functional_portal
    found.session = service.today() - timedelta(days=10)
    found.acts = [
        service.draft(found.a, values(number, date_decision=found.session, objet=words), found.redacteurs)
        for number, words in (("D2026_10", "Budget"), ("D2026_9", "Voirie"), ("D2026_11", "Retirée de l’ordre du jour"))
    ]
    service.draft(
        found.a, values("A2026_1", date_decision=found.session, nature=2, objet="Circulation"), found.redacteurs
    )
    service.abandon(service.draft(found.a, values("D2026_12", date_decision=found.session), found.redacteurs), "")
    transaction.commit()
    return found


def browse(world, login=None):
    browser = Browser(world.portal.aq_parent)
    browser.handleErrors, browser.raiseHttpErrors = True, False
    if login:
        browser.addHeader("Authorization", f"Basic {login}@a.exemple.fr:{PASSWORD}")
    return browser


def text(browser):
    return unescape(browser.contents).replace("\xa0", " ")


def test_a_session_is_late_until_its_list_is_on_line_and_only_then_everybody_reads_it(world):
    assert seances.late(world.registre, service.today()) == [world.session]
    visitor, agent = browse(world), browse(world, "transmetteurs-actes")
    address = f"{world.registre.absolute_url()}/@@listes-deliberations?seance={world.session.isoformat()}"
    visitor.open(address)
    assert visitor.headers["status"].startswith("404")
    agent.open(f"{world.a.absolute_url()}/@@actes-suivi")
    agent.getLink("Listes des délibérations").click()
    assert "En retard" in text(agent)
    agent.getLink(f"{world.session:%d/%m/%Y}").click()
    assert text(agent).index("D2026_9, Voirie") < text(agent).index("D2026_10, Budget")
    assert "Circulation" not in text(agent) and "D2026_12" not in text(agent)
    agent.getControl(name="actes").value = [world.acts[0].getId(), world.acts[1].getId()]
    agent.getControl(name="autres").value = "Vœu sur la gare"
    agent.getControl("Mettre la liste en ligne").click()
    assert "En ligne depuis" in text(agent)
    visitor.open(f"{world.registre.absolute_url()}")
    visitor.getLink("Listes des délibérations").click()
    visitor.getLink(f"{world.session:%d/%m/%Y}").click()
    assert visitor.url == address
    assert "Vœu sur la gare" in text(visitor) and "3 points examinés" in text(visitor)
    assert "Retirée de l’ordre du jour" not in text(visitor) and "Budget" in text(visitor)
    transaction.begin()
    assert seances.late(world.registre, service.today()) == []


def test_a_corrected_list_says_so_and_an_act_leads_to_the_register_once_it_is_there(world):
    acts = seances.acts_of(world.registre, world.session)
    seances.publish(world.registre, world.session, seances.points_of(acts, {acts[0][0]}, ""))
    kept = seances.publish(world.registre, world.session, seances.points_of(acts, {acts[0][0]}, "Vœu"))
    assert kept.corrected_at is not None and len(seances.lists(world.registre)) == 1
    assert seances.addresses(world.registre, kept.points) == {}
    acte = world.registre[acts[0][0]]
    acte.published_at = outcome.clock.now()
    assert seances.addresses(world.registre, kept.points) == {acte.numero: acte.absolute_url()}


def test_a_session_to_come_has_no_list(world):
    with pytest.raises(Refused) as refusal:
        seances.publish(world.registre, service.today() + timedelta(days=1), (("", "Vœu"),))
    assert refusal.value.code == "seance.future"


def test_who_only_prepares_puts_nothing_on_line(world):
    reader = browse(world, "redacteurs-actes")
    reader.open(f"{world.a.absolute_url()}/@@actes-suivi")
    assert "@@seances" not in reader.contents
    reader.open(f"{world.a.absolute_url()}/@@seances?seance={world.session.isoformat()}")
    assert not reader.headers["status"].startswith("200") or "Mettre la liste en ligne" not in text(reader)
