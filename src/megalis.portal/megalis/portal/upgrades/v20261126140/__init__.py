"""To 20261126140: training, its types, permission and catalogue."""

from megalis.portal.trainings import create
from plone import api


PROFILE = "profile-megalis.portal:default"
STEPS = ("rolemap", "typeinfo", "workflow")


def add_trainings(tool):
    """Bring what former sites do not have; what they have already stays as it is."""
    setup = api.portal.get_tool("portal_setup")
    for step in STEPS:
        setup.runImportStepFromProfile(PROFILE, step, run_dependencies=False)
    create.install(api.portal.get())
