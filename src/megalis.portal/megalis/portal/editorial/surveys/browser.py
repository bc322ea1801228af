"""A form as people fill it, and its answers as the webmaster reads them."""

from collective.easyform.api import get_schema
from datetime import timedelta
from megalis.portal.editorial.surveys import answers
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.kernel import settings
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme.export import Exported
from megalis.portal.theme.forms import MegalisForm
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from z3c.form.field import Fields
from zope.schema import getFieldsInOrder


class Fill(MegalisForm):
    """``/formulaires/contact``."""

    index = ViewPageTemplateFile("templates/fill.pt")
    sent = False

    @property
    def page_title(self):
        return self.context.title

    @property
    def page_intro(self):
        return self.context.description

    @property
    def kept_days(self):
        return getattr(self.context, "kept_days", answers.KEPT_DAYS)

    @property
    def operator(self):
        return settings.operator_name()

    cancel_url = ""

    def make_fields(self):
        return Fields(get_schema(self.context))

    @property
    def action(self):
        return self.context.absolute_url()

    @button.buttonAndHandler("Envoyer", name="send")
    def handle_send(self, action):
        data, errors = self.extractData()
        if errors:
            return
        if not self.request.form.get(
            "site"
        ):  # a field people do not see: who fills it is a program, and is told nothing
            try:
                answers.keep(self.context, dict(data))
            except Refused as refused:
                self.refuse(refused.message, refused.value if refused.value in data else None)
                return
        self.sent = True


class Forms(Page):
    """``/redaction-formulaires``."""

    page_title = "Formulaires et réponses"
    crumbs = ()

    def __init__(self, context, request):
        super().__init__(context, request)
        self.crumbs = (("Rédaction", f"{context.absolute_url()}/redaction"),)

    @property
    def rows(self):
        return [
            {"title": form.title, "url": form.absolute_url(), "count": len(answers.everything(form)),
             "days": getattr(form, "kept_days", answers.KEPT_DAYS), "id": form.getId()}
            for form in answers.forms(self.site)
        ]  # fmt: skip

    def do_garder(self):
        """Change how long the answers of a form are kept."""
        form = self.site["formulaires"].get(self.field("formulaire"))
        days = self.field("jours")
        if form is None or not days.isdigit() or not 1 <= int(days) <= 1095:
            raise Refused("formulaire.duree", f"« {days[:10]} » : donnez un nombre de jours de 1 à 1 095.", days)
        form.kept_days = int(days)
        answers.purge(form, self.now - timedelta(0))
        self.done("Durée changée ; les réponses plus anciennes sont effacées.")


class Answers(Page):
    """``@@redaction-reponses`` of a form, and its files."""

    crumb_title = "Réponses"

    @property
    def page_title(self):
        return f"Réponses : {self.context.title}"

    @property
    def names(self):
        """The fields of the form: list of (name, title)."""
        return [(name, field.title) for name, field in getFieldsInOrder(get_schema(self.context))]

    @property
    def rows(self):
        return [
            (at, [str(values.get(name) or "") for name, _title in self.names])
            for at, values in answers.everything(self.context)
        ]

    @property
    def export_url(self):
        return f"{self.context.absolute_url()}/@@reponses"


class AnswerFiles(Exported, Answers):
    """``reponses.csv``, ``.xlsx``, ``.pdf``."""

    @property
    def list_columns(self):
        return (Column("Reçue le", INSTANT), *(Column(title) for _name, title in self.names))

    def list_rows(self):
        return ((at, *values) for at, values in self.rows)

    def __call__(self):
        return self.send()
