"""A form as people fill it, and its answers as the webmaster reads them."""

from collective.easyform.api import get_schema
from functools import cached_property
from megalis.portal.editorial import items
from megalis.portal.editorial import states
from megalis.portal.editorial import workflow
from megalis.portal.editorial.desk.base import DeskPage
from megalis.portal.editorial.surveys import answers
from megalis.portal.editorial.surveys import fields
from megalis.portal.editorial.surveys import making
from megalis.portal.editorial.surveys import seeds
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme.export import Exported
from megalis.portal.theme.forms import MegalisForm
from megalis.portal.theme.words import plural
from plone import api
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from z3c.form.field import Fields
from zExceptions import NotFound
from zope import schema
from zope.interface import Interface
from zope.schema import getFieldsInOrder
from zope.schema.interfaces import IBool


MANAGE = "megalis: Manage editorial"
PERSONAL = ("nom", "courriel", "telephone")  # who asks for one of these asks for an agreement too
SHORT = 120  # signs of an answer that a list shows


class IConsent(Interface):
    """What is asked beside personal data, whatever the form holds; the answer itself is that there is one.

    No question of staff has a name that ends so (``fields``).
    """

    accord_ = schema.Bool(
        title="J’accepte que ces réponses soient gardées le temps d’y répondre", required=True, default=False
    )


def unticked(form, data):
    """Say which box that must be ticked is not, and tell whether there was one."""
    for name, field in form.fields.items():
        if IBool.providedBy(field.field) and field.field.required and not data.get(name):
            form.refuse("Cochez la case : sans elle, le formulaire ne part pas.", name)
            return True
    return False


class Fill(MegalisForm):
    """``/formulaires/contact``."""

    index = ViewPageTemplateFile("templates/fill.pt")
    sent = False
    trap = "site"

    @property
    def page_title(self):
        return self.context.title

    @property
    def page_intro(self):
        return self.context.description

    @property
    def kept_days(self):
        return self.context.kept_days

    @cached_property
    def previewed(self):
        """Whether the form is seen by staff before it is published: nothing sent is kept."""
        return items.state(self.context) != states.PUBLISHED

    @cached_property
    def moment(self):
        return making.moment(self.context.opens, self.context.closes, clock.now())

    @property
    def sheet_url(self):
        """Where staff act on the form, "" for others."""
        may = api.user.has_permission("megalis: Write editorial", obj=self.context)
        return f"{self.context.absolute_url()}/@@redaction-fiche" if may else ""

    @property
    def badge(self):
        return states.STATES[items.state(self.context)]

    @property
    def answering(self):
        """Whether the questions are shown: a form is filled while it is open, staff try it at any time before."""
        return not self.sent and (self.previewed or self.moment == making.OPEN)

    @property
    def operator(self):
        return settings.operator_name()

    cancel_url = ""

    def __call__(self):
        elsewhere = seeds.ELSEWHERE.get(self.context.getId())
        if elsewhere:
            self.request.response.redirect(f"{api.portal.get().absolute_url()}/{elsewhere}")
            return ""
        return super().__call__()

    def make_fields(self):
        asked = Fields(get_schema(self.context))
        return asked + Fields(IConsent) if any(name.startswith(PERSONAL) for name in asked) else asked

    @property
    def action(self):
        return self.context.absolute_url()

    @button.buttonAndHandler("Envoyer", name="send")
    def handle_send(self, action):
        data, errors = self.extractData()
        if errors or unticked(self, data):
            return
        data.pop("accord_", None)
        if not self.previewed and self.moment != making.OPEN:
            self.refuse("Ce formulaire ne prend pas de réponse en ce moment : rien n’a été envoyé.")
            return
        if not self.trapped and not self.previewed:
            try:
                answers.keep(self.context, dict(data))
            except Refused as refused:
                self.refuse(refused.message, refused.value if refused.value in data else None)
                return
        self.sent = True


class Forms(DeskPage):
    """``/redaction-formulaires``: who writes sees to the questions, the webmaster alone to the answers."""

    page_title = "Formulaires et réponses"

    @property
    def rows(self):
        return [
            {"title": form.title, "url": form.absolute_url(), "count": len(answers.everything(form)),
             "days": form.kept_days, "badge": states.STATES[items.state(form)],
             "when": making.said(form.opens, form.closes, self.now),
             "questions": len(fields.read(form.fields_model)), "elsewhere": seeds.ELSEWHERE.get(form.getId(), "")}
            for form in answers.forms(self.site)
        ]  # fmt: skip

    @property
    def manages(self):
        return self.may(MANAGE)


