"""The ground of the agents' pages: one contract of this collectivité, one way to write, one way to be refused."""

from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.rules import deadlines
from megalis.portal.marches.rules import KINDS
from megalis.portal.theme.words import plural
from plone import api
from plone.uuid.interfaces import IUUID
from Products.Five.browser import BrowserView
from zExceptions import NotFound

import transaction


PREPARE = "megalis: Prepare consultation"
BADGES = {store.DRAFT: "soon", store.PUBLISHED: "awarded", store.WAIVED: "closed", store.WITHDRAWN: "bad"}


class Page(BrowserView):
    """A page whose form says what to do in ``faire``: ``do_<faire>()`` does it and may raise a refusal.

    ``errors`` is the list of (code, message, field or "") shown on top after a refusal; nothing is written then.
    """

    door = "agents"
    errors = ()
    plural = staticmethod(plural)

    def __call__(self):
        self.prepare()
        if self.request.method == "POST":
            self.post()
            if self.request.response.getStatus() in (302, 303):
                return ""
        return self.index()

    def prepare(self):
        """What must be there before anything is done; NotFound otherwise."""

    def post(self):
        mark = transaction.savepoint(optimistic=True)
        try:
            require_post(self.request)
            work = getattr(self, f"do_{self.text('faire').replace('-', '_')}", None)
            if work is None:
                raise Refusal("action", "Cette action n’existe pas ici : rechargez la page.")
            work()
        except Refusal as refused:
            self.fail([(refused.code, refused.message, "")], refused.status, mark)
        except Refused as refused:
            found = getattr(refused, "findings", (refused,))
            self.fail([(item.code, item.message, getattr(item, "field", "")) for item in found], 422, mark)

    def fail(self, errors, status, mark):
        mark.rollback()
        self.errors = errors
        self.request.response.setStatus(status)

    def text(self, name):
        """Return one text of the form, "" when absent."""
        value = self.request.form.get(name, "")
        return value.strip()[:5000] if isinstance(value, str) else ""

    def done(self, url, message):
        api.portal.show_message(message, self.request)
        self.request.response.redirect(url, status=303)

    @cached_property
    def site(self):
        return api.portal.get()

    @property
    def url(self):
        return self.context.absolute_url()

    @cached_property
    def uid(self):
        return IUUID(self.context)

    @cached_property
    def may_prepare(self):
        return api.user.has_permission(PREPARE, obj=self.context)

    @cached_property
    def today(self):
        return clock.paris(clock.now()).date()


class OfContract(Page):
    """A page about the contract ``contrat`` (its key) of this collectivité."""

    def prepare(self):
        if self.record is None:
            raise NotFound(self.text("contrat")[:40])

    @cached_property
    def record(self):
        found = store.get(self.site, self.text("contrat"))
        return found if found is not None and found.buyer == self.uid else None

    @property
    def here(self):
        """Address of the contract's page."""
        return f"{self.url}/@@contrat?contrat={self.record.key}"

    @property
    def crumbs(self):
        return [("Contrats", f"{self.url}/@@contrats")]

    @property
    def title(self):
        return self.record.raw.get("objet") or "Contrat sans objet"

    @property
    def kind(self):
        return KINDS[self.record.kind]

    @property
    def badge(self):
        return BADGES[self.record.state], store.STATES[self.record.state]

    @cached_property
    def findings(self):
        return recording.findings(self.record, collectivite=self.context)

    @property
    def due(self):
        """The last day of the publication, None when it is done or no date tells."""
        return deadlines.due(self.record.kind, self.record.raw) if self.record.state == store.DRAFT else None

    @property
    def consultation(self):
        """``(title, URL)`` of the consultation the contract comes from, or None."""
        uid = self.record.consultation
        brains = api.portal.get_tool("portal_catalog")(UID=uid) if uid else ()
        return next(((brain.Title, f"{brain.getURL()}/@@gestion") for brain in brains), None)

    @property
    def completion_url(self):
        """Where the end of the contract is told, "" for a contract that came from no consultation or is not published."""
        here = self.record.published and self.record.consultation
        return f"{self.url}/@@contrat-achevement?contrat={self.record.key}" if here else ""
