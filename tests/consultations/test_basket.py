"""The basket of followed consultations: its rules, what it tells and to whom, its page."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations import workflow
from megalis.portal.consultations.basket import letters
from megalis.portal.consultations.basket import rules
from megalis.portal.consultations.basket import store
from megalis.portal.consultations.rules import phase
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import people
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.organisations.conftest import mails
from tests.organisations.conftest import status
from urllib.parse import urlencode

import csv
import io
import pytest
import re
import transaction


def test_a_reminder_is_due_within_two_days_of_the_deadline_once():
    assert not rules.reminder_due(DEADLINE, None, DEADLINE - timedelta(days=2, seconds=1))
    assert rules.reminder_due(DEADLINE, None, DEADLINE - timedelta(days=2))
    assert not rules.reminder_due(DEADLINE, DEADLINE, DEADLINE - timedelta(days=1))
    assert not rules.reminder_due(DEADLINE, None, DEADLINE)
    assert not rules.reminder_due(None, None, DEADLINE)


def test_a_deadline_put_off_is_reminded_of_again():
    later = DEADLINE + timedelta(days=7)
    assert rules.reminder_due(later, DEADLINE, later - timedelta(days=1))


def test_a_draft_and_one_too_many_are_refused():
    with pytest.raises(Refused) as refused:
        rules.check_follow(False, 0)
    assert refused.value.code == "panier.brouillon"
    with pytest.raises(Refused) as refused:
        rules.check_follow(True, rules.MOST)
    assert refused.value.code == "panier.trop"


def test_the_list_has_the_next_deadline_first_and_the_past_last():
    rows = [
        {"name": name, "deadline": deadline}
        for name, deadline in (
            ("vieille", NOW - timedelta(days=9)),
            ("loin", NOW + timedelta(days=9)),
            ("hier", NOW - timedelta(days=1)),
            ("demain", NOW + timedelta(days=1)),
            ("sans", None),
        )
    ]
    assert [row["name"] for row in rules.in_order(rows, NOW)] == ["demain", "loin", "hier", "vieille", "sans"]


def test_a_filter_keeps_its_own():
    rows = [{"phase": phase.PUBLIEE}, {"phase": phase.CLOSE}]
    assert rules.kept(rows, "ouvertes") == rows[:1]
    assert rules.kept(rows, "closes") == rows[1:]
    assert rules.kept(rows, "zz") == rows


def test_who_follows_is_told_of_a_change_and_leaves_in_one_step(world, published):
    person = people.get(world.bidder)
    store.follow(published, person)
    assert store.follow(published, person) == store.find(published, world.bidder)
    with as_agent(world.valideurs):
        workflow.fire(published, "rectifier", "Plan corrigé", version=2)
    told = [mail for mail in mails(world.site) if mail["to"] == person.email]
    assert len(told) == 1
    assert "modifiée" in told[0]["subject"]
    assert "@@mon-panier" in told[0]["text"]
    assert store.leave(published, world.bidder)
    assert not store.leave(published, world.bidder)
    with as_agent(world.valideurs):
        workflow.fire(published, "rectifier", "Encore", version=3)
    assert len([mail for mail in mails(world.site) if mail["to"] == person.email]) == 1


def test_the_reminder_leaves_once_two_days_before(world, published):
    store.follow(published, people.get(world.bidder))
    for hours in (72, 47, 46, 1):
        at(DEADLINE - timedelta(hours=hours))
        letters.tick(WorkerTick(world.site, clock.now()))
    told = [mail for mail in mails(world.site) if "Ferme bientôt" in mail["subject"]]
    assert len(told) == 1
    assert "ferme dans 1 jour" in " ".join(told[0]["text"].split())


def test_somebody_whose_account_is_closed_is_told_nothing(world, published):
    store.follow(published, people.get(world.bidder))
    people.deactivate(world.bidder)
    assert store.followers(published) == []


def test_a_draft_and_an_agent_are_refused(world, draft):
    with pytest.raises(Refused) as refused:
        store.follow(draft, people.get(world.bidder))
    assert refused.value.code == "panier.brouillon"
    with pytest.raises(Refused) as refused:
        store.follow(draft, people.get(world.acheteurs))
    assert refused.value.code == "panier.compte"


@pytest.fixture
def bidder(served, browser):
    return browser("offres@toitures.exemple.fr", served.password)


def read(browser):
    return " ".join(unescape(browser.contents).replace("\N{NO-BREAK SPACE}", " ").split())


def test_a_company_follows_from_the_page_and_takes_back_what_it_removed(served, bidder):
    url = served.published.absolute_url()
    site = served.portal.absolute_url()
    bidder.open(url)
    bidder.getControl("Suivre").click()
    assert "Suivie" in read(bidder)
    bidder.open(f"{site}/@@mon-panier")
    assert served.published.title in read(bidder)
    bidder.getLink(url="mon-panier.csv").click()
    (_head, row) = csv.reader(io.StringIO(bidder.contents.lstrip("\ufeff")), delimiter=";")
    assert row[:2] == [served.published.reference, served.published.title] and row[-1] == url
    bidder.open(f"{site}/@@mon-panier.csv?etat=closes")
    assert served.published.title not in bidder.contents
    bidder.open(f"{site}/@@mon-panier")
    bidder.getControl("Retirer").click()
    assert "Votre panier est vide" in read(bidder)
    bidder.getControl("Annuler le retrait").click()
    assert "1 consultation" in read(bidder)
    bidder.open(f"{site}/@@mon-panier?etat=closes")
    assert "n’est dans cet état" in read(bidder)


def press(bidder, site, back):
    """Post what the button of the first row posts: it stands outside of its form, which the test browser does not know."""
    bidder.open(f"{site}/consultations?q=voirie")
    fields = dict(re.findall(r'<input name="(\w+)" type="hidden" value="([^"]*)"', bidder.contents))
    uid = re.search(r'form="panier" name="consultation" value="(\w+)"', bidder.contents)[1]
    fields |= {"consultation": uid} | ({"retour": back} if back else {})
    token = fields["_authenticator"]
    bidder.open(f"{site}/@@mon-panier", urlencode({**fields, "faire": "suivre", "_authenticator": token}))


def test_a_company_follows_from_the_search_and_comes_back_to_it(served, bidder):
    site = served.portal.absolute_url()
    press(bidder, site, "")
    assert bidder.url.startswith(f"{site}/consultations?q=voirie")
    transaction.begin()
    assert store.find(served.published, served.bidder) is not None
    assert "Suivie" in read(bidder)


@pytest.mark.parametrize("elsewhere", ["https://ailleurs.example/", "//ailleurs.example", "javascript:alert(1)"])
def test_another_site_cannot_be_come_back_to(served, bidder, elsewhere):
    site = served.portal.absolute_url()
    press(bidder, site, elsewhere)
    assert bidder.url == f"{site}/@@mon-panier"


def test_what_is_not_a_consultation_is_refused_in_words(served, bidder):
    site = served.portal.absolute_url()
    bidder.addHeader("X-Requested-With", "test")
    for uid in ("", "zz", "0" * 32, "../x"):
        bidder.open(f"{site}/@@mon-panier", urlencode({"faire": "suivre", "consultation": uid}))
        assert status(bidder) == 404
        assert "n’existe plus" in read(bidder)


def test_a_visitor_is_led_to_the_sign_in_page(served, browser):
    visitor = browser()
    visitor.open(f"{served.published.absolute_url()}/@@suivre")
    assert "Se connecter" in visitor.contents
