"""To 20261126050: the register of contracts, the permission to eliminate archives."""

from megalis.portal.marches import setuphandlers
from plone import api


PROFILE = "profile-megalis.portal:default"


def add_contracts(tool):
    """Make the register of contracts, and give the new permission to the role that has it on a new site."""
    setuphandlers.prepare(api.portal.get())
    api.portal.get_tool("portal_setup").runImportStepFromProfile(PROFILE, "rolemap", run_dependencies=False)
