"""The sheet and the two forms by which staff make a form, set it, have it read and published, take it away."""

from functools import cached_property
from megalis.portal.editorial import kinds
from megalis.portal.editorial import workflow
from megalis.portal.editorial.desk.forms import Modifying
from megalis.portal.editorial.desk.pages import Sheet
from megalis.portal.editorial.interfaces import terms
from megalis.portal.editorial.surveys import answers
from megalis.portal.editorial.surveys import fields
from megalis.portal.editorial.surveys import making
from megalis.portal.editorial.surveys import seeds
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import settings
from megalis.portal.kernel.http import Refusal
from megalis.portal.theme.forms import MegalisForm
from plone import api
from z3c.form import button
from z3c.form.field import Fields
from zope import schema
from zope.interface import Interface


class FormSheet(Sheet):
    """``@@redaction-fiche`` of a form: its life is that of all that is written, its questions have their own page."""

    asks = True

    @cached_property
    def count(self):
        return len(answers.everything(self.context))

    @property
    def questions(self):
        return len(fields.read(self.context.fields_model))

    @property
    def reads_answers(self):
        return self.may("megalis: Manage editorial")

    @property
    def elsewhere(self):
        """Whether the form stands in the page of another room, which keeps its answers."""
        return self.context.getId() in seeds.ELSEWHERE

    @property
    def copy_url(self):
        return f"{self.site_url}/redaction-formulaire-nouveau?depart={making.COPY}{self.context.getId()}"

    @property
    def stays(self):
        """Why the form cannot be deleted now, in words, or ""."""
        try:
            making.removable(self.context)
        except Refused as refused:
            return refused.message
        return ""

    @property
    def addressee(self):
        return self.context.addressee or settings.contact_address()

    @property
    def when(self):
        return making.said(self.context.opens, self.context.closes, self.now) or "Sans date : tant qu’il est publié"

    def restore(self, number):
        return making.restore(self.context, number, workflow.actor())

    def do_supprimer(self):
        if not self.can_delete and not self.stays:
            raise Refusal("redaction.role", "Ce formulaire n’est plus à vous : demandez à un relecteur.", 403)
        title = making.remove(self.context)
        self.done(f"« {title} » est supprimé.", f"{self.site_url}/redaction-formulaires")


class ISettings(Interface):
    """What a form says, to whom and when."""

    title = schema.TextLine(title="Titre", max_length=200)
    description = schema.Text(
        title="Présentation", description="Ce que lit d’abord qui va le remplir.", required=False, max_length=500
    )
    thanks = schema.Text(
        title="Remerciement",
        description="Ce que lit qui vient d’envoyer sa réponse. Vide : « Merci, c’est envoyé ».",
        required=False,
        max_length=1000,
    )
    addressee = schema.TextLine(
        title="Prévenir à chaque réponse",
        description="Une adresse électronique. Vide : celle de l’assistance. Le message ne contient pas la réponse, il mène à elle.",
        required=False,
        max_length=254,
    )
    opens = schema.Datetime(title="Ouverture", description="Heure de Paris. Vide : dès la publication.", required=False)
    closes = schema.Datetime(
        title="Fermeture",
        description="Heure de Paris. Vide : sans limite. La page reste, et dit que c’est fermé.",
        required=False,
    )
    kept_days = schema.Int(
        title="Réponses gardées",
        description="Chacune est effacée d’elle-même après ce temps. Le formulaire le dit à qui le remplit.",
        default=answers.KEPT_DAYS,
        min=1,
        max=making.LONGEST_KEPT,
    )
    audiences = schema.Tuple(
        title="Pour qui",
        description="Rien de coché : pour tous.",
        required=False,
        value_type=schema.Choice(vocabulary=terms(kinds.AUDIENCES)),
    )


class SettingsForm(MegalisForm):
    """Ground of both."""

    ignoreContext = False
    crumbs = ()
    units = {"kept_days": "jours"}

    @cached_property
    def site(self):
        return api.portal.get()

    @property
    def list_url(self):
        return f"{self.site.absolute_url()}/redaction-formulaires"

    def make_fields(self):
        return Fields(ISettings)

    def attempt(self, work):
        """Return what ``work`` of the data sent returns, None once what is wrong was said."""
        data, errors = self.extractData()
        if errors:
            return None
        try:
            return work(data)
        except Refused as refused:
            self.refuse(refused.message, refused.value if refused.value in data else None)
            return None


class FormCreate(SettingsForm):
    """``/redaction-formulaire-nouveau``: ``?depart=copie:contact`` has that one chosen."""

    page_title = kinds.FORM.new
    page_intro = "Un brouillon d’abord : vous réglez ses questions, un relecteur le publie."

    @property
    def crumbs(self):
        return (("Rédaction", f"{self.site.absolute_url()}/redaction"), ("Formulaires et réponses", self.list_url))

    @property
    def cancel_url(self):
        return self.list_url

    def make_fields(self):
        known = dict(making.starts(api.portal.get()))
        start = schema.Choice(
            __name__="start",
            title="Partir de",
            description="Ses questions sont reprises ; vous les changerez ensuite.",
            vocabulary=terms(known),
        )
        return Fields(start) + super().make_fields()

    def getContent(self):
        asked = str(self.request.form.get("depart", ""))
        known = dict(making.starts(self.site))
        found = {"kept_days": answers.KEPT_DAYS, "start": asked if asked in known else f"{making.START}vierge"}
        form = self.site["formulaires"].get(asked.removeprefix(making.COPY)) if asked in known else None
        if form is not None:
            found |= {
                name: getattr(form, name) for name in ("description", "thanks", "addressee", "kept_days", "audiences")
            }
        return found

    @button.buttonAndHandler("Enregistrer le brouillon", name="save")
    def handle_save(self, action):
        def work(data):
            return making.create(self.site, data.pop("start"), data, workflow.actor())

        made = self.attempt(work)
        if made is not None:
            self.redirect(f"{made.absolute_url()}/@@redaction-questions", "Brouillon enregistré : voici ses questions.")


class FormEdit(Modifying, SettingsForm):
    """``@@redaction-modifier`` of a form."""

    locked = "Ce formulaire est à la relecture ou publié : demandez à un relecteur, ou faites-en une copie."

    def make_fields(self):
        found = super().make_fields()
        # the session says until when one enrols, and its organiser is told: only the words are this form's
        return found.select("title", "description") if self.context.getId() in seeds.ELSEWHERE else found

    def getContent(self):
        return {name: getattr(self.context, name) for name in making.SETTINGS}

    @button.buttonAndHandler("Enregistrer", name="save")
    def handle_save(self, action):
        changed = self.attempt(lambda data: making.change(self.context, data, workflow.actor()))
        if changed is not None:
            self.saved(changed)
