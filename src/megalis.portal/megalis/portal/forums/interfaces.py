"""What the place of the forums and a forum are."""

from megalis.portal import _
from plone.supermodel import model
from zope import schema
from zope.interface import Interface


class IForums(Interface):
    """Marks the place of the forums of the whole site."""


class IForum(model.Schema):
    """A forum, as who leads it describes it."""

    title = schema.TextLine(title=_("Nom du forum"), required=True)
    description = schema.Text(title=_("Ce dont on y parle"), required=False, default="")
