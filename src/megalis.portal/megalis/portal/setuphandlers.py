"""After the profile: what each room needs in a site that XML cannot say."""

from importlib import import_module


ROOMS = ("kernel", "organisations", "deposits", "interchange", "marches", "editorial", "trainings")


def install(tool):
    """Prepare the rooms in order; safe to run again."""
    site = tool.aq_parent
    for room in ROOMS:
        import_module(f"megalis.portal.{room}.setuphandlers").prepare(site)
