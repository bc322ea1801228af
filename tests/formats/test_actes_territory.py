"""Codes that go into every envelope."""

from megalis.portal.formats.actes import names
from megalis.portal.formats.actes import territory

import re


def test_the_four_departements_have_their_arrondissements():
    assert territory.arrondissements("035") == {"1": "Fougères", "2": "Redon", "3": "Rennes", "4": "Saint-Malo"}
    assert [len(territory.arrondissements(names.departement(code))) for code in ("22", "29", "56")] == [4, 4, 3]
    assert territory.arrondissements("075") == {}


def test_kinds_have_two_digits_and_a_label():
    assert territory.kinds()["31"] == "Commune"
    assert all(re.fullmatch(r"[1-7][0-9]", code) and label for code, label in territory.kinds().items())
