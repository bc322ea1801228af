"""What the editorial room adds to Plone's own types, and what it lets an operator decide, kept in the registry."""

from megalis.portal.editorial.kinds import AUDIENCES
from megalis.portal.editorial.kinds import SERVICES
from megalis.portal.editorial.services import parse
from plone.autoform.interfaces import IFormFieldProvider
from plone.namedfile.field import NamedBlobImage
from zope import schema
from zope.interface import Attribute
from zope.interface import Interface
from zope.interface import Invalid
from zope.interface import provider
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary


def terms(labels):
    """Return the vocabulary of value -> label."""
    return SimpleVocabulary([SimpleTerm(value, value, label) for value, label in labels.items()])


def well_formed(line):
    """Tell whether a line of the services register can be read; Invalid says how to write it."""
    try:
        parse(line)
    except ValueError as error:
        raise Invalid(str(error)) from error
    return True


class IEditorialSettings(Interface):
    """The state of the services, as the home page shows it."""

    services = schema.List(
        title="Services du portail",
        description="Une ligne par service : nom | ouvert, ralenti, arrêté ou annoncé | date AAAA-MM-JJ | explication. "
        "La date et l’explication peuvent rester vides.",
        value_type=schema.TextLine(constraint=well_formed, max_length=400),
        required=False,
        default=[],
    )


class IRubrique(Interface):
    """A place of the site that holds one kind of item; its id says which (``kinds.PLACES``)."""


@provider(IFormFieldProvider)
class IEditorial(Interface):
    """What every item has besides Plone's own fields; also the mark of what goes through the editorial workflow."""

    author = Attribute("user id of who wrote last")

    audiences = schema.Tuple(
        title="Pour qui", required=False, default=(), value_type=schema.Choice(vocabulary=terms(AUDIENCES))
    )
    service = schema.Choice(title="Service", required=False, default=None, vocabulary=terms(SERVICES))
    screens = schema.Text(title="Écrans", required=False, default="")
    day = schema.Date(title="Date du communiqué", required=False)
    contact = schema.Text(title="Contact presse", required=False, default="", max_length=500)
    image_alt = schema.TextLine(title="Texte de remplacement", required=False, default="", max_length=300)
    image1 = NamedBlobImage(title="Deuxième image", required=False)
    image1_alt = schema.TextLine(
        title="Texte de remplacement de la deuxième", required=False, default="", max_length=300
    )
    image2 = NamedBlobImage(title="Troisième image", required=False)
    image2_alt = schema.TextLine(
        title="Texte de remplacement de la troisième", required=False, default="", max_length=300
    )
    image3 = NamedBlobImage(title="Quatrième image", required=False)
    image3_alt = schema.TextLine(
        title="Texte de remplacement de la quatrième", required=False, default="", max_length=300
    )


class ILetter(IEditorial):
    """An issue of the newsletter; its items are ``chosen`` (uids, in order)."""


@provider(IFormFieldProvider)
class IAskingForm(IEditorial):
    """A form of collective.easyform that staff make on our pages; instants are aware, in UTC."""

    thanks = schema.Text(title="Remerciement", required=False, default="", max_length=1000)
    addressee = schema.TextLine(title="Destinataire des avis d’arrivée", required=False, default="", max_length=254)
    opens = schema.Datetime(title="Ouverture", required=False)
    closes = schema.Datetime(title="Fermeture", required=False)
    kept_days = schema.Int(title="Réponses gardées, en jours", default=365, min=1, max=1095)
