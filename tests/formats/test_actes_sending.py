"""What is looked at before an act leaves, and the classification it is looked at with."""

from datetime import date
from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.formats.actes import classification
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import sending
from megalis.portal.formats.actes.sending import Piece
from megalis.portal.formats.refusal import Refused

import dataclasses
import pytest


TODAY = date(2026, 3, 17)
IN_FORCE = date(2024, 4, 19)
PDF = Piece("délibération.pdf", "99_DE", 1000, b"%PDF-1.7\n")
PLAN = Piece("plan.PNG", "21_RP", 1000, b"\x89PNG\r\n\x1a\n")
SEALED = b'<?xml version="1.0" encoding="UTF-8"?><DocumentBudgetaire xmlns="urn:x"><Budget/><Scellement md5="0"/></DocumentBudgetaire>'


@pytest.fixture(scope="module")
def inforce():
    """Return the classification of the package as if a préfecture had sent it."""
    own = classification.builtin()
    return classification.Classification(IN_FORCE, own.natures.values(), _matieres(own))


def _matieres(own):
    def grow(code):
        return tuple(
            model.Matiere(int(item.code.split(".")[-1]), item.libelle, grow(item.code)) for item in own.below(code)
        )

    return grow("")


PROJET = sending.Projet("DEL_42", date(2026, 3, 16), 1, "2.1", "Plan local d’urbanisme", IN_FORCE, (PDF, PLAN))


def codes(inforce, **changes):
    projet = dataclasses.replace(PROJET, **changes)
    found = sending.findings(projet, inforce, TODAY)
    assert all(len(item.message) > 20 for item in found)
    return [item.code for item in found]


def test_a_good_act_may_leave(inforce):
    assert codes(inforce) == []
    assert codes(inforce, date=TODAY) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"numero": "del 42"}, "actes.numero"),
        ({"date": date(2026, 3, 18)}, "actes.date-future"),
        ({"objet": ""}, "actes.objet"),
        ({"objet": "œ" * 250}, "actes.objet"),
        ({"objet": "Jumelage 中国"}, "actes.objet-lettres"),
        ({"matiere": "2.9"}, "actes.matiere-inconnue"),
        ({"matiere": "2"}, "actes.matiere-generale"),
        ({"classification": date(2023, 1, 1)}, "actes.classification-perimee"),
        ({"classification": None}, "actes.classification-absente"),
        ({"pieces": ()}, "actes.document"),
        ({"pieces": (PDF,) * 501}, "actes.document"),
        ({"pieces": (dataclasses.replace(PDF, type_pj=""),)}, "actes.type-absent"),
        ({"pieces": (dataclasses.replace(PDF, type_pj="99_BU"),)}, "actes.type-nature"),
        ({"pieces": (dataclasses.replace(PDF, type_pj="99_SE"),)}, "actes.type-nature"),
        ({"pieces": (dataclasses.replace(PDF, taille=0),)}, "actes.fichier-vide"),
        ({"pieces": (dataclasses.replace(PDF, nom="acte.docx"),)}, "actes.format"),
        ({"pieces": (dataclasses.replace(PDF, nom="acte"),)}, "actes.format"),
        ({"pieces": (dataclasses.replace(PDF, debut=b"PK\3\4"),)}, "actes.contenu"),
        ({"pieces": (PDF, dataclasses.replace(PLAN, debut=b"GIF89a"))}, "actes.contenu"),
        ({"pieces": (PDF, dataclasses.replace(PLAN, taille=150 * 1024 * 1024))}, "actes.taille"),
    ],
)
def test_each_rule_refuses_with_its_code(inforce, changes, code):
    assert codes(inforce, **changes) == [code]


def test_every_reason_is_told_at_once(inforce):
    found = codes(inforce, numero="?", date=date(2030, 1, 1), matiere="99.9", nature=9, pieces=())
    assert found == ["actes.numero", "actes.matiere-inconnue", "actes.nature", "actes.date-future", "actes.document"]


