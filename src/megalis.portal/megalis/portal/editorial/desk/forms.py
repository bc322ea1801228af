"""One form for all that staff write: the fields of its kind, nothing else."""

from functools import cached_property
from megalis.portal.editorial import agenda
from megalis.portal.editorial import files
from megalis.portal.editorial import guides
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import wording
from megalis.portal.editorial import workflow
from megalis.portal.editorial.interfaces import terms
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.theme.forms import MegalisForm
from plone import api
from plone.namedfile.field import NamedBlobFile
from plone.namedfile.field import NamedBlobImage
from z3c.form import button
from z3c.form.field import Fields
from z3c.form.interfaces import NOT_CHANGED
from zExceptions import Unauthorized
from zope import schema
from zope.interface import Interface


MARKS = "## intertitre, - liste, **gras**, [mots](https://adresse) ; une ligne vide sépare deux paragraphes."
LABELS = {
    "QuestionFrequente": {"title": "Question", "text": "Réponse"},
    "TermeGlossaire": {"title": "Terme", "text": "Définition"},
    "DocumentPublic": {"description": "De quoi il s’agit"},
    "Guide": {"text": "Pas à pas"},
}


class IItemForm(Interface):
    """Every field a kind may ask."""

    title = schema.TextLine(title="Titre", max_length=200)
    description = schema.Text(
        title="Chapeau", description="Deux phrases : elles paraissent dans les listes.", required=False, max_length=500
    )
    start = schema.Datetime(title="Début", description="Heure de Paris.")
    end = schema.Datetime(title="Fin", description="Heure de Paris.")
    location = schema.TextLine(title="Lieu", required=False, max_length=200)
    day = schema.Date(title="Date du communiqué", required=True)
    text = schema.Text(title="Texte", description=MARKS, required=False, max_length=wording.LONGEST)
    screens = schema.Text(
        title="Écrans que le guide explique",
        description="Une adresse par ligne, copiée depuis le navigateur : le lien « Aide de cet écran » y mènera ici.",
        required=False,
        max_length=3000,
    )
    contact = schema.Text(title="Contact presse", required=False, max_length=500)
    file = NamedBlobFile(title="Fichier", description=f"30 Mo au plus : {', '.join(files.DOCUMENTS)}.")
    image = NamedBlobImage(title="Image", description="JPEG, PNG, WebP ou GIF, 8 Mo au plus.", required=False)
    image_alt = schema.TextLine(
        title="Texte de remplacement de l’image",
        description="Ce qu’elle montre, pour qui ne la voit pas.",
        required=False,
        max_length=300,
    )
    image_caption = schema.TextLine(title="Légende et crédit", required=False, max_length=300)
    image1 = NamedBlobImage(title="Deuxième image", required=False)
    image1_alt = schema.TextLine(title="Texte de remplacement de la deuxième image", required=False, max_length=300)
    image2 = NamedBlobImage(title="Troisième image", required=False)
    image2_alt = schema.TextLine(title="Texte de remplacement de la troisième image", required=False, max_length=300)
    image3 = NamedBlobImage(title="Quatrième image", required=False)
    image3_alt = schema.TextLine(title="Texte de remplacement de la quatrième image", required=False, max_length=300)
    audiences = schema.Tuple(
        title="Pour qui",
        description="Rien de coché : pour tous.",
        required=False,
        value_type=schema.Choice(vocabulary=terms(kinds.AUDIENCES)),
    )
    service = schema.Choice(title="Service concerné", required=False, vocabulary=terms(kinds.SERVICES))
    expires = schema.Datetime(
        title="Fin de publication", description="L’article part alors aux archives, de lui-même.", required=False
    )
    note = schema.TextLine(
        title="Ce que vous changez", description="Pour l’historique des versions.", required=False, max_length=200
    )


