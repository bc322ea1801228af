"""The law, its levels and its exceptions on a real site: what agents see, what is refused, who may let it pass."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import derogations
from megalis.portal.consultations import gathering
from megalis.portal.consultations import legal
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.consultations.rules import law as laws
from megalis.portal.kernel import journal
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.consultations.law_scene import refused
from tests.consultations.law_scene import seen
from zExceptions import Unauthorized

import pytest


def test_an_amount_beyond_the_threshold_forbids_the_publication_of_a_mapa(world, visit):
    draft = complete_draft(world.a, nature="services", cpv="90910000", estimated_value=216_000)
    assert "montant.formalisee" in seen(draft)
    body = visit(draft, "verification", user=world.acheteurs)[2]
    assert "montant.formalisee" in body and "le seuil de 216\N{NARROW NO-BREAK SPACE}000" in unescape(body), (
        "the page says which threshold"
    )
    with as_agent(world.acheteurs):
        assert refused(workflow.fire, draft, "soumettre") == "montant.formalisee"
    draft.estimated_value = 215_999
    publish(world, draft)
    assert api.state(draft) == "publiee"


def test_without_an_amount_of_the_whole_that_of_the_lots_counts(world):
    lots = [{"number": str(n), "title": "Ménage", "estimated_value": 120_000} for n in (1, 2)]
    draft = complete_draft(world.a, nature="services", cpv="90910000", estimated_value=None, lots=lots)
    assert legal.amount_of(draft) == 240_000
    assert "montant.formalisee" in seen(draft)


def test_supports_that_miss_one_the_law_demands_are_refused(world):
    draft = complete_draft(world.a, supports=("profil",))
    assert "publicite.support" in seen(draft)
    draft.supports = ("profil", "jal")
    assert not [code for code in seen(draft) if code.startswith("publicite.support")]
    draft.supports = ()
    assert legal.supports(draft) == ("profil", "boamp")


def test_the_page_of_a_consultation_shows_the_row_that_applies_and_its_source(world, draft, visit):
    _status, _headers, body = visit(draft, "gestion", user=world.acheteurs)
    assert "texte en vigueur du 01/01/2026 au 31/12/2027" in body
    assert "R. 2123-4" in body
    assert "MAPA avec avis publié" in body
    _status, _headers, body = visit(draft, "verification", user=world.acheteurs)
    assert "avis NOR ECOM2600976V" in body


def test_a_published_consultation_keeps_the_rows_it_was_published_under(world, published):
    row = {**laws.to_json(legal.current().procedure("procedure-adaptee", NOW.date())), "formal": True, "standstill": 30}
    row |= {"from": "2026-01-01", "to": "2027-12-31", "source": "décret d’essai"}
    legal.add_row(laws.PROCEDURES, row, "Exploitant")
    assert gathering.standstill_days(published) is None
    assert legal.applied(published).procedure.source != "décret d’essai"
    draft = complete_draft(world.a, "2026-SUIVANTE")
    assert legal.applied(draft).procedure.source == "décret d’essai"


def test_rows_of_the_site_are_told_to_the_journal_and_may_be_taken_back(world):
    row = {**laws.to_json(legal.current().procedure("concours", NOW.date())), "from": "2028-01-01", "to": "2028-12-31"}
    kept = legal.add_row(laws.PROCEDURES, {**row, "source": "décret d’essai"}, "Exploitant")
    assert refused(legal.add_row, laws.PROCEDURES, {**row, "source": "encore"}, "Exploitant") == "regle.recouvrement"
    legal.remove_row(laws.PROCEDURES, kept["uid"])
    assert refused(legal.remove_row, laws.PROCEDURES, kept["uid"]) == "regle.inconnue"
    site = world.a.aq_parent.aq_parent
    assert [event["fait"] for event in journal.events(site, "regle")] == ["ajout", "retrait"]


@pytest.fixture
def hasty(world):
    """An open tender with twenty days only."""
    return complete_draft(
        world.a,
        procedure="appel-offres-ouvert",
        nature="services",
        cpv="90910000",
        estimated_value=300_000,
        deadline=NOW + timedelta(days=20),
        questions_deadline=NOW + timedelta(days=12),
        planned_opening=None,
    )


REASON = "Le pont est coupé et l’école rouvre le 2 mars."


def test_a_validator_lets_a_short_time_pass_in_writing_and_the_journal_keeps_it(world, hasty):
    with as_agent(world.acheteurs):
        assert refused(workflow.fire, hasty, "soumettre") == "delai.minimum"
    assert refused(derogations.grant, hasty, "Vite", "u", "Anne") == "derogation.motif"
    derogations.grant(hasty, REASON, "u", "Anne")
    event = journal.events(hasty, "consultation")[-1]
    assert (event["fait"], event["motif"], event["jours"]) == ("derogation-delai", REASON, 20)
    assert "delai.deroge" in seen(hasty)
    publish(world, hasty)
    assert api.state(hasty) == "publiee"


def test_a_leave_does_not_cover_a_deadline_that_was_brought_forward(world, hasty):
    derogations.grant(hasty, REASON, "u", "Anne")
    hasty.deadline -= timedelta(days=1)
    assert "delai.minimum" in seen(hasty)


def test_a_leave_is_taken_back(world, hasty):
    derogations.grant(hasty, REASON, "u", "Anne")
    derogations.withdraw(hasty, "Anne")
    assert "delai.minimum" in seen(hasty)


def test_there_is_nothing_to_let_pass_when_the_time_is_enough(world, draft):
    assert refused(derogations.grant, draft, REASON, "u", "Anne") == "derogation.inutile"


def test_only_a_validator_reaches_the_page_of_the_leave(world, hasty, visit):
    with pytest.raises(Unauthorized):
        visit(hasty, "delai", user=world.acheteurs)
    status, _headers, body = visit(hasty, "delai", user=world.valideurs)
    assert status == 200
    assert "lundi 4 mars 2026" not in body
    assert "mercredi 4 mars 2026" in body
    assert "au moins 30. Publiée le" in body and "R. 2161-2 et R. 2161-3" in body, "the rule and its source"
    status, _headers, body = visit(
        hasty, "delai", method="POST", user=world.valideurs, token=True, headers={}, motif="trop court"
    )
    assert status == 422
    assert "derogation.motif" in body
    status, _headers, _body = visit(hasty, "delai", method="POST", user=world.valideurs, token=True, motif=REASON)
    assert status == 303
    given = hasty.derogation
    assert given["by"]
    status, _headers, body = visit(
        hasty, "delai", method="POST", user=world.valideurs, token=True, motif=REASON + " Oui."
    )
    assert status == 422 and "derogation.double" in body
    assert hasty.derogation == given
    _status, _headers, body = visit(hasty, "verification", user=world.valideurs)
    assert "@@delai" in body and "dérogation donnée par" in body
    _status, _headers, body = visit(hasty, "gestion", user=world.acheteurs)
    assert f"Dérogation au délai minimal donnée par {given['by']}" in body


def test_a_rectification_that_advances_the_deadline_keeps_the_minimum_time(world):
    tender = complete_draft(
        world.a, procedure="appel-offres-ouvert", nature="services", cpv="90910000", estimated_value=300_000
    )
    publish(world, tender)
    at(NOW + timedelta(days=1))
    with as_agent(world.valideurs):
        early = NOW + timedelta(days=29)
        values = {"deadline": early, "questions_deadline": early - timedelta(days=8), "planned_opening": None}
        assert refused(rectify, tender, "Plus tôt", values) == "delai.minimum"
        values["deadline"] = NOW + timedelta(days=30)
        assert rectify(tender, "Plus tôt", values) == 2


def test_a_company_is_not_awarded_more_lots_than_the_rules_let_it(world):
    draft = complete_draft(world.a, max_lots_won=1, award_rule="Le lot au plus fort écart de prix.")
    publish(world, draft)
    at(DEADLINE + timedelta(hours=1))
    for step in ("ouvrir", "analyser"):
        with as_agent(world.porteurs if step == "ouvrir" else world.valideurs):
            workflow.fire(draft, step)
    won = {"decision": "attribue", "winner": "Toitures d’Armor", "winner_siret": "", "amount": 10, "reason": ""}
    with as_agent(world.valideurs):
        assert refused(workflow.decide, draft, {"1": won, "2": {**won, "winner": "TOITURES D’ARMOR"}}) == (
            "decision.trop-de-lots"
        )
        workflow.decide(draft, {"1": won})
        assert refused(workflow.decide, draft, {"2": won}) == "decision.trop-de-lots"
        workflow.decide(draft, {"2": {**won, "winner": "Ardoises du Léon"}})


def test_every_procedure_makes_a_draft_with_its_own_envelopes(world):
    for rank, name in enumerate(("concours", "systeme-acquisition-dynamique", "concession", "marche-subsequent")):
        draft = create.draft(world.a, f"2026-P{rank}", "Essai", procedure=name)
        assert tuple(draft.envelopes) == legal.current().procedure(name, NOW.date()).envelopes


def test_the_limits_on_lots_are_written_on_the_page_of_the_lots_and_shown_to_companies(world, draft, visit):
    page = {"method": "POST", "user": world.acheteurs, "token": True, "limites": "1"}
    for values, code in (
        ({"max_lots_bid": "3"}, "lots.limite-offres"),
        ({"max_lots_won": "1"}, "lots.regle"),
        ({"max_lots_bid": "deux"}, "lots.limite"),
    ):
        status, _headers, body = visit(draft, "lots", **page, **values)
        assert status == 422
        assert code in body
    status, _headers, _body = visit(
        draft, "lots", **page, max_lots_bid="2", max_lots_won="1", award_rule="Le lot au prix le plus bas."
    )
    assert status == 303
    lot = api.lots(draft)[0]
    lot.group, lot.variants, lot.tranches, lot.renewals = "Chaussée", "allowed", ("Aile nord",), 2
    publish(world, draft)
    _status, _headers, body = visit(draft, "view")
    wanted = ("1 au plus. Le lot au prix le plus bas.", "Groupe « Chaussée »", "Aile nord", "reconductible 2 fois")
    for words in (*wanted, "variantes autorisées"):
        assert words in body


def test_an_accord_cadre_is_shown_with_its_maximum_and_its_holders(world, visit):
    draft = complete_draft(world.a, framework="bons-de-commande")
    assert {"accord-cadre.maximum", "accord-cadre.duree", "accord-cadre.titulaires"} <= set(seen(draft))
    draft.framework_maximum, draft.framework_holders, draft.months = 800_000, 2, 48
    assert legal.amount_of(draft) == 800_000
    publish(world, draft)
    _status, _headers, body = visit(draft, "view")
    assert "Accord-cadre à bons de commande" in body
    assert "800\u00a0000\u00a0€ HT" in body


@pytest.mark.parametrize(
    "procedure, shown, hidden",
    [
        ("procedure-adaptee", ("Fondement", "Accord-cadre"), ("Catégories du système",)),
        ("systeme-acquisition-dynamique", ("Catégories du système", "Durée en mois"), ("Fondement", "Montant maximum")),
        ("concession", ("Durée en mois", "Justification de la durée"), ("Catégories du système", "Montant maximum")),
        ("concours", ("Supports de publicité",), ("Montant maximum", "Durée en mois")),
    ],
)
def test_the_form_asks_only_what_the_procedure_wants(world, visit, procedure, shown, hidden):
    draft = complete_draft(world.a, procedure=procedure, lots=())
    status, _headers, body = visit(draft, "modifier", user=world.acheteurs, etape="procedure")
    assert status == 200
    for words in shown:
        assert words in body
    for words in hidden:
        assert words not in body
