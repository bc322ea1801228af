"""The time a procedure leaves to companies: its least, its reductions, the first date that would do.

What is demanded at a date stands in the dated rows of ``rules.law``.
"""

from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import calendar
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import Missing
from megalis.portal.kernel import clock


DATES = "@@modifier?etape=dates"
DEROGATION = "@@delai"


@dataclass(frozen=True, slots=True)
class Derogation:
    """A validator's written leave to give less time, for one deadline: a shorter one needs another."""

    reason: str
    by: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Timing:
    """What bears on the time left to companies, besides the procedure and the two dates."""

    urgent: bool = False
    urgent_reason: str = ""
    prior_notice: date | None = None  # the day a prior notice was sent
    nature: str = ""
    below: bool = False  # the amount is below the threshold from which the times bind (``bound_by``)
    level_days: int = 0  # the least time of the collectivité's own level, 0 without
    level: str = ""  # the name of that level
    derogation: Derogation | None = None
    noticed: datetime | None = (
        None  # when the notice was sent to the Official Journal, which the times of the law run from
    )


NOTHING = Timing()


def procedure(name, day, law=None):
    """Return the law.Procedure ``name`` in force on a date; the nearest in time outside the table; KeyError if unknown."""
    return (law or laws.shipped()).procedure(name, day)


def days_between(sent, deadline):
    """Return the full calendar days a bidder has: the day of sending does not count (Règlement CEE 1182/71, art. 3)."""
    return (clock.paris(deadline).date() - clock.paris(sent).date()).days


def first_date(sent, days):
    """Return the first date (Paris) on which a time of ``days`` that starts at ``sent`` may end.

    A time that would end on a Saturday, a Sunday or a holiday ends with the next working day (same règlement, art. 3 § 4).
    """
    day = clock.paris(sent).date() + timedelta(days=days)
    while calendar.rest_day(day):
        day += timedelta(days=1)
    return day


def needed_days(row, timing, sent, phase=None):
    """Return ``(days or None, code of what forbids a reduction asked for or "")`` of a phase (the first by default)."""
    delay = row.first if phase is None else row.delays.get(phase, laws.NONE)
    if timing.below and row.bound_by:
        return None, ""
    needed = delay.usual
    if needed is None:
        return None, ""
    problem = ""
    if timing.prior_notice is not None and delay.prior is not None and row.prior_days:
        age = (clock.paris(sent).date() - timing.prior_notice).days
        if row.prior_days[0] <= age <= row.prior_days[1]:
            needed = min(needed, delay.prior)
        else:
            problem = "preinformation.date"
    if timing.urgent:
        if delay.urgent is None or (delay.urgent_natures and timing.nature not in delay.urgent_natures):
            problem = "urgence.impossible"
        elif not timing.urgent_reason.strip():
            problem = "urgence.motif"
        else:
            needed = min(needed, delay.urgent)
    return needed, problem


def time_findings(name, sent, deadline, urgent=False, urgent_reason="", timing=NOTHING, law=None, row=None):
    """Return the findings about the time left to bidders by a consultation published at ``sent`` (aware datetimes).

    The times of the law run from the sending of the notice to the Official Journal (``timing.noticed``) where there is one
    (R. 2161-2 and following, R. 3123-14), else from ``sent``; that of the collectivité's own level from ``sent`` always.

    Below the minimum of the law or of the collectivité's level: blocking, with the first date that would do, unless a
    validator gave leave in writing. Below the advised time of a MAPA: advice, the time having only to be sufficient
    (R. 2151-1).
    """
    if urgent:
        timing = replace(timing, urgent=True, urgent_reason=urgent_reason)
    law = law or laws.shipped()
    today = clock.paris(sent).date()
    row = row or law.procedure(name, today)
    found = []
    if not law.covers(row, today):
        found.append(_out_of_date(row, today))
    if deadline is None:
        return found
    needed, problem = needed_days(row, timing, sent)
    if problem:
        found.append(_problem(problem, row))
    begun = min(sent, timing.noticed) if timing.noticed is not None else sent
    days = days_between(sent, deadline)
    if needed and days_between(begun, deadline) < needed:
        found.append(_too_short(row, timing, days_between(begun, deadline), needed, True, begun, deadline))
    elif days < timing.level_days:
        found.append(_too_short(row, timing, days, timing.level_days, False, sent, deadline))
    elif row.advised_days is not None and 0 <= days < row.advised_days:
        found.append(
            Missing(
                "delai.conseille",
                f"Les entreprises n’auraient {_had(days)} ; {row.advised_days} sont conseillés. "
                "Le délai doit rester suffisant au regard de l’achat.",
                DATES,
                ADVICE,
                row.source,
            )
        )
    return found


def words(day):
    """Return ``lundi 16 mars 2026`` of a date."""
    return clock.french_date(datetime.combine(day, time(12), clock.PARIS))


def holds(derogation, deadline):
    """True when the leave covers this deadline: the one it was given for, or a later one."""
    return derogation is not None and deadline >= derogation.deadline


def _had(days):
    return f"que {days} jours" if days > 1 else "qu’un jour" if days == 1 else "aucun jour"


def _too_short(row, timing, days, needed, by_law, sent, deadline):
    whose = "cette procédure en demande" if by_law else f"votre niveau « {timing.level} » en demande"
    source = row.source if by_law else "niveaux de la collectivité"
    had = _had(days)
    if holds(timing.derogation, deadline):
        return Missing(
            "delai.deroge",
            f"Les entreprises n’auront {had}, {whose} au moins {needed}. {timing.derogation.by} l’a permis par écrit : "
            f"« {timing.derogation.reason} »",
            DEROGATION,
            ADVICE,
            source,
        )
    first = words(first_date(sent, needed))
    day = f"{clock.paris(sent):%d/%m/%Y}"
    counted = by_law and timing.noticed is not None and sent == timing.noticed
    since = f"L’avis étant parti au JOUE le {day}" if counted else f"Publiée le {day}"
    return Missing(
        "delai.minimum" if by_law else "delai.niveau",
        f"Les entreprises n’auraient {had} : {whose} au moins {needed}. {since}, la consultation peut se clore au plus tôt le {first} : reculez la date limite, ou qu’un valideur écrive une dérogation motivée.",
        DATES,
        BLOCKING,
        source,
    )


def _out_of_date(row, today):
    if today > row.end:
        text = f"La table des délais s’arrête au {row.end:%d/%m/%Y} : faites vérifier les délais."
    else:
        text = f"La table des délais ne commence qu’au {row.start:%d/%m/%Y} : faites vérifier les délais."
    return Missing("procedure.table", text, DATES, ADVICE, row.source)


def _problem(code, row):
    if code == "urgence.impossible":
        text = "Cette procédure ne connaît pas de délai réduit pour urgence : décochez l’urgence."
    elif code == "urgence.motif":
        text = "L’urgence doit être justifiée : écrivez pourquoi le délai normal est impossible."
    else:
        text = (
            f"L’avis de préinformation ne réduit le délai que s’il a été envoyé entre {row.prior_days[0]} et "
            f"{row.prior_days[1]} jours avant l’avis : corrigez sa date ou videz-la."
        )
    return Missing(code, text, DATES, BLOCKING, row.source)