class ItemForm(MegalisForm):
    """Ground of both forms."""

    ignoreContext = False
    crumbs = ()
    scripts = ("redaction",)

    @property
    def kind(self):
        raise NotImplementedError  # each form knows what it writes

    def make_fields(self):
        return Fields(IItemForm).select(*self.kind.fields)

    def updateWidgets(self):
        super().updateWidgets()
        labels = LABELS.get(self.kind.type, {})
        for widget in self.controls():
            widget.label = labels.get(widget.__name__, widget.label)
        if "text" in self.widgets:
            self.widgets["text"].rows = 16
            self.widgets["text"].addClass("mg-marks")
            self.widgets["text"].preview = f"{api.portal.get().absolute_url()}/redaction-rendu"

    @property
    def desk_url(self):
        return f"{api.portal.get().absolute_url()}/redaction"

    def checked(self, was=None):
        """Return the values sent, or None once what is wrong was said; ``was``: the start of an event before."""
        data, errors = self.extractData()
        if errors:
            return None
        try:
            for name in self.kind.fields:
                value = data.get(name)
                if name in kinds.PICTURES and value and value is not NOT_CHANGED:
                    value.contentType = files.picture(value.filename, value.data)
                elif name == "file" and value and value is not NOT_CHANGED:
                    value.contentType = files.document(value.filename, value.data)
            if "screens" in data:
                data["screens"] = "\n".join(guides.lines(data["screens"], api.portal.get()))
            if "start" in data:
                agenda.check(data["start"], data["end"], clock.now(), was)
        except Refused as refused:
            self.refuse(refused.message, refused.value if refused.value in data else name)
        return None if self.errors else data


class Create(ItemForm):
    """``/redaction-nouveau?genre=Actualite``."""

    @cached_property
    def kind(self):
        return kinds.BY_TYPE.get(str(self.request.form.get("genre", "")), kinds.KINDS[0])

    @property
    def page_title(self):
        return self.kind.new

    @property
    def crumbs(self):
        return (("Rédaction", self.desk_url),)

    @property
    def cancel_url(self):
        return self.desk_url

    @property
    def action(self):
        return f"{self.request.getURL()}?genre={self.kind.type}"

    def getContent(self):
        return {"day": clock.paris(clock.now()).date()}

    @button.buttonAndHandler("Enregistrer le brouillon", name="save")
    def handle_save(self, action):
        data = self.checked()
        if data is None:
            return
        made = items.create(api.portal.get(), self.kind, data, workflow.actor())
        self.redirect(f"{made.absolute_url()}/@@redaction-fiche", "Brouillon enregistré.")


class Modifying:
    """``@@redaction-modifier`` of what is written: who may, where one comes back, what is said. Before a MegalisForm."""

    crumb_title = "Modifier"
    locked = "Ce texte est à la relecture ou publié : demandez à un relecteur."

    @property
    def page_title(self):
        return f"Modifier : {self.context.title}"

    @property
    def cancel_url(self):
        return f"{self.context.absolute_url()}/@@redaction-fiche"

    def update(self):
        if not api.user.has_permission("Modify portal content", obj=self.context):
            raise Unauthorized(self.locked)
        super().update()

    def saved(self, changed):
        self.redirect(self.cancel_url, "Modifications enregistrées." if changed else "Rien n’a changé.")


class Edit(Modifying, ItemForm):
    """``@@redaction-modifier`` of an item."""

    @property
    def kind(self):
        return items.kind(self.context)

    @property
    def action(self):
        return f"{self.context.absolute_url()}/@@redaction-modifier"

    def make_fields(self):
        return Fields(IItemForm).select(*self.kind.fields, "note")

    def getContent(self):
        return items.read(self.context)

    @button.buttonAndHandler("Enregistrer", name="save")
    def handle_save(self, action):
        data = self.checked(getattr(self.context, "start", None))
        if data is None:
            return
        note = data.pop("note", "") or ""
        self.saved(items.write(self.context, data, workflow.actor(), note))
