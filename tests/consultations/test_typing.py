"""What agents type, and what we keep of it."""

from datetime import datetime
from datetime import UTC
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused

import pytest


def test_places_are_typed_as_departments_or_codes_and_kept_once():
    assert typing.places(["29", "FRH02", "frh01", " ", "35000"]) == ("FRH02", "FRH01", "FRH03")
    with pytest.raises(Refused) as caught:
        typing.places(["Bretagne"])
    assert caught.value.code == "nuts.forme"


def test_lots_are_pasted_from_a_sheet_or_typed_as_people_do():
    lines = typing.lot_lines(
        "1\tTerrassement\t45112500\t90 000 €\nLot 2 ; Enrobés ; ; 40000\n\nlot 3 - Signalisation\nEspaces verts"
    )
    assert [(line.number, line.title, line.cpv, line.estimated_value) for line in lines] == [
        ("1", "Terrassement", "45112500", 90000),
        ("2", "Enrobés", None, 40000),
        ("3", "Signalisation", None, None),
        ("4", "Espaces verts", None, None),
    ]


@pytest.mark.parametrize("line", ["1 ; ; 45112500", "1 ; Gros œuvre ; 451", "1 ; Gros œuvre ; ; beaucoup", "1;x;;-5"])
def test_a_pasted_line_that_is_wrong_is_named(line):
    with pytest.raises(Refused) as caught:
        typing.lot_lines(f"9 ; Bon\n{line}")
    assert caught.value.code == "lots.ligne"
    assert "Ligne 2" in caught.value.message


def test_moments_are_read_on_the_clocks_of_paris():
    expected = datetime(2026, 3, 16, 11, 0, tzinfo=UTC)
    for text in ("2026-03-16T12:00", "16/03/2026 12:00", " 16/03/2026  12:00:00 "):
        assert typing.moment(text) == expected
    assert typing.moment("") is None
    assert typing.moment_text(expected) == "2026-03-16T12:00"


@pytest.mark.parametrize(
    "text, code",
    [("demain", "moment.forme"), ("2026-13-01T10:00", "moment.forme"), ("2026-03-29T02:30", "moment.inexistant")],
)
def test_a_moment_that_does_not_exist_is_refused(text, code):
    with pytest.raises(Refused) as caught:
        typing.moment(text)
    assert caught.value.code == code


def test_words_typed_for_a_cpv_code_are_answered_by_codes():
    found = typing.cpv_suggestions("travaux construction")
    assert found and all("travaux" in typing.fold(label) for _code, label in found)
    assert typing.cpv_suggestions("") == typing.cpv_suggestions("zzzz") == []
    assert typing.cpv_hint("travaux construction", "cpv.forme").startswith(" Peut-être : ")
    assert typing.cpv_hint("travaux", "cpv.cle") == ""
