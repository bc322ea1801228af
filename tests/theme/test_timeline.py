"""The calendar drawn as a picture: rules as functions, and markup that says the same to who does not see it."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from lxml import etree
from megalis.portal.theme import timeline
from megalis.portal.theme.timeline import Line
from megalis.portal.theme.timeline import Span

import itertools
import pytest


NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def line(*pairs, label="Voirie"):
    return Line(label, tuple(Span(NOW + a * DAY, NOW + b * DAY, kind, word) for a, b, kind, word in pairs))


def drawn(*lines, sentence="Calendrier"):
    return etree.fromstring(timeline.draw("cal", sentence, lines, NOW))


def test_without_any_line_there_is_no_picture():
    assert timeline.draw("cal", "x", [], NOW) == timeline.figure("cal", "x", [], NOW) == ""


def test_it_shows_what_the_lines_tell_and_no_further_than_three_months_back_and_five_ahead():
    near = timeline.window([line((-3, 5, "ph1", "plis"))], NOW)
    assert near == (NOW - 14 * DAY, NOW + 14 * DAY)
    assert timeline.window([line((-40, 60, "ph1", "plis"))], NOW) == (NOW - 40 * DAY, NOW + 60 * DAY)
    assert timeline.window([line((-900, 900, "ph1", "plis"))], NOW) == (NOW - 90 * DAY, NOW + 150 * DAY)


def test_months_begin_on_the_first_day_in_paris_whatever_the_season():
    found = timeline.months(NOW - 40 * DAY, NOW + 60 * DAY)
    assert [(day.strftime("%d %H:%M %z"), name) for day, name in found] == [
        ("01 00:00 +0100", "févr."),
        ("01 00:00 +0100", "mars"),
        ("01 00:00 +0200", "avril"),
        ("01 00:00 +0200", "mai"),
    ]


def test_a_year_ends_and_another_begins():
    names = [
        name for _day, name in timeline.months(datetime(2026, 11, 15, tzinfo=UTC), datetime(2027, 2, 2, tzinfo=UTC))
    ]
    assert names == ["déc.", "janv.", "févr."]


def test_bars_stand_in_the_picture_in_the_order_of_time():
    svg = drawn(line((-40, -10, "ph3", "plis"), (-10, 0, "ph2", "analyse"), (0, 400, "ph4", "attribution")))
    bars = [rect for rect in svg.iter("rect") if rect.get("class") in ("ph1", "ph2", "ph3", "ph4")]
    edges = [(float(bar.get("x")), float(bar.get("x")) + float(bar.get("width"))) for bar in bars]
    assert [bar.get("class") for bar in bars] == ["ph3", "ph2", "ph4"]
    assert all(right <= left for (_, right), (left, _) in itertools.pairwise(edges))
    assert edges[0][0] >= timeline.LABELS and edges[-1][1] <= timeline.WIDTH
    now = float(next(p for p in svg.iter("path") if p.get("class") == "now").get("d").split("V")[0][1:].split()[0])
    assert edges[1][1] <= now <= edges[2][0] + 1


def test_a_word_is_written_only_where_it_fits():
    svg = drawn(line((-40, 40, "ph1", "plis"), (40, 41, "ph4", "attribution")))
    words = [text.text for text in svg.iter("text") if text.get("class") in ("w", "k")]
    assert words == ["plis"]


def test_what_is_out_of_the_window_is_not_drawn():
    svg = drawn(line((-900, -500, "ph3", "plis"), (-20, 20, "ph1", "plis")))
    assert len([rect for rect in svg.iter("rect") if rect.get("class") in ("ph1", "ph3")]) == 1


def test_it_has_a_name_and_what_people_typed_is_not_markup():
    svg = drawn(line((-3, 5, "ph1", "plis"), label="<b>Toits & murs</b>"), sentence="Calendrier <d’une> consultation")
    assert svg.get("role") == "img"
    assert svg.find("title").text == "Calendrier <d’une> consultation"
    assert svg.find("title").get("id") == svg.get("aria-labelledby")
    assert "<b>Toits & murs</b>" in [text.text for text in svg.iter("text")]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Voirie", "Voirie"),
        ("Renouvellement de canalisations d’eau potable", "Renouvellement de canalisations…"),
        ("x" * 60, "x" * 33 + "…"),
    ],
)
def test_a_long_title_is_cut_at_a_word(text, expected):
    assert timeline.shortened(text) == expected


def test_the_keys_are_those_of_the_kinds_drawn():
    figure = timeline.figure("cal", "x", [line((-3, 5, "ph1", "plis"))], NOW)
    assert "plis attendus" in figure and "en cours" not in figure
    assert 'tabindex="0"' in figure and 'role="region"' in figure
