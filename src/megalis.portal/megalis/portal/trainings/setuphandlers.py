"""What the room needs in a site that profiles cannot say: its places and the modules it begins with."""

from megalis.portal.trainings import create


def prepare(site):
    """Make what is not there; safe to run again."""
    create.install(site)
