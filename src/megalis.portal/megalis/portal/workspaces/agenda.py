"""The calendar of a workspace: local times that exist, entries that come back at the same hour."""

from datetime import datetime
from datetime import time
from datetime import timedelta
from dateutil.rrule import MONTHLY as MONTHS
from dateutil.rrule import rrule
from dateutil.rrule import WEEKLY as WEEKS
from itertools import islice
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.hours import instant


ONCE, WEEKLY, FORTNIGHTLY, MONTHLY = "une-fois", "semaine", "quinzaine", "mois"
RHYTHMS = {
    ONCE: "Une seule fois",
    WEEKLY: "Chaque semaine",
    FORTNIGHTLY: "Toutes les deux semaines",
    MONTHLY: "Chaque mois, le même jour",
}
FREQUENCIES = {WEEKLY: (WEEKS, 1), FORTNIGHTLY: (WEEKS, 2), MONTHLY: (MONTHS, 1)}
MOST = 53  # dates of one entry
LONGEST = timedelta(days=31)


def comes_twice(day, hour):
    """Tell whether a time comes twice that day, as clocks go back."""
    local = datetime.combine(day, hour, clock.PARIS)
    return local.utcoffset() != local.replace(fold=1).utcoffset() and instant_exists(local)


def instant_exists(local):
    """Tell whether the clocks of Paris show a local time at all."""
    back = local.astimezone(clock.UTC).astimezone(clock.PARIS)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


def span(day, start, end, last=None):
    """Return ``(start, end)`` instants; Refused ``fin`` when it ends before it begins, ``duree`` beyond a month."""
    begins, ends = instant(day, start), instant(last or day, end)
    if ends <= begins:
        raise Refused("fin", "La fin précède le début : corrigez l’une des deux heures.")
    if ends - begins > LONGEST:
        raise Refused("duree", "Une entrée dure un mois au plus : faites-en plusieurs.")
    return begins, ends


def check_to_come(begins, now):
    """Refuse (``date.passee``) a new entry that is over before it is told."""
    if begins < now:
        raise Refused(
            "date.passee",
            f"Le {clock.french(begins)} est passé : corrigez la date, ou écrivez un compte rendu dans les pages.",
        )


def count_of(text):
    """Return how many times an entry comes back, None when nothing is written; Refused ``rythme.fois``."""
    text = str(text or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 2 <= int(text) <= MOST):
        raise Refused("rythme.fois", f"« {text[:20]} » n’est pas un nombre de fois : écrivez-en un de 2 à {MOST}.")
    return int(text)


def days(first, rhythm, until=None, count=None):
    """Return the dates of an entry that comes back, ``until`` included or ``count`` of them.

    A month without that day is left out (RFC 5545, 3.3.10). Refused: ``rythme``, ``rythme.fin|double|nombre``.
    """
    if rhythm not in RHYTHMS:
        raise Refused("rythme", "Choisissez un rythme dans la liste.")
    if rhythm == ONCE:
        return [first]
    if until is not None and count is not None:
        raise Refused(
            "rythme.double", "Donnez la date de fin ou le nombre de fois, pas les deux : effacez l’un des deux."
        )
    if count is None and (until is None or until < first):
        raise Refused(
            "rythme.fin", "Dites jusqu’à quand l’entrée revient : une date après la première, ou un nombre de fois."
        )
    frequency, interval = FREQUENCIES[rhythm]
    begin = datetime.combine(first, time())
    end = datetime.combine(until, time()) if until is not None else None
    found = [at.date() for at in islice(rrule(frequency, begin, interval, count=count, until=end), MOST + 1)]
    if len(found) > MOST:
        raise Refused("rythme.nombre", f"Plus de {MOST} dates : rapprochez la fin.")
    return found


def rule_of(rhythm, spans):
    """Return the RRULE of an entry with those ``spans`` (start, end), "" when it comes once."""
    if rhythm == ONCE:
        return ""
    names = {WEEKLY: "WEEKLY", FORTNIGHTLY: "WEEKLY;INTERVAL=2", MONTHLY: "MONTHLY"}
    return f"FREQ={names[rhythm]};UNTIL={spans[-1][0].astimezone(clock.UTC):%Y%m%dT%H%M%SZ}"
