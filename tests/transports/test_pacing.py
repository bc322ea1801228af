"""How fast and when sendings leave, how long failures wait, and when people are told that an answer is late."""

from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.transports import pacing
from megalis.portal.transports import waiting
from megalis.portal.transports.pacing import BackOff
from megalis.portal.transports.pacing import Pace
from megalis.portal.transports.pacing import Sent
from megalis.portal.transports.pacing import Window

import pytest


NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Paris
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
OFFICE = Window(time(8), time(18), frozenset(range(5)))
NIGHT = Window(time(22), time(2))


def paris(day, hour, minute=0, month=3):
    return datetime(2026, month, day, hour, minute, tzinfo=pacing.PARIS)


def test_without_windows_every_moment_will_do():
    assert pacing.next_start((), NOW) == NOW


@pytest.mark.parametrize(
    ("windows", "now", "expected"),
    [
        ((OFFICE,), paris(16, 10), paris(16, 10)),
        ((OFFICE,), paris(16, 18), paris(17, 8)),
        ((OFFICE,), paris(20, 19), paris(23, 8)),
        ((OFFICE,), paris(16, 7, 59), paris(16, 8)),
        ((NIGHT,), paris(17, 1, 59), paris(17, 1, 59)),
        ((NIGHT,), paris(17, 2), paris(17, 22)),
        ((OFFICE, NIGHT), paris(16, 19), paris(16, 22)),
        ((Window(days=frozenset({6})),), paris(16, 10), paris(22, 0)),
        ((Window(days=frozenset({6})),), paris(22, 23, 59), paris(22, 23, 59)),
        ((Window(time(9), time(9), frozenset({0})),), paris(17, 8, 59), paris(17, 8, 59)),
        ((Window(time(9), time(9), frozenset({0})),), paris(17, 9), paris(23, 9)),
    ],
)
def test_a_window_opens_and_closes_at_its_hours(windows, now, expected):
    assert pacing.next_start(windows, now) == expected


def test_no_day_at_all_never_opens():
    assert pacing.next_start((Window(days=frozenset()),), NOW) is None
    assert pacing.next_sending(Pace(), (Window(days=frozenset()),), (), 1, NOW) is None


def test_hours_are_those_of_paris_on_both_sides_of_a_change():
    window = Window(time(6), time(7))
    assert pacing.next_start((window,), datetime(2026, 3, 28, 12, tzinfo=UTC)) == datetime(2026, 3, 29, 4, tzinfo=UTC)
    assert pacing.next_start((window,), datetime(2026, 10, 24, 12, tzinfo=UTC)) == datetime(2026, 10, 25, 5, tzinfo=UTC)


def test_the_hour_that_comes_twice_is_inside_twice():
    window = Window(time(1), time(4))
    for hour in (0, 1):
        moment = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        assert pacing.next_start((window,), moment) == moment


def test_sendings_follow_one_another_at_their_distance():
    assert pacing.ready(Pace(), [Sent(NOW - 4 * SECOND, 1)], 1, NOW) == NOW + 6 * SECOND
    assert pacing.ready(Pace(), [Sent(NOW - 10 * SECOND, 1)], 1, NOW) == NOW
    assert pacing.ready(Pace(), [], 1, NOW) == NOW


def test_the_volume_of_an_hour_is_waited_for():
    pace = Pace(every=timedelta(0), volume=100)
    sent = [Sent(NOW - 50 * MINUTE, 60), Sent(NOW - 20 * MINUTE, 40)]
    assert pacing.ready(pace, sent, 1, NOW) == NOW + 10 * MINUTE
    assert pacing.ready(pace, sent, 61, NOW) == NOW + 40 * MINUTE


def test_what_is_larger_than_the_volume_leaves_alone():
    pace = Pace(every=timedelta(0), volume=100)
    assert pacing.ready(pace, [], 500, NOW) == NOW
    assert pacing.ready(pace, [Sent(NOW - 30 * MINUTE, 1)], 500, NOW) == NOW + 30 * MINUTE


def test_the_count_of_an_hour_is_waited_for():
    pace = Pace(every=timedelta(0), count=2)
    sent = [Sent(NOW - 40 * MINUTE, 1), Sent(NOW - 10 * MINUTE, 1)]
    assert pacing.ready(pace, sent, 1, NOW) == NOW + 20 * MINUTE


