"""The personal pages: who I am here, my address, my password; and what the header says of me."""

from AccessControl import getSecurityManager
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import settings
from megalis.portal.organisations import people
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules
from megalis.portal.organisations.browser.base import Page
from megalis.portal.organisations.browser.registration import beside
from megalis.portal.organisations.browser.registration import IRegistration
from megalis.portal.organisations.interfaces import constraint
from megalis.portal.organisations.signin import certificates
from megalis.portal.organisations.signin import lost
from megalis.portal.organisations.signin import passwords
from megalis.portal.theme.forms import MegalisForm
from megalis.portal.theme.interfaces import IAccountSummary
from plone import api
from z3c.form import button
from zope import schema
from zope.interface import implementer
from zope.interface import Interface


KINDS = {"agent": "Agent public", "entreprise": "Utilisateur d’entreprise", "exploitant": "Exploitant de la plateforme"}


def role_names(keys):
    """Return role keys as people read them, in their usual order."""
    return ", ".join(role.title.lower() for role in (*roles.COLLECTIVITE, *roles.ENTREPRISE) if role.key in keys)


@implementer(IAccountSummary)
class Summary:
    """Who is signed in, in the header: the organisation acted for, the person under it, his links."""

    def __init__(self, site, request):
        self.person = person = people.current(request)
        self.door = {"agent": "agents", "entreprise": "entreprises"}.get(person.kind, "")
        organisations = person.collectivites if person.kind == "agent" else tuple(filter(None, [person.entreprise]))
        if len(organisations) == 1:
            self.title, self.subtitle = organisations[0].title, person.fullname
        elif organisations:
            self.title, self.subtitle = person.fullname, f"{len(organisations)} collectivités"
        else:
            self.title, self.subtitle = person.fullname, KINDS.get(person.kind, "")
        self.links = [("list", "Mon espace", person.home), ("user", "Mon compte", "/mon-compte")]
        if person.kind == "entreprise" and person.entreprise is not None:
            self.links.insert(1, ("briefcase", "Mon entreprise", "/mon-entreprise"))
        if person.kind == "agent":
            self.links.append(("bell", "Mes rappels", "/@@mes-rappels"))
        if api.user.has_permission("megalis: Write editorial", obj=site):
            self.links.insert(1, ("pen", "Rédaction du site", "/redaction"))
        if person.kind == "exploitant":
            self.links[:1] = [
                ("list", "Exploitation", "/exploitation"),
                ("building", "Collectivités", "/collectivites"),
                ("briefcase", "Entreprises inscrites", "/entreprises"),
                ("chat", "Courriels", "/courriels"),
                ("list", "Statistiques de la région", "/@@statistiques"),
                ("folder", "Modèles partagés", "/@@modeles-regionaux"),
                ("group", "Équipe éditoriale", "/redaction-equipe"),
                ("chat", "Forums", "/forums"),
                ("group", "Espaces de travail", "/espaces"),
            ]
        if person.kind != "exploitant":
            self.links.append(("chat", "Mes nouvelles par courriel", "/@@mes-nouvelles"))


class Account(Page):
    """``/mon-compte``: what the platform knows of me, and where I belong."""

    page_title = "Mon compte"

    @property
    def kind(self):
        return KINDS.get(self.person.kind, "")

    @property
    def managed(self):
        """True when the account is one of ours (not Zope's administrator)."""
        return self.person.userid in people.door().accounts

    @property
    def operates(self):
        """True for who runs the platform: he belongs nowhere and sees to all."""
        return self.person.kind == people.EXPLOITANT

    @property
    def asks_certificates(self):
        return self.managed and settings.asks_certificates()

    @property
    def certificate(self):
        """The certificate I registered, None before."""
        return people.door().accounts[self.person.userid].certificate

    @property
    def presented(self):
        """The certificate this page came with, None without one."""
        return certificates.presented(self.request)

    def do_enregistrer(self):
        shown = self.presented if self.asks_certificates else None
        if shown is None:
            raise Refused(
                "certificat.absent", "Aucun certificat n’est arrivé avec cette page : branchez-le, puis recommencez."
            )
        given = self.request.form.get("preuve", "")
        if not (isinstance(given, str) and people.door().confirms(self.person.userid, given)):
            raise Refused("certificat.mot-de-passe", "Ce n’est pas votre mot de passe actuel : vérifiez-le.")
        people.set_certificate(self.person.userid, shown)
        self.done("Votre certificat est enregistré.")

    def do_oublier(self):
        if not self.asks_certificates:
            raise Refused("certificat.absent", "Cette plateforme ne demande pas de certificat.")
        people.set_certificate(self.person.userid, None)
        self.done("Votre certificat est oublié.")

    @property
    def places(self):
        """Where I belong: dicts title, url, roles."""
        person = self.person
        found = [*person.collectivites, *filter(None, [person.entreprise])]
        return [{"title": o.title, "url": o.absolute_url(), "roles": role_names(person.roles_in(o))} for o in found]


