"""What the kernel needs in a site: its journal, its counters and the places where facts go."""

from megalis.portal.kernel import facts
from megalis.portal.kernel import journal
from megalis.portal.kernel import numbering
from megalis.portal.kernel import outbox


def prepare(site):
    """Make what the first two writers would otherwise make at the same time; safe to run again."""
    journal.prepare(site)
    numbering.prepare(site)
    facts.prepare(site, journal.EVENTS, outbox.WAITING, outbox.DONE)
