"""The content classes of the room; all unordered, so that two writers never meet on an order list."""

from megalis.portal.organisations.interfaces import ICollectivite
from megalis.portal.organisations.interfaces import ICollectivites
from megalis.portal.organisations.interfaces import IEntreprise
from megalis.portal.organisations.interfaces import IEntreprises
from megalis.portal.organisations.interfaces import IEtablissement
from megalis.portal.organisations.interfaces import IOrganisation
from megalis.portal.organisations.interfaces import IService
from plone.dexterity.content import Container
from plone.namedfile.interfaces import IImageScaleTraversable
from zope.interface import implementer


class Unordered(Container):
    """A folder without an order of its own. ``active`` is False once the portal core has closed it."""

    _ordering = "unordered"
    active = True
    core_code = ""
    core_fields = None  # what the portal core gave that has no other place: (name, value) pairs


@implementer(ICollectivites)
class Collectivites(Unordered):
    """The public directory."""


@implementer(IEntreprises)
class Entreprises(Unordered):
    """The private folder of companies."""


@implementer(ICollectivite, IOrganisation, IImageScaleTraversable)
class Collectivite(Unordered):
    """A public buyer."""

    simulation = False  # True for the one that stands for a buyer where people practise; no list shows it

    @property
    def identifier(self):
        """The number its groups are named by."""
        return self.siren


@implementer(IService)
class Service(Unordered):
    """A service of a collectivité."""


@implementer(IEntreprise, IOrganisation)
class Entreprise(Unordered):
    """A company."""

    @property
    def siren(self):
        """Its SIREN, or an empty text when it is foreign."""
        return self.identifier if self.country == "FR" else ""


@implementer(IEtablissement)
class Etablissement(Unordered):
    """A place of a company."""
