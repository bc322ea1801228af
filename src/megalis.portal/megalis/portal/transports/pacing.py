"""How fast, and when, sendings may leave: a pace, hours, a volume an hour, and longer and longer waits after failures.

Pure: what left before and the hour are given, the moment of the next sending comes back. The ministry closes operators that
send too fast; operators announce the hours they send in, and the volume of each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import tzinfo
from hashlib import sha256
from zoneinfo import ZoneInfo

import math


PARIS = ZoneInfo("Europe/Paris")
EVERY_DAY = frozenset(range(7))
HOUR = timedelta(hours=1)
_LOOK_AHEAD = 400


@dataclass(frozen=True, slots=True)
class Sent:
    """A sending that left: when (aware), and its bytes."""

    when: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Pace:
    """At most one sending every ``every``, ``count`` and ``volume`` (bytes) over any hour; 0 is no limit."""

    every: timedelta = timedelta(seconds=10)
    count: int = 0
    volume: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """Hours during which sendings may leave: ``days`` (0 is Monday), from ``start`` to ``end``, which may be past midnight.

    ``end`` equal to ``start`` is a whole day. The days are those of the hours at which it begins.
    """

    start: time = time(0)
    end: time = time(0)
    days: frozenset = EVERY_DAY


def next_start(windows: Iterable[Window], now: datetime, zone: tzinfo = PARIS):
    """Return the first moment from ``now`` (aware) on that lies in a window: ``now`` itself when it does, None when none ever will.

    No window at all is always open. Hours are those of ``zone``, its changes of hour included.
    """
    windows = tuple(windows)
    if not windows:
        return now
    local = now.astimezone(zone)
    starts = []
    for window in windows:
        for shift in range(-1, 9):
            day = local.date() + timedelta(days=shift)
            if day.weekday() not in window.days:
                continue
            last = day if window.end > window.start else day + timedelta(days=1)
            begin = datetime.combine(day, window.start, zone)
            end = datetime.combine(last, window.end, zone)
            # Aware times of one zone are compared by their face: the instants are what counts on a day of 25 hours.
            if begin.timestamp() <= now.timestamp() < end.timestamp():
                return now
            if begin.timestamp() > now.timestamp():
                starts.append(begin)
                break
    return min(starts, key=datetime.timestamp).astimezone(now.tzinfo) if starts else None


def ready(pace: Pace, sent: Iterable[Sent], size: int, now: datetime):
    """Return the first moment from ``now`` on at which ``size`` bytes may leave at that pace, after what was ``sent``.

    A sending larger than the volume of an hour leaves alone, once nothing left for an hour.
    """
    past = sorted((item for item in sent if item.when > now - HOUR - pace.every), key=lambda item: item.when)
    moment = now
    if past and pace.every:
        moment = max(moment, past[-1].when + pace.every)
    for _turn in range(len(past) + 1):
        hour = [item for item in past if item.when > moment - HOUR]
        over = pace.volume and sum(item.size for item in hour) + size > pace.volume
        if not hour or not (over or (pace.count and len(hour) >= pace.count)):
            break
        moment = hour[0].when + HOUR
    return moment


def next_sending(pace, windows, sent, size, now, zone=PARIS):
    """Return when ``size`` bytes may leave under a pace and windows: ``now``, a later moment, or None when never."""
    return next_slot(pace, (windows,), sent, size, now, zone)


def next_slot(pace, sets, sent, size, now, zone=PARIS):
    """Return when ``size`` bytes may leave at a pace, in the windows of every one of ``sets``; None when never.

    ``sent`` may hold moments to come: those that others were promised.
    """
    sent = tuple(sent)
    sets = tuple(map(tuple, sets))
    moment = now
    for _turn in range(_LOOK_AHEAD):
        before = moment
        for windows in sets:
            moment = next_start(windows, moment, zone)
            if moment is None:
                return None
        moment = ready(pace, sent, size, moment)
        if moment == before:
            return moment
    return None


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits between tries: ``first``, then ``factor`` times the one before, at most ``longest``; ``tries`` in all, 0 for no end.

    ``spread``: the part of each wait that varies, so that a hundred sendings do not come back together.
    """

    first: timedelta = timedelta(seconds=30)
    factor: float = 3.0
    longest: timedelta = timedelta(hours=4)
    tries: int = 0
    spread: float = 0.2


def wait(backoff, tries, key="", asked=None):
    """Return how long to wait after the ``tries``-th try (from 1) failed, or None when it was the last.

    The same ``key`` always waits as long. ``asked``: seconds the other side asked for, which is the least.
    """
    if tries < 1:
        raise ValueError("tries counts from 1")
    if backoff.tries and tries >= backoff.tries:
        return None
    longest = backoff.longest.total_seconds()
    power = min(tries - 1, 64)
    seconds = min(longest, backoff.first.total_seconds() * math.pow(backoff.factor, power))
    share = int.from_bytes(sha256(f"{key}:{tries}".encode()).digest()[:4]) / 2**32
    seconds *= 1 - backoff.spread * share
    if asked is not None:
        seconds = max(seconds, min(float(asked), longest))
    return timedelta(seconds=seconds)
