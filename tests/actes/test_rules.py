"""What a form says of an act, and what may be published: pure rules."""

from datetime import date
from megalis.portal.actes import rules
from megalis.portal.actes.browser.base import file_words
from megalis.portal.actes.proposing import free_number
from megalis.portal.actes.proposing import guessed
from megalis.portal.actes.proposing import number_of
from megalis.portal.formats.actes import classification
from megalis.portal.formats.actes import states

import pytest


TODAY = date(2026, 3, 20)
GOOD = {"numero": "d2026_1", "date_decision": "2026-03-16", "nature": "1", "matiere": "8.4 Voirie", "objet": "Voirie"}


def codes(**changes):
    found = rules.entered({**GOOD, **changes}, classification.builtin(), TODAY)
    return [item.code for item in found.findings]


def test_a_sound_form_is_read_and_the_number_is_written_in_capitals():
    found = rules.entered(GOOD, classification.builtin(), TODAY)
    assert not found.findings
    assert found.values["numero"] == "D2026_1"
    assert found.values["matiere"] == "8.4"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"numero": ""}, "actes.numero"),
        ({"numero": "N° 3"}, "actes.numero"),
        ({"date_decision": "16/03/2026"}, "actes.date"),
        ({"date_decision": "2026-03-21"}, "actes.date-future"),
        ({"nature": "9"}, "actes.nature"),
        ({"nature": "un"}, "actes.nature"),
        ({"matiere": "8"}, "actes.matiere-generale"),
        ({"matiere": "voirie"}, "actes.matiere-inconnue"),
        ({"objet": " "}, "actes.objet"),
        ({"objet": "x" * 501}, "actes.objet"),
        ({"pour": "dix"}, "actes.vote"),
        ({"pour": "10", "contre": "3", "votants": "12"}, "actes.vote"),
    ],
)
def test_each_mistake_has_its_code(changes, code):
    assert code in codes(**changes)


def test_an_act_is_published_once_received_unless_it_is_about_one_person():
    pieces = [("99_DE", True, False)]
    assert not rules.publication_findings(1, states.ACQUITTE, None, pieces)
    assert [f.code for f in rules.publication_findings(1, states.TRANSMIS, None, pieces)] == [
        "publication.acquittement"
    ]
    assert [f.code for f in rules.publication_findings(3, states.ACQUITTE, None, pieces)] == ["publication.individuel"]
    hidden = [("99_DE", False, False)]
    assert [f.code for f in rules.publication_findings(1, states.ACQUITTE, None, hidden)] == ["publication.document"]


def test_a_published_act_stays_two_months():
    assert rules.online_until(date(2026, 12, 31)) == date(2027, 2, 28)


def test_a_file_name_tells_the_number_and_the_date():
    found = guessed("2026-03-17_D012 Tarifs.pdf", 1)
    assert found["numero"] == "D012"
    assert found["date_decision"] == date(2026, 3, 17)
    assert found["objet"] == "2026-03-17 D012 Tarifs"
    assert guessed("20269999.pdf", 1)["date_decision"] is None


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Délibération n° 2026-045 du conseil.pdf", "2026_045"),
        ("D 2026 12 - Budget M57.pdf", "2026_12"),
        ("dc2026.07.pdf", "DC2026_07"),
        ("Arrêté_AR-2026-3.pdf", "2026_3"),
    ],
)
def test_the_figures_of_a_file_name_are_its_number_and_its_words_are_not(name, number):
    assert guessed(name, 1)["numero"] == number


@pytest.mark.parametrize("name", ["Délibération.pdf", "2026-03-17 Tarifs de la cantine.pdf", "Tarifs 2026.pdf"])
def test_a_file_name_without_a_number_gets_the_one_after_those_of_the_year(name, monkeypatch):
    monkeypatch.setattr("megalis.portal.actes.service.today", lambda: TODAY)
    assert guessed(name, 1)["numero"] == "2026_001"
    held = ["D2026_008", "D2026_009", "D2025_117", "D2025_118", "D2025_119", "AR2026_1", "CONTRAT"]
    assert guessed(name, 1, held)["numero"] == "D2026_010"
    assert guessed(name, 1, ["D2025_117", "2026_001"])["numero"] == "2026_002"


def test_a_number_made_of_a_text_keeps_its_letters_without_their_accents():
    assert number_of("Cœur de Bréal n° 3") == "COEUR_DE_BREAL"
    assert number_of("- § -") == ""


def test_a_number_that_is_taken_gets_the_next_free_one_within_fifteen_signs():
    assert free_number("D1", ()) == "D1"
    assert free_number("D1", ("D1", "D1_2")) == "D1_3"
    assert len(free_number("A" * 15, ("A" * 15,))) == 15


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TACT--200067981--20261126-4.xml", "Enveloppe (XML)"),
        ("EACT--SPREF0222-200067981-20261126-9.xml", "Enveloppe (XML)"),
        ("022-200067981-20261120-D2026_912-DE-3-1_1.xml", "Message 3-1 (XML)"),
        ("022-200067981-20261120-D2026_912-DE-3-1_1.pdf", "Document (PDF)"),
        ("99_DE-022-200067981-20261120-D2026_912-DE-3-4_2.pdf", "Document 2 (PDF)"),
        ("Plan du bourg.pdf", "Plan du bourg.pdf"),
    ],
)
def test_a_file_of_the_exchange_is_told_in_words_and_one_of_an_agent_by_its_name(name, words):
    assert file_words(name) == words


def test_acts_of_one_session_stand_on_the_register_in_the_order_people_count():
    session, after = date(2026, 3, 16), date(2026, 4, 2)
    acts = [
        (None, "", 1), (session, "2026_9", 4), (session, "2026_10", 2), (session, "2026_10", 3), (after, "2026_2", 9),
    ]  # fmt: skip
    shuffled = acts[::-1]
    assert sorted(shuffled, key=lambda act: rules.order(*act)) == acts
    assert len({rules.order(*act) for act in acts}) == len(acts)
