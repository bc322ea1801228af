"""Plone's own addresses whose pages live elsewhere here."""

from plone import api
from Products.Five.browser import BrowserView
from urllib.parse import urlencode


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


class Closed(BrowserView):
    """Where Plone's own code sends whom it refuses; the pages refused by the publisher say so at their own address."""

    page_title = "Cette page ne vous est pas ouverte"

    def __call__(self):
        response = self.request.response
        if api.user.is_anonymous():
            response.redirect(f"{api.portal.get().absolute_url()}/login", status=302)
            return ""
        response.setStatus(403)
        response.setHeader("Cache-Control", "no-store")
        return self.index()


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
    """Plone's ways of asking for a password and of choosing one: ours alone keeps the lockout and the policy."""

    path = "/mot-de-passe-perdu"
