"""To 20261126130: groupings made before have the workspace of their members."""

from megalis.portal.groupings import service
from plone import api


def gather(tool):
    """Tell again who works together; a grouping whose workspace is there already keeps it."""
    for brain in api.portal.get_tool("portal_catalog").unrestrictedSearchResults(portal_type="Groupement"):
        service.gathered(brain._unrestrictedGetObject())
