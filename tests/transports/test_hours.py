"""Hours of sending as people write them."""

from datetime import time
from megalis.portal.formats.refusal import Refused
from megalis.portal.transports.hours import windows
from megalis.portal.transports.pacing import EVERY_DAY
from megalis.portal.transports.pacing import Window

import pytest


WEEK = frozenset(range(5))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (" ;\n ", ()),
        ("lun-ven 08:00-19:00", (Window(time(8), time(19), WEEK),)),
        ("Lundi au vendredi 8h-19h30", (Window(time(8), time(19, 30), WEEK),)),
        ("sam 09:00 à 12:00 ; 22:00-24:00", (Window(time(9), time(12), frozenset({5})), Window(time(22), time(0)))),
        ("sam-lun 20:00-06:00", (Window(time(20), time(6), frozenset({5, 6, 0})),)),
        ("00:00-00:00", (Window(time(0), time(0), EVERY_DAY),)),
    ],
)
def test_windows_are_read(text, expected):
    assert windows(text) == expected


@pytest.mark.parametrize("text", ["demain", "lun 25:00-26:00", "lun 08:60-09:00", "8-9", "lun-ven", "fév 08:00-09:00"])
def test_what_is_no_window_is_refused_with_an_example(text):
    with pytest.raises(Refused) as refusal:
        windows(text)
    assert refusal.value.code == "plage"
    assert "lun-ven 08:00-19:00" in refusal.value.message


def test_more_windows_than_a_person_reads_are_refused():
    with pytest.raises(Refused):
        windows("lun 08:00-09:00;" * 21)
