"""Plone's pages of signing in and out, in our words and look; their logic stays Plone's."""

from plone import api
from Products.CMFPlone.browser.login.password_reset import PasswordResetView
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from urllib.parse import urlencode


class OurPasswordReset(PasswordResetView):
    """Choosing a new password from the link received by mail."""

    page_title = "Choisir un nouveau mot de passe"
    invalid = ViewPageTemplateFile("templates/pwreset_bad.pt")
    expired = ViewPageTemplateFile("templates/pwreset_bad.pt")
    finish = ViewPageTemplateFile("templates/pwreset_done.pt")
    form = ViewPageTemplateFile("templates/pwreset_form.pt")

    @property
    def key(self):
        return self.subpath[0] if self.subpath else self.request.form.get("key", "")


class Elsewhere(BrowserView):
    """A stock address whose page lives elsewhere here."""

    path = ""

    def query(self):
        return ""

    def __call__(self):
        query = self.query()
        url = f"{api.portal.get().absolute_url()}{self.path}"
        self.request.response.redirect(f"{url}?{query}" if query else url, status=302)
        return ""


class ToSearch(Elsewhere):
    """Plone's site search: the portal has one search, of consultations."""

    path = "/consultations"

    def query(self):
        words = self.request.form.get("SearchableText", "")
        return urlencode({"q": words}) if isinstance(words, str) and words else ""


class ToContact(Elsewhere):
    path = "/contact"


class ToAccessibility(Elsewhere):
    path = "/accessibilite"


class ToRegistration(Elsewhere):
    path = "/inscription"


class ToLostPassword(Elsewhere):
    path = "/mail_password_form"
