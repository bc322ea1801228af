"""Alerts by the pages: asked for, confirmed, commanded by the links of the mails, never another's."""

from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts import store
from megalis.portal.kernel import outbox
from tests.consultations.alerts_scene import active
from tests.consultations.alerts_scene import search
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import publish
from tests.layers import *  # noqa: F403
from urllib.parse import parse_qs
from urllib.parse import urlsplit

import pytest
import re


# pages


def link_of(portal, to, view):
    """The address of a view in the last message to somebody."""
    found = [m for m in outbox.messages(portal) if m.payload["to"] == to]
    return re.search(rf"http\S+/@@{view}\?\S+", found[0].payload["text"])[0]


def form_of(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_the_search_page_leads_to_the_alert_of_the_same_search(world, portal, visit):
    publish(world, complete_draft(world.a))
    _status, _headers, body = visit(portal, "consultations", q="voirie", dep="22")
    assert "/@@alerte?q=voirie&amp;dep=22" in body


def test_what_of_a_search_cannot_be_used_is_said_before_the_alert_is_made(world, portal, visit):
    _status, _headers, body = visit(portal, "alerte", q="voirie", dep="999")
    assert "999" in body and "L’alerte n’en tient pas compte" in body
    _status, _headers, body = visit(portal, "alerte", q="voirie", dep="22")
    assert "n’en tient pas compte" not in body


def test_a_visitor_asks_confirms_and_commands_his_alert_by_the_links_of_the_mails(world, portal, visit):
    status, _headers, body = visit(portal, "alerte", q="voirie", etat="ouverte")
    assert status == 200 and "« voirie »" in body and "l’état de la recherche n’y comptent pas" in body
    status, _headers, body = visit(
        portal, "alerte", method="POST", token=True, q="voirie", courriel="a@b.exemple.fr", frequence="quotidienne"
    )
    assert status == 200 and "Il reste à confirmer" in body
    (item,) = store.of_email(portal, "a@b.exemple.fr")
    assert (item.state, item.query) == (rules.WAITING, "?q=voirie")
    link = form_of(link_of(portal, "a@b.exemple.fr", "alerte-confirmer"))
    visit(portal, "alerte-confirmer", **link)
    assert store.get(portal, item.id).state == rules.WAITING  # a program that follows links confirms nothing
    visit(portal, "alerte-confirmer", method="POST", **link)
    assert store.get(portal, item.id).state == rules.ACTIVE
    manage = {"adresse": item.address, "jeton": store.sign(item.address, store.MANAGE)}
    status, _headers, body = visit(portal, "mes-alertes", **manage)
    assert status == 200 and "« voirie »" in body
    status, _headers, _body = visit(portal, "mes-alertes", method="POST", alerte=item.id, action="pause", **manage)
    assert status == 303 and store.get(portal, item.id).state == rules.PAUSED
    visit(portal, "mes-alertes", method="POST", alerte=item.id, action="reprendre", **manage)
    visit(portal, "mes-alertes", method="POST", alerte=item.id, action="frequence", frequence="hebdomadaire", **manage)
    assert (store.get(portal, item.id).state, store.get(portal, item.id).frequency) == (rules.ACTIVE, rules.WEEKLY)
    status, _headers, _body = visit(portal, "alertes-desabonner", method="POST", **manage)
    assert status == 200 and store.get(portal, item.id).state == rules.PAUSED
    visit(portal, "mes-alertes", method="POST", alerte=item.id, action="supprimer", **manage)
    assert store.of_email(portal, "a@b.exemple.fr") == []


@pytest.mark.parametrize("view", ["alerte-confirmer", "mes-alertes", "alertes-desabonner"])
@pytest.mark.parametrize("jeton", ["", "0" * 40, "é", ["a", "b"]])
def test_a_link_that_is_not_ours_opens_nothing(world, portal, visit, view, jeton):
    item = active(portal, "a@b.exemple.fr")
    for method in ("GET", "POST"):
        status, _headers, body = visit(
            portal, view, method=method, alerte=item.id, adresse=item.address, jeton=jeton, action="supprimer"
        )
        assert status == 404
        assert "a@b.exemple.fr" not in body
    assert store.get(portal, item.id).state == rules.ACTIVE


def test_the_link_that_commands_does_not_reach_the_alerts_of_another(world, portal, visit):
    mine, other = active(portal, "a@b.exemple.fr"), active(portal, "c@b.exemple.fr")
    proof = {"adresse": mine.address, "jeton": store.sign(mine.address, store.MANAGE)}
    status, _headers, _body = visit(portal, "mes-alertes", method="POST", alerte=other.id, action="supprimer", **proof)
    assert status == 422
    assert store.get(portal, other.id) is not None


@pytest.mark.parametrize(
    "sent, said",
    [
        ({"courriel": ""}, "adresse électronique manque"),
        ({"courriel": "pas une adresse"}, "n’est pas une adresse"),
        ({"courriel": "a@b.exemple.fr", "frequence": "horaire"}, "n’est pas une fréquence"),
    ],
)
def test_a_form_badly_filled_says_why_and_keeps_nothing(world, portal, visit, sent, said):
    form = {"q": "voirie", "frequence": "quotidienne", **sent}
    status, _headers, body = visit(portal, "alerte", method="POST", token=True, **form)
    assert status == 422 and said in body
    assert list(store.everything(portal)) == []


def test_a_form_that_is_not_ours_is_refused(world, portal, visit):
    status, _headers, _body = visit(portal, "alerte", method="POST", courriel="a@b.exemple.fr", frequence="quotidienne")
    assert status == 403
    assert list(store.everything(portal)) == []


def test_somebody_with_an_account_is_told_at_the_address_of_his_account(world, portal, visit):
    status, _headers, body = visit(
        portal,
        "alerte",
        method="POST",
        user=world.acheteurs,
        token=True,
        q="bois",
        courriel="autre@b.fr",
        frequence="immediate",
    )
    assert status == 200 and "C’est noté" in body
    (item,) = list(store.everything(portal))
    assert item.state == rules.ACTIVE
    assert store.address(portal, item.address).email != "autre@b.fr"
    status, _headers, body = visit(portal, "mes-alertes", user=world.acheteurs)
    assert "« bois »" in body
    status, _headers, _body = visit(
        portal, "mes-alertes", method="POST", user=world.acheteurs, alerte=item.id, action="supprimer"
    )
    assert status == 403  # without the token of our page
    visit(portal, "mes-alertes", method="POST", user=world.acheteurs, token=True, alerte=item.id, action="supprimer")
    assert list(store.everything(portal)) == []


def test_the_key_figures_count_the_addresses_that_are_told(world, portal):
    from megalis.portal.consultations.alerts.figures import counted

    active(portal, "a@b.exemple.fr", "q=un")
    active(portal, "a@b.exemple.fr", "q=deux")
    store.subscribe(portal, "b@b.exemple.fr", search(), rules.DAILY)
    assert counted(portal) == [("alertes", "abonnés aux alertes", 1)]
