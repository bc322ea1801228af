"""What people type, join and date: bad input refused in words, nothing that runs comes out."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from icalendar import Calendar
from io import BytesIO
from megalis.portal.editorial import agenda
from megalis.portal.editorial import files
from megalis.portal.editorial import wording
from megalis.portal.editorial.public import feeds
from megalis.portal.editorial.public import meta
from megalis.portal.editorial.versions import differences
from megalis.portal.editorial.versions import marked
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import ics
from PIL import Image

import json
import pytest


NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)


def png(wide=40, high=20):
    out = BytesIO()
    Image.new("RGB", (wide, high), "navy").save(out, "PNG")
    return out.getvalue()


def refused(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value.code


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<p onclick='alert(1)'>x</p>",
        "[x](javascript:alert(1))",
        "<a href=' JavaScript:alert(1)'>x</a>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<iframe src=//exemple.fr></iframe>",
        "<img src=x onerror=alert(1)>",
        "<style>body{display:none}</style>",
        "text <script>alert(1)</script>",
    ],
)
def test_nothing_that_runs_comes_out_of_a_text(typed):
    found = wording.scrubbed(wording.made(typed)).lower()
    assert "<script" not in found and "javascript:" not in found and "<iframe" not in found
    assert "onclick" not in found and "<svg" not in found and "<img" not in found and "<style" not in found


def test_the_few_marks_make_a_page_under_our_headings():
    found = wording.scrubbed(wording.made("# Un\n\n## Deux\n\n- a\n- b\n\n**gras** [mots](https://exemple.fr/)"))
    assert "<h1" not in found and found.count("<h2>") == 2 and "<li>a</li>" in found
    assert '<a href="https://exemple.fr/">mots</a>' in found and "<strong>gras</strong>" in found
    assert wording.plain("# Titre\n\nDes **mots** simples", 12) == "Titre Des…"


def test_a_picture_is_known_by_its_bytes():
    assert files.picture("port.png", png()) == "image/png"
    assert files.picture("port.jpg", png()) == "image/png"
    assert refused(files.picture, "port.png", b"<svg xmlns='x'><script>alert(1)</script></svg>") == "image.genre"
    assert refused(files.picture, "port.png", b"\xef\xbb\xbf <?xml version='1.0'?><svg/>") == "image.genre"
    assert refused(files.picture, "port.png", b"\x89PNG\r\n\x1a\nrien") == "image.genre"
    assert refused(files.picture, "port.png", b"") == "fichier.vide"
    assert refused(files.picture, "port.png", b"x" * (files.MAX_PICTURE + 1)) == "fichier.lourd"


def test_a_picture_of_too_many_points_is_refused_before_it_is_drawn():
    assert refused(files.picture, "bombe.png", png(8000, 6000)) == "image.grande"


def test_a_document_is_of_a_known_kind():
    assert files.document("Guide.PDF", b"%PDF-1.7 ...") == "application/pdf"
    assert refused(files.document, "guide.pdf", b"<html>") == "fichier.genre"
    assert refused(files.document, "logo.svg", b"<svg/>") == "fichier.genre"
    assert refused(files.document, "page.html", b"<p>") == "fichier.genre"


@pytest.mark.parametrize(
    "begin, length, code",
    [
        (timedelta(days=-3), timedelta(hours=1), "date.passee"),
        (timedelta(days=3), timedelta(hours=-1), "date.ordre"),
        (timedelta(days=3), timedelta(0), "date.ordre"),
        (timedelta(days=3000), timedelta(hours=1), "date.lointaine"),
        (timedelta(days=3), timedelta(days=400), "date.longue"),
    ],
)
def test_dates_no_calendar_should_hold_are_refused(begin, length, code):
    assert refused(agenda.check, NOW + begin, NOW + begin + length, NOW) == code


def test_an_event_that_is_over_may_be_corrected_without_moving_it():
    start = NOW - timedelta(days=3)
    agenda.check(start, start + timedelta(hours=2), NOW, was=start)
    assert refused(agenda.check, start - timedelta(days=1), start, NOW, start) == "date.passee"


def test_an_event_over_the_change_of_hour_keeps_its_instants():
    start, end = datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC)
    assert agenda.said(start, end) == "du samedi 28 mars 2026, 23:00 au dimanche 29 mars 2026, 04:00"
    entry = {
        "uid": "u",
        "title": "Nuit ; « essai », fin",
        "url": "https://exemple.fr/n",
        "start": start,
        "end": end,
        "modified": NOW,
    }
    event = Calendar.from_ical(ics.calendar([entry], NOW)).walk("VEVENT")[0]
    assert event.decoded("dtstart") == start and event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=4)
    assert str(event["summary"]) == entry["title"]
    assert agenda.covers(start, end, date(2026, 3, 28)) and agenda.covers(start, end, date(2026, 3, 29))
    assert not agenda.covers(start, end, date(2026, 3, 30))


def test_a_month_is_whole_weeks_and_its_bounds_are_those_of_paris():
    weeks = agenda.weeks(date(2026, 2, 1))
    assert (
        all(len(week) == 7 for week in weeks) and weeks[0][6] == date(2026, 2, 1) and weeks[-1][5] == date(2026, 2, 28)
    )
    assert agenda.bounds(date(2026, 3, 1)) == (
        datetime(2026, 2, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 31, 22, tzinfo=UTC),
    )
    assert agenda.shifted(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert (
        agenda.month_of("n'importe quoi", date(2026, 5, 7))
        == agenda.month_of("9999-01", date(2026, 5, 7))
        == date(2026, 5, 1)
    )


def test_what_changed_is_struck_out_and_underlined_and_never_runs():
    assert marked("le port de Brest", "le grand port de Brest") == "le<ins> grand</ins> port de Brest"
    assert "<script" not in marked("a", "<script>")
    assert [label for label, _html in differences({"title": "A", "text": "x"}, {"title": "A", "text": "y"})] == [
        "Texte"
    ]


def test_data_for_machines_cannot_close_its_element():
    found = meta.embedded(meta.questions([("</script><script>alert(1)", "r")]))
    assert "<" not in found and json.loads(found)["mainEntity"][0]["name"].startswith("</script>")


def test_feeds_are_read_by_any_parser():
    from xml.etree import ElementTree

    entry = feeds.Entry("u" * 32, "Un & deux\x0b", "https://exemple.fr/?a=1&b=2", "<p>", NOW, NOW)
    for write in (feeds.atom, feeds.rss):
        text = write("e-mégalis", "https://exemple.fr", "https://exemple.fr/f", [entry], NOW)
        assert "Un & deux" in "".join(ElementTree.fromstring(text).itertext())
    assert clock.rfc3339(NOW) in feeds.atom("t", "u", "o", [entry], NOW)


def test_a_picture_of_the_site_that_says_what_it_shows_stands_in_a_text():
    found = wording.scrubbed(wording.made("![La rade](/actualites/port/@@images/image/large)"))
    assert found == '<p><img src="/actualites/port/@@images/image/large" alt="La rade" loading="lazy" /></p>'
    assert wording.scrubbed(wording.made("![La rade](https://ailleurs.exemple.fr/a.png)")) == "<p>La rade</p>"
    assert wording.scrubbed(wording.made("![La rade](//ailleurs.exemple.fr/a.png)")) == "<p>La rade</p>"
    assert wording.scrubbed(wording.made("a ![](/actualites/port/@@images/image) b")) == "<p>a  b</p>"


def test_tables_definitions_and_links_within_the_site_stay():
    found = wording.scrubbed(wording.made("| Seuil | Montant |\n|---|---|\n| MAPA | 40 000 |\n|  | vide |"))
    assert "<table><thead><tr><th>Seuil</th><th>Montant</th></tr></thead>" in found
    assert "<td></td><td>vide</td>" in found
    table = '<table><tr><th scope="row" colspan="2" style="x">a</th></tr></table>'
    assert '<th scope="row" colspan="2">a</th>' in wording.scrubbed(table)
    assert wording.scrubbed("<dl><dt>Pli</dt><dd>Une offre scellée</dd></dl>").startswith("<dl><dt>Pli</dt>")
    assert '<a href="/aide">aide</a>' in wording.scrubbed(wording.made("[aide](/aide)"))
    assert "href" not in wording.scrubbed(wording.made("[aide](//ailleurs.exemple.fr)"))
