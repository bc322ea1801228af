"""Figures over time: what rooms count and pages draw, without either knowing the other; pure values and functions.

A room registers a named utility ``IKeyFigures`` (numbers of now) or ``ICharts`` (series). Nothing of it is stored: it is
counted from the catalog, the facts and the journal when somebody looks.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from megalis.portal.kernel import clock
from statistics import median


PERIODS, RANKS = "periodes", "rangs"
MONTHS, YEARS = "mois", "annee"
SHORT_MONTHS = (
    "janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


@dataclass(frozen=True)
class Period:
    """A month or a year of Paris: ``key`` is ``2026-03`` or ``2026``; the instants are aware, ``end`` excluded."""

    key: str
    label: str
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Scope:
    """What a chart is asked about: ``periods``, oldest first; ``buyer`` (content) or None for the whole region.

    ``public``: only what anybody may know.
    """

    periods: tuple
    now: datetime
    buyer: object = None
    public: bool = True


@dataclass(frozen=True)
class Chart:
    """A series: ``rows`` are (label, number); ``kind`` PERIODS (oldest first, the last one still runs) or RANKS.

    ``head`` names the labels, ``measure`` the numbers (« consultations »), ``note`` says how it is counted.
    """

    key: str
    title: str
    head: str
    measure: str
    rows: tuple
    kind: str = PERIODS
    note: str = ""

    @property
    def empty(self):
        return not any(value for _label, value in self.rows)


@dataclass(frozen=True)
class Indicator:
    """A figure made of others: ``value`` is a number or None when there is nothing to make it of; ``unit`` « % », « jours »."""

    key: str
    label: str
    value: float | None
    unit: str = ""
    decimals: int = 0
    note: str = ""


def _start(year, month):
    years, index = divmod(year * 12 + month - 1, 12)
    return datetime(years, index + 1, 1, tzinfo=clock.PARIS)


def months(now, count=12):
    """Return the last ``count`` months as Periods, this one last."""
    local = clock.paris(now)
    found = []
    for back in range(count - 1, -1, -1):
        begin = _start(local.year, local.month - back)
        end = _start(begin.year, begin.month + 1)
        label = f"{SHORT_MONTHS[begin.month - 1]} {begin.year}"
        found.append(Period(f"{begin:%Y-%m}", label, begin.astimezone(clock.UTC), end.astimezone(clock.UTC)))
    return tuple(found)


def years(now, count=5):
    """Return the last ``count`` years as Periods, this one last."""
    year = clock.paris(now).year
    return tuple(
        Period(str(y), str(y), _start(y, 1).astimezone(clock.UTC), _start(y + 1, 1).astimezone(clock.UTC))
        for y in range(year - count + 1, year + 1)
    )


class Places:
    """Finds the period of an instant among adjoining ones."""

    def __init__(self, periods):
        self.begins = [period.begin for period in periods]
        self.last = periods[-1].end if periods else None

    def __call__(self, instant):
        """Return the rank of the period an instant falls in, or None."""
        if self.last is None or instant is None or not self.begins[0] <= instant < self.last:
            return None
        return bisect_right(self.begins, instant) - 1


def spread(instants, periods):
    """Return how many of the instants fall in each period."""
    counts, place = [0] * len(periods), Places(periods)
    for instant in instants:
        rank = place(instant)
        if rank is not None:
            counts[rank] += 1
    return counts


def over(periods, values):
    """Return the rows of a chart over periods."""
    return tuple((period.label, value) for period, value in zip(periods, values, strict=True))


def share(part, whole):
    """Return a percentage, or None of nothing."""
    return 100 * part / whole if whole else None


def middle(values):
    """Return the median of numbers, or None of nothing."""
    return median(values) if values else None


def ranked(counts, labels, most=12):
    """Return (label, number) of a Counter, the greatest first; what is beyond ``most`` is summed as « autres »."""
    found = sorted(((labels(key), value) for key, value in counts.items() if value), key=lambda row: (-row[1], row[0]))
    if len(found) > most:
        found = [*found[: most - 1], ("Autres", sum(value for _label, value in found[most - 1 :]))]
    return tuple(found)
