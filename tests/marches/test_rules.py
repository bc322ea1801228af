"""The rules of essential data, without a site: entry, check, modifications, calendar, files."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from megalis.portal.formats import decp
from megalis.portal.formats import tables
from megalis.portal.marches.browser.contract import safe_facts
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import changes
from megalis.portal.marches.rules import checking
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import deadlines
from megalis.portal.marches.rules import entry
from megalis.portal.marches.rules import importing
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import prefill
from megalis.portal.marches.rules import sharing
from megalis.portal.marches.rules import tabular
from megalis.portal.marches.rules import TYPES
from tests.marches.scene import BUYER
from tests.marches.scene import FORM
from tests.marches.scene import HOLDER

import json
import pytest


TODAY = date(2026, 5, 4)
AWARD = prefill.Award(
    "2026-PLG-014", "1", "Voirie", "Terrassement", BUYER, "procedure-adaptee", "45233140", ("FRH01",), "29", "12 mois",
    bids=3, holders=(HOLDER,), amount=1000, notified=date(2026, 4, 20),
)  # fmt: skip


def whole(**changed):
    return entry.record(TYPES[MARCHE], {**FORM, **changed})


def codes(raw, kind=MARCHE, **context):
    return [(item.code, item.field) for item in checking.blocking(checking.entry(kind, raw, TODAY, **context))]


def test_a_form_filled_by_a_french_person_is_a_contract_that_may_be_published():
    raw = whole()
    assert raw["montant"] == Decimal("120000.50") and raw["tauxAvance"] == Decimal("0.05")
    assert len(raw["titulaires"]) == 1, "the empty row says nothing"
    assert codes(raw, buyer_siren="213500051") == []


def test_what_is_typed_comes_back_to_the_form_as_it_was():
    items = {item.name: item for item in entry.items(TYPES[MARCHE], whole(montant="abc"))}
    assert items["montant"].rows[0][0].value == "abc"
    assert items["tauxAvance"].rows[0][0].value == "0,05"
    assert items["considerationsSociales"].rows[0][0].value == ("Clause sociale",)
    assert [row[1].value for row in items["titulaires"].rows] == [HOLDER, ""]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("id", "2026-VOIRIE-000017", "decp.longueur"),
        ("montant", "-5", "decp.montant"),
        ("montant", "0", "decp.montant"),
        ("montant", "abc", "decp.nombre"),
        ("dureeMois", "1,5", "decp.nombre"),
        ("dateNotification", "31/02/2026", "decp.date"),
        ("codeCPV", "4523", "decp.forme"),
        ("objet", "x" * 1001, "decp.longueur"),
        ("tauxAvance", "5", "decp.montant"),
        ("nature", "Marche", "decp.code"),
    ],
)
def test_bad_entries_are_refused_beside_their_field_with_a_code(field, value, code):
    found = checking.blocking(checking.entry(MARCHE, whole(**{field: value}), TODAY))
    assert [(item.code, item.field) for item in found] == [(code, field)]
    assert len(found[0].message) > 20


def test_a_siret_with_a_bad_key_is_told_even_while_other_fields_are_missing():
    bad = HOLDER[:-1] + str((int(HOLDER[-1]) + 1) % 10)
    assert codes(whole(**{"titulaires.0.id": bad})) == [("decp.titulaire-siret", "titulaires")]
    assert ("decp.titulaire-siret", "titulaires") in codes(whole(**{"titulaires.0.id": bad, "ccag": ""}))
    assert ("decp.acheteur-siret", "acheteur") in codes(whole(**{"acheteur.id": BUYER[:-1] + "0"}))


def test_each_missing_field_is_named_in_the_words_of_the_form():
    found = {item.field: item.message for item in checking.entry(MARCHE, {}, TODAY)}
    assert found["ccag"].startswith("« CCAG de référence » manque")
    required = {name for _a, name, _k, need in decp.kinds.members(TYPES[MARCHE]) if need} - {"datePublicationDonnees"}
    assert set(found) == required


def test_a_contract_of_another_buyer_or_with_a_taken_identifier_is_refused():
    assert codes(whole(), buyer_siren="213501000") == [("marches.acheteur", "acheteur")]
    assert codes(whole(), taken=("2026-VOI-01-L1",)) == [("marches.identifiant-double", "id")]
    twice = {**FORM, "titulaires.1.id": HOLDER}
    assert codes(entry.record(TYPES[MARCHE], twice)) == [("marches.titulaire-double", "titulaires")]


def test_the_same_reasons_stand_beside_the_fields_of_a_concession():
    raw = {"autoriteConcedante": {"id": BUYER[:-1] + "0"}, "valeurGlobale": -1}
    found = codes(raw, CONCESSION)
    assert ("decp.montant", "valeurGlobale") in found and ("decp.acheteur-siret", "autoriteConcedante") in found


# from the consultation


def test_a_contract_is_filled_in_from_its_consultation_and_award():
    kind, raw = prefill.raw_of(AWARD)
    assert kind == MARCHE
    assert raw["id"] == "2026-PLG-014-L1"
    assert raw["objet"] == "Voirie, lot 1 : Terrassement"
    assert raw["lieuExecution"] == {"code": "22", "typeCode": "Code département"}
    assert raw["titulaires"] == [{"titulaire": {"typeIdentifiant": "SIRET", "id": HOLDER}}]
    assert raw["dateNotification"] == "2026-04-20" and raw["dureeMois"] == 12 and raw["offresRecues"] == 3
    assert "ccag" not in raw and "attributionAvance" not in raw, "what nobody said is not invented"


@pytest.mark.parametrize(
    ("reference", "lot", "rank", "expected"),
    [
        ("2026-1", "", 0, "2026-1"),
        ("2026-PLG-0014", "2A", 0, "2026-PLG-0014L2A"),
        ("2026-VOIRIE-00017", "", 0, "2026VOIRIE00017"),
        ("CONSULTATION-NUMERO-17-DE-2026", "", 0, ""),
        ("2026-1", "3", 1, "2026-1-L3-2"),
    ],
)
def test_an_identifier_fits_in_sixteen_characters_or_is_left_to_the_agent(reference, lot, rank, expected):
    assert prefill.identifier(reference, lot, rank) == expected
    assert len(expected) <= 16


@pytest.mark.parametrize(
    ("words", "months"),
    [("12 mois, reconductible trois fois", 12), ("4 ans", 48), ("de 6 mois à 12 mois", None), ("", None), ("1 an", 12)],
)
def test_a_duration_in_words_is_read_when_it_says_one_thing(words, months):
    assert prefill.months_of(words) == months


def test_a_concession_and_a_framework_are_what_they_are():
    kind, raw = prefill.raw_of(replace(AWARD, procedure="concession", months=120))
    assert kind == CONCESSION and raw["concessionnaires"] and raw["dateSignature"] == "2026-04-20"
    _kind, raw = prefill.raw_of(replace(AWARD, framework="mixte", tranches=True))
    assert raw["techniques"] == {"technique": ["Accord-cadre"]}
    assert raw["modalitesExecution"] == {"modaliteExecution": ["Bons de commande", "Marchés subséquents", "Tranches"]}


# the calendar


def test_data_are_due_two_months_after_the_notification():
    raw = {"dateNotification": "2026-12-31", "montant": 50000}
    assert deadlines.due(MARCHE, raw) == date(2027, 2, 28)
    assert deadlines.is_due(MARCHE, raw)
    assert not deadlines.is_due(MARCHE, {**raw, "montant": 39999})
    assert deadlines.due(MARCHE, {"dateNotification": "31/12/2026"}) is None


def test_the_threshold_is_that_of_the_day():
    assert deadlines.is_due(MARCHE, {"dateNotification": "2023-06-01", "montant": 30000})
    assert not deadlines.is_due(MARCHE, {"dateNotification": "2024-06-01", "montant": 30000})
    assert deadlines.rule_of(MARCHE, date(2010, 1, 1)) is None


def test_a_concession_is_published_before_it_begins():
    raw = {"dateSignature": "2026-03-01", "dateDebutExecution": "2026-03-20"}
    assert deadlines.due(CONCESSION, raw) == date(2026, 3, 20)
    assert deadlines.due(CONCESSION, {**raw, "dateDebutExecution": "2027-01-01"}) == date(2026, 5, 1)


# modifications


def test_modifications_are_numbered_in_order_and_say_what_is_in_force():
    raw = whole()
    first = {"dateNotificationModification": "2026-04-25", "montant": 130000}
    assert amending.findings(MARCHE, raw, amending.MODIFICATION, first, TODAY) == []
    raw = amending.added(MARCHE, raw, amending.MODIFICATION, first, TODAY)
    second = {"dateNotificationModification": "2026-04-30", "dureeMois": 18}
    raw = amending.added(MARCHE, raw, amending.MODIFICATION, second, TODAY)
    assert [item["id"] for item in amending.listed(MARCHE, raw, amending.MODIFICATION)] == [1, 2]
    assert amending.in_force(MARCHE, raw) == (130000, 18, [{"typeIdentifiant": "SIRET", "id": HOLDER}])
    assert codes(raw) == []
    assert amending.raised(MARCHE, raw) == (Decimal(130000) - Decimal("120000.5")) / Decimal("120000.5")


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"dateNotificationModification": "2026-04-25"}, "marches.modification-vide", ""),
        (
            {"dateNotificationModification": "2026-04-01", "montant": 1},
            "marches.modification-date",
            "dateNotificationModification",
        ),
        (
            {"dateNotificationModification": "2026-06-01", "montant": 1},
            "marches.modification-avenir",
            "dateNotificationModification",
        ),
        ({"dateNotificationModification": "2026-04-25", "montant": -1}, "decp.montant", "montant"),
        ({"montant": 10}, "decp.manque", "dateNotificationModification"),
    ],
)
def test_a_bad_modification_is_refused(values, code, field):
    found = amending.findings(MARCHE, whole(), amending.MODIFICATION, values, TODAY)
    assert [(item.code, item.field) for item in found] == [(code, field)]


def test_a_subcontract_is_declared_then_modified_and_only_what_exists_is():
    act = {
        "sousTraitant": {"typeIdentifiant": "SIRET", "id": HOLDER}, "dureeMois": 3, "dateNotification": "2026-04-28",
        "montant": 5000, "variationPrix": "Ferme",
    }  # fmt: skip
    raw = amending.added(MARCHE, whole(sousTraitanceDeclaree="true"), amending.SUBCONTRACT, act, TODAY)
    change = {"id": 1, "dateNotificationModificationSousTraitance": "2026-05-02", "montant": 6000}
    assert amending.findings(MARCHE, raw, amending.SUBCONTRACT_CHANGE, change, TODAY) == []
    raw = amending.added(MARCHE, raw, amending.SUBCONTRACT_CHANGE, change, TODAY)
    assert codes(raw) == []
    wrong = amending.findings(MARCHE, raw, amending.SUBCONTRACT_CHANGE, {**change, "id": 7}, TODAY)
    assert [item.code for item in wrong] == ["marches.sous-traitance"]


def test_a_correction_keeps_number_and_day_of_publication():
    raw = amending.added(
        MARCHE, whole(), amending.MODIFICATION, {"dateNotificationModification": "2026-04-25", "montant": 1}, TODAY
    )
    again = amending.replaced(
        MARCHE, raw, amending.MODIFICATION, 0, {"dateNotificationModification": "2026-04-25", "montant": 2}
    )
    before, after = (amending.listed(MARCHE, item, amending.MODIFICATION)[0] for item in (raw, again))
    assert after == {**before, "montant": 2}


def test_differences_between_versions_are_told_in_words():
    found = changes.changes(whole(), whole(montant="130000", ccag="Pas de CCAG"))
    assert [(item["label"], item["after"]) for item in found] == [
        ("Montant", "130000"),
        ("CCAG de référence", "Pas de CCAG"),
    ]


# tables and files


def test_a_table_that_was_exported_comes_back_the_same():
    raw = {**whole(), "datePublicationDonnees": "2026-05-04"}
    data = b"".join(tables.csv_chunks(tabular.columns(), [tabular.cells(MARCHE, raw)]))
    ((line, kind, again),) = importing.read(data)
    assert (line, kind, again) == (2, MARCHE, raw)


def test_a_table_of_concessions_too():
    raw = {
        "id": "C1", "autoriteConcedante": {"id": BUYER}, "nature": "Concession de travaux", "objet": "=Port", "valeurGlobale": 5,
        "dateSignature": "2026-01-01",
        "concessionnaires": [{"concessionnaire": {"typeIdentifiant": "TVA", "id": "DE123"}}],
    }  # fmt: skip
    data = b"".join(tables.csv_chunks(tabular.columns(), [tabular.cells(CONCESSION, raw)]))
    assert importing.read(data)[0][1:] == (CONCESSION, raw)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "decp.vide"),
        (b"a;b\r\n1;2\r\n", "marches.csv-colonnes"),
        (b"id;objet;id\r\n1;2;3\r\n", "marches.csv-colonnes"),
        (b"id;objet\r\n", "marches.csv-vide"),
        (b'{"marches": {"marche": []}}', "marches.fichier-vide"),
        (b'{"marches": {"marche": [{}]}}', "decp.manque"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><marches/>', "decp.dtd"),
    ],
)
def test_a_bad_file_is_refused_whole_with_reasons(data, code):
    with pytest.raises(importing.FileRefused) as refused:
        importing.read(data)
    assert refused.value.reasons[0].code == code


def test_a_file_of_the_format_is_read_record_by_record():
    data = json.dumps(
        {
            "marches": {
                "marche": [json.loads(json.dumps({**whole(), "datePublicationDonnees": "2026-05-04"}, default=float))]
            }
        }
    )
    ((rank, kind, raw),) = importing.read(data.encode())
    assert (rank, kind) == (1, MARCHE) and codes(raw) == []


class TestWhatContractsShare:
    def test_what_a_contract_says_itself_stays(self):
        model = {"ccag": "Travaux", "formePrix": "Mixte", "montant": 5, "attributionAvance": True, "tauxAvance": 0.05}
        found = sharing.completed({"formePrix": "Unitaire", "montant": 9}, model)
        assert found == {
            "formePrix": "Unitaire", "montant": 9, "ccag": "Travaux", "attributionAvance": True, "tauxAvance": 0.05,
        }  # fmt: skip

    def test_the_rate_of_an_advance_goes_with_its_answer(self):
        found = sharing.completed({"attributionAvance": False}, {"attributionAvance": True, "tauxAvance": 0.05})
        assert found == {"attributionAvance": False}


@pytest.mark.parametrize("typed", ["pas un montant", "x" * 5_000, "\x00", "1 000,5,5", ["a"], None])
def test_a_draft_is_shown_whatever_stands_where_an_amount_should(typed):
    assert safe_facts(MARCHE, {"montant": typed, "dureeMois": typed})
