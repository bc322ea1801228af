"""The ground of the pages of a forum: who is here, what he may do, how a list is cut in pages."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.forums import access
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.kernel import attached
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.lanes import read
from megalis.portal.kernel.lanes import shown
from megalis.portal.organisations.browser import base
from megalis.portal.organisations.digests import rules as digests
from megalis.portal.theme.words import plural
from zExceptions import NotFound


class Page(base.Page):
    """A page of a forum (``context``)."""

    plural = staticmethod(plural)
    shown = staticmethod(shown)
    joined = f"{rules.JOINED.most} fichiers au plus, {rules.JOINED.size // 1_000_000} Mo chacun."
    frequencies = tuple(digests.FREQUENCIES.items())
    title_limit = rules.TITLE

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @property
    def door(self):
        return {"agent": "agents", "entreprise": "entreprises"}.get(self.person.kind if self.person else "", "")

    @cached_property
    def forum_url(self):
        return self.context.absolute_url()

    @property
    def form_url(self):
        return self.url

    @cached_property
    def rights(self):
        return access.rights(self.context)

    @cached_property
    def userid(self):
        return self.person.userid if self.person is not None else ""

    def rich(self, field="texte"):
        """Return the clean HTML of what was written in the editor, or in the plain field."""
        return richtext.written(self.request.form.get(field), self.field("forme") == "html")

    def received(self, kept=()):
        """Return the files of the form, which stand beside those whose names are ``kept``."""
        return attached.receive_all(attached.uploads(self.request.form, "fichiers"), rules.JOINED, kept)

    def typed(self, name):
        """Return what was typed, shown again after a refusal."""
        value = self.request.form.get(name, "") if self.errors else ""
        return value if isinstance(value, str) else ""

    def subject_url(self, sujet, key=None):
        return service.address(self.context, sujet, key)

    def number(self, name, last):
        """Return a page number of the address, between 1 and ``last``."""
        text = self.field(name)
        return min(max(int(text), 1), last) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    def pager(self, current, last, address):
        """Return the links of a list in pages: dicts number, url, current; number None for a gap."""
        if last == 1:
            return []
        return [
            {"number": number, "url": f"{address}page={number}", "current": number == current}
            for number in rules.page_links(current, last)
        ]


class OfSubject(Page):
    """A page about one subject, named by ``id``."""

    @cached_property
    def sujet(self):
        found = service.find(self.context, self.field("id"))
        if found is None or not (len(found.messages) or self.rights.moderates or found.author == self.userid):
            raise NotFound("sujet")
        return found

    def __call__(self):
        _found = self.sujet
        return super().__call__()

    @property
    def url(self):
        return self.subject_url(self.sujet)

    @property
    def form_url(self):
        """Where forms are sent: they name the subject themselves."""
        return f"{self.forum_url}/@@sujet"

    def key(self, name="message"):
        """Return the key of a message of the form; Refusal ``message`` when it is not one."""
        found = read(self.field(name))
        if found is None:
            raise Refusal("message", "Ce message n’existe pas : rechargez la page.", 404)
        return found
