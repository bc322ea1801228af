"""What the room needs in a site: the place of the uploads under way."""

from megalis.portal.deposits import store
from megalis.portal.kernel import facts


def prepare(site):
    """Make it ahead of the first two depositors; safe to run again."""
    facts.prepare(site, store.QUEUE)
