"""Views that speak JSON: one form of answer, one form of refusal, no traceback on what a user sends."""

from megalis.portal.formats import jcs
from megalis.portal.kernel import deepjson  # noqa: F401  mends what reads a JSON body before any of us
from plone.protect.authenticator import createToken
from plone.protect.interfaces import IDisableCSRFProtection
from plone.transformchain.interfaces import DISABLE_TRANSFORM_REQUEST_KEY
from Products.Five.browser import BrowserView
from zExceptions import Forbidden
from zope.component import getMultiAdapter
from zope.interface import alsoProvides

import json
import transaction


RECOGNISED = "_megalis_recognised"

_trusted = {}


def recognise(request, userid):
    """Note that the credentials of this request are somebody's, whether or not he may open what he asks for."""
    if request is not None:
        request.other[RECOGNISED] = userid


def is_recognised(request):
    """Tell whether somebody's credentials came with this request: what parts a 403 from a 401 once a page is refused."""
    return RECOGNISED in request.other


def recognised(request):
    """Return the user id whose credentials came with this request, or None."""
    return request.other.get(RECOGNISED)


class Refusal(Exception):
    """A request refused for a reason the user can read (``message``) and a program can test (``code``)."""

    def __init__(self, code, message, status=400, **extra):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra


def require_post(request):
    """Refuse what is not a POST or PUT from one of our own pages (CSRF token) or from a program.

    A program signs in by Basic authentication and has no page to take a token from: it shows instead a header
    ``X-Requested-With``, which no form of another site can add and no script of another site may.
    """
    if request.method not in ("POST", "PUT", "DELETE"):
        raise Refusal("methode", f"Méthode {request.method} refusée : utilisez POST.", 405)
    program = (request._auth or "").lower().startswith("basic ") and request.getHeader("X-Requested-With")
    if not program:
        token = request.getHeader("X-CSRF-TOKEN") or request.form.get("_authenticator")
        if token:
            request.form["_authenticator"] = token
        authenticator = getMultiAdapter((None, request), name="authenticator")
        if not token or not authenticator.verify():
            raise Refusal("jeton", "Votre page a expiré : rechargez-la et recommencez. Rien n’a été enregistré.", 403)
    trust(request)


def trust(request):
    """Tell Plone's own protection that this request was found to be ours.

    The declaration of a marked request is made once for each set of markers that requests come with (a handful), and kept:
    making it computes a resolution order, on every write.
    """
    before = request.__provides__
    if before in _trusted:
        request.__provides__ = _trusted[before]
    else:
        alsoProvides(request, IDisableCSRFProtection)
        _trusted[before] = request.__provides__


def require_own_page(request):
    """The same for a page people read: what does not come from it gets the page of a refusal, 403."""
    try:
        require_post(request)
    except Refusal as refusal:
        raise Forbidden(str(refusal)) from refusal


def read_json(request, limit=1_000_000):
    """Return the strict JSON object of the request's body (or of the form field ``demande``).

    Refuses more than ``limit`` bytes (413) and what is not a JSON object (400).
    """
    field = request.form.get("demande")
    if field is None:
        body = request.get("BODYFILE")
        if body is None:
            data = request.get("BODY", b"")
        else:
            body.seek(0)
            data = body.read(limit + 1)
    else:
        data = field.read(limit + 1) if hasattr(field, "read") else field
    if len(data) > limit:
        raise Refusal("taille", f"Demande de plus de {limit} octets : réduisez-la.", 413)
    try:
        value = jcs.loads(data)
    except jcs.CanonicalError as error:
        raise Refusal("json", f"Demande illisible : {error}.") from error
    if not isinstance(value, dict):
        raise Refusal("json", "Demande illisible : un objet JSON est attendu.")
    return value


class JSONView(BrowserView):
    """Answers JSON; subclasses implement ``reply()`` and raise Refusal; a refused request changes nothing."""

    status = 200

    def __call__(self):
        try:
            answer = self.reply()
        except Refusal as refusal:
            transaction.abort()
            self.status = refusal.status
            answer = {"code": refusal.code, "message": refusal.message, **refusal.extra}
        return self.answer(answer, self.status)

    def answer(self, value, status=200):
        response = self.request.response
        response.setStatus(status)
        response.setHeader("Content-Type", "application/json; charset=utf-8")
        response.setHeader("Cache-Control", "no-store")
        if IDisableCSRFProtection.providedBy(self.request):
            # Found to be ours already: what Plone does to pages afterwards, its protection among it, finds no page here.
            self.request.environ[DISABLE_TRANSFORM_REQUEST_KEY] = True
        return json.dumps(value, ensure_ascii=False)

    def reply(self):
        raise NotImplementedError  # a subclass without reply() is a programming error, never reached by a user

    def authenticator(self):
        """Return a CSRF token for the page's later writes."""
        return createToken()


def no_webdav(event):
    """Treat PUT and DELETE as plain HTTP (IPubStart): no page of the portal is a WebDAV resource."""
    event.request.maybe_webdav_client = 0
