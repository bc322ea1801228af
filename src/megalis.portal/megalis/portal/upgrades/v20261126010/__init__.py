"""To 20261126010: who may have the archive of a consultation."""

from plone import api


PROFILE = "profile-megalis.portal:default"


def add_permissions(tool):
    """Give the new permissions to the roles that have them on a new site."""
    api.portal.get_tool("portal_setup").runImportStepFromProfile(PROFILE, "rolemap", run_dependencies=False)
