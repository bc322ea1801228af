"""Registering a company, confirming it, and answering an invitation: pages for people without an account."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import invitations
from megalis.portal.organisations import people
from megalis.portal.organisations import registration
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules
from megalis.portal.organisations.browser.base import Notice
from megalis.portal.organisations.browser.signin import TokenForm
from megalis.portal.organisations.interfaces import constraint
from megalis.portal.theme.forms import MegalisForm
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from urllib.parse import quote
from z3c.form import button
from zope import schema
from zope.interface import Interface


# Which field of the form a refusal's code belongs to.
FIELD_OF = {
    "siren": "national", "siret": "national", "identifiant": "foreign", "pays": "country", "denomination": "title",
    "courriel": "email", "nom": "fullname", "telephone": "phone", "mot-de-passe": "password",
}  # fmt: skip


def beside(form, refused):
    """Show a refusal beside the field it is about."""
    name = FIELD_OF.get(refused.code.partition(".")[0])
    form.refuse(refused.message, name if name in {widget.__name__ for widget in form.controls()} else None)


class IRegistration(Interface):
    """What a company gives to register."""

    national = schema.TextLine(
        title="SIREN ou SIRET",
        description="Entreprise établie en France : 9 ou 14 chiffres.",
        required=False,
        default="",
    )
    country = schema.Choice(title="Pays d’établissement", vocabulary="megalis.portal.Countries", default="FR")
    foreign = schema.TextLine(
        title="Identifiant dans ce pays",
        description="Entreprise établie hors de France : numéro de TVA ou d’inscription au registre.",
        required=False,
        default="",
    )
    title = schema.TextLine(title="Raison sociale", max_length=250)
    certificate = schema.Bool(
        title="L’entreprise détient un certificat électronique",
        description="Facultatif : il ne sert qu’à signer un marché attribué.",
        required=False,
        default=False,
    )
    fullname = schema.TextLine(title="Prénom et nom", constraint=constraint(rules.person_name))
    email = schema.TextLine(
        title="Adresse électronique",
        description="Elle servira à vous connecter et à recevoir vos accusés de dépôt.",
        constraint=constraint(rules.email),
    )
    phone = schema.TextLine(title="Téléphone", required=False, default="", constraint=constraint(rules.phone))
    password = schema.Password(
        title="Mot de passe",
        description="Douze caractères au moins ; une phrase de quatre ou cinq mots convient très bien.",
    )
    again = schema.Password(title="Le même, une seconde fois")


class Register(MegalisForm):
    """``/inscription``."""

    schema = IRegistration
    page_title = "Inscrire mon entreprise"
    page_intro = (
        "Pour déposer des plis et être averti des changements. Chercher une consultation et télécharger son dossier ne "
        "demande aucun compte."
    )
    sections = (
        ("Votre entreprise", ("national", "country", "foreign", "title", "certificate")),
        ("Vous", ("fullname", "email", "phone")),
        ("Votre mot de passe", ("password", "again")),
    )
    sent = False
    trap = "adresse_bis"

    @button.buttonAndHandler("M’inscrire", name="register")
    def handle_register(self, action):
        data, errors = self.extractData()
        if errors:
            return
        if data.pop("again") != data["password"]:
            return self.refuse("Les deux saisies diffèrent : recommencez.", "again")
        self.sent = True
        if self.trapped:
            return  # the same answer, and nothing done
        person = {name: data.pop(name) or "" for name in ("email", "fullname", "phone")}
        password = data.pop("password")
        try:
            registration.begin(person, {**data, "certificate": bool(data["certificate"])}, password)
        except Refused as refused:
            self.sent = False
            beside(self, refused)

    def render(self):
        if not self.sent:
            return super().render()
        notice = Notice(self.context, self.request)
        notice.say(
            "ok",
            "Regardez votre messagerie",
            [
                "Un message vient de partir à l’adresse que vous avez donnée. Ouvrez le lien qu’il contient dans les 48 "
                "heures : votre compte existera à ce moment-là.",
                "Rien reçu dans dix minutes ? Regardez les indésirables, vérifiez l’adresse, puis recommencez.",
            ],
            [("Voir les consultations", f"{self.context.absolute_url()}/consultations")],
        )
        return notice.index()


class ConfirmRegistration(Notice):
    """``/inscription-confirmer``: the link, then a button, because a link that mail filters follow must write nothing."""

    page_title = "Confirmer votre inscription"
    paragraphs = ("Votre adresse est la bonne : il reste à ouvrir votre compte.",)
    button = ("Ouvrir mon compte", "confirmer")

    @property
    def token(self):
        return self.field("jeton")

    def __call__(self):
        self.request.response.setHeader("Referrer-Policy", "no-referrer")
        if self.request.method != "POST":
            try:
                registration.find(self.token)
            except Refused as refused:
                self.dead(refused)
        return super().__call__()

    def dead(self, refused):
        site = self.context.absolute_url()
        links = [("Se connecter", f"{site}/login"), ("M’inscrire", f"{site}/inscription")]
        self.say("bad", "Ce lien ne s’ouvre plus", [refused.message], links, 410)

    def do_confirmer(self):
        try:
            _userid, company, state = registration.confirm(self.token)
        except Refused as refused:
            if not refused.code.startswith("jeton."):
                raise
            self.dead(refused)
            return
        site = self.context.absolute_url()
        links = [("Se connecter", f"{site}/login?came_from={quote(site)}/espace-entreprise")]
        if state == registration.ADMINISTRATOR:
            text = [
                f"Vous administrez l’espace de {company.title} : vous pouvez déposer des plis et inviter des collègues."
            ]
            self.say("ok", "Votre compte est ouvert", text, links)
        else:
            text = [
                f"{company.title} est déjà inscrite : son administrateur vient de recevoir votre demande. Vous pourrez déposer "
                "des plis en son nom dès qu’il l’aura acceptée ; un message vous préviendra.",
            ]
            self.say("soon", "Votre compte est ouvert, votre demande est partie", text, links)


class INewcomer(Interface):
    """What someone invited gives to make his account."""

    fullname = schema.TextLine(title="Prénom et nom", constraint=constraint(rules.person_name))
    phone = schema.TextLine(title="Téléphone", required=False, default="", constraint=constraint(rules.phone))
    # Fields of their own: one taken from another schema keeps its order there, and would come first here.
    password = schema.Password(title="Mot de passe", description=IRegistration["password"].description)
    again = schema.Password(title="Le même, une seconde fois")


class Answer(TokenForm):
    """``/invitation``: a newcomer makes his account; someone who has one signs in and accepts."""

    schema = INewcomer
    page_title = "Répondre à l’invitation"
    index = ViewPageTemplateFile("templates/invitation.pt")
    organisation = invitation = None

    @property
    def cancel_url(self):
        return self.context.absolute_url()

    def open_link(self):
        self.organisation, self.invitation = invitations.find(self.token())

    @property
    def known(self):
        """The userid of the account that has the invited address, or None."""
        return people.by_email(self.invitation.email)

    @property
    def person(self):
        return people.current(self.request)

    @property
    def right_person(self):
        return self.person is not None and self.person.userid == self.known

    @property
    def role_names(self):
        return ", ".join(roles.BY_KEY[key].title.lower() for key in self.invitation.keys)

    @property
    def sign_in(self):
        return f"{self.context.absolute_url()}/login?came_from={quote(self.action, safe='')}"

    @button.buttonAndHandler("Créer mon compte", name="create", condition=lambda form: form.known is None)
    def handle_create(self, action):
        data, errors = self.extractData()
        if errors:
            return
        if data["again"] != data["password"]:
            return self.refuse("Les deux saisies diffèrent : recommencez.", "again")
        try:
            invitations.accept_new(
                self.organisation, self.invitation, data["fullname"], data["password"], data["phone"] or ""
            )
        except Refused as refused:
            return beside(self, refused)
        self.redirect(f"{self.context.absolute_url()}/login", "Votre compte est ouvert : connectez-vous.")

    @button.buttonAndHandler("Accepter", name="accept", condition=lambda form: form.right_person)
    def handle_accept(self, action):
        try:
            invitations.accept(self.organisation, self.invitation, self.person.userid)
        except Refused as refused:
            return beside(self, refused)
        home = people.get(self.person.userid).home
        self.redirect(self.context.absolute_url() + home, f"Vous avez rejoint {self.organisation.title}.")

    def make_fields(self):
        found = super().make_fields().select("fullname", "phone", "password", "again")
        return found if self.invitation is not None and self.known is None else found.omit(*found)

    def update(self):
        self.fields = self.make_fields()
        super().update()
