"""The types of the room that are not Plone's own: a rubrique, whose id says what it holds, and an issue of the letter."""

from megalis.portal.editorial.interfaces import ILetter
from megalis.portal.editorial.interfaces import IRubrique
from plone.app.contenttypes.content import Document
from plone.dexterity.content import Container
from zope.interface import implementer


@implementer(IRubrique)
class Rubrique(Container):
    """A place of the editorial site."""


@implementer(ILetter)
class Infolettre(Document):
    """An issue: a page of Plone that is made of chosen items."""

    chosen = ()
