"""Enrolling without an account: the form that the webmaster composes, and the link of the mail."""

from collective.easyform.api import get_schema
from functools import cached_property
from megalis.portal.editorial.surveys.browser import unticked
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations.browser.base import Notice
from megalis.portal.theme.forms import MegalisForm
from megalis.portal.trainings import guests
from megalis.portal.trainings import links
from megalis.portal.trainings.browser.base import DOORS
from megalis.portal.trainings.rules import roster
from megalis.portal.trainings.rules import sessions
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from z3c.form.field import Fields
from zExceptions import NotFound
from zope import schema
from zope.component.hooks import getSite
from zope.interface import Interface


FIELDS = {"inscription.nom": "nom", "courriel": "courriel", "inscription.organisme": "organisme", "siret": guests.SIRET}


def form_of(site):
    """Return the form whose fields are asked, or None where the webmaster took it away."""
    return site["formulaires"].get(guests.FORM) if "formulaires" in site else None


class IConsent(Interface):
    """What is asked whatever the form holds; no question of staff has a name that ends so."""

    accord_ = schema.Bool(
        title="J’accepte que ces réponses servent à organiser cette session",
        description="Elles sont lues de l’organisateur seul, et effacées un an après la session.",
        required=True,
        default=False,
    )


class AskForm(MegalisForm):
    """``@@inscription-sans-compte`` of a session."""

    index = ViewPageTemplateFile("templates/guest.pt")
    page_title = "S’inscrire sans compte"
    trap = "site"
    sent = ""

    def make_fields(self):
        return Fields(get_schema(self.form)) + Fields(IConsent)

    @cached_property
    def form(self):
        found = form_of(getSite())
        if found is None:
            raise NotFound("inscription-sans-compte")
        return found

    @property
    def page_intro(self):
        return f"{self.context.module.title}, {sessions.days(self.context.spans)[0]}, {self.context.place}"

    @property
    def door(self):
        return DOORS[self.context.module.kind]

    @property
    def operator(self):
        return settings.operator_name()

    @property
    def closed(self):
        """Why nobody can enrol now, in words, or ""."""
        try:
            roster.check_open(self.context.entries, self.context.state(clock.now()))
        except Refused as refused:
            return refused.message
        return ""

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @button.buttonAndHandler("Demander mon inscription", name="send")
    def handle_send(self, action):
        data, errors = self.extractData()
        if errors or unticked(self, data):
            return
        data.pop("accord_")
        titles = {name: field.field.title for name, field in self.fields.items()}
        try:
            demand = guests.read(data, titles, clock.now())
            if not self.trapped:
                guests.ask(self.context, demand)
        except Refused as refused:
            known = next((name for code, name in FIELDS.items() if refused.code.startswith(code)), refused.value)
            self.refuse(refused.message, known if known in data else None)
            return
        self.sent = demand.email


class Confirm(Notice):
    """``@@confirmer-inscription?demande=&jeton=``: the link of the mail; a button enrols, following a link never does."""

    page_title = "Confirmer votre inscription"
    kind = "soon"

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        if self.demand is None:
            self.say(
                "bad",
                "Ce lien ne sert plus",
                ("Il a déjà servi, ou il date de plus de deux jours. Si vous avez confirmé, un courriel le dit ; "
                 "sinon, demandez de nouveau votre inscription.",),
                (("Voir la session", self.context.absolute_url()),),
                410,
            )  # fmt: skip
        else:
            self.paragraphs, self.button = self.facts(), ("Confirmer mon inscription", "confirmer")
        return super().__call__()

    def facts(self):
        """Return what one confirms, in sentences."""
        session, demand = self.context, self.demand
        full = session.state(self.now) == sessions.FULL
        dates = " ; ".join(sessions.days(session.spans))
        return (
            f"{demand.name}, {demand.where} : « {session.module.title} ».",
            f"{dates}. {session.place}.",
            *(("La session est complète : vous serez en liste d’attente.",) if full else ()),
        )

    @cached_property
    def demand(self):
        return guests.asked(self.context, self.field("demande"), self.field("jeton"), self.now)

    @property
    def door(self):
        return DOORS[self.context.module.kind]

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@confirmer-inscription?demande={self.field('demande')}"

    @property
    def token(self):
        return self.field("jeton")

    def do_confirmer(self):
        if self.demand is None:
            raise Refusal("demande", "Cette demande n’est plus là : recommencez depuis la page de la session.", 410)
        made = guests.confirm(self.context, self.field("demande"), self.demand, self.now)
        seated = made.state == roster.SEATED
        words = "Vous êtes inscrit." if seated else "La session est complète : vous êtes en liste d’attente."
        self.done(
            f"{words} Un courriel le confirme : gardez-le, son lien permet d’annuler.", links.own(self.context, made)
        )
