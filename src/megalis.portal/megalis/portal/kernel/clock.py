"""The one clock of the platform: UTC inside, Europe/Paris outside, to the second where law counts seconds."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from zoneinfo import ZoneInfo

import copyreg


# What is kept is kept in UTC. Should a time of Paris slip in, ZODB's pickler, which cannot write a ZoneInfo, would lose the
# whole request for it.
copyreg.pickle(ZoneInfo, lambda zone: (ZoneInfo, (zone.key,)))

PARIS = ZoneInfo("Europe/Paris")
UTC = UTC
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

_shift = timedelta()


def now():
    """Return the server's time as an aware UTC datetime."""
    return datetime.now(UTC) + _shift


def set_for_tests(instant=None):
    """Make ``now()`` run on from ``instant`` (aware datetime), or from the real time again with None."""
    global _shift
    _shift = timedelta() if instant is None else instant - datetime.now(UTC)


def paris(instant):
    """Return the aware datetime ``instant`` on the clocks of Paris."""
    return instant.astimezone(PARIS)


def rfc3339(instant):
    """Return ``2026-03-16T11:00:00Z``, whole seconds, rounded down: a bid of 11:00:00.9 came at 11:00:00."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_rfc3339(text):
    """Return the aware UTC datetime of an RFC 3339 text; ValueError when it is not one or has no zone."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"heure sans fuseau : {text}")
    return instant.astimezone(UTC)


def french_date(instant, weekday=True):
    """Return ``lundi 16 mars 2026`` in Paris; the first of the month is ``1er``."""
    local = paris(instant)
    day = "1er" if local.day == 1 else str(local.day)
    text = f"{day} {MONTHS[local.month - 1]} {local.year}"
    return f"{DAYS[local.weekday()]} {text}" if weekday else text


def french(instant, seconds=False, weekday=True):
    """Return ``lundi 16 mars 2026, 12:00`` in Paris (``12:00:00`` with ``seconds``)."""
    return f"{french_date(instant, weekday)}, {paris(instant):{'%H:%M:%S' if seconds else '%H:%M'}}"


def remaining(instant, at=None):
    """Return the time left until ``instant`` in words: ``4 jours 2 h 35 min``, ``12 min 07 s``, ``0 s`` once past."""
    left = max(0, int((instant - (at or now())).total_seconds()))
    days, rest = divmod(left, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days} jour{'s' if days > 1 else ''} {hours} h {minutes:02d} min"
    if hours:
        return f"{hours} h {minutes:02d} min"
    if minutes:
        return f"{minutes} min {seconds:02d} s"
    return f"{seconds} s"
