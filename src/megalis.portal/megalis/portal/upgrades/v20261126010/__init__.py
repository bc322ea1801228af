"""To 20261126010: who may have the archive of a consultation, and keys for the software of the collectivités."""

from megalis.portal.interchange import setuphandlers
from plone import api


PROFILE = "profile-megalis.portal:default"


def add_permissions(tool):
    """Give the new permissions to the roles that have them on a new site, and the site the plugin that reads keys."""
    api.portal.get_tool("portal_setup").runImportStepFromProfile(PROFILE, "rolemap", run_dependencies=False)
    setuphandlers.prepare(tool.aq_parent)
