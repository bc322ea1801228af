"""Sans publicité ni mise en concurrence: what its ground dispenses from, and the notices it owes when it is large."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations import workflow
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import store
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.consultations.law_scene import refused
from tests.consultations.law_scene import seen
from tests.consultations.notices_scene import *  # noqa: F403
from tests.consultations.notices_scene import code_of
from tests.consultations.notices_scene import record
from tests.consultations.test_level_pages import write_levels

import pytest


DAY = timedelta(days=1)
SOON = {"deadline": NOW + 5 * DAY, "questions_deadline": NOW + 2 * DAY, "planned_opening": None}
STUDY = {"procedure": "sans-publicite", "nature": "services", "cpv": "71240000", "lots": (), "duration": "12 mois"}


def direct(world, ground, amount, **more):
    return complete_draft(
        world.a, f"2026-{ground}-{amount}", ground=ground, estimated_value=amount, **{**STUDY, **SOON, **more}
    )


def words(text):
    return " ".join(unescape(text).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").split())


@pytest.mark.parametrize("ground", ["exclusivite", "urgence", "infructueux", "complementaire", "similaire"])
def test_a_ground_of_exception_owes_no_publicity_nor_time_to_a_level_and_keeps_its_two_persons(world, visit, ground):
    write_levels(world, visit)  # from 25 000 € on: profile and newspaper, fifteen days, two persons
    draft = direct(world, ground, 150_000)
    assert [code for code in seen(draft) if code.startswith(("delai", "publicite"))] == []
    assert legal.supports(draft) == ()
    body = words(visit(draft, "gestion", user=world.acheteurs)[2])
    assert "Aucune avant la décision : ce fondement en dispense" in body and "15 jours au moins" not in body
    assert "« Achat publié », de 25 000 € HT au seuil des procédures formalisées ; deux personnes pour publier" in body
    told = words(visit(draft, "publicite", user=world.acheteurs)[2])
    assert "le fondement de ce marché en dispense" in told and "à ce montant" not in told
    with as_agent(world.valideurs):
        workflow.fire(draft, "soumettre")
        assert refused(workflow.fire, draft, "publier") == "circuit.deux-personnes"
        workflow.fire(draft, "refuser", "Autre personne")
    publish(world, draft)
    assert api.state(draft) == "publiee"


def test_a_small_amount_is_no_way_round_a_level_that_asks_for_publicity(world, visit):
    draft = direct(world, "montant", 30_000)
    assert "publicite.niveau" not in seen(draft), (
        "the law dispenses below sixty thousand, and nothing else was deliberated"
    )
    write_levels(world, visit)
    assert "publicite.niveau" in seen(draft)
    with as_agent(world.acheteurs):
        assert refused(workflow.fire, draft, "soumettre") == "publicite.niveau"
    draft.estimated_value = 20_000
    assert "publicite.niveau" not in seen(draft)


def test_a_large_one_is_published_without_a_call_then_told_before_and_after_by_the_journal(
    linked, visit, partner, referentiels
):
    referentiels("eforms-sdk-1.15.1")
    draft = direct(linked, "exclusivite", 6_000_000)
    assert legal.supports(draft) == ("boamp", "joue")
    body = words(visit(draft, "publicite", user=linked.acheteurs)[2])
    assert "Choisir les supports" not in body and "une fois la validation demandée" not in body, "its form asks none"
    with as_agent(linked.acheteurs):
        workflow.fire(draft, "soumettre")
    assert sending.next_kinds(draft, "joue") == [], "there is no call to wait for"
    body = words(visit(draft, "publicite", user=linked.valideurs, support="joue")[2])
    assert "Pour l’avis d’attribution (R. 2183-1)" in body and "Envoyer l’avis de marché" not in body
    assert "n’a pas d’avis de marché" in body and "embargo" not in body.casefold()
    assert "empêche l’envoi" not in body and "avis.sous-type" not in body, "nothing is wrong"
    assert "Avis d’attribution, JOUE" in body and "Envoyer la préinformation" not in body
    with as_agent(linked.valideurs):
        workflow.fire(draft, "publier")
    at(SOON["deadline"] + DAY)
    with as_agent(linked.porteurs):
        workflow.fire(draft, "ouvrir")
    with as_agent(linked.valideurs):
        workflow.fire(draft, "analyser")
        won = {"decision": "attribue", "reason": "", "winner": "Toitures du Trégor", "amount": 5_900_000}
        workflow.decide(draft, {"": {**won, "winner_siret": linked.place.siret}})
        workflow.fire(draft, "decider")
    page = {"method": "POST", "user": linked.valideurs, "token": True}
    told = {"postcode.0": "22300", "city.0": "Lannion", "support": "joue", "envoyer": "1"}
    assert "Envoyer l’avis d’intention de conclure" in words(visit(draft, "publicite", user=linked.valideurs)[2])
    for kind, subtype in ((lifecycle.INTENTION, "25"), (lifecycle.AWARD, "29")):
        status, _headers, body = visit(draft, "publicite", **page, genre=kind, **told)
        assert status == 303, words(body)
        assert (record(draft).kind, record(draft).subtype) == (kind, subtype)
    assert [item.support for item in store.every(draft)] == ["joue", "joue"]
    assert code_of(sending.check, draft, "profil", lifecycle.AWARD) == "avis.support"
