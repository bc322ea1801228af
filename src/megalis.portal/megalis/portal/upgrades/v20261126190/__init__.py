"""To 20261126190: guides of workspaces, of joint purchasing and of writing on the site."""

from megalis.portal.editorial import setuphandlers as editorial
from plone import api


NAMES = ("travailler-dans-un-espace", "acheter-en-groupement", "ecrire-sur-le-site")


def add_guides(tool):
    """Publish the guides former sites never had."""
    editorial.write_guides(api.portal.get(), NAMES)
