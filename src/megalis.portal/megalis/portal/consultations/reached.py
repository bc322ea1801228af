"""When a consultation came to each of its states: told by the events of the journal, for every page that dates a phase.

The journal of a consultation grows with every withdrawal; the few instants a page needs are kept beside it, written in the
transaction of the event they come from.
"""

from Acquisition import aq_base
from megalis.portal.consultations.rules import phase
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from persistent.mapping import PersistentMapping


ATTRIBUTE = "_reached"


def of(consultation):
    """Return dict state -> instant (aware UTC, to the second) of the last time the state was come to."""
    kept = getattr(aq_base(consultation), ATTRIBUTE, None)
    return dict(kept) if kept is not None else from_journal(consultation)


def from_journal(consultation):
    """Return the same from the events alone."""
    found = {}
    for event in journal.events(consultation, "transition", "publication"):
        state = phase.PUBLIEE if event["type"] == "publication" else event["etape"]
        found[state] = clock.from_rfc3339(event["instant"])
    return found


def keep(consultation):
    """Bring what is kept in line with the journal, after an event was written."""
    found = from_journal(consultation)
    kept = getattr(aq_base(consultation), ATTRIBUTE, None)
    if kept is None:
        setattr(consultation, ATTRIBUTE, PersistentMapping(found))
    elif dict(kept) != found:
        kept.update(found)
