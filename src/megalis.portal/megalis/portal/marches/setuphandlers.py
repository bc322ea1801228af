"""What the room needs in a site: its register."""

from megalis.portal.marches import store


def prepare(site):
    """Make it ahead of the first two contracts; safe to run again."""
    store.prepare(site)
