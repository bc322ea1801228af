"""The places of the portal that exist before any content: one row a place, made once, by the distribution."""

from plone.dexterity.utils import createContentInContainer
from typing import NamedTuple


class Place(NamedTuple):
    """A container at the root of the site: its ``id`` is its address, its type's workflow says who sees it."""

    id: str
    portal_type: str
    title: str


PLACES = (
    Place("collectivites", "Collectivites", "Collectivités"),
    Place("entreprises", "Entreprises", "Entreprises"),
    Place("forums", "Forums", "Forums"),
    Place("espaces", "Espaces", "Espaces de travail"),
)


def build(site):
    """Make the places that are not there yet; safe to run again. Return the ids of those made."""
    made = []
    for place in PLACES:
        if place.id in site:
            continue
        createContentInContainer(site, place.portal_type, checkConstraints=False, id=place.id, title=place.title)
        made.append(place.id)
    return made
