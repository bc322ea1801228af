"""When a session is held and until when one enrols: what may be entered, and the state that follows from the clock."""

from datetime import datetime
from datetime import time
from datetime import timedelta
from itertools import pairwise
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.hours import hour_of
from megalis.portal.kernel.hours import instant


OPEN, FULL, CLOSED, RUNNING, OVER, CANCELLED = "ouverte", "complete", "close", "en-cours", "passee", "annulee"
STATES = {
    OPEN: ("open", "Ouverte"),
    FULL: ("soon", "Complète"),
    CLOSED: ("closed", "Inscriptions closes"),
    RUNNING: ("run", "En cours"),
    OVER: ("closed", "Passée"),
    CANCELLED: ("bad", "Annulée"),
}
DAYS = 10  # half days or days of one session
SEATS = 500
LONGEST = timedelta(hours=12)
FARTHEST = timedelta(days=3 * 366)


def span(day, start, end):
    """Return the ``(start, end)`` instants of a date and two typed hours.

    Refused ``heure``, ``heure.inexistante``, ``session.fin``, ``session.longue``.
    """
    begins, ends = (instant(day, hour_of(text)) for text in (start, end))
    if ends <= begins:
        raise Refused(
            "session.fin", f"Le {day:%d/%m/%Y} : la fin vient avant le début, corrigez l’une des deux heures."
        )
    if ends - begins > LONGEST:
        raise Refused("session.longue", f"Le {day:%d/%m/%Y} : plus de douze heures d’affilée, vérifiez les heures.")
    return begins, ends


def spans(rows, now, before=()):
    """Return the sorted spans of typed rows (dicts day, start, end); ``before``: those that stood already.

    Refused as ``span``, and ``session.dates|nombre|passee|lointaine|chevauche``.
    """
    found = sorted(span(row["day"], row["start"], row["end"]) for row in rows)
    if not found:
        raise Refused("session.dates", "Donnez au moins une date, avec son heure de début et de fin.")
    if len(found) > DAYS:
        raise Refused("session.nombre", f"{len(found)} dates, {DAYS} au plus : faites plusieurs sessions.")
    for begins, ends in found:
        if begins <= now and (begins, ends) not in before:
            raise Refused("session.passee", f"Le {clock.french(begins)} est passé : choisissez une date à venir.")
        if begins - now > FARTHEST:
            raise Refused("session.lointaine", f"Le {clock.french(begins)} est à plus de trois ans : vérifiez l’année.")
    for (_start, ends), (begins, _end) in pairwise(found):
        if begins < ends:
            raise Refused(
                "session.chevauche", f"Deux plages se chevauchent le {clock.french_date(begins)} : corrigez-les."
            )
    return tuple(found)


def closing(day, starts, now, before=None):
    """Return the instant enrolment ends at: the end of a day of Paris, or the start of the session when it comes first.

    Without a day, the session's start. Refused ``limite.tardive|passee``.
    """
    if day is None:
        return starts
    ends = datetime.combine(day + timedelta(days=1), time(), clock.PARIS).astimezone(clock.UTC)
    if day > clock.paris(starts).date():
        raise Refused("limite.tardive", f"La limite du {day:%d/%m/%Y} vient après le début : avancez-la.", day)
    ends = min(ends, starts)
    if ends <= now and ends != before:
        raise Refused("limite.passee", f"La limite du {day:%d/%m/%Y} est déjà passée : reculez-la.", day)
    return ends


def last_day(closes, starts):
    """Return the last day one may enrol on, as ``closing`` was given it."""
    return clock.paris(closes if closes == starts else closes - timedelta(seconds=1)).date()


def seats(value, taken=0):
    """Return a number of seats; Refused ``places.nombre``, ``places.prises``."""
    if not isinstance(value, int) or not 1 <= value <= SEATS:
        raise Refused("places.nombre", f"« {value} » : donnez un nombre de places de 1 à {SEATS}.", value)
    if value < taken:
        raise Refused(
            "places.prises",
            f"{taken} personnes ont une place : gardez-en autant, ou annulez d’abord des inscriptions.",
            value,
        )
    return value


def state(spans_, closes, seats_, taken, cancelled, now):
    """Return the state of a session now."""
    if cancelled:
        return CANCELLED
    if now >= spans_[-1][1]:
        return OVER
    if now >= spans_[0][0]:
        return RUNNING
    if now >= closes:
        return CLOSED
    return FULL if taken >= seats_ else OPEN


def hours(spans_):
    """Return how long spans last together, in hours."""
    return sum((ends - begins).total_seconds() for begins, ends in spans_) / 3600


def days(spans):
    """Return when, a line a day: ``lundi 16 mars 2026, de 09:00 à 12:00 et de 14:00 à 17:00``."""
    found = {}
    for begins, ends in spans:
        hours = f"de {clock.paris(begins):%H:%M} à {clock.paris(ends):%H:%M}"
        found.setdefault(clock.french_date(begins), []).append(hours)
    return [f"{day}, {' et '.join(hours)}" for day, hours in found.items()]


def french_hours(value):
    """Return ``6 h``, ``3 h 30``."""
    whole, minutes = divmod(round(value * 60), 60)
    return f"{whole} h {minutes:02d}" if minutes else f"{whole} h"
