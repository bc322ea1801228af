"""The dates that bind a consultation, the next of them, and the weeks where too many fall together; pure functions."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from megalis.portal.consultations.rules import phase
from megalis.portal.kernel import clock

import calendar


QUESTIONS, DEADLINE, OPENING, STANDSTILL, NOTICE, DECP = (
    "questions", "limite", "ouverture", "suspension", "avis", "donnees",
)  # fmt: skip
KINDS = {
    QUESTIONS: "Fin des questions",
    DEADLINE: "Remise des plis",
    OPENING: "Ouverture des plis",
    STANDSTILL: "Fin de la suspension, notification possible",
    NOTICE: "Avis d’attribution à envoyer",
    DECP: "Données essentielles à publier",
}
NOTICE_DAYS, NOTICE_DAYS_CONCESSION = 30, 48  # from the signature: R. 2183-1, R. 3125-6
DECP_MONTHS = 2  # R. 2196-1: within two months of the notification
WEEKS = 12
# a week is overloaded from five dates on, when it has half as many again as the mean of the others
BUSY, BUSIER = 5, 1.5
WITHOUT_DATE = {
    phase.A_VALIDER: "À relire et publier",
    phase.CLOSE: "Plis à ouvrir",
    phase.OUVERTURE: "Ouverture à finir",
    phase.ANALYSE: "Décision à prendre",
    phase.DECIDEE: "Candidats à informer, puis notification",
    phase.NOTIFIEE: "À archiver",
}


@dataclass(frozen=True)
class Due:
    """A date that binds: ``kind`` of KINDS, ``at`` an aware instant."""

    kind: str
    at: datetime

    @property
    def label(self):
        return KINDS[self.kind]


def months_after(instant, months):
    """Return the same day of a later month at the end of that day in Paris; the last day where there is none."""
    local = clock.paris(instant)
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day, hour=23, minute=59, second=59, microsecond=0)


def notice_due(signed, concession=False):
    """Return the last instant for the award notice of a contract signed at ``signed``: the end of that day in Paris."""
    days = NOTICE_DAYS_CONCESSION if concession else NOTICE_DAYS
    day = clock.paris(signed).replace(hour=23, minute=59, second=59, microsecond=0, tzinfo=None) + timedelta(days=days)
    return day.replace(tzinfo=clock.PARIS)


def dues(state, deadline, milestones):
    """Return the Dues of a consultation in its phase, in the order of time.

    ``milestones`` is what the catalog keeps (``indexers.milestones``): instants by name, those that are known.
    """
    known = milestones or {}
    found = []
    if state in (*phase.DRAFTS, phase.PUBLIEE):
        found += [(QUESTIONS, known.get("questions")), (DEADLINE, deadline)]
    if state in (*phase.DRAFTS, phase.PUBLIEE, phase.CLOSE):
        found.append((OPENING, known.get("opening")))
    if state == phase.DECIDEE:
        found.append((STANDSTILL, known.get("standstill")))
    if state in (phase.DECIDEE, phase.NOTIFIEE):
        found.append((NOTICE, known.get("notice")))
    if state == phase.NOTIFIEE and known.get("awarded") and known.get(phase.NOTIFIEE) and not known.get("data"):
        found.append((DECP, months_after(known[phase.NOTIFIEE], DECP_MONTHS)))
    return tuple(sorted((Due(kind, at) for kind, at in found if at is not None), key=lambda due: due.at))


def upcoming(found, now):
    """Return the next Due of a consultation, or None when every one of them is past."""
    return next((due for due in found if due.at > now), None)


def awaited(state, found, now):
    """Return what is awaited when no date is to come, in words; "" when nothing is."""
    return "" if upcoming(found, now) else WITHOUT_DATE.get(state, "")


def is_late(state, found, now):
    """True when the opening was planned for a time that is past, and the bids still wait."""
    return state == phase.CLOSE and any(due.kind == OPENING and due.at <= now for due in found)


@dataclass(frozen=True)
class Week:
    """A week from its Monday (midnight in Paris): ``counts`` of dates by kind, ``busy`` when too many."""

    monday: datetime
    counts: dict
    busy: bool = False

    @property
    def total(self):
        return sum(self.counts.values())

    @property
    def label(self):
        return f"{self.monday:%d/%m}"


def monday(instant):
    """Return the midnight in Paris that begins the week of an instant."""
    local = clock.paris(instant).replace(hour=0, minute=0, second=0, microsecond=0)
    return local - timedelta(days=local.weekday())


def weeks(found, now, count=WEEKS):
    """Return the Weeks from this one on, with the dates that are still to come in them."""
    first = monday(now)
    starts = [first + timedelta(weeks=rank) for rank in range(count)]
    tallies = [Counter() for _start in starts]
    for due in found:
        rank = round((monday(due.at).replace(tzinfo=None) - first.replace(tzinfo=None)).days / 7)
        if due.at >= now and 0 <= rank < count:
            tallies[rank][due.kind] += 1
    busy = overloaded([sum(tally.values()) for tally in tallies])
    return [Week(start, dict(tally), crowd) for start, tally, crowd in zip(starts, tallies, busy, strict=True)]


def overloaded(totals):
    """Return which weeks have too many dates: a bool for each total. A week never weighs in what it is measured against."""
    others = len(totals) - 1
    whole = sum(totals)
    return [total >= BUSY and total * others >= BUSIER * (whole - total) for total in totals]
