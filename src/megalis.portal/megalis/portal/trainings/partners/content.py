"""A partner organisation, and the companies of each of its programmes."""

from BTrees.OOBTree import OOBTree
from megalis.portal.trainings.interfaces import IPartenaire
from megalis.portal.trainings.interfaces import IPartenaires
from megalis.portal.trainings.interfaces import IProgramme
from megalis.portal.trainings.partners import rules
from plone.dexterity.content import Container
from plone.dexterity.content import Item
from zope.interface import implementer


@implementer(IPartenaires)
class Partenaires(Container):
    """The partners."""

    crumb_title = "Partenaires"


@implementer(IPartenaire)
class Partenaire(Container):
    """Its people have the local role ``Partenaire``."""

    website = ""
    contact = ""


@implementer(IProgramme)
class Programme(Item):
    """``members``: SIREN -> rules.Member."""

    target = 40

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.members = OOBTree()

    @property
    def agreed(self):
        return sorted(rules.agreed(self.members.values()), key=lambda member: member.name.casefold())
