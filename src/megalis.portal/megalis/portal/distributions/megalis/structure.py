"""The places of the portal that exist before any content: one row a place, made once, by the distribution."""

from plone import api
from plone.dexterity.utils import createContentInContainer
from typing import NamedTuple


class Place(NamedTuple):
    """A container at the root of the site: its ``id`` is its address."""

    id: str
    portal_type: str
    title: str
    public: bool


PLACES = (
    Place("collectivites", "Collectivites", "Collectivités", public=True),
    Place("entreprises", "Entreprises", "Entreprises", public=False),
)


def build(site):
    """Make the places that are not there yet; safe to run again. Return the ids of those made."""
    made = []
    for place in PLACES:
        if place.id in site or place.portal_type not in site.portal_types:
            continue
        createContentInContainer(site, place.portal_type, checkConstraints=False, id=place.id, title=place.title)
        made.append(place.id)
    return made
