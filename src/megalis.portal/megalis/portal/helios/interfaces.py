"""What a flow is for the catalog and for programs; the file says the rest."""

from megalis.portal import _
from plone.supermodel import model
from zope import schema
from zope.interface import Interface


class IRegistrePES(Interface):
    """Marks the register of the flows of one collectivité: the folder of them all."""


class IFluxPES(model.Schema):
    """A PES Aller, as it was deposited."""

    filename = schema.TextLine(title=_("Nom du fichier"), required=False, readonly=True)
    nomfic = schema.TextLine(title=_("Nom du flux (NomFic)"), required=False, readonly=True)
    codcol = schema.TextLine(title=_("Code collectivité (CodCol)"), required=False, readonly=True)
