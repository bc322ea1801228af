"""The law, its levels and its exceptions on a real site: what agents see, what is refused, who may let it pass."""

from datetime import date
from datetime import timedelta
from html import unescape
from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import derogations
from megalis.portal.consultations import gathering
from megalis.portal.consultations import legal
from megalis.portal.consultations import levels
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.consultations.rules import law as laws
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from zExceptions import Unauthorized

import pytest
import re


def codes(findings):
    return [finding.code for finding in findings]


def seen(consultation):
    return codes(gathering.checklist_findings(consultation, others=False))


def refused(call, *args):
    with pytest.raises((Refused, workflow.Refused)) as caught:
        call(*args)
    return caught.value.code


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


LEVELS = {
    "garder": "1",
    **{
        f"{nature}.{rank}.{name}": value
        for nature in ("travaux", "fournitures", "services")
        for rank, row in enumerate(
            (
                {
                    "low": "0",
                    "high": "25 000",
                    "label": "Petit achat",
                    "min_days": "",
                    "circuit": "une",
                    "form": "court",
                },
                {
                    "low": "25 000",
                    "high": "",
                    "label": "Achat publié",
                    "supports": ["profil", "jal"],
                    "min_days": "15",
                    "circuit": "deux",
                    "form": "guide",
                },
                {"low": "", "high": "", "label": "", "min_days": "", "circuit": "une", "form": "court"},
            )
        )
        for name, value in row.items()
    },
}


def write_levels(world, visit, **changes):
    return visit(world.a, "niveaux", method="POST", user=world.administrateurs, token=True, **{**LEVELS, **changes})


def test_the_administrator_writes_levels_goes_back_and_returns_to_the_law(world, visit):
    _status, _headers, body = visit(world.a, "niveaux", user=world.administrateurs)
    assert "Vous n’avez rien à faire" in body
    status, _headers, body = write_levels(world, visit)
    assert status == 303, body
    assert [band.label for band in own_bands(world)][:2] == ["Petit achat", "Achat publié"]
    status, _headers, _body = write_levels(world, visit, **{"services.1.label": "Autre nom"})
    assert status == 303
    assert own_bands(world)[-1].label == "Autre nom"
    levels.undo(world.a, threshold(world), "Anne")
    assert own_bands(world)[-1].label == "Achat publié"
    levels.follow_the_law(world.a, "Anne")
    assert not levels.are_own(world.a)
    levels.undo(world.a, threshold(world), "Anne")
    assert levels.are_own(world.a)
    levels.undo(world.a, threshold(world), "Anne")
    assert not levels.are_own(world.a)
    assert refused(levels.undo, world.a, threshold(world), "Anne") == "niveaux.annuler"


def threshold(world):
    return legal.current().threshold(levels.buyer_kind(world.a), NOW.date())


def own_bands(world):
    return levels.bands_of(world.a, threshold(world))


def test_levels_with_a_gap_or_looser_than_the_law_are_refused_and_what_was_typed_stays(world, visit):
    status, _headers, body = write_levels(
        world, visit, **{"services.1.low": "30 000", "services.1.supports": ["profil"]}
    )
    assert status == 422
    assert "niveaux.trou" in body
    assert "niveaux.publicite" in body
    assert "30 000" in body
    status, _headers, body = write_levels(world, visit, **{"services.1.low": "20 000"})
    assert status == 422 and "niveaux.recouvrement" in body
    status, _headers, body = write_levels(world, visit, **{"services.1.low": "trente mille"})
    assert status == 422
    assert "montant.forme" in body
    assert not levels.are_own(world.a)


def test_the_level_of_a_consultation_binds_its_time_and_its_supports_and_wants_two_persons(world, visit):
    write_levels(world, visit)
    draft = complete_draft(world.a, deadline=NOW + timedelta(days=14), questions_deadline=None, planned_opening=None)
    assert "delai.niveau" in seen(draft)
    draft.deadline = DEADLINE
    assert legal.supports(draft) == ("profil", "jal")
    draft.supports = ("profil", "boamp")
    assert "publicite.niveau" in seen(draft)
    draft.supports = ("profil", "boamp", "jal")
    assert "publicite.niveau" not in seen(draft)
    with as_agent(world.valideurs):
        workflow.fire(draft, "soumettre")
        assert refused(workflow.fire, draft, "publier") == "circuit.deux-personnes"
        workflow.fire(draft, "refuser", "Autre personne")
    publish(world, draft)
    assert api.state(draft) == "publiee"


def test_a_kind_of_buyer_changes_the_thresholds(world):
    draft = complete_draft(world.a, nature="services", cpv="90910000", estimated_value=150_000)
    assert "montant.formalisee" not in seen(draft)
    levels.choose_buyer(world.a, "etat", "Anne")
    assert "montant.formalisee" in seen(draft)


