"""To 20261126081: the published acts of every register are counted by collectivité."""

from plone import api


PROFILE = "profile-megalis.portal:default"


def count_published_acts(tool):
    """Bring the index, and put there the acts that are published already."""
    api.portal.get_tool("portal_setup").runImportStepFromProfile(PROFILE, "catalog", run_dependencies=False)
    catalog = api.portal.get_tool("portal_catalog")
    for brain in catalog.unrestrictedSearchResults(portal_type="Acte", review_state="publie"):
        brain._unrestrictedGetObject().reindexObject(idxs=["acte_public"])
