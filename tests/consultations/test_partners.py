"""The exchange of partners: what may be written, who sees whom, messages without address, the switch and the moderation."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations.partners import rules
from megalis.portal.consultations.partners import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.siren import siret_of
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import journal
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api as plone_api
from plone.protect.authenticator import createToken
from plone.uuid.interfaces import IUUID
from tests.consultations.conftest import at
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.organisations.conftest import mails
from zope.interface import alsoProvides

import pytest


@pytest.mark.parametrize(
    "words",
    [
        "écrivez à moi@firme.fr",
        "moi (at) firme.fr",
        "06 12 34 56 78",
        "+33 6 12 34 56 78",
        "voir https://firme.fr",
        "www.firme.fr",
    ],
)
def test_a_text_that_gives_an_address_is_refused(words):
    with pytest.raises(Refused) as refused:
        rules.check_no_address(words, "Ce que vous cherchez")
    assert refused.value.code == "cotraitance.coordonnees"


@pytest.mark.parametrize("words", ["Lot 1, 1200 m2 de couverture", "Depuis 1998, 15 salariés", "NF EN 1090-2, 0,5 mm"])
def test_figures_of_the_trade_are_no_phone_numbers(words):
    rules.check_no_address(words, "Ce que vous apportez")


def test_an_entry_says_something_and_not_too_much():
    assert rules.entry(" Charpente  bois ", "", ["2"], ["1", "2"]) == ("Charpente bois", "", ("2",))
    for offers, seeks, lots, code in (
        ("", " ", [], "cotraitance.vide"),
        ("x" * 601, "", [], "cotraitance.offre"),
        ("x", "", ["9"], "cotraitance.lot"),
    ):
        with pytest.raises(Refused) as refused:
            rules.entry(offers, seeks, lots, ["1", "2"])
        assert refused.value.code == code


def test_ten_messages_a_day_and_no_more():
    rules.check_pace([NOW] * 9, NOW)
    rules.check_pace([NOW - timedelta(days=1)] * 30, NOW)
    with pytest.raises(Refused) as refused:
        rules.check_pace([NOW] * 10, NOW)
    assert refused.value.code == "cotraitance.rythme"


def test_it_is_open_while_bids_are_awaited_where_the_buyer_allows_it():
    assert rules.is_open(True, False, "publiee")
    for values in ((False, False, "publiee"), (True, True, "publiee"), (True, False, "close")):
        assert not rules.is_open(*values)


@pytest.fixture
def market(world, published, http_request):
    alsoProvides(http_request, IMegalisLayer)
    world.here = published
    world.other = create.entreprise("Ardoises du Léon", "443061841")
    create.etablissement(world.other, siret_of("443061841"), head_office=True)
    world.rival = people.create("entreprise", "rival@ardoises.exemple.fr", "Rivale", world.password)
    membership.add(world.other, world.rival, {"e-repondants"})
    return world


def both(market):
    for company, userid, words in (
        (market.company, market.bidder, "Charpente"),
        (market.other, market.rival, "Couverture"),
    ):
        store.enter(market.here, company, people.get(userid), words, "Partenaire", ["1"])


def visit(context, name, userid, method="GET", **form):
    request = context.REQUEST
    request.form.clear()
    request.other.pop("megalis.person", None)
    request.response.setStatus(200)
    with plone_api.env.adopt_user(user=plone_api.user.get(userid=userid)):
        request.method = method
        request.form.update(form | ({"_authenticator": createToken()} if method == "POST" else {}))
        answer = context.restrictedTraverse(f"@@{name}")()
    return " ".join(unescape(answer).replace("\N{NO-BREAK SPACE}", " ").split())


def test_who_is_entered_sees_the_others_and_nobody_else_does(market):
    store.enter(market.here, market.other, people.get(market.rival), "Couverture d’ardoise", "", [])
    page = visit(market.here, "cotraitance", market.bidder)
    assert "1 entreprise inscrite" in page
    assert "Ardoises du Léon" not in page
    visit(market.here, "cotraitance", market.bidder, "POST", faire="inscrire", offre="Charpente", recherche="")
    assert "Couverture d’ardoise" in visit(market.here, "cotraitance", market.bidder)
    for agent in (market.acheteurs, market.valideurs, market.administrateurs):
        assert "Ardoises du Léon" not in visit(market.here, "cotraitance", agent)
    assert journal.events(market.here, "cotraitance") == []


def test_a_message_goes_without_any_address(market):
    both(market)
    values = {"faire": "ecrire", "a": IUUID(market.other), "message": "Répondons ensemble"}
    visit(market.here, "cotraitance", market.bidder, "POST", **values)
    (mail,) = [mail for mail in mails(market.site) if mail["to"] == "rival@ardoises.exemple.fr"]
    assert "Répondons ensemble" in mail["text"]
    assert "Toitures du Trégor" in mail["subject"]
    assert "offres@toitures.exemple.fr" not in str(mail)
    assert not mail["reply_to"]


def test_an_eleventh_message_of_the_day_is_refused(market):
    both(market)
    for _ in range(rules.A_DAY):
        store.write(market.here, market.company, people.get(market.bidder), IUUID(market.other), "Bonjour")
    with pytest.raises(Refused) as refused:
        store.write(market.here, market.company, people.get(market.bidder), IUUID(market.other), "Bonjour")
    assert refused.value.code == "cotraitance.rythme"


def test_who_withdraws_is_seen_and_written_to_no_more(market):
    both(market)
    store.withdraw(market.here, market.other, people.get(market.rival))
    assert "Ardoises du Léon" not in visit(market.here, "cotraitance", market.bidder)
    with pytest.raises(Refused) as refused:
        store.write(market.here, market.company, people.get(market.bidder), IUUID(market.other), "Bonjour")
    assert refused.value.code == "cotraitance.inconnue"


def test_nobody_writes_before_being_seen_himself(market):
    store.enter(market.here, market.other, people.get(market.rival), "Couverture", "", [])
    page = visit(market.here, "cotraitance", market.bidder, "POST", faire="ecrire", a=IUUID(market.other), message="x")
    assert "Inscrivez d’abord votre entreprise" in page


def test_a_collectivite_turns_it_off_for_all_its_consultations(market):
    both(market)
    visit(market.a, "cotraitance", market.administrateurs, "POST", faire="arreter")
    assert "La bourse n’est pas ouverte ici" in visit(market.here, "cotraitance", market.bidder)
    with pytest.raises(Refused) as refused:
        store.enter(market.here, market.company, people.get(market.bidder), "Charpente", "", [])
    assert refused.value.code == "cotraitance.close"
    visit(market.a, "cotraitance", market.administrateurs, "POST", faire="ouvrir")
    assert store.is_open(market.here)


def test_it_ends_with_the_deadline(market):
    both(market)
    at(DEADLINE)
    assert not store.is_open(market.here)
    assert "Ardoises" not in visit(market.here, "cotraitance", market.bidder)


def test_the_operator_takes_away_what_was_reported_with_a_reason(market):
    both(market)
    values = {"faire": "signaler", "a": IUUID(market.other), "motif": "Publicité"}
    visit(market.here, "cotraitance", market.bidder, "POST", **values)
    assert "Publicité" in visit(market.site, "cotraitance-moderation", market.operator)
    ((key, *_rest),) = store.reports(market.site)
    page = visit(market.site, "cotraitance-moderation", market.operator, "POST", faire="retirer", signalement=key)
    assert "Le motif manque" in page
    values = {"faire": "retirer", "signalement": key, "motif": "Annonce sans rapport"}
    visit(market.site, "cotraitance-moderation", market.operator, "POST", **values)
    assert "Annonce sans rapport" in visit(market.here, "cotraitance", market.rival)
    with pytest.raises(Refused) as refused:
        store.enter(market.here, market.other, people.get(market.rival), "Encore", "", [])
    assert refused.value.code == "cotraitance.moderee"
    assert store.reports(market.site) == []


@pytest.mark.parametrize("company", ["", "zz", "0" * 32])
def test_what_is_not_there_is_refused_in_words(market, company):
    both(market)
    page = visit(market.here, "cotraitance", market.bidder, "POST", faire="ecrire", a=company, message="x")
    assert "n’existe plus" in page
