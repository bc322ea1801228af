"""The times that run on an act: four hours without an answer, two months of contrôle, the day it is executory.

Source: Code général des collectivités territoriales, L. 2131-1 (an act is executory once published or notified and
transmitted) and L. 2131-6 (the préfet has two months from the transmission to go to court). These are clear days (délai
franc): neither the day of reception nor the last one counts, and a deadline on a day off moves to the next working day. A
request for missing documents makes the two months start again when they are received, an objection when it is answered;
silence for two months is a refusal, after which they start again too.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from datetime import timedelta
from megalis.portal.formats.actes import states as s
from megalis.portal.formats.workdays import next_working_day


SANS_REPONSE = timedelta(hours=4)
MONTHS = 2

_ASKS = ("3-1", "4-1")


@dataclass(frozen=True, slots=True)
class Controle:
    """The last day on which the préfet may go to court.

    ``motif`` is what it runs from: ``reception``, ``pieces`` or ``observations``. ``provisoire``: an answer is still
    awaited, and will bring the day forward.
    """

    dernier_jour: date
    motif: str
    provisoire: bool = False


def plus_months(day, months):
    """Return the same day ``months`` later, or the last of the month when it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def clear_months(day, months=MONTHS):
    """Return the last day of a délai franc of ``months`` that runs from ``day``."""
    return next_working_day(plus_months(day, months) + timedelta(days=1))


def controle(reception, courriers=()):
    """Return the ``Controle`` of an act received on ``reception``, after the ``Courrier`` letters in any order."""
    current = Controle(clear_months(reception), "reception")
    for letter in sorted(courriers, key=lambda item: item.recu):
        if letter.code not in _ASKS or letter.recu > current.dernier_jour:
            continue
        motif = "pieces" if letter.code == "3-1" else "observations"
        silence = plus_months(letter.recu, MONTHS)
        answered = letter.acquitte or letter.repondu
        start = min(answered, silence) if answered else silence
        current = Controle(max(clear_months(start), current.dernier_jour), motif, answered is None)
    return current


def executory_since(reception, publication):
    """Return the day an act became executory: both received by the préfecture and published or notified; else None."""
    return max(reception, publication) if reception and publication else None


def due(dossier, now):
    """Return the names of the timers that have run out on a ``Dossier`` at ``now``, to be given to ``advance``."""
    if dossier.etat == s.TRANSMIS and now - dossier.depuis >= SANS_REPONSE:
        return ("4h",)
    if dossier.etat == s.ACQUITTE and dossier.reception:
        found = controle(dossier.reception, dossier.courriers)
        if now.date() > found.dernier_jour:
            return ("delai-controle",)
    return ()
