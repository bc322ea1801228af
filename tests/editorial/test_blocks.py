"""The home page as blocks: moved, hidden, edited; the two doors always there. Addresses that changed, forms that are spammed."""

from datetime import date
from datetime import datetime
from datetime import UTC
from megalis.portal.editorial import blocks
from megalis.portal.editorial.finding import moved
from megalis.portal.editorial.finding import search
from megalis.portal.editorial.newsletter import issues
from megalis.portal.editorial.surveys import answers
from megalis.portal.formats.refusal import Refused
from types import SimpleNamespace

import pytest


def refused(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value.code


def names(found):
    return [block.id for block in found]


def test_blocks_move_and_stay_in_bounds():
    first = blocks.load(None)
    assert names(blocks.moved(first, "portes", -1)) == names(first)
    found = blocks.moved(first, "agenda", -1)
    assert names(found).index("agenda") == names(first).index("agenda") - 1
    assert blocks.load(blocks.dump(found)) == found


def test_the_two_doors_are_always_there():
    first = blocks.load(None)
    assert refused(blocks.shown, first, "portes", False) == "accueil.portes"
    assert not blocks.load([{"id": "portes", "kind": "portes", "hidden": True}])[0].hidden
    assert "portes" in names(blocks.load([{"id": "agenda", "kind": "agenda"}]))
    assert blocks.shown(first, "agenda", False)[names(first).index("agenda")].hidden


def test_what_is_wrong_with_a_block_is_said():
    first = blocks.load(None)
    assert refused(blocks.edited, first, "agenda", "x" * 81, "3", "") == "accueil.titre"
    assert refused(blocks.edited, first, "agenda", "", "11", "") == "accueil.nombre"
    assert refused(blocks.edited, first, "partenaires", "", "3", "Région | javascript:alert(1)") == "accueil.partenaire"
    assert refused(blocks.moved, first, "rien", 1) == "accueil.bloc"
    assert refused(blocks.removed, first, "agenda") == "accueil.masquer"
    assert refused(blocks.added, first, "x", "Titre", " ") == "accueil.texte"
    full = first
    while len(full) < blocks.MOST:
        full = blocks.added(full, f"t{len(full)}", "Titre", "Texte")
    assert refused(blocks.added, full, "x", "Titre", "Texte") == "accueil.trop"
    assert names(blocks.removed(full, names(full)[-1])) == names(full)[:-1]


def test_partners_are_lines():
    assert blocks.partners("Région | https://exemple.fr\n\nDépartement") == [
        ("Région", "https://exemple.fr"),
        ("Département", ""),
    ]


@pytest.mark.parametrize("old, new, code", [
    ("services", "/a", "renvoi.adresse"), ("//exemple.fr", "/a", "renvoi.adresse"), ("/a/../b", "/c", "renvoi.adresse"),
    ("/a", "/a", "renvoi.boucle"), ("/a", "/a/b", "renvoi.boucle"), ("/a", "https://exemple.fr", "renvoi.adresse"),
])  # fmt: skip
def test_an_address_leads_inside_the_site_and_not_to_itself(old, new, code):
    assert refused(moved.check, old, new) == code
    assert moved.check("/a/", "/b") == ("/a", "/b")


def test_words_of_a_search_are_words_only():
    assert search.terms('voirie AND (ponts OR "x') == ["voirie", "ponts"]
    assert search.terms(None) == [] and len(search.terms("mot " * 50)) == search.WORDS


def test_spam_is_refused_in_words():
    assert refused(answers.check, {"message": "http://a " * 6}, 0) == "formulaire.liens"
    assert refused(answers.check, {"message": "x" * 3001}, 0) == "formulaire.long"
    assert refused(answers.check, {"message": "bonjour"}, answers.PACE) == "formulaire.affluence"
    assert refused(answers.check, {"courriel": "pas une adresse"}, 0)
    assert answers.check({"message": "bonjour", "note": None}, 0) == {"message": "bonjour", "note": None}


def test_answers_of_every_kind_are_words():
    assert answers.shown(None) == ""
    assert answers.shown(False) == "Non"
    assert answers.shown(date(2026, 3, 29)) == "29/03/2026"
    assert answers.shown(datetime(2026, 3, 29, 8, tzinfo=UTC)) == "29/03/2026 10:00"
    assert answers.shown({"b", "a"}) == "a, b"
    assert answers.shown(["b", "a"]) == "b, a"
    assert answers.shown(SimpleNamespace(filename="plan.pdf")) == "plan.pdf"


def test_an_issue_has_a_title_and_some_items_that_exist():
    known = {f"u{n}" for n in range(30)}
    assert refused(issues.check, "", "", ["u1"], known) == "lettre.titre"
    assert refused(issues.check, "x" * 151, "", ["u1"], known) == "lettre.titre"
    assert refused(issues.check, "Titre", "", ["zz"], known) == "lettre.choix"
    assert refused(issues.check, "Titre", "", sorted(known), known) == "lettre.trop"
    assert issues.check(" Titre  long ", "", ["u1", "u2", "u1"], known) == ("Titre long", "", ("u1", "u2"))
