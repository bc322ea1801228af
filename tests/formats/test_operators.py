"""Numbers and countries of companies: what is read of them is what notices and essential data are told with."""

from lxml import etree
from megalis.portal.formats import countries
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused

import pytest


@pytest.mark.parametrize(
    "typed, number, kind, country",
    [
        ("552 100 554 00013", "55210055400013", "SIRET", "FR"),
        ("BE 0403.170.701", "BE0403170701", "TVA", "BE"),
        ("BE-0403170701", "BE0403170701", "TVA", "BE"),
        ("BE-BE0403170701", "BE0403170701", "TVA", "BE"),
        ("GR-123456789", "EL123456789", "TVA", "GR"),
        ("XI123456789", "XI123456789", "TVA", "GB"),
        ("ch-che-123.456.789", "CH-CHE123456789", "HORS-UE", "CH"),
        ("NO-987654321", "NO-987654321", "HORS-UE", "NO"),
    ],
)
def test_a_company_is_numbered_as_its_country_numbers_it(typed, number, kind, country):
    assert operators.number(typed) == operators.known(typed) == number or kind == "SIRET"
    assert (operators.kind_of(typed), operators.country(typed).code) == (kind, country)
    assert operators.company(typed) == operators.company(number)


@pytest.mark.parametrize("typed", ["CHE-123.456.789", "FR12345678901", "ZZ-12345", "BE-12", "Société"])
def test_what_is_no_number_is_refused_with_the_ways_to_write_one(typed):
    with pytest.raises(Refused) as caught:
        operators.number(typed)
    assert caught.value.code == "operateur.numero" and "CH-CHE123456789" in caught.value.message
    assert operators.country(typed) is None


def test_two_companies_of_a_country_are_two_however_alike_their_numbers_begin():
    assert operators.company("BE-0403170701") != operators.company("BE-0403170899")
    assert operators.company("55210055400013") == operators.company("552100554") == "552100554"
    assert operators.company("") == ""


def test_a_number_is_named_in_words():
    found = [operators.worded(item) for item in ("55210055400013", "BE0403170701", "CH-CHE123456789")]
    assert found == ["SIRET 55210055400013", "TVA BE0403170701", "n° CH-CHE123456789"]


def test_countries_are_those_of_the_rules_of_notices(referentiels):
    listed = {
        name: set(_codes(referentiels("eforms-sdk-1.15.1") / "codelists" / f"{name}.gc"))
        for name in ("country", "country_nuts-country", "country_postcode-country", "country_eea-country")
    }
    known = {item.alpha3: item for item in countries.countries().values()}
    assert listed["country"] - set(known) == {"CPT"}, "an island without people"
    assert listed["country_nuts-country"] == {code for code, item in known.items() if item.nuts}
    assert listed["country_postcode-country"] - {"CPT"} == {code for code, item in known.items() if item.postcode}
    assert listed["country_eea-country"] == {code for code, item in known.items() if item.area}


def _codes(path):
    return etree.parse(path).xpath("//Row/Value[@ColumnRef='code']/SimpleValue/text()")


@pytest.mark.parametrize(
    "country, typed, kept",
    [("BE", "be 211", "BE211"), ("GR", "EL303", "EL303"), ("US", "", ""), ("FR", "FRH02", "FRH02")],
)
def test_a_subdivision_is_one_of_the_country(country, typed, kept):
    assert countries.subdivision(countries.find(country), typed) == kept


@pytest.mark.parametrize("country, typed", [("BE", "FRH02"), ("BE", "BE2"), ("US", "US123"), ("GR", "GR303")])
def test_a_subdivision_of_elsewhere_is_refused(country, typed):
    with pytest.raises(Refused) as caught:
        countries.subdivision(countries.find(country), typed)
    assert caught.value.code == "pays.subdivision"


@pytest.mark.parametrize("country, typed", [("FR", "2920"), ("BE", "<b>"), ("GB", "1" * 20)])
def test_a_postcode_that_is_none_is_refused(country, typed):
    with pytest.raises(Refused) as caught:
        countries.postcode(countries.find(country), typed)
    assert caught.value.code == "pays.code-postal"


def test_postcodes_keep_the_form_of_their_country():
    assert countries.postcode(countries.find("FR"), "29 200") == "29200"
    assert countries.postcode(countries.find("GB"), "SW1A 1AA") == "SW1A 1AA"
