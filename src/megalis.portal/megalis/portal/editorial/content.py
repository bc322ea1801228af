"""The one type of the room that is not Plone's: a rubrique, whose id says what it holds."""

from megalis.portal.editorial.interfaces import IRubrique
from plone.dexterity.content import Container
from zope.interface import implementer


@implementer(IRubrique)
class Rubrique(Container):
    """A place of the editorial site."""
