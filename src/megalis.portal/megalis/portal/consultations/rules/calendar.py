"""Days on which nobody should be asked to deposit: week-ends and French public holidays (Code du travail, L. 3133-1).

A deadline on such a day is lawful: the findings are advice, never a refusal.
"""

from datetime import date
from datetime import timedelta
from functools import cache
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import Missing
from megalis.portal.kernel import clock


FIXED = {
    (1, 1): "jour de l’an",
    (5, 1): "fête du Travail",
    (5, 8): "victoire de 1945",
    (7, 14): "fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "armistice de 1918",
    (12, 25): "Noël",
}
MOVING = {1: "lundi de Pâques", 39: "Ascension", 50: "lundi de Pentecôte"}
OFFICE_HOURS = range(8, 18)
DATES = "@@modifier?etape=dates"


def easter(year):
    """Return the date of Easter Sunday in the Gregorian calendar (anonymous algorithm of Meeus, 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@cache
def holidays(year):
    """Return ``{date: French name}`` of the eleven public holidays of a year."""
    found = {date(year, month, day): name for (month, day), name in FIXED.items()}
    found.update((easter(year) + timedelta(days=shift), name) for shift, name in MOVING.items())
    return found


def rest_day(day):
    """Return why nobody works on this date (``samedi``, ``dimanche``, a holiday's name), or ''."""
    return holidays(day.year).get(day) or {5: "samedi", 6: "dimanche"}.get(day.weekday(), "")


def deadline_findings(deadline, now):
    """Return the findings about a deadline (aware datetime or None) seen at ``now``.

    Missing or past: blocking (R. 2151-1, R. 2143-1: bidders need time). Rest day or outside 8 h-18 h in Paris: advice.
    """
    if deadline is None:
        return [
            Missing(
                "deadline.absente",
                "La date limite de remise des plis manque : fixez un jour et une heure.",
                DATES,
                BLOCKING,
                "R. 2143-1 et R. 2151-1",
            )
        ]
    if deadline <= now:
        return [
            Missing(
                "deadline.passee",
                f"La date limite ({clock.french(deadline)}) est déjà passée : choisissez une date à venir.",
                DATES,
                BLOCKING,
                "R. 2143-1 et R. 2151-1",
            )
        ]
    found = []
    local = clock.paris(deadline)
    if reason := rest_day(local.date()):
        day = clock.french(deadline)
        found.append(
            Missing(
                "deadline.repos",
                f"La date limite tombe un jour où l’on ne travaille pas ({day if reason in day else f'{reason}, {day}'}) : "
                "personne ne pourra aider une entreprise en difficulté. Préférez un jour ouvré.",
                DATES,
                ADVICE,
            )
        )
    elif local.hour not in OFFICE_HOURS:
        found.append(
            Missing(
                "deadline.heure",
                f"La date limite est à {local:%H:%M}, hors des heures de bureau : préférez de 8 h à 18 h.",
                DATES,
                ADVICE,
            )
        )
    return found