def test_a_budget_is_a_sealed_file_of_totem_with_its_deliberation(inforce):
    budget = Piece("budget.xml", "99_BU", 1000, SEALED, sending.sealed(SEALED))
    annexe = dataclasses.replace(PDF, type_pj="70_DE")
    assert codes(inforce, nature=5, pieces=(budget, annexe)) == []
    assert codes(inforce, nature=5, pieces=(budget,)) == ["actes.annexe-budget"]
    unsealed = dataclasses.replace(budget, seal=sending.sealed(SEALED.replace(b"Scellement", b"Autre")))
    assert codes(inforce, nature=5, pieces=(unsealed, annexe)) == ["actes.scellement"]
    assert codes(inforce, nature=5, pieces=(dataclasses.replace(annexe, type_pj="99_BU"), annexe)) == ["actes.budget"]


@given(st.binary(max_size=200))
def test_any_bytes_are_sealed_or_not(data):
    assert sending.sealed(data) is False


def test_a_detached_signature_travels_with_its_act(inforce):
    signature = Piece("acte.p7s", "99_SE", 3000, b"0\x82")
    assert codes(inforce, pieces=(PDF, signature)) == []
    assert codes(inforce, pieces=(PDF, dataclasses.replace(signature, type_pj="21_RP"))) == ["actes.format"]


# --- classification


def test_the_package_knows_two_levels_and_the_six_natures():
    own = classification.builtin()
    assert own.date is None
    assert (len(own.below()), len(own), len(own.natures)) == (9, 66, 6)
    assert [own.nature(code).abrege for code in range(1, 7)] == ["DE", "AR", "AI", "CC", "BF", "AU"]
    assert [own.default_type(code) for code in range(1, 7)] == ["99_DE", "99_AR", "99_AI", "99_DC", "99_BU", "99_AU"]
    assert own.branch("7.10").libelle == "Divers"
    with pytest.raises(Refused):
        classification.sendable_date(own)


def test_types_of_the_matiere_come_first_then_the_general_ones():
    own = classification.builtin()
    found = [item.code for item in own.types("DE", "2.1")]
    assert [code[:3] for code in found[:9]] == ["21_"] * 7 + ["99_"] * 2
    assert "99_BU" not in found
    assert next(item.code for item in own.types(5)) == "99_BU"


def test_a_matiere_is_found_by_its_words_without_accents():
    own = classification.builtin()
    assert [item.code for item in own.search("maitrise oeuvre")] == ["1.6"]
    assert [item.code for item in own.search("URBANISME documents")] == ["2.1"]
    assert own.branch("2.1").titre == "2.1 Urbanisme › Documents d’urbanisme"
    assert own.search("introuvable") == []


def test_a_message_of_the_prefecture_replaces_it(referentiels):
    data = referentiels("actes/samples/999-1234----7-2_1.xml").read_bytes()
    theirs = classification.from_message(codec.parse(data).message)
    assert theirs.date == date(2019, 4, 18)
    assert len(theirs.below()) == 9
    assert len(theirs.types("DE")) == 18
    assert {item.code for item in theirs.types(6)} == {"99_AU", "99_SE"}
    assert set(classification.builtin()._branches) <= set(theirs._branches)
    deep = next(item for item in theirs if item.code.count(".") == 2)
    assert theirs.codes(deep.code) == tuple(map(int, deep.code.split(".")))
    assert classification.sendable_date(theirs) == theirs.date
    ours = {item.code for nature in classification.builtin().natures for item in classification.builtin().types(nature)}
    assert ours <= {item.code for nature in theirs.natures for item in theirs.types(nature)}


def test_what_a_newer_classification_drops_adds_and_renames_is_told():
    tree = (model.Matiere(2, "Urbanisme", (model.Matiere(1, "Documents"), model.Matiere(2, "Sols"))),)
    newer = (
        model.Matiere(2, "Urbanisme", (model.Matiere(1, "Plans"), model.Matiere(10, "Autres"), model.Matiere(9, "Z"))),
    )
    before = classification.Classification(IN_FORCE, (), tree)
    after = classification.Classification(TODAY, (), newer)
    assert before.changes(after) == classification.Changes(("2.9", "2.10"), ("2.2",), ("2.1",))


@pytest.mark.parametrize(
    "message",
    [
        model.RetourClassification(None, (), ()),
        model.RetourClassification(IN_FORCE, (), ()),
        model.RetourClassification(IN_FORCE, (model.NatureActe(None, "", ""),), (model.Matiere(1, "x"),)),
        model.DemandeClassification(IN_FORCE),
    ],
)
def test_an_empty_classification_is_refused_and_the_one_before_stays(message):
    with pytest.raises(Refused) as caught:
        classification.from_message(message)
    assert caught.value.code == "actes.classification"
