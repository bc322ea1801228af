"""``@@mg``, the helper every template of the portal may lean on, and the view that serves the static files."""

from functools import cached_property
from html import escape
from megalis.portal.kernel import clock
from megalis.portal.kernel import listening
from megalis.portal.kernel.typography import french
from megalis.portal.theme import export
from megalis.portal.theme import words
from megalis.portal.theme.assets import ASSETS
from megalis.portal.theme.assets import BUNDLE
from megalis.portal.theme.shell import Shell
from plone import api
from plone.protect.authenticator import createToken
from Products.Five.browser import BrowserView
from zExceptions import NotFound
from zope.i18n import translate
from zope.i18nmessageid import Message
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

import App.config


STATIC = "mg-static"
FOR_EVER = "public, max-age=31536000, immutable"
BADGES = {"ok": "st-ok", "open": "st-open", "soon": "st-soon", "bad": "st-bad", "run": "st-run",
          "draft": "st-draft", "closed": "st-closed", "awarded": "st-awarded", "": "info"}  # fmt: skip
BADGE_CSS = {"open": "ok", "draft": "", "closed": "", "awarded": ""}
CACHE = "megalis.theme.mg"


class HTML(str):
    """Markup that a template inserts as it is."""

    __slots__ = ()

    def __html__(self):
        return str(self)


def developing():
    """Tell whether Zope runs in debug mode, where files may change under it."""
    return bool(App.config.getConfiguration().debug_mode)


class Parts(BrowserView):
    """A template that only lends its macros to others: nothing stands at its own address."""

    def __call__(self):
        raise NotFound(self.__name__)


class Cache:
    """What all helpers of one request share."""

    def __init__(self):
        self.site = api.portal.get()
        self.portal_url = self.site.absolute_url()
        if developing():
            ASSETS.refresh()
        self.base = f"{self.portal_url}/@@{STATIC}/"
        self.sprite = self.base + ASSETS.get("icons.svg").address
        self.icons = {}

    def icon(self, name):
        found = self.icons.get(name)
        if found is None:
            mark = f'<svg class="mg-i" aria-hidden="true"><use href="{self.sprite}#{escape(name)}"/></svg>'
            found = self.icons[name] = HTML(mark)
        return found


class Helper(BrowserView):
    """``mg`` in every template: words, icons, badges, addresses; nothing here asks the catalog."""

    @cached_property
    def cache(self):
        other = self.request.other
        found = other.get(CACHE)
        if found is None:
            found = other[CACHE] = Cache()
        return found

    @property
    def site(self):
        return self.cache.site

    @property
    def portal_url(self):
        return self.cache.portal_url

    def shell(self, view):
        """Return the Shell around ``view``."""
        return Shell(self, view)

    def icon(self, name):
        """Return the inline reference to symbol ``name`` of the sprite, hidden from assistive technology."""
        return self.cache.icon(name)

    def badge(self, kind, label):
        """Return a state as word, shape and colour.

        ``kind``: ok, open, soon, bad, run, draft, closed, awarded, or "" for a plain fact.
        """
        css = BADGE_CSS.get(kind, kind)
        icon = self.cache.icon(BADGES.get(kind, "info"))
        return HTML(f'<span class="mg-badge{" mg-badge--" + css if css else ""}">{icon}{escape(label)}</span>')

    def export(self, address, query=""):
        """Return the menu « Exporter » of the list whose files stand at ``address`` and an extension."""
        return HTML(export.menu(address, query, self.cache.icon("download")))

    date = staticmethod(words.date)
    datetime = staticmethod(words.moment)
    seconds = staticmethod(words.second)
    short = staticmethod(words.short)
    bytes = staticmethod(words.size)
    euros = staticmethod(words.euros)
    number = staticmethod(words.number)
    fingerprint = staticmethod(words.fingerprint)
    company = staticmethod(words.company)

    def french(self, text):
        """Return words with the no-break spaces of French; a message is translated first."""
        return french(translate(text, context=self.request) if isinstance(text, Message) else text)

    @property
    def largest(self):
        """The most bytes one request may weigh."""
        return listening.largest()

    def remaining(self, instant):
        """Return the time left until ``instant``: ``4 jours 2 h 35 min``."""
        return clock.remaining(instant, clock.now()) if instant else ""

    def left(self, instant):
        """Return ``dans 4 jours``, as lists say it."""
        return words.left(instant, clock.now())

    def iso(self, instant):
        """Return the value of a ``datetime`` attribute, on the clocks of Paris."""
        return clock.paris(instant).isoformat(timespec="seconds") if instant else ""

    def asset(self, path):
        """Return the lasting address of a static file (``shell.js``), or "" when there is none."""
        found = ASSETS.get(path)
        return self.cache.base + found.address if found else ""

    def sheet(self):
        """Return the link to the one style sheet."""
        found = ASSETS.get(BUNDLE)
        return HTML(
            f'<link rel="stylesheet" href="{self.cache.base}{found.address}" integrity="{found.integrity}" '
            'crossorigin="anonymous"/>'
        )

    def boot(self):
        """Return the small script that must run before the first paint."""
        found = ASSETS.get("shell.js")
        return HTML(f'<script src="{self.cache.base}{found.address}" integrity="{found.integrity}"></script>')

    def script(self, name):
        """Return the module tag of the front end's entry ``name``, or "" while the front end is not built."""
        found = ASSETS.script(name)
        if found is None:
            return HTML("")
        address = self.cache.base + found.address
        return HTML(
            f'<script type="module" src="{address}" integrity="{found.integrity}" crossorigin="anonymous"></script>'
        )

    def authenticator(self):
        """Return the hidden field that shows a POST comes from one of our own pages."""
        return HTML(f'<input type="hidden" name="_authenticator" value="{createToken()}"/>')

    def token(self):
        """Return the same token bare, for the header X-CSRF-TOKEN."""
        return createToken()


@implementer(IPublishTraverse)
class Static(BrowserView):
    """``/@@mg-static/<version>/<path>``: a static file, for ever when the version is the current one."""

    def __init__(self, context, request):
        super().__init__(context, request)
        self.path = []

    def publishTraverse(self, request, name):
        if len(self.path) > 6:
            raise NotFound(name)
        self.path.append(name)
        return self

    def __call__(self):
        version, _, path = "/".join(self.path).partition("/")
        if developing():
            ASSETS.refresh()
        asset = ASSETS.get(path)
        if asset is None:
            raise NotFound(path)
        response = self.request.response
        tag = f'"{asset.version}"'
        response.setHeader("Content-Type", asset.content_type)
        response.setHeader("Cache-Control", FOR_EVER if version == asset.version else "no-cache")
        response.setHeader("ETag", tag)
        response.setHeader("Vary", "Accept-Encoding")
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Access-Control-Allow-Origin", "*")
        if self.request.getHeader("If-None-Match", "") == tag:
            response.setStatus(304)
            return b""
        body = asset.body
        if asset.gzipped and "gzip" in (self.request.getHeader("Accept-Encoding") or ""):
            body = asset.gzipped
            response.setHeader("Content-Encoding", "gzip")
        response.setHeader("Content-Length", str(len(body)))
        return body
