"""French territories and their NUTS codes."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.formats import nuts
from megalis.portal.formats.refusal import Refused

import pytest


def test_brittany():
    assert [(item.code, item.nuts3) for item in nuts.breton_departements()] == [
        ("22", "FRH01"),
        ("29", "FRH02"),
        ("35", "FRH03"),
        ("56", "FRH04"),
    ]
    assert nuts.label("FRH") == nuts.label("FRH0") == "Bretagne"
    assert nuts.label("FRH02") == "Finistère"
    assert nuts.label("FR") == "France"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FRH03", "35"),
        ("35000", "35"),
        ("29200", "29"),
        ("2A004", "2A"),
        ("20000", "2A"),
        ("20200", "2B"),
        ("97400", "974"),
        ("56", "56"),
        ("2B", "2B"),
    ],
)
def test_departement_of(text, code):
    assert nuts.departement_of(text).code == code


@pytest.mark.parametrize("text", ["", None, "LU000", "FRZZZ", "99999", "1234", "PL912", "98800"])
def test_no_departement(text):
    assert nuts.departement_of(text) is None


def test_unknown_codes_are_shown_as_they_are():
    assert nuts.label("PL912") == "PL912"
    assert nuts.label("FRZ") == "FRZ"
    assert nuts.label("") == ""


def test_labels_of_regions():
    assert nuts.label("FRI1") == "Nouvelle-Aquitaine"
    assert nuts.label("FRY4") == "La Réunion"
    assert nuts.label("FR10") == "Île-de-France"


@given(st.text(max_size=8))
def test_any_text_is_taken_or_refused(text):
    assert isinstance(nuts.label(text), str)
    nuts.departement_of(text)
    try:
        assert 2 <= len(nuts.normalize(text)) <= 5
    except Refused as refusal:
        assert refusal.code == "nuts.forme"


def test_departements_agree_with_the_sdk(referentiels):
    tree = etree.parse(str(referentiels("eforms-sdk-1.15.1") / "codelists" / "nuts_nuts-fra-lvl3.gc"))
    published = {}
    for row in tree.iter("Row"):
        values = {value.get("ColumnRef"): value.findtext("SimpleValue") for value in row.iter("Value")}
        published[values["code"]] = values["fra_label"].replace("'", "’")
    published.pop("FRZZZ")
    assert {item.nuts3: item.nom for item in nuts.departements()} == published
