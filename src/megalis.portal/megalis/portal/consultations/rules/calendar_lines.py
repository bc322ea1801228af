"""The spans a consultation draws in a calendar, from its dates alone."""

from megalis.portal.consultations.rules import phase
from megalis.portal.theme.timeline import DONE
from megalis.portal.theme.timeline import HERE
from megalis.portal.theme.timeline import OPEN
from megalis.portal.theme.timeline import PLANNED
from megalis.portal.theme.timeline import Span


AFTER = ((phase.OUVERTURE, "ouverture"), (phase.ANALYSE, "analyse"), (phase.DECIDEE, "attribution"))


def spans(state, created, published, deadline, reached, now):
    """Return the Spans of a consultation at ``now``.

    ``state`` is its phase; ``reached`` tells when a state was come to; the other instants may be None. What is to come is
    drawn as far as a date is known, and no further.
    """
    if state in phase.DRAFTS:
        found = [Span(created, now, HERE, "brouillon")] if created else []
        return tuple(found + ([Span(now, deadline, PLANNED, "plis")] if deadline and deadline > now else []))
    if not published or not deadline:
        return ()
    found = [Span(published, deadline, DONE if now >= deadline else OPEN, "plis")]
    if now < deadline or state == phase.ANNULEE:
        return tuple(found)
    begun = [(start, word) for name, word in AFTER if (start := reached.get(name))]
    if not begun or begun[0][0] > deadline:
        begun.insert(0, (deadline, "à ouvrir"))
    ends = [start for start, _word in begun[1:]] + [reached.get(phase.NOTIFIEE)]
    for (start, word), end in zip(begun, ends, strict=True):
        found.append(Span(start, end or now, DONE if end else HERE, word))
    return tuple(found)