class Questions(Page):
    """``@@redaction-questions`` of a form: add, reword, order, require, remove; what is published is a reviewer's to change."""

    page_title = "Questions du formulaire"
    crumb_title = "Questions"
    kinds = tuple(fields.KINDS.items())
    listed = fields.LISTED
    limits = (fields.TITLE, fields.HELP)

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@redaction-questions"

    @property
    def shown_url(self):
        """Where people meet the form."""
        return f"{self.site_url}/{seeds.ELSEWHERE.get(self.context.getId(), '')}" if self.elsewhere else self.form_url

    @property
    def elsewhere(self):
        return self.context.getId() in seeds.ELSEWHERE

    @property
    def form_url(self):
        return self.context.absolute_url()

    @property
    def sheet_url(self):
        return f"{self.form_url}/@@redaction-fiche"

    @cached_property
    def can_edit(self):
        return self.may("Modify portal content")

    @property
    def published(self):
        return items.state(self.context) == states.PUBLISHED

    def post(self):
        if not self.can_edit:
            self.errors = (
                "Ce formulaire est à la relecture ou publié : demandez à un relecteur, ou faites-en une copie.",
            )
            self.request.response.setStatus(403)
            return
        super().post()

    @cached_property
    def needed(self):
        return seeds.NEEDED.get(self.context.getId(), ())

    @property
    def rows(self):
        """The questions: dicts name, title, help, kind (words), listed, values, required, needed, opened."""
        return [
            {"name": item.name, "title": item.title, "help": item.help, "required": item.required,
             "kind": fields.KINDS.get(item.kind, "Réglée dans easyform"), "listed": item.kind in fields.LISTED,
             "values": "\n".join(item.values), "needed": item.name in self.needed,
             "opened": bool(self.errors) and self.field("champ") == item.name and self.field("faire") == "changer"}
            for item in fields.read(self.context.fields_model)
        ]  # fmt: skip

    def typed(self, name, value="", of=""):
        """Return what was typed in the form that was refused, else what stands."""
        mine = bool(self.errors) and self.field("champ") == of and self.field("faire") in ("changer", "ajouter")
        return self.request.form.get(name, "") if mine else value

    def checked(self, name, value, of=""):
        return "checked" if self.typed(name, "1" if value else "", of) else None

    def write(self, model, message, name=""):
        making.ask(self.context, model, workflow.actor(), message)
        self.done(message, f"{self.url}#q-{name}" if name else None)

    def _words(self):
        return self.field("question"), self.field("aide"), bool(self.field("exigee")), self.field("choix")

    def do_ajouter(self):
        model, name = fields.add(self.context.fields_model, self.field("genre"), *self._words())
        self.write(model, f"Question ajoutée : « {self.field('question')} ».", name)

    def do_changer(self):
        name = self.field("champ")
        self.write(
            fields.change(self.context.fields_model, name, *self._words(), self.needed), "Question changée.", name
        )

    def do_monter(self):
        self.move(-1)

    def do_descendre(self):
        self.move(1)

    def move(self, step):
        name = self.field("champ")
        model = fields.move(self.context.fields_model, name, step)
        found = fields.read(model)
        rank, item = next((rank, item) for rank, item in enumerate(found, 1) if item.name == name)
        self.write(model, f"« {item.title} » est maintenant en position {rank} sur {len(found)}.", name)

    def do_retirer(self):
        self.write(fields.remove(self.context.fields_model, self.field("champ"), self.needed),
                   "Question retirée. Les réponses déjà reçues la gardent.")  # fmt: skip


class Answers(Page):
    """``@@redaction-reponses`` of a form: the list, one answer (``reponse``), one or all of them erased; and its files."""

    @property
    def crumbs(self):
        return (("Réponses", self.url),) if self.one is not None else ()

    @property
    def crumb_title(self):
        return "Une réponse" if self.one is not None else "Réponses"

    @property
    def page_title(self):
        return f"Réponses : {self.context.title}"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@redaction-reponses"

    @property
    def names(self):
        """The fields of the form: list of (name, title)."""
        return [(name, field.title) for name, field in getFieldsInOrder(get_schema(self.context))]

    @cached_property
    def kept(self):
        return answers.kept(self.context)

    @property
    def rows(self):
        """The answers, the newest first: dicts key, at, cells, url."""
        names = [name for name, _title in self.names]
        return [
            {
                "key": key,
                "at": at,
                "cells": [answers.shown(values.get(name)) for name in names],
                "url": f"{self.url}?reponse={key}",
            }
            for key, at, values in self.kept
        ]

    def cut(self, words):
        """Return what a table shows of a long answer."""
        return words if len(words) <= SHORT else f"{words[:SHORT].rsplit(' ', 1)[0]}…"

    @cached_property
    def one(self):
        """The answer the address names: dict key, at, facts; None for the list."""
        asked = self.field("reponse")
        found = next(((key, at, values) for key, at, values in self.kept if key == asked), None)
        if found is None:
            if asked and self.request.method == "GET":
                raise NotFound("reponse")
            return None
        key, at, values = found
        known = [(title, answers.shown(values.get(name))) for name, title in self.names]
        # what was answered to a field that the form has no more
        gone = [(name, answers.shown(values[name])) for name in values if name not in dict(self.names)]
        return {"key": key, "at": at, "facts": [row for row in (*known, *gone) if row[1]]}

    @property
    def export_url(self):
        return f"{self.context.absolute_url()}/@@reponses"

    def do_effacer(self):
        answers.erase(self.context, [self.field("reponse")])
        self.done("La réponse est effacée.", self.url)

    def do_vider(self):
        if self.field("nombre") != str(len(self.kept)):
            raise Refused(
                "formulaire.nombre",
                f"« {self.field('nombre')[:10]} » : recopiez le nombre de réponses ({len(self.kept)}) pour les effacer toutes.",
            )
        count = answers.erase(self.context, [key for key, _at, _values in self.kept])
        self.done(f"{plural(count, 'réponse effacée', 'réponses effacées')}.", self.url)


class AnswerFiles(Exported, Answers):
    """``reponses.csv``, ``.xlsx``, ``.pdf``."""

    @property
    def list_columns(self):
        return (Column("Reçue le", INSTANT), *(Column(title) for _name, title in self.names))

    def list_rows(self):
        return ((row["at"], *row["cells"]) for row in self.rows)

    def __call__(self):
        return self.send()