def test_pace_and_windows_hold_together():
    pace = Pace(every=10 * SECOND)
    sent = [Sent(paris(16, 17, 59) + 55 * SECOND, 1)]
    assert pacing.next_sending(pace, (OFFICE,), sent, 1, paris(16, 17, 59) + 58 * SECOND) == paris(17, 8)


@given(st.lists(st.tuples(st.integers(0, 7200), st.integers(1, 60)), max_size=12), st.integers(1, 200))
@settings(max_examples=200, deadline=None)
def test_the_moment_given_never_breaks_the_pace(past, size):
    pace = Pace(every=30 * SECOND, count=5, volume=150)
    sent = [Sent(NOW - ago * SECOND, weight) for ago, weight in past]
    moment = pacing.ready(pace, sent, size, NOW)
    assert moment >= NOW
    hour = [item for item in sent if moment - HOUR < item.when]
    assert all(moment - item.when >= pace.every for item in hour)
    assert len(hour) < pace.count
    assert not hour or sum(item.size for item in hour) + size <= pace.volume
    if moment > NOW:
        before = [item for item in sent if moment - SECOND - HOUR < item.when]
        total = sum(item.size for item in before) + size
        near = any(moment - SECOND - item.when < pace.every for item in before)
        assert near or len(before) >= pace.count or total > pace.volume


def test_waits_grow_up_to_the_longest():
    backoff = BackOff(first=30 * SECOND, factor=3, longest=HOUR, spread=0)
    assert [pacing.wait(backoff, tries) for tries in (1, 2, 3, 6, 2000)] == [
        30 * SECOND, 90 * SECOND, 270 * SECOND, HOUR, HOUR,
    ]  # fmt: skip


def test_waits_spread_but_the_same_sending_always_waits_as_long():
    backoff = BackOff(spread=0.5)
    found = {pacing.wait(backoff, 1, f"acte-{rank}") for rank in range(50)}
    assert len(found) > 40 and min(found) >= 15 * SECOND and max(found) <= 30 * SECOND
    assert pacing.wait(backoff, 1, "acte-1") == pacing.wait(backoff, 1, "acte-1")


def test_what_the_other_side_asks_for_is_the_least_and_the_longest_is_the_most():
    assert pacing.wait(BackOff(), 1, asked=600) == 10 * MINUTE
    assert pacing.wait(BackOff(), 1, asked=10**9) == BackOff().longest


def test_the_last_try_is_the_last():
    assert pacing.wait(BackOff(tries=3), 2) is not None
    assert pacing.wait(BackOff(tries=3), 3) is None


def test_acts_are_late_after_four_hours_and_accounts_after_forty_eight():
    assert waiting.alerts(waiting.ACTES, {"a": NOW - 4 * HOUR, "b": NOW - 5 * HOUR, "c": NOW - 3 * HOUR}, NOW) == [
        "b",
        "a",
    ]
    assert waiting.alerts(waiting.PES, {"a": NOW - 47 * HOUR, "b": NOW - 48 * HOUR}, NOW) == ["b"]


@pytest.mark.parametrize(
    ("attempt", "seen", "expected"),
    [
        (waiting.Attempt(waiting.BEGUN, NOW - MINUTE), None, waiting.WAIT),
        (waiting.Attempt(waiting.BEGUN, NOW - HOUR), None, waiting.SEND_AGAIN),
        (waiting.Attempt(waiting.BEGUN, NOW), False, waiting.SEND_AGAIN),
        (waiting.Attempt(waiting.BEGUN, NOW - HOUR), True, waiting.CONFIRM),
        (waiting.Attempt(waiting.BEGUN, NOW - HOUR, answered=True), None, waiting.CONFIRM),
        (waiting.Attempt(waiting.BEGUN, NOW - HOUR, times=5), None, waiting.GIVE_UP),
        (waiting.Attempt(waiting.SENT, NOW - HOUR), None, waiting.WAIT),
    ],
)
def test_a_sending_whose_outcome_is_unknown_is_looked_up_before_it_is_sent_again(attempt, seen, expected):
    assert waiting.resolve(attempt, NOW, 30 * MINUTE, seen) == expected
