"""Error pages: what happened, what is safe, what to do, and a reference the help desk can find in the log."""

from AccessControl import getSecurityManager
from AccessControl.SecurityManagement import newSecurityManager
from html import escape
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.http import is_recognised
from megalis.portal.kernel.http import recognised
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.interfaces import ISuggestions
from plone import api
from Products.CMFPlone.browser.exceptions import ExceptionView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from urllib.parse import unquote
from zExceptions import BadRequest
from zExceptions import Forbidden
from zExceptions import NotFound
from zExceptions import Unauthorized
from ZODB.POSException import ConflictError
from zope.component import getUtilitiesFor
from zope.publisher.interfaces import NotFound as PublisherNotFound

import json
import logging
import re
import sys


log = logging.getLogger("megalis.portal.theme")

FAULTS = {
    404: (
        "introuvable",
        "Cette page n’existe pas",
        "L’adresse est incomplète, ou la page a été retirée depuis.",
        "Rien n’a été perdu ni modifié.",
        "Vérifiez l’adresse, cherchez la consultation par son objet ou sa référence, ou repartez de l’accueil.",
    ),
    403: (
        "interdit",
        "Cette page ne vous est pas ouverte",
        "Votre compte n’a pas le droit nécessaire, ou votre page a expiré avant l’envoi.",
        "Rien n’a été enregistré ni modifié.",
        "Rechargez la page et recommencez. Si votre rôle devrait le permettre, demandez-le à l’administrateur de votre "
        "collectivité ou de votre entreprise.",
    ),
    400: (
        "demande",
        "Cette demande n’a pas été comprise",
        "Ce que votre navigateur a envoyé est incomplet ou d’une forme inattendue.",
        "Rien n’a été enregistré ni modifié.",
        "Revenez à la page précédente, vérifiez vos réponses et envoyez de nouveau.",
    ),
    503: (
        "affluence",
        "Beaucoup de monde en même temps",
        "Deux personnes ont modifié la même chose au même instant et la plateforme n’a pas pu tout enregistrer.",
        "Rien n’a été enregistré à moitié.",
        "Attendez quelques secondes et recommencez.",
    ),
    500: (
        "panne",
        "Une erreur de notre côté",
        "La plateforme n’a pas su terminer votre demande. L’assistance en est avertie par le journal technique.",
        "Rien n’a été enregistré à moitié : ce que vous veniez d’envoyer ne l’est pas, tout le reste est intact. "
        "Un pli dont vous avez l’accusé reste déposé.",
        "Recommencez dans une minute. Si l’erreur revient, donnez la référence ci-dessous à l’assistance.",
    ),
}
LAST_RESORT = (
    '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Erreur : e-mégalis</title></head>'
    '<body style="font:16px/1.5 sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem"><h1>%s</h1><p>%s</p><p>%s</p>'
    '<p>%s</p><p>Référence : %s</p><p><a href="/">Accueil</a></p></body></html>'
)


def status_of(exception):
    """Return the HTTP status an exception deserves."""
    if isinstance(exception, (NotFound, PublisherNotFound, KeyError)) and not isinstance(exception, ConflictError):
        return 404 if isinstance(exception, (NotFound, PublisherNotFound)) else 500
    if isinstance(exception, (Unauthorized, Forbidden)):
        return 403
    if isinstance(exception, BadRequest):
        return 400
    if isinstance(exception, ConflictError):
        return 503
    return 500


class FaultView(ExceptionView):
    """The page of any exception; never fails itself."""

    crumbs = ()
    door = ""
    closed = ViewPageTemplateFile("templates/insufficient.pt")

    def __call__(self):
        exception = self.context
        self.status = status_of(exception)
        self.fault = FAULTS[self.status]
        self.code, self.page_title, self.what, self.safe, self.remedy = self.fault
        if self.status == 404 and self.redirected():
            return ""
        reference = uuidhex()[:8].upper()
        self.reference = f"{reference[:4]}-{reference[4:]}"
        self.instant = clock.now()
        self.__parent__ = self.context = api.portal.get()
        response = self.request.response
        response.setStatus(self.status)
        response.setHeader("Cache-Control", "no-store")
        if self.status == 500:
            log.error("fault %s at %s", self.reference, self.request.get("ACTUAL_URL"), exc_info=sys.exc_info())
        accepted = self.request.getHeader("Accept") or ""
        if "text/html" not in accepted:
            if isinstance(exception, Unauthorized) and "json" in accepted:
                self.refuse_program(response)
            response.setHeader("Content-Type", "application/json; charset=utf-8")
            message = f"{self.page_title}. {self.remedy}"
            return json.dumps({"code": self.code, "message": message, "reference": self.reference}, ensure_ascii=False)
        self.detail = f"{type(exception).__name__}: {exception}" if self.manager else ""
        try:
            if isinstance(exception, Unauthorized) and self.known():
                return self.closed_to_them(response)
            return self.index()
        except Exception:
            log.exception("fault %s: its own page failed", self.reference)
            response.setHeader("Content-Type", "text/html; charset=utf-8")
            return LAST_RESORT % tuple(
                escape(part) for part in (self.page_title, self.what, self.safe, self.remedy, self.reference)
            )

    def refuse_program(self, response):
        """Answer 401 or 403 and stop there: a program has no use for the sign-in page people are sent to."""
        response._has_challenged = True
        if not is_recognised(self.request):
            self.status = 401
            if not self.request.getHeader("Sec-Fetch-Site"):  # a browser would ask for a password by itself
                response.setHeader("WWW-Authenticate", 'Basic realm="e-megalis", charset="UTF-8"')
        response.setStatus(self.status, lock=1)

    def known(self):
        """Tell whether somebody is signed in, and be him from here on: the publisher forgets whom it refuses a page."""
        if getSecurityManager().getUser().getId():
            return True
        userid = recognised(self.request)
        user = self.context.acl_users.getUserById(userid) if userid else None
        if user is not None:
            newSecurityManager(self.request, user)
        return bool(userid)

    def closed_to_them(self, response):
        """Answer 403 here, with the page that says so: signing in again, where visitors are sent, would not help."""
        page = self.closed()
        response._has_challenged = True
        response.setStatus(self.status, lock=1)
        return page

    def redirected(self):
        """Send the reader on when the page only moved (Plone remembers old addresses)."""
        try:
            return self.plone_redirector_view.attempt_redirect()
        except Exception:
            return False

    @property
    def manager(self):
        return bool(getSecurityManager().checkPermission("Manage portal", self.context))

    @property
    def suggestions(self):
        """For a lost page: list of (title, address) of public pages that answer to the words of its address."""
        if self.status != 404:
            return []
        address = unquote(self.request.get("ACTUAL_URL", "")).removeprefix(self.context.absolute_url())
        words = [word for word in re.findall(r"\w+", address) if len(word) > 2][-6:]
        try:
            found = [pair for _name, ask in sorted(getUtilitiesFor(ISuggestions)) for pair in ask(self.context, words)]
        except Exception:
            log.exception("no suggestion for a lost page")
            return []
        return found[:5]

    @property
    def contact(self):
        return settings.contact_address()
