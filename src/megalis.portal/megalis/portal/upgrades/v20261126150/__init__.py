"""To 20261126150: guides of screens, partners and their programmes."""

from megalis.portal.editorial import setuphandlers as editorial
from megalis.portal.trainings import create
from plone import api


PROFILE = "profile-megalis.portal:default"
STEPS = ("rolemap", "typeinfo", "workflow")


def add_guides_and_partners(tool):
    """Bring what former sites do not have; what they have already stays as it is."""
    setup = api.portal.get_tool("portal_setup")
    for step in STEPS:
        setup.runImportStepFromProfile(PROFILE, step, run_dependencies=False)
    site = api.portal.get()
    editorial.prepare(site)
    create.install(site)
