"""The ground of the room's pages: one way to write, one way to be refused, one page that says what happened."""

from copy import copy
from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.organisations import people
from plone import api
from plone.app.dexterity.behaviors.metadata import IBasic
from plone.namedfile.utils import set_headers
from plone.namedfile.utils import stream_data
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form.field import Fields
from zExceptions import NotFound
from zExceptions import Redirect
from zope.component.hooks import getSite

import transaction


class Page(BrowserView):
    """A page whose form fields name what to do in ``faire``: ``do_<faire>()`` does it and may raise a refusal.

    ``errors`` is the list of French sentences shown on top after a refusal; nothing is written then.
    """

    errors = ()

    def __call__(self):
        if self.request.method == "POST":
            self.post()
            if self.request.response.getStatus() in (302, 303):
                return ""
        return self.index()

    def post(self):
        mark = transaction.savepoint(optimistic=True)
        try:
            require_post(self.request)
            work = getattr(self, f"do_{self.field('faire').replace('-', '_')}", None)
            if work is None:
                raise Refusal("action", "Cette action n’existe pas ici : rechargez la page.")
            work()
        except Refusal as refused:
            self.fail(refused.message, refused.status, mark)
        except Refused as refused:
            self.fail(refused.message, 422, mark)

    def fail(self, message, status, mark):
        mark.rollback()
        people.forget_cached()
        self.errors = (*self.errors, message)
        self.request.response.setStatus(status)

    def field(self, name):
        """Return one text of the form, empty when absent."""
        value = self.request.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def fields(self, name):
        """Return all texts of the form under ``name`` (check boxes)."""
        value = self.request.form.get(name, ())
        value = value if isinstance(value, (list, tuple)) else (value,)
        return [text for text in value if isinstance(text, str) and text]

    def done(self, message, url=None):
        """Leave for ``url`` (this page) with a message."""
        api.portal.show_message(message, self.request)
        self.request.response.redirect(url or self.url, status=303)

    @property
    def url(self):
        return self.request["ACTUAL_URL"]

    @cached_property
    def site(self):
        return getSite()

    @cached_property
    def site_url(self):
        return self.site.absolute_url()

    @cached_property
    def person(self):
        return people.current(self.request)

    @cached_property
    def now(self):
        return clock.now()

    def may(self, permission, content=None):
        """Tell whether the person here has ``permission`` on the content."""
        return api.user.has_permission(permission, obj=content if content is not None else self.context)


class Itself:
    """What a page that shows the content itself is called and where it is; stands before the Page of a room."""

    @property
    def page_title(self):
        return self.context.title

    @property
    def url(self):
        return self.context.absolute_url()


class StoredFile(BrowserView):
    """Serves one stored file. Subclasses return it from ``chosen()`` as (name, NamedBlobFile), or None: 404."""

    inline = False

    def __call__(self):
        found = self.chosen()
        if found is None or found[1] is None:
            raise NotFound(self.__name__)
        name, file = found
        response = self.request.response
        set_headers(file, response, filename=None if self.inline else name)
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox")
        return stream_data(file)


class Notice(Page):
    """A page that says one thing: ``kind`` ok, soon, bad or "" (a fact), ``paragraphs``, ``links`` (label, URL)."""

    index = ViewPageTemplateFile("templates/notice.pt")
    kind = ""
    page_title = ""
    paragraphs = ()
    links = ()
    button = None  # (label, value of ``faire``): a form that confirms, because following a link never writes
    token = ""
    grave = False  # what the button does cannot be undone

    @property
    def icon(self):
        return {"ok": "st-ok", "soon": "st-soon", "bad": "st-bad"}.get(self.kind, "info")

    def say(self, kind, title, paragraphs, links=(), status=200):
        self.kind, self.page_title, self.paragraphs, self.links = kind, title, paragraphs, links
        self.button = None
        self.request.response.setStatus(status)


def named(names):
    """Return form fields of Plone's own names, under ours: ``{name: (title, description)}``."""
    fields = Fields(IBasic).select(*names)
    for name, (title, description) in names.items():
        fields[name].field = copy(fields[name].field)
        fields[name].field.title, fields[name].field.description = title, description
    return fields


def postal_lines(organisation):
    """Return the lines of an IAddress, none when nothing is known."""
    town = " ".join(filter(None, (organisation.postal_code, organisation.city)))
    return [line for line in (*(organisation.street or "").splitlines(), town) if line.strip()]


def to_sign_in(request):
    """Send an anonymous visitor to the sign-in page and back here afterwards."""
    site = getSite().absolute_url()
    raise Redirect(f"{site}/login?came_from={request['ACTUAL_URL']}")
