"""Where groupings are: few, found by the catalogue, which shows a person those that concern it."""

from megalis.portal.groupings.rules import convention
from plone import api


def seen():
    """Return the groupings the current user may see, the last changed first."""
    catalog = api.portal.get_tool("portal_catalog")
    brains = catalog(portal_type="Groupement", sort_on="modified", sort_order="reverse")
    return [brain.getObject() for brain in brains]


def of(uid):
    """Return those of them to which a collectivité (uid) belongs, or is invited."""
    return [grouping for grouping in seen() if grouping.states.get(uid) in convention.ACTIVE]
