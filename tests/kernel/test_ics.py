"""Calendar files: right over changes of clocks, and nothing typed ends a line or begins an entry."""

from datetime import date
from datetime import datetime
from datetime import time
from datetime import UTC
from megalis.portal.kernel import hours
from megalis.portal.kernel import ics


NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def entry(**more):
    start, end = (hours.instant(date(2026, 3, 29), time(hour)) for hour in (9, 10))
    values = {"uid": "a" * 32, "title": "Réunion", "url": "https://x.example/", "start": start, "end": end}
    return {**values, "place": "", "text": "", "modified": NOW, **more}


def test_instants_are_in_utc_and_typed_text_is_escaped_and_folded():
    title = "Réunion, salle ; étage\nBEGIN:VEVENT \x07" + "é" * 80
    data = ics.calendar([entry(title=title)], NOW, "Achat\r\nX-FAUX:1")
    assert b"DTSTART:20260329T070000Z\r\nDTEND:20260329T080000Z" in data
    assert data.count(b"\r\nBEGIN:VEVENT") == 1
    assert b"\r\nX-FAUX" not in data
    assert b"\x07" not in data
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    unfolded = data.replace(b"\r\n ", b"").decode()
    assert "SUMMARY:Réunion\\, salle \\; étage\\nBEGIN:VEVENT " + "é" * 80 in unfolded


def test_what_comes_back_keeps_its_hour_of_paris_and_says_its_zone():
    back = entry(rule="FREQ=WEEKLY;UNTIL=20260412T070000Z", away=(hours.instant(date(2026, 4, 5), time(9)),))
    data = ics.calendar([back], NOW)
    assert data.count(b"BEGIN:VTIMEZONE") == 1
    assert b"DTSTART;TZID=Europe/Paris:20260329T090000" in data
    assert b"EXDATE;TZID=Europe/Paris:20260405T090000" in data
    assert b"RRULE:FREQ=WEEKLY;UNTIL=20260412T070000Z" in data
    assert b"VTIMEZONE" not in ics.calendar([entry()], NOW)
