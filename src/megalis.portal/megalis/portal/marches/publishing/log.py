"""The order in which everybody hears of notices and contracts: that of the journal, where a late commit comes last.

A cursor made of a date or of an identifier skips what was written before it and committed after it. The sequencer of the
journal numbers a fact once it is committed, never sooner, and never moves it: who has read up to a number has read all that
is below it, for ever. A number is seen a few seconds after the fact.
"""

from dataclasses import dataclass
from megalis.portal.consultations.rules import phase
from megalis.portal.formats import jcs
from megalis.portal.kernel import journal


SCAN = 20_000  # leaves looked at for one answer: most of a busy day are of bids, and blinded
STEP = 1000
CONTRACT = "donnees-essentielles"
NOTICE, CHANGE, CANCELLATION, RESULT = "avis", "rectificatif", "annulation", "resultat"
NATURES = {
    NOTICE: ("APPEL_OFFRE", "Avis de marché"),
    CHANGE: ("RECTIFICATIF", "Avis rectificatif"),
    CANCELLATION: ("ANNULATION", "Avis d’annulation"),
    RESULT: ("ATTRIBUTION", "Résultat de marché"),
}
_STATES = {phase.ANNULEE: CANCELLATION, phase.NOTIFIEE: RESULT}


@dataclass(frozen=True, slots=True)
class Told:
    """One public fact: its number in the journal, what it is (one of NATURES, or CONTRACT), its event."""

    index: int
    kind: str
    event: dict


def kind_of(event):
    """Return what an event tells the public of this feed, "" when nothing."""
    kind = event.get("type")
    if kind == "publication":
        return NOTICE
    if kind == "rectification":
        return CHANGE
    if kind == "transition":
        return _STATES.get(event.get("etape"), "")
    return CONTRACT if kind == CONTRACT else ""


def _told(index, value):
    reveal = value[1]
    if reveal is None:
        return None
    event = jcs.loads(reveal[0])
    kind = kind_of(event)
    return Told(index, kind, event) if kind else None


def since(site, cursor, limit, kinds=()):
    """Return ``(list of Told, next cursor, whether more is there)`` from number ``cursor`` on, oldest first."""
    kept, found, place = journal.journal_of(site), [], cursor
    end = min(kept.size, cursor + SCAN)
    for index, value in kept.leaves.items(cursor, end - 1) if cursor < end else ():
        told = _told(index, value)
        place = index + 1
        if told is not None and (not kinds or told.kind in kinds):
            found.append(told)
            if len(found) == limit:
                break
    return found, place, place < kept.size


def before(site, cursor, limit, kinds=()):
    """Return ``(list of Told, next cursor or None at the beginning)`` below number ``cursor`` (None: the end), newest first."""
    kept, found = journal.journal_of(site), []
    high = kept.size if cursor is None else min(cursor, kept.size)
    floor = max(0, high - SCAN)
    while high > floor:
        low = max(floor, high - STEP)
        for index, value in reversed(list(kept.leaves.items(low, high - 1))):
            told = _told(index, value)
            if told is not None and (not kinds or told.kind in kinds):
                found.append(told)
                if len(found) == limit:
                    return found, index or None
        high = low
    return found, high or None


def size(site):
    """Return how many facts the journal has numbered."""
    return journal.journal_of(site).size
