"""What the place of the workspaces and a workspace are."""

from megalis.portal import _
from plone.supermodel import model
from zope import schema
from zope.interface import Interface


class IEspaces(Interface):
    """Marks the place of the workspaces."""


class IEspace(model.Schema):
    """A workspace, as its leaders describe it."""

    title = schema.TextLine(title=_("Nom de l’espace"), required=True)
    description = schema.Text(title=_("Ce qu’on y prépare"), required=False, default="")
