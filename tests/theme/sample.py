"""A schema with every kind of field the portal's forms draw, and forms over it."""

from megalis.portal.theme import fields
from megalis.portal.theme.choices import RadioFieldWidget
from megalis.portal.theme.forms import MegalisAddForm
from megalis.portal.theme.forms import MegalisEditForm
from megalis.portal.theme.forms import MegalisForm
from megalis.portal.theme.forms import MegalisStepsForm
from plone.namedfile.field import NamedBlobFile
from z3c.form import button
from zope import schema
from zope.interface import Interface
from zope.interface import Invalid
from zope.interface import invariant
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary


NATURES = SimpleVocabulary([SimpleTerm(n, n, n.capitalize()) for n in ("travaux", "fournitures", "services")])


class IContact(Interface):
    role = schema.TextLine(title="Rôle", max_length=40)
    address = fields.EmailAddress(title="Adresse électronique", required=False)


class ISample(Interface):
    title = schema.TextLine(title="Objet", description="En une phrase, sans sigle.", max_length=60)
    text = schema.Text(title="Description", required=False)
    nature = schema.Choice(title="Nature", vocabulary=NATURES)
    place = schema.Choice(title="Lieu", vocabulary=NATURES, required=False)
    needs = schema.Set(title="Besoins", value_type=schema.Choice(vocabulary=NATURES), required=False)
    visit = schema.Bool(title="Une visite est obligatoire", required=False)
    day = schema.Date(title="Date de visite", required=False)
    deadline = schema.Datetime(title="Date limite de remise des plis", description="Heure de Paris.")
    days = schema.Int(title="Délai de validité", min=1, max=999)
    amount = fields.Euros(title="Valeur estimée", required=False)
    ratio = schema.Decimal(title="Pondération", required=False)
    secret = schema.Password(title="Mot de passe", required=False)
    mail = fields.EmailAddress(title="Adresse de contact")
    cpv = schema.List(title="Codes CPV", description="Un code par ligne.", value_type=schema.TextLine(), required=False)
    contacts = schema.Tuple(title="Contacts", value_type=fields.Row(schema=IContact), required=False)
    file = NamedBlobFile(title="Règlement de la consultation", required=False)

    @invariant
    def visit_has_a_day(data):
        if getattr(data, "visit", False) and not getattr(data, "day", None):
            raise Invalid("Une visite obligatoire a besoin d’une date : donnez-la ou décochez la visite.")


class SampleForm(MegalisForm):
    schema = ISample
    page_title = "Nouvelle consultation"
    page_intro = "Les réponses peuvent être corrigées jusqu’à la publication."
    sections = (
        ("Ce que vous achetez", ("title", "text", "nature", "place", "needs", "amount", "ratio", "cpv")),
        ("Quand", ("visit", "day", "deadline", "days")),
        ("Qui et quoi", ("mail", "secret", "contacts", "file")),
    )
    widget_factories = {"nature": RadioFieldWidget}
    units = {"days": "jours", "ratio": "%"}
    received = None

    @button.buttonAndHandler("Enregistrer le brouillon", name="save")
    def handle_save(self, action):
        data, errors = self.extractData()
        if errors:
            return
        if data["title"] == "Déjà pris":
            self.refuse("« Déjà pris » existe déjà : choisissez un autre objet.", "title")
            return
        type(self).received = data
        self.redirect(self.context.absolute_url(), "Brouillon enregistré.")

    @button.buttonAndHandler("Publier", name="publish")
    def handle_publish(self, action):
        self.handle_save(self, action)


class IDraft(Interface):
    title = schema.TextLine(title="Titre")
    description = schema.Text(title="Description", required=False, default="")


class DraftEdit(MegalisEditForm):
    schema = IDraft
    page_title = "Modifier"


class DraftSteps(MegalisStepsForm):
    schema = IDraft
    page_title = "Préparer"
    steps = (("objet", "Objet", ("title",)), ("texte", "Texte", ("description",)))


class DraftAdd(MegalisAddForm):
    schema = IDraft
    portal_type = "Document"
    page_title = "Nouveau document"
    button_label = "Créer le document"

    def make_id(self, data):
        return "brouillon"
