"""What an act is, as its agents enter it; where it stands and what was exchanged about it are kept beside."""

from megalis.portal import _
from plone.supermodel import model
from zope import schema
from zope.interface import Interface


class IRegistreActes(Interface):
    """Marks the register of the acts of one collectivité: its public page, and the folder of them all."""


class IActe(model.Schema):
    """An act. Its texts are those the préfecture reads (``formats.actes.sending.Projet``)."""

    numero = schema.TextLine(title=_("Numéro"), required=True)
    date_decision = schema.Date(title=_("Date de décision"), required=True)
    nature = schema.Int(title=_("Nature"), required=True)
    matiere = schema.ASCIILine(title=_("Matière"), required=False, default="")
    objet = schema.Text(title=_("Objet"), required=True)
    papier = schema.Bool(title=_("Un envoi papier complète cet envoi"), required=False, default=False)
    effectif = schema.Int(title=_("Membres en exercice"), required=False)
    votants = schema.Int(title=_("Votants"), required=False)
    pour = schema.Int(title=_("Pour"), required=False)
    contre = schema.Int(title=_("Contre"), required=False)
    abstention = schema.Int(title=_("Abstentions"), required=False)
