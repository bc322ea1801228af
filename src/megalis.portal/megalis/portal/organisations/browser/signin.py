"""Signing in, a lost password, a new address: the pages of the door."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.base import Notice
from megalis.portal.organisations.interfaces import ISignInMethod
from megalis.portal.organisations.signin import lost
from megalis.portal.theme.forms import MegalisForm
from plone.base.interfaces import IRedirectAfterLogin
from plone.protect.interfaces import IDisableCSRFProtection
from Products.CMFPlone.browser.login.login import LoginForm
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from urllib.parse import urlsplit
from z3c.form import button
from zope import schema
from zope.component import getUtilitiesFor
from zope.component.hooks import getSite
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.interface import Interface


REFUSED = (
    "Identifiant ou mot de passe refusé. Vérifiez le verrouillage des majuscules. Après plusieurs essais, l’accès se ferme "
    "un moment, un quart d’heure d’abord : le mot de passe oublié le rouvre tout de suite."
)


def from_elsewhere(request):
    """Tell whether a POST comes from a page of another site, by its Origin header (RFC 6454)."""
    origin = request.getHeader("Origin")
    return bool(origin) and origin != "null" and urlsplit(origin).netloc != urlsplit(request["SERVER_URL"]).netloc


class SignIn(LoginForm):
    """The sign-in page: every method that is available, the password first; then each to the dashboard of his door."""

    page_title = "Se connecter"
    index = ViewPageTemplateFile("templates/signin.pt")
    refused = ""

    def __call__(self):
        self._set_no_cache_headers()
        person = people.current(self.request)
        if self.request.method == "POST" and from_elsewhere(self.request):
            self.refused = "Cette demande vient d’un autre site : connectez-vous depuis cette page."
            self.request.response.setStatus(403)
        elif self.request.method == "POST" and person is not None:
            alsoProvides(self.request, IDisableCSRFProtection)
            first = self._post_login()
            self.redirect_after_login(self.came_from, first)
            return ""
        elif self.request.method == "POST":
            self.refused = REFUSED
            self.request.response.expireCookie("__ac", path="/")
            self.request.response.setStatus(403)
        elif person is not None:
            self.redirect_after_login(self.came_from)
            return ""
        return self.index()

    @property
    def came_from(self):
        return self.get_came_from() or ""

    @property
    def sent_here(self):
        """True for somebody a page sent here because it is not his to read: it gives its path, our links whole addresses."""
        asked = self.request.form.get("came_from", "")
        return isinstance(asked, str) and asked.startswith("/") and not self.refused

    @property
    def login(self):
        value = self.request.form.get("__ac_name", "")
        return value if isinstance(value, str) else ""

    def methods(self):
        """Return the HTML blocks of the available methods, in their order."""
        found = [method for _name, method in getUtilitiesFor(ISignInMethod) if method.available(self.request)]
        return [{"title": m.title, "html": m.render(self)} for m in sorted(found, key=lambda method: method.order)]


@implementer(ISignInMethod)
class PasswordMethod:
    """Sign-in by login or e-mail address, and password."""

    title = "Avec un mot de passe"
    order = 10

    def available(self, request):
        return True

    def render(self, page):
        return PasswordBlock(page).index()


class PasswordBlock(BrowserView):
    """The form of the password method, inside the sign-in page."""

    index = ViewPageTemplateFile("templates/signin_password.pt")

    def __init__(self, page):
        super().__init__(page.context, page.request)
        self.page = page
        self.action = f"{getSite().absolute_url()}/login"
        self.lost = f"{getSite().absolute_url()}/mot-de-passe-perdu"


@implementer(IRedirectAfterLogin)
class ToDashboard:
    """After sign-in: where the person was going, else the dashboard of his door."""

    def __init__(self, context, request):
        self.request = request

    def __call__(self, came_from=None, is_initial_login=False):
        site = getSite().absolute_url()
        if came_from and came_from.rstrip("/") not in (site, f"{site}/inscription", f"{site}/inscription-confirmer"):
            return came_from
        person = people.current(self.request)
        return site + (person.home if person is not None else "")


class ILost(Interface):
    identifier = schema.TextLine(
        title="Adresse électronique ou identifiant", description="Celle ou celui de votre compte.", max_length=254
    )


class LostPassword(MegalisForm):
    """Ask for a link; the answer is the same whoever asks."""

    schema = ILost
    page_title = "Mot de passe oublié"
    page_intro = "Nous vous envoyons un lien pour en choisir un nouveau."
    sent = ""

    @property
    def cancel_url(self):
        return f"{self.context.absolute_url()}/login"

    @button.buttonAndHandler("Recevoir le lien", name="send")
    def handle_send(self, action):
        data, errors = self.extractData()
        if errors:
            return
        lost.ask(data["identifier"])
        self.sent = "sent"

    def render(self):
        if not self.sent:
            return super().render()
        notice = Notice(self.context, self.request)
        notice.say(
            "ok",
            "Regardez votre messagerie",
            [
                "Si un compte répond à ce que vous avez saisi, un message vient de partir à son adresse. Son lien sert "
                "une seule fois, pendant deux heures.",
                "Rien reçu dans dix minutes ? Regardez les indésirables, puis recommencez ou joignez l’assistance.",
            ],
            [("Revenir à la connexion", f"{self.context.absolute_url()}/login")],
        )
        return notice.index()


class IChoosePassword(Interface):
    password = schema.Password(
        title="Nouveau mot de passe",
        description="Douze caractères au moins ; une phrase de quatre ou cinq mots convient très bien.",
    )
    again = schema.Password(title="Le même, une seconde fois")


class TokenForm(MegalisForm):
    """A form opened by a link received by mail; a link that is not good any more says so."""

    def token(self):
        value = self.request.form.get("jeton", "")
        return value if isinstance(value, str) else ""

    @property
    def action(self):
        return f"{self.request['ACTUAL_URL']}?jeton={self.token()}"

    def open_link(self):
        """Raise Refused when the link is not good."""
        raise NotImplementedError  # each form reads its own kind of link

    def __call__(self):
        self.request.response.setHeader("Referrer-Policy", "no-referrer")
        try:
            self.open_link()
        except Refused as refused:
            notice = Notice(self.context, self.request)
            site = self.context.absolute_url()
            links = [("Demander un nouveau lien", f"{site}/mot-de-passe-perdu"), ("Se connecter", f"{site}/login")]
            notice.say("bad", "Ce lien ne s’ouvre plus", [refused.message], links, 410)
            return notice.index()
        return super().__call__()


class ChoosePassword(TokenForm):
    """The new password, by the link."""

    schema = IChoosePassword
    page_title = "Choisir un nouveau mot de passe"
    page_intro = "Vos autres sessions seront fermées."

    @property
    def cancel_url(self):
        return f"{self.context.absolute_url()}/login"

    def open_link(self):
        lost.find(self.token())

    @button.buttonAndHandler("Enregistrer ce mot de passe", name="save")
    def handle_save(self, action):
        data, errors = self.extractData()
        if errors:
            return
        if data["password"] != data["again"]:
            return self.refuse("Les deux saisies diffèrent : recommencez.", "again")
        try:
            lost.choose(self.token(), data["password"])
        except Refused as refused:
            return self.refuse(refused.message, "password")
        self.redirect(f"{self.context.absolute_url()}/login", "Votre mot de passe est changé : connectez-vous.")


class ConfirmAddress(Notice):
    """The new address of an account, confirmed by its link and a button."""

    page_title = "Confirmer votre nouvelle adresse"
    paragraphs = (
        "En confirmant, vous faites de cette adresse celle de votre compte, et son identifiant s’il l’était.",
    )
    button = ("Confirmer cette adresse", "confirmer")

    @property
    def token(self):
        return self.field("jeton")

    def do_confirmer(self):
        lost.confirm_address(self.token)
        site = self.context.absolute_url()
        self.say(
            "ok",
            "Votre adresse est changée",
            ["Elle vaut désormais pour votre compte."],
            [("Mon compte", f"{site}/mon-compte")],
        )
