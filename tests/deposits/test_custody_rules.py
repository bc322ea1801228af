"""What a key is worth, what margin bids have, when a holder is warned: rules as functions, without a site."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.deposits.custody import picture
from megalis.portal.deposits.custody import rules

import pytest


NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
RECENT, OLD = NOW - timedelta(days=10), NOW - timedelta(days=61)


def key(role="titulaire", created=NOW - timedelta(days=100), drill=RECENT, **more):
    return rules.KeyFacts(role, created, drill, **more)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (key(), rules.PROVED),
        (key(drill=OLD), rules.STALE),
        (key(drill=None), rules.UNPROVED),
        (key(created=NOW - timedelta(days=730)), rules.EXPIRED),
        (key(created=NOW - timedelta(days=729)), rules.PROVED),
        (key(held=False), rules.ABSENT),
        (key("secours", held=False), rules.PROVED),
        (key(lost="perdue"), rules.LOST),
        (key(lost="volee"), rules.LOST),
        (key(lost="exposee"), rules.PROVED),
        (key(revoked=NOW), rules.PROVED),
    ],
)
def test_what_a_key_is_worth(facts, state):
    assert rules.condition(facts, NOW) == state


def test_a_revoked_key_is_shown_as_such_and_a_lost_one_as_lost():
    assert rules.shown(key(revoked=NOW), NOW)[1] == "Révoquée"
    assert rules.shown(key(revoked=NOW, lost="perdue"), NOW)[1] == "Perdue"


def cover(*bids, sealing=None, **states):
    return rules.Coverage(states, tuple(frozenset(bid) for bid in bids), sealing)


class TestMargin:
    def test_is_that_of_the_bid_with_the_fewest_keys(self):
        found = cover("abc", "ab", a=rules.PROVED, b=rules.STALE, c=rules.PROVED)
        assert (found.margin, found.proved_margin, found.dead) == (1, 0, 0)

    def test_counts_no_key_that_opens_nothing(self):
        found = cover("abc", a=rules.PROVED, b=rules.LOST, c=rules.ABSENT)
        assert (found.margin, rules.margin_words(found.margin)[1]) == (0, "Aucune marge : une seule clé")

    def test_is_negative_when_a_bid_is_lost(self):
        found = cover("a", "ab", a=rules.LOST, b=rules.PROVED)
        assert (found.margin, found.dead, found.opened_by("b")) == (-1, 1, 1)

    def test_is_that_of_the_bids_to_come_before_any_came(self):
        found = cover(sealing=frozenset("ab"), a=rules.PROVED, b=rules.PROVED)
        assert (found.margin, found.dead) == (1, 0)

    def test_without_any_key_for_the_bids_to_come(self):
        assert cover(sealing=frozenset()).margin == -1

    def test_is_unknown_when_nothing_came_and_nothing_comes(self):
        assert cover().margin is None
        assert rules.margin_words(None)[1] == "Aucun pli à ouvrir"


@pytest.mark.parametrize(
    ("days", "told", "due"),
    [
        (91, (), None),
        (90, (), 90),
        (60, (90,), None),
        (30, (90,), 30),
        (29, (90, 30), None),
        (7, (90, 30), 7),
        (5, (), 7),
        (5, (7,), None),
        (0, (), None),
    ],
)
def test_warnings_come_at_90_30_and_7_days_each_once(days, told, due):
    assert rules.warning_due(NOW + timedelta(days=days), NOW, told) == due


def test_the_picture_tells_each_key_and_escapes_what_people_typed():
    disc = picture.Disc("T", picture.FULL, "Titulaire, <b>")
    lost = picture.Disc("S", picture.NONE, "Suppléant, B")
    found = picture.figure("marges", "La marge", [picture.Line("2026-1 & co", (disc, lost), "1 clé peut manquer")])
    assert found.count("<circle") == 4  # two discs, and their two keys in the legend
    assert "&lt;b&gt;" in found and "2026-1 &amp; co" in found and "<b>" not in found
    assert picture.figure("marges", "La marge", []) == ""


@pytest.mark.parametrize(
    ("day", "now", "expected"),
    [
        ("2026-11-26", datetime(2026, 11, 26, 10, tzinfo=UTC), datetime(2026, 11, 26, 10, tzinfo=UTC)),
        ("2026-11-26", datetime(2026, 11, 26, 15, tzinfo=UTC), datetime(2026, 11, 26, 11, tzinfo=UTC)),
        ("2026-11-26", datetime(2026, 11, 26, 23, 30, tzinfo=UTC), datetime(2026, 11, 26, 11, tzinfo=UTC)),
        ("2026-07-01", NOW, datetime(2026, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_day_of_notice_is_noon_in_paris_kept_in_utc_whatever_the_hour_it_is_declared_at(day, now, expected):
    kept = rules.noticed(day, now)
    assert kept == expected
    assert kept.tzinfo is UTC


@pytest.mark.parametrize("text", ["", None, "hier", "2026-02-30"])
def test_what_is_no_day_is_no_day_of_notice(text):
    assert rules.noticed(text, NOW) is None
