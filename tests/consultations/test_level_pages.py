"""Levels, proposals and the tables of the law by the pages: what an administrator and an operator write, what is refused."""

from datetime import date
from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations import levels
from megalis.portal.consultations import workflow
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.consultations.law_scene import refused
from tests.consultations.law_scene import seen
from zExceptions import Unauthorized

import pytest
import re


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
