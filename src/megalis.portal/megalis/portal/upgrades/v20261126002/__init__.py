"""To 20261126002: consultations by invitation, their type, their workflow and the role of those invited."""

from plone import api


PROFILE = "profile-megalis.portal:default"
STEPS = ("rolemap", "typeinfo", "workflow")


def add_restricted_consultations(tool):
    """Bring the role, the type and the workflow that former sites do not have; what they have already stays as it is."""
    setup = api.portal.get_tool("portal_setup")
    for step in STEPS:
        setup.runImportStepFromProfile(PROFILE, step, run_dependencies=False)
