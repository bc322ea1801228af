"""To 20261126070: forums, their types, permissions and place, and the news of them by e-mail."""

from megalis.portal.forums import create
from megalis.portal.organisations.digests import store
from plone import api


PROFILE = "profile-megalis.portal:default"
STEPS = ("rolemap", "typeinfo", "workflow")


def add_forums(tool):
    """Bring what former sites do not have; what they have already stays as it is."""
    setup = api.portal.get_tool("portal_setup")
    for step in STEPS:
        setup.runImportStepFromProfile(PROFILE, step, run_dependencies=False)
    store.prepare(api.portal.get())
    create.install(api.portal.get())
