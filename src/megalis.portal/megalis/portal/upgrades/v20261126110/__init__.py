"""To 20261126110: forms on our own pages, the newsletter, in the editorial room."""

from megalis.portal.editorial import setuphandlers
from plone import api
from plone.dexterity.schema import SCHEMA_CACHE


PROFILE = "profile-megalis.portal:default"


def add_forms(tool):
    """Bring the types up to date and make the forms that are not there."""
    api.portal.get_tool("portal_setup").runImportStepFromProfile(PROFILE, "typeinfo", run_dependencies=False)
    SCHEMA_CACHE.clear()
    setuphandlers.prepare(api.portal.get())
