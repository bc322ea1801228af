"""To 20261126090: the editorial room: its types, its workflow, its roles and groups, its rubriques."""

from megalis.portal.editorial import setuphandlers
from megalis.portal.organisations import setuphandlers as organisations
from plone import api
from plone.dexterity.schema import SCHEMA_CACHE


PROFILE = "profile-megalis.portal:default"
STEPS = ("rolemap", "typeinfo", "workflow", "catalog")


def add_editorial(tool):
    """Bring what former sites do not have; what they have already stays as it is."""
    setup = api.portal.get_tool("portal_setup")
    for step in STEPS:
        setup.runImportStepFromProfile(PROFILE, step, run_dependencies=False)
    SCHEMA_CACHE.clear()
    site = api.portal.get()
    organisations.prepare(site)
    setuphandlers.prepare(site)
