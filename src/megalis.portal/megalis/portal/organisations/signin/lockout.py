"""When too many wrong passwords close a door for a while: pure rules over small values.

An account closes after 5 failures, an address after 20 (a town hall leaves the Internet by one address); the first
closing lasts 15 minutes, each following one twice as long, never beyond a day. A quiet day forgets everything.
"""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from datetime import timedelta


@dataclass(frozen=True)
class Rule:
    """``threshold`` failures close for ``first``, then twice as long each time up to ``longest``; ``forget`` clears."""

    threshold: int
    first: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(days=1)
    forget: timedelta = timedelta(days=1)


ACCOUNT = Rule(threshold=5)
ADDRESS = Rule(threshold=20)


@dataclass(frozen=True)
class Tally:
    """What is remembered of one account or one address; instants are aware UTC datetimes."""

    failures: int = 0
    closings: int = 0
    last: datetime | None = None
    until: datetime | None = None


def is_closed(tally, now):
    """Tell whether the door is closed at ``now`` (it opens again at the very instant ``until``)."""
    return tally is not None and tally.until is not None and now < tally.until


def after_failure(tally, now, rule):
    """Return the Tally after one more wrong password at ``now``; an attempt on a closed door changes nothing."""
    if is_closed(tally, now):
        return tally
    if tally is None or (tally.last is not None and now - tally.last >= rule.forget + _served(tally, rule)):
        tally = Tally()
    failures = tally.failures + 1
    if failures < rule.threshold:
        return replace(tally, failures=failures, last=now, until=None)
    return Tally(failures=0, closings=tally.closings + 1, last=now, until=now + closing_time(tally.closings, rule))


def closing_time(closings, rule):
    """Return how long the next closing lasts after ``closings`` earlier ones."""
    return min(rule.first * 2 ** min(closings, 32), rule.longest)


def _served(tally, rule):
    return closing_time(tally.closings - 1, rule) if tally.closings else timedelta()
