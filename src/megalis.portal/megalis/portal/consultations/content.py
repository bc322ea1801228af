"""The types of the room. Busy ones are unversioned, unordered and out of the navigation (see docs on performance).

Lots and pieces are not catalogued: they are always reached through their consultation, which carries their words in its
own SearchableText. A consultation of 200 lots is then one entry of the catalog, and nothing of a draft can leak.
"""

from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.interfaces import IDossierOuvert
from megalis.portal.consultations.interfaces import IFichierOuvert
from megalis.portal.consultations.interfaces import ILot
from megalis.portal.consultations.interfaces import IPieceDCE
from megalis.portal.consultations.interfaces import IRestrictedConsultation
from plone import api
from plone.dexterity.content import Container
from plone.dexterity.content import Item
from zope.interface import implementer


class Uncatalogued:
    """Content that no search should find by itself; the methods are those of CMFCatalogAware."""

    def indexObject(self):
        """Not catalogued."""

    def unindexObject(self):
        """Not catalogued."""

    def reindexObject(self, idxs=(), update_metadata=1, uid=None):
        """Not catalogued; still says when it changed, as CMFCatalogAware does."""
        if not idxs:
            self.notifyModified()

    def reindexObjectSecurity(self, skip_self=False):
        """Not catalogued."""


@implementer(IConsultation)
class Consultation(Container):
    """A consultation, holding its lots, the pieces of its DCE and, after opening, its restricted folder."""

    _ordering = "unordered"

    version = 0  # of the dossier: 0 while a draft, 1 at publication, one more at each rectification
    cancelled_reason = ""
    informed_at = None  # when the rejected bidders were told (R. 2181-1), aware UTC
    informed_on_paper = False  # told otherwise than by electronic means: the standstill is longer (R. 2182-1)
    sole_candidate = False
    guided = False  # prepared with the form in steps
    system_name = ""  # the id of the consultation that began the dynamic system of which this is a later period
    relation = ""  # what ties it to the one it follows (``rules.suites``), for a restricted one
    relaunch_of = ""  # uuid of the consultation whose lots without result it takes up again
    import_remarks = ()  # (code, message) of the notice it was made of
    applied_law = None  # the rows it was published under (legal.keep)
    derogation = None  # a validator's leave to give less time (derogations.grant)
    submitted_by = ""  # the userid of who asked for the validation
    ranking = None  # of the jury of a concours (ranking.record)

    @property
    def crumb_title(self):
        """The reference stands for the object in the breadcrumbs."""
        return self.reference

    def crumb_url(self):
        """Return where its breadcrumb leads: agents to the page of their work, anybody else to the public page.

        A method, since a property of content sees neither the request nor its parents.
        """
        agent = api.user.has_permission("megalis: Follow consultation", obj=self)
        return f"{self.absolute_url()}/@@gestion" if agent else self.absolute_url()


@implementer(IRestrictedConsultation)
class RestrictedConsultation(Consultation):
    """A consultation by invitation; who is invited stands in ``restricted.invitations``."""

    origin = ""
    origin_name = ""  # the id of its origin, which stands beside it
    rank = 1
    fewer_reason = ""  # why fewer candidates are invited than the procedure wants


@implementer(ILot)
class Lot(Uncatalogued, Item):
    """A lot; its decision stands on the consultation (``api.decisions``)."""

    @property
    def crumb_title(self):
        """The number stands for the object in the breadcrumbs."""
        return f"Lot {self.number}"


@implementer(IPieceDCE)
class PieceDCE(Uncatalogued, Item):
    """A file of the DCE."""

    filename = ""
    size = 0
    sha256 = ""
    crc32 = None  # an archive is announced without reading its files
    since = 0
    until = None


@implementer(IDossierOuvert)
class DossierOuvert(Uncatalogued, Container):
    """Where opened bids go, by an explicit act of a key holder."""

    _ordering = "unordered"


@implementer(IFichierOuvert)
class FichierOuvert(Uncatalogued, Item):
    """A file of an opened bid."""

    size = 0
    sha256 = ""
