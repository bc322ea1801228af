"""To 20261126080: PES flows, their types, workflow, index, and the two roles that each collectivité gives for them."""

from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from plone import api


PROFILE = "profile-megalis.portal:default"
STEPS = ("rolemap", "typeinfo", "workflow", "catalog")


def add_flows(tool):
    """Bring what former sites do not have; every collectivité gets the groups of the new roles."""
    setup = api.portal.get_tool("portal_setup")
    for step in STEPS:
        setup.runImportStepFromProfile(PROFILE, step, run_dependencies=False)
    for collectivite in api.portal.get()[directory.COLLECTIVITES].objectValues():
        membership.install(collectivite)
