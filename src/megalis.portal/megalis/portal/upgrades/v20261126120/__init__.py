"""To 20261126120: workspaces, their types, permissions and place."""

from megalis.portal.workspaces import create
from plone import api


PROFILE = "profile-megalis.portal:default"
STEPS = ("rolemap", "typeinfo", "workflow")


def add_workspaces(tool):
    """Bring what former sites do not have; what they have already stays as it is."""
    setup = api.portal.get_tool("portal_setup")
    for step in STEPS:
        setup.runImportStepFromProfile(PROFILE, step, run_dependencies=False)
    create.install(api.portal.get())