class OwnForm(MegalisForm):
    """A form about oneself."""

    @property
    def cancel_url(self):
        return f"{self.context.absolute_url()}/mon-compte"

    @property
    def person(self):
        return people.current(self.request)

    def back(self, message):
        self.redirect(self.cancel_url, message)


class IIdentity(Interface):
    fullname = schema.TextLine(title="Prénom et nom", constraint=constraint(rules.person_name))
    phone = schema.TextLine(title="Téléphone", required=False, default="", constraint=constraint(rules.phone))


class Identity(OwnForm):
    """My name and phone."""

    schema = IIdentity
    page_title = "Mes coordonnées"
    ignoreContext = False

    def getContent(self):
        return {"fullname": self.person.fullname, "phone": self.person.phone}

    @button.buttonAndHandler("Enregistrer", name="save")
    def handle_save(self, action):
        data, errors = self.extractData()
        if errors:
            return
        try:
            userid = self.person.userid
            people.update(userid, by=userid, fullname=data["fullname"], phone=data["phone"] or "")
        except Refused as refused:
            return beside(self, refused)
        self.back("Vos coordonnées sont enregistrées.")


def _right_password(person, password):
    kept = api.portal.get_tool("acl_users").source_users._user_passwords.get(person.userid)
    return kept is not None and passwords.verify(kept, password)


class IAddressChange(Interface):
    email = schema.TextLine(title="Nouvelle adresse électronique", constraint=constraint(rules.email))
    password = schema.Password(title="Votre mot de passe actuel")


class AddressChange(OwnForm):
    """A new e-mail address: confirmed by a link sent to it."""

    schema = IAddressChange
    page_title = "Changer d’adresse électronique"
    page_intro = "Un lien part à la nouvelle adresse ; l’ancienne vaut tant que vous ne l’avez pas ouvert."

    @button.buttonAndHandler("Recevoir le lien", name="send")
    def handle_send(self, action):
        data, errors = self.extractData()
        if errors:
            return
        if not _right_password(self.person, data["password"]):
            return self.refuse("Ce n’est pas votre mot de passe actuel : vérifiez-le.", "password")
        lost.ask_new_address(self.person.userid, rules.email(data["email"]))
        self.back(f"Un lien vient de partir à {rules.email(data['email'])} : ouvrez-le dans les 48 heures.")


class IPasswordChange(Interface):
    current = schema.Password(title="Mot de passe actuel")
    password = schema.Password(title="Nouveau mot de passe", description=IRegistration["password"].description)
    again = schema.Password(title="Le même, une seconde fois")


class PasswordChange(OwnForm):
    """A new password; this session goes on, the others end."""

    schema = IPasswordChange
    page_title = "Changer de mot de passe"
    page_intro = "Vos autres sessions seront fermées."

    @button.buttonAndHandler("Changer le mot de passe", name="save")
    def handle_save(self, action):
        data, errors = self.extractData()
        if errors:
            return
        if not _right_password(self.person, data["current"]):
            return self.refuse("Ce n’est pas votre mot de passe actuel : vérifiez-le.", "current")
        if data["password"] != data["again"]:
            return self.refuse("Les deux saisies diffèrent : recommencez.", "again")
        try:
            people.set_password(self.person.userid, data["password"])
        except Refused as refused:
            return beside(self, refused)
        user = getSecurityManager().getUser()
        pas = api.portal.get_tool("acl_users")
        pas.updateCredentials(self.request, self.request.response, user.getUserName(), data["password"])
        self.back("Votre mot de passe est changé ; vos autres sessions sont fermées.")
