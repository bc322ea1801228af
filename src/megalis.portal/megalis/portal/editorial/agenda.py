"""Dates of the agenda: what may be entered, by month. Pure but for the clock's zone."""

from calendar import monthrange
from datetime import date
from datetime import datetime
from datetime import timedelta
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock


LONGEST = timedelta(days=366)
FARTHEST = timedelta(days=5 * 366)


def check(start, end, now, was=None):
    """Refuse dates no calendar should hold: ``date.manque|ordre|passee|lointaine|longue``.

    ``was``: the start before the change; an event that is over may be corrected without moving it.
    """
    if start is None or end is None:
        raise Refused("date.manque", "Donnez le début et la fin : une date et une heure chacun.", "start")
    if end <= start:
        raise Refused("date.ordre", "La fin vient avant le début : corrigez l’une des deux.", "end")
    if end <= now and start != was:
        raise Refused("date.passee", "Cet événement est déjà passé : choisissez une date à venir.", "start")
    if start - now > FARTHEST:
        raise Refused("date.lointaine", "Cette date est à plus de cinq ans : vérifiez l’année.", "start")
    if end - start > LONGEST:
        raise Refused("date.longue", "L’événement dure plus d’un an : vérifiez les dates.", "end")


def month_of(text, today):
    """Return the first day of the month ``2026-03``; that of ``today`` for anything else."""
    try:
        found = datetime.strptime(str(text), "%Y-%m").date()
    except ValueError:
        found = today
    return found.replace(day=1) if 2000 <= found.year <= 2100 else today.replace(day=1)


def shifted(first, months):
    """Return the first day of the month ``months`` after (or before) ``first``."""
    rank = first.year * 12 + first.month - 1 + months
    return date(rank // 12, rank % 12 + 1, 1)


def bounds(first):
    """Return the instants a month of Paris begins and ends at."""
    after = shifted(first, 1)
    return tuple(datetime(day.year, day.month, 1, tzinfo=clock.PARIS).astimezone(clock.UTC) for day in (first, after))


def weeks(first):
    """Return the weeks of a month as lists of seven days, None outside the month."""
    blank = first.weekday()
    days = [None] * blank + [first.replace(day=n) for n in range(1, monthrange(first.year, first.month)[1] + 1)]
    days += [None] * (-len(days) % 7)
    return [days[at : at + 7] for at in range(0, len(days), 7)]


def covers(start, end, day):
    """Tell whether an event that lasts from ``start`` to ``end`` is on on a day of Paris."""
    last = clock.paris(end - timedelta(seconds=1)).date()
    return clock.paris(start).date() <= day <= max(last, clock.paris(start).date())


def said(start, end, *more):
    """Return when, in words: ``lundi 16 mars 2026, de 09:00 à 12:00``, or from a day to another.

    ``more``: (start, end) of the same day: ``…, de 09:00 à 12:00 et de 14:00 à 17:00``.
    """
    first, last = clock.paris(start), clock.paris(end)
    if first.date() == last.date():
        hours = [f"de {clock.paris(a):%H:%M} à {clock.paris(b):%H:%M}" for a, b in ((start, end), *more)]
        return f"{clock.french_date(start)}, {' et '.join(hours)}"
    return f"du {clock.french(start)} au {clock.french(end)}"
