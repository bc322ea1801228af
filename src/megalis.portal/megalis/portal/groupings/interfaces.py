"""What a groupement de commandes is, as its coordinator enters it; members, needs and orders are kept beside."""

from megalis.portal import _
from plone.supermodel import model
from zope import schema


class IGroupement(model.Schema):
    """A grouping: several public buyers, one of them coordinates. Contained in the coordinator's collectivité."""

    title = schema.TextLine(title=_("Objet"))
    scope = schema.Text(title=_("Périmètre"), required=False, default="")
    functioning = schema.Text(title=_("Règles de fonctionnement"), required=False, default="")
    mission = schema.TextLine(title=_("Mission du coordonnateur"), required=False, default="")
    commission = schema.TextLine(title=_("Commission d’appel d’offres"), required=False, default="")
    start = schema.Date(title=_("Début"), required=False)
    end = schema.Date(title=_("Fin"), required=False)
