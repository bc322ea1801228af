"""SIREN and SIRET: the check digits that keep a bid from going to the wrong company."""

from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.formats import siren
from megalis.portal.formats.refusal import Refused

import pytest
import re


DIGITS9 = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize("number", ["213502388", "243500139", "223500018", "233500016", "356000000", "552100554"])
def test_known_siren(number):
    assert siren.siren(number) == number
    assert siren.siren(siren.format_siren(number)) == number


def test_known_siret():
    assert siren.siret("552 100 554 00013") == "55210055400013"
    assert siren.format_siret("55210055400013") == "552 100 554 00013"


def test_la_poste_establishments_follow_the_sum_of_five():
    assert siren.is_siret("35600000000048")
    assert siren.is_siret("35600000049837")
    assert not siren.luhn("35600000049837")
    assert not siren.is_siret("35600000049838")
    assert not siren.is_siret("21350238800011") or siren.luhn("21350238800011")


@pytest.mark.parametrize(
    ("function", "text", "code"),
    [
        (siren.siren, "", "siren.vide"),
        (siren.siren, None, "siren.vide"),
        (siren.siren, "12345678", "siren.longueur"),
        (siren.siren, "21350238A", "siren.caracteres"),
        (siren.siren, "٢١٣٥٠٢٣٨٨", "siren.caracteres"),
        (siren.siren, "213502389", "siren.cle"),
        (siren.siren, "000000000", "siren.cle"),
        (siren.siret, "213502388", "siret.longueur"),
        (siren.siret, "21350238900011", "siret.siren"),
        (siren.siret, "55210055400014", "siret.cle"),
        (siren.siret, "", "siret.vide"),
    ],
)
def test_refusals_are_coded(function, text, code):
    with pytest.raises(Refused) as caught:
        function(text)
    assert caught.value.code == code
    assert len(caught.value.message) > 20


@given(DIGITS9)
def test_one_key_in_ten_and_any_single_error_is_caught(digits):
    right = [key for key in "0123456789" if siren.luhn(digits[:8] + key)]
    assert len(right) == 1
    good = digits[:8] + right[0]
    for place in range(9):
        wrong = good[:place] + str((int(good[place]) + 1) % 10) + good[place + 1 :]
        assert not siren.luhn(wrong)


@given(DIGITS9, st.integers(1, 9999))
def test_a_built_siret_is_valid_and_leads_back(digits, serial):
    number = next(digits[:8] + key for key in "0123456789" if siren.luhn(digits[:8] + key))
    if number == "000000000":
        return
    built = siren.siret_of(number, serial)
    assert re.fullmatch(r"[0-9]{14}", built)
    assert siren.siret(built) == built
    assert siren.siren_of(built) == number == siren.siren_of(number)
    assert int(built[9:13]) == serial


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_refusal(text):
    for function in (siren.siren, siren.siret, siren.siren_of):
        try:
            assert function(text).isascii()
        except Refused as refusal:
            assert re.fullmatch(r"sire[nt]\.[a-z]+", refusal.code)
