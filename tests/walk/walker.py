"""Walks over every page the product registers: found in the registries, so that none is forgotten."""

from AccessControl.SpecialUsers import nobody
from base64 import b64encode
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from html import unescape
from lxml import html
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from tests.organisations.conftest import PASSWORD
from tests.walk.scene import LOGINS
from urllib.parse import unquote
from urllib.parse import urlencode
from urllib.parse import urlsplit
from zope.component import getGlobalSiteManager
from zope.component.hooks import getSite
from zope.component.hooks import setSite
from zope.interface import Interface
from zope.interface.interface import InterfaceClass
from ZPublisher.httpexceptions import HTTPExceptionHandler
from ZPublisher.WSGIPublisher import publish_module

import AccessControl.SecurityManagement as security
import io
import re


SERVICE = re.compile(r"(GET|POST|PUT|PATCH|DELETE)_application_json_(.*)")


@dataclass(frozen=True)
class Page:
    """A view of ours. ``name`` is what follows the address, ``permission`` "" when it names none."""

    interface: type
    name: str
    permission: str
    factory: type
    method: str = ""
    nearer: tuple = ()  # interfaces for which another page of this name stands in its place

    @property
    def key(self):
        if self.method:
            return f"{self.method} {self.name}"
        return f"{'*' if self.interface is Interface else self.interface.__name__[1:]} {self.name}"

    def stands_on(self, name, place):
        """Tell whether the page is asked of this place; what is for anything is asked of two."""
        if self.interface is Interface:
            return name in ("site", "publiee")
        return self.interface.providedBy(place) and not any(other.providedBy(place) for other in self.nearer)


def registered():
    """Return all pages and services that the ZCML of megalis.portal registers, by key."""
    found = {}
    for item in getGlobalSiteManager().registeredAdapters():
        ours = "/megalis/portal/" in (getattr(item.info, "file", "") or "")
        if not ours or len(item.required) != 2 or item.provided is not Interface:
            continue
        if not isinstance(item.required[0], InterfaceClass):
            continue  # the page of an exception, which has no address
        service = SERVICE.fullmatch(item.name)
        method, name = service.groups() if service else ("", item.name)
        permission = getattr(getattr(item.factory, "__roles__", None), "__name__", "")
        page = Page(item.required[0], name, permission, item.factory, method)
        found[page.key] = page
    for key, page in found.items():
        others = (other for other in found.values() if other.name == page.name and not other.method)
        nearer = tuple(
            o.interface for o in others if o.interface.extends(page.interface) and page.interface is not Interface
        )
        found[key] = replace(page, nearer=nearer)
    return found


@dataclass
class Answer:
    """What one person got: ``read`` names the canaries in it, ``weight`` is that of a page in bytes, 0 of the rest."""

    page: str
    place: str
    who: str
    method: str
    address: str
    status: int
    location: str
    read: frozenset
    wrote: bool
    weight: int = 0
    forms: list = field(default_factory=list)

    @property
    def refused(self):
        """Tell whether the door stayed shut: a refusal, or the sign-in page instead of what was asked."""
        leads = urlsplit(self.location).path.rsplit("/", 1)[-1]
        return self.status in (401, 403, 404) or leads in ("login", "require_login")

    def __str__(self):
        return f"{self.method} {self.address} as {self.who}: {self.status} {self.location}"


class Walker:
    """Speaks HTTP to the site inside this process, as each person in turn.

    ``canaries``: ``{name: word}``; answers tell which of them they hold.
    """

    def __init__(self, site, canaries):
        self.site = site
        self.canaries = canaries
        self.app = site.aq_parent
        self.db = self.app._p_jar.db()
        self.cookies = {}

    def sign_in(self):
        for who, login in LOGINS.items():
            if login is None:
                continue
            form = {"__ac_name": login, "__ac_password": PASSWORD, "buttons.login": "1"}
            _status, headers, _body = self.send("POST", f"{self.site.absolute_url()}/login", form)
            self.cookies[who] = next(
                v.partition(";")[0] for k, v in headers if k == "Set-Cookie" and v.startswith("__ac=")
            )

    def send(self, method, url, form=None, headers=(), who=None, body=b"", type_=None):
        """Return ``(status, headers, body)``."""
        parts = urlsplit(url)
        if form is not None:
            body, type_ = urlencode(form).encode(), "application/x-www-form-urlencoded"
        environ = {
            "REQUEST_METHOD": method,
            "SERVER_NAME": parts.hostname,
            "SERVER_PORT": str(parts.port or 80),
            "HTTP_HOST": parts.netloc,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SCRIPT_NAME": "",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_ACCEPT": "text/html,application/xhtml+xml",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            **dict(headers),
        }
        if type_:
            environ["CONTENT_TYPE"] = type_
        if who == "manager":
            environ["HTTP_AUTHORIZATION"] = (
                "Basic " + b64encode(f"{SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}".encode()).decode()
            )
        elif who in self.cookies:
            environ["HTTP_COOKIE"] = self.cookies[who]
        kept = []
        manager, here = security.getSecurityManager(), getSite()
        try:
            chunks = HTTPExceptionHandler(publish_module)(
                environ, lambda status, heads, info=None: kept.append((status, heads))
            )
            body = b"".join(chunks)
            if hasattr(chunks, "close"):
                chunks.close()
        finally:
            security.setSecurityManager(manager)
            setSite(here)
        self.app._p_jar.sync()
        status, heads = kept[-1]
        return int(status.split()[0]), heads, body

    def user(self, who):
        """Return the user as the publisher would make him."""
        users = self.app.acl_users if who == "manager" else self.site.acl_users
        if LOGINS[who] is None and who != "manager":
            return nobody.__of__(users)
        return users.getUser(SITE_OWNER_NAME if who == "manager" else LOGINS[who]).__of__(users)

    def permitted(self, page, place, who):
        """Tell whether the permission the page names is his there: what the publisher asks before anything."""
        if not page.permission:
            return True
        kept = security.getSecurityManager()
        security.newSecurityManager(None, self.user(who))
        try:
            return bool(security.getSecurityManager().checkPermission(page.permission, place))
        finally:
            security.setSecurityManager(kept)

    def ask(self, page, place, who, method, url, **more):
        """Return the Answer to one demand."""
        before = self.db.lastTransaction()
        status, headers, body = self.send(method, url, who=who, **more)
        heads = {name.lower(): value for name, value in headers}
        text = unescape(body.decode("utf-8", "replace"))
        asked = unescape(unquote(url)) + str(more.get("form", ""))
        html_ = heads.get("content-type", "").startswith("text/html")
        return Answer(
            page,
            place,
            who,
            method,
            url.removeprefix(self.site.absolute_url()),
            status,
            heads.get("location", ""),
            frozenset(name for name, word in self.canaries.items() if word in text and word not in asked),
            self.db.lastTransaction() != before,
            len(body) if html_ else 0,
            forms_of(text) if html_ else [],
        )


def forms_of(text):
    """Return the POST forms of a page: ``(action, fields, buttons)``; ``action`` None stands for the page itself."""
    if "<form" not in text:
        return []
    found = []
    for form in html.fromstring(text).iter("form"):
        if form.method.upper() != "POST":
            continue
        fields = [(name, value) for name, value in form.form_values() if name != "_authenticator"]
        buttons = [b.get("name") for b in form.iter("button", "input") if b.get("type", "submit") == "submit"]
        found.append((form.action, fields, [name for name in buttons if name] or [None]))
    return found