@pytest.mark.parametrize(
    "amount, nature, expected",
    [
        ("25000", "services", ("Petit achat", "la loi dispense", "@@nouvelle-mapa?montant=25000")),
        ("95 000 €", "services", ("MAPA avec avis publié", "BOAMP", "@@nouvelle-guidee?montant=95000")),
        ("216000", "services", ("Appel d’offres ouvert", "30 jours au moins", "mercredi 4 mars 2026")),
        ("216000", "travaux", ("Procédure adaptée", "R. 2123-4")),
    ],
)
def test_an_amount_and_a_nature_propose_a_procedure_and_a_level(world, visit, amount, nature, expected):
    status, _headers, body = visit(
        world.a, "nouvelle-consultation", user=world.acheteurs, montant=amount, nature=nature
    )
    assert status == 200
    for words in expected:
        assert words in body


def test_an_amount_that_is_none_is_refused_on_the_page_of_choice(world, visit):
    status, _headers, body = visit(
        world.a, "nouvelle-consultation", user=world.acheteurs, montant="x", nature="services"
    )
    assert status == 422
    assert "montant.forme" in body


def test_the_form_begins_with_what_was_proposed(world, visit):
    _status, _headers, body = visit(
        world.a, "nouvelle-guidee", user=world.acheteurs, montant="216000", nature="services", procedure="concours"
    )
    assert 'value="216000"' in body
    assert re.search(r'<option[^>]*selected[^>]*value="concours"|<option[^>]*value="concours"[^>]*selected', body)


def test_an_operator_adds_a_row_by_the_page_and_is_told_what_is_wrong(world, portal, visit):
    operator = world.operator
    _status, _headers, body = visit(
        portal, "regles-des-procedures", user=operator, ajouter="procedures", ligne="appel-offres-ouvert"
    )
    assert 'value="2028-01-01"' in body
    sent = {
        "table": "procedures",
        "ligne": "appel-offres-ouvert",
        "from": "2028-01-01",
        "to": "2029-12-31",
        "phase.offres": "1",
        "offres.days": "42",
        "offres.electronic": "37",
        "standstill": "11",
        "envelopes": "candidature,offre",
        "source": "décret d’essai",
    }
    for name, value, code in (
        ("from", "2028-02-01", "regle.trou"),
        ("offres.electronic", "43", "regle.reduction"),
        ("offres.days", "quarante", "regle.nombre"),
        ("source", " ", "regle.source"),
        ("ligne", "tirage", "regle.nom"),
    ):
        status, _headers, body = visit(
            portal, "regles-des-procedures", method="POST", user=operator, token=True, **{**sent, name: value}
        )
        assert status == 422
        assert code in body
    status, _headers, _body = visit(portal, "regles-des-procedures", method="POST", user=operator, token=True, **sent)
    assert status == 303
    row = legal.current().procedure("appel-offres-ouvert", date(2028, 1, 1))
    assert (row.min_days, row.origin, row.source) == (37, "site", "décret d’essai")
    _status, _headers, body = visit(portal, "regles-des-procedures", user=operator)
    assert "ajoutée ici" in body
    uid = legal.rows("procedures")[0]["uid"]
    visit(portal, "regles-des-procedures", method="POST", user=operator, token=True, table="procedures", retirer=uid)
    assert legal.rows("procedures") == []


def test_an_operator_adds_thresholds_by_the_page(world, portal, visit):
    sent = {
        "table": "seuils",
        "ligne": "collectivite",
        "from": "2028-01-01",
        "to": "2029-12-31",
        "source": "avis d’essai",
    }
    for name, values in {
        "dispense": (70_000, 70_000, 110_000, 0),
        "boamp": (90_000, 90_000, 110_000, 0),
        "joue": (210_000, 210_000, 5_300_000, 5_300_000),
        "formal": (210_000, 210_000, 5_300_000, 5_300_000),
    }.items():
        for nature, value in zip(("fournitures", "services", "travaux", "concession"), values, strict=True):
            sent[f"{name}.{nature}"] = str(value)
    status, _headers, body = visit(
        portal, "regles-des-procedures", method="POST", user=world.operator, token=True, **sent
    )
    assert status == 303, body
    assert legal.current().threshold("collectivite", date(2028, 6, 1)).dispense["travaux"] == 110_000


def test_nobody_but_the_operator_sees_the_page_of_the_rules(world, portal, visit):
    for user in (world.acheteurs, world.administrateurs):
        with pytest.raises(Unauthorized):
            visit(portal, "regles-des-procedures", user=user)


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
