"""Délibérations as open data: the columns of the schema, and nothing that a reader of the file would stumble on."""

from datetime import date
from hypothesis import given
from hypothesis import strategies as st
from io import StringIO
from megalis.portal.formats import scdl
from megalis.portal.formats.actes.parts import Prefecture
from megalis.portal.formats.refusal import Refused

import csv
import dataclasses
import pytest


ITEM = scdl.Deliberation(
    "Ville de Rennes", "21350238800019", "DEL_42", date(2026, 3, 16), "8.4.1",
    ("Domaines de compétences par thèmes", "Aménagement du territoire", "Bâtiments"), "Rénovation de l’école, lot « toit »",
    "https://actes.megalis.test/rennes/DEL_42", Prefecture("035", "3"), date(2026, 3, 17), "2026/2027", "Budget principal",
    scdl.Vote(61, 58, 50, 5, 3),
)  # fmt: skip


def table(*items):
    out = StringIO()
    assert scdl.write(iter(items), out) == len(items)
    return list(csv.reader(StringIO(out.getvalue())))


def test_a_deliberation_fills_the_seventeen_columns():
    header, values = table(ITEM)
    assert tuple(header) == scdl.COLUMNS and len(header) == 17
    assert dict(zip(header, values, strict=True)) == {
        "COLL_NOM": "Ville de Rennes", "COLL_SIRET": "21350238800019", "DELIB_ID": "DEL_42", "DELIB_DATE": "2026-03-16",
        "DELIB_MATIERE_CODE": "8.4",
        "DELIB_MATIERE_NOM": "domaines de compétences par thèmes/aménagement du territoire",
        "DELIB_OBJET": "Rénovation de l’école, lot « toit »", "BUDGET_ANNEE": "2026/2027", "BUDGET_NOM": "Budget principal",
        "PREF_ID": "SPREF0353", "PREF_DATE": "2026-03-17", "VOTE_EFFECTIF": "61", "VOTE_REEL": "58", "VOTE_POUR": "50",
        "VOTE_CONTRE": "5", "VOTE_ABSTENTION": "3", "DELIB_URL": "https://actes.megalis.test/rennes/DEL_42",
    }  # fmt: skip


def test_what_is_not_known_is_left_empty_and_the_prefecture_is_named_once_it_has_the_act():
    bare = dataclasses.replace(ITEM, reception=None, vote=scdl.Vote(), url="", budget_annee="", budget_nom="")
    assert table(bare)[1][7:] == [""] * 10
    assert [scdl.prefecture_id(item) for item in (Prefecture("022"), Prefecture("053", "", True))] == [
        "PREF022",
        "SGAR053",
    ]


def test_labels_lose_what_separates_values():
    path = ("Politique de la ville, habitat (logement)", "Aides / primes")
    assert table(dataclasses.replace(ITEM, chemin=path))[1][5] == "politique de la ville habitat logement/aides primes"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"matiere": "8"}, "scdl.matiere"),
        ({"chemin": ("Domaines",)}, "scdl.matiere"),
        ({"objet": " \n"}, "scdl.objet"),
        ({"collectivite": ""}, "scdl.collectivite"),
        ({"siret": "21350238800018"}, "siret.cle"),
        ({"budget_annee": "26"}, "scdl.budget"),
        ({"url": "javascript:alert(1)"}, "scdl.url"),
        ({"vote": scdl.Vote(61, 58, 50, 9, 3)}, "scdl.vote"),
        ({"vote": scdl.Vote(pour=-1)}, "scdl.vote"),
    ],
)
def test_what_cannot_be_published_so_is_refused(change, code):
    with pytest.raises(Refused) as caught:
        scdl.row(dataclasses.replace(ITEM, **change))
    assert caught.value.code == code


@given(st.text(max_size=60))
def test_any_object_stays_in_its_column(text):
    try:
        header, values = table(dataclasses.replace(ITEM, objet=text))
    except Refused as refusal:
        assert refusal.code == "scdl.objet"
        return
    assert len(values) == len(header)
    assert values[6] == " ".join(text.split())
