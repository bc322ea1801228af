"""The restricted folder of opened bids: its files, for those whose roles let them read bids, and nobody else."""

from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.vocabularies import ENVELOPES
from megalis.portal.formats.espd import reading
from megalis.portal.kernel import antivirus
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from plone.namedfile.utils import stream_data
from plone.protect.interfaces import IDisableCSRFProtection
from urllib.parse import quote
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse
from zope.publisher.interfaces import NotFound


def is_dume(item):
    """Tell whether a file of an opened bid looks like a DUME: by its name, then by its first bytes."""
    if not (item.title or "").casefold().endswith(".xml") or item.size > reading.MAX_BYTES:
        return False
    with item.file.open() as stream:
        return reading.is_response(stream.read(4096))


@implementer(IPublishTraverse)
class Opened(Page):
    """Default view of the folder; ``fichier/<id>`` downloads one, always as an attachment."""

    page_title = "Plis ouverts"
    asked = None

    def publishTraverse(self, request, name):
        if self.asked is not None or name not in self.context:
            raise NotFound(self, name, request)
        self.asked = name
        return self

    def __call__(self):
        if self.asked is None:
            return super().__call__()
        content = self.context[self.asked]
        self.tell(content)
        response = self.request.response
        response.setHeader("Content-Type", "application/octet-stream")
        response.setHeader("Content-Length", str(content.size))
        response.setHeader("Content-Disposition", f"attachment; filename*=UTF-8''{quote(content.title, safe='')}")
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Cache-Control", "private, no-store")
        return stream_data(content.file)

    def tell(self, content):
        """Write the reading in the journal: who read which document of an opened bid, and when."""
        # The reading itself is an event: this GET writes, and only that.
        alsoProvides(self.request, IDisableCSRFProtection)
        consultation = api.consultation_of(self.context)
        person = people.current(self.request)
        event = {
            "type": "lecture-fichier",
            "consultation": api.uuid(consultation),
            "pli": content.pli,
            "nom": content.title,
            "sha256": content.sha256,
            "agent": person.fullname if person is not None else "",
        }
        journal.record(consultation, event)

    @property
    def antivirus(self):
        return antivirus.is_on()

    @property
    def rows(self):
        """The files by lot, company, envelope and name: list of dicts."""
        names = api.depositor_names(self.consultation)

        def place(item):
            return item.lot or "", names.get(item.deposit, "").casefold(), item.deposit, item.envelope, item.title

        return [
            {
                "title": item.title,
                "company": names.get(item.deposit, ""),
                "url": f"{self.context.absolute_url()}/@@view/{item.getId()}",
                "lot": item.lot or "",
                "envelope": ENVELOPES.get(item.envelope, item.envelope),
                "size": item.size,
                "sha256": item.sha256,
                "dume": f"{self.context.absolute_url()}/@@dume/{item.getId()}" if is_dume(item) else "",
                "virus": antivirus.badge(item.sha256),
            }
            for item in sorted(self.context.objectValues(), key=place)
        ]

    @property
    def infected(self):
        """True when the antivirus found something: the copy that a company sent besides may then be opened."""
        return self.antivirus and any(antivirus.virus(item.sha256) for item in self.context.objectValues())
