"""« Mes réponses »: every deposit of a company, wherever it was made, and nobody else's."""

from html import unescape
from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import service
from megalis.portal.deposits.history import index
from megalis.portal.deposits.history import rules
from megalis.portal.formats.siren import siret_of
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from plone import api
from plone.app.uuid.utils import uuidToObject
from tests.deposits.scene import bid
from zope.interface import alsoProvides

import csv
import io
import pytest


def row(**more):
    return {
        "title": "Préau",
        "reference": "2026-A",
        "buyer": "Lannion",
        "number": "AB",
        "state": "recu",
        "year": 2026,
    } | more


def test_words_are_found_without_accents_and_all_of_them():
    rows = [row(), row(title="Voirie", buyer="Évron")]
    assert rules.kept(rows, "preau lannion") == rows[:1]
    assert rules.kept(rows, "EVRON") == rows[1:]
    assert rules.kept(rows, "preau evron") == []


def test_state_and_year_filter_and_an_unknown_state_filters_nothing():
    rows = [row(), row(state="hors-delai", year=2025)]
    assert rules.kept(rows, wanted="hors-delai") == rows[1:]
    assert rules.kept(rows, year="2026") == rows[:1]
    assert rules.kept(rows, wanted="zz") == rows
    assert rules.years(rows) == ["2026", "2025"]


def test_the_outcome_is_told_once_notified_only():
    found = {
        "1": {"decision": "attribue", "winner_siret": "44306184100013"},
        "2": {"decision": "attribue", "winner_siret": "55208131700018"},
        "3": {"decision": "infructueux"},
    }
    told = rules.outcome(phase.NOTIFIEE, found, ["1", "2", "3"], "44306184100013")
    assert told == "Lot 1 : retenue, Lot 2 : non retenue, Lot 3 : infructueux"
    assert rules.outcome(phase.DECIDEE, found, ["1"], "44306184100013") == ""
    assert rules.outcome(phase.ANNULEE, {}, ["1"], "44306184100013") == "Consultation annulée"


def test_every_holder_of_an_accord_cadre_and_every_member_of_a_group_reads_that_it_was_retained():
    second = {"name": "B", "siret": "55208131700018", "members": (("C", "73282932000074"),)}
    found = {"": {"decision": "attribue", "winner_siret": "44306184100013", "holders": (second,)}}
    told = [
        rules.outcome(phase.NOTIFIEE, found, [""], siret)
        for siret in ("44306184100013", "55208131700018", "73282932000074", "21290019500019")
    ]
    assert told == ["Retenue", "Retenue", "Retenue", "Non retenue"]


@pytest.fixture
def answered(scene, http_request):
    alsoProvides(http_request, IMegalisLayer)
    scene.other = scene.company("55208131700018", "Autre Charpente")
    for depositor, lot in ((scene.bidder, "1"), (scene.other, "2")):
        demand, tails = bid(scene.consultation, depositor, (lot, "offre", {"=prix.pdf": b"%PDF-1.4 prix"}))
        service.finish(scene.consultation, depositor, demand, tails, clock.now())
    return scene


def render(portal, view, userid, **form):
    request = portal.REQUEST
    request.form.clear()
    request.form.update(form)
    request.other.pop("megalis.person", None)
    with api.env.adopt_user(user=api.user.get(userid=userid)):
        answer = portal.restrictedTraverse(f"@@{view}")()
    return answer if "." in view else " ".join(unescape(answer).split())


def test_a_company_reads_its_own_answers_and_no_others(answered):
    (mine,) = index.of(uuidToObject(answered.bidder.company))
    (theirs,) = index.of(uuidToObject(answered.other.company))
    html = render(answered.portal, "mes-reponses", answered.bidder.userid)
    assert mine[2].number in html
    assert f"@@accuse.pdf?depot={mine[2].id}" in html
    assert theirs[2].number not in html


def test_a_filter_that_keeps_nothing_says_so(answered):
    html = render(answered.portal, "mes-reponses", answered.bidder.userid, q="introuvable", page="zz", annee=["x"])
    assert "Aucune réponse ne correspond" in html


def test_the_table_holds_what_the_filters_keep(answered):
    data = render(answered.portal, "mes-reponses.csv", answered.bidder.userid)
    lines = list(csv.reader(io.StringIO(data.lstrip("\ufeff")), delimiter=";"))
    assert len(lines) == 2
    assert lines[1][lines[0].index("Référence")] == answered.consultation.reference
    data = render(answered.portal, "mes-reponses.csv", answered.bidder.userid, etat="retire")
    assert len(data.splitlines()) == 1


def test_a_deposit_is_noted_once_however_often_it_is_noted(answered):
    ((_brain, consultation, deposit),) = index.of(uuidToObject(answered.bidder.company))
    index.remember(consultation, deposit)
    assert len(index.of(uuidToObject(answered.bidder.company))) == 1


def test_a_company_without_answers_is_told_where_to_begin(answered):
    third = answered.company(siret_of("380129866"), "Couvertures du Trégor")
    assert "Aucune réponse" in render(answered.portal, "mes-reponses", third.userid)
