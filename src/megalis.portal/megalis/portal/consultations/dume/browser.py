"""``@@dume-demande.xml``, the request to take away; ``plis-ouverts/@@dume/<id>``, a response as a table."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.browser.opened import Opened
from megalis.portal.consultations.dce import sending
from megalis.portal.consultations.dume import requests
from megalis.portal.consultations.rules import files
from megalis.portal.formats.espd import reading
from megalis.portal.formats.espd import taxonomy
from megalis.portal.formats.refusal import Refused
from Products.Five.browser import BrowserView
from zExceptions import NotFound


class RequestXML(BrowserView):
    """The request of a consultation that asks for candidatures."""

    def __call__(self):
        if not requests.is_asked(self.context):
            raise NotFound("dume")
        try:
            data = requests.of(self.context)
        except Refused as refused:
            raise NotFound("dume") from refused
        response = self.request.response
        name = files.clean_name(f"DUME-demande-{self.context.reference}.xml")
        response.setHeader("Content-Type", "application/xml; charset=utf-8")
        response.setHeader("Content-Disposition", sending.disposition(name))
        response.setHeader("X-Content-Type-Options", "nosniff")
        return data


class Reading(Opened):
    """A response, criterion by criterion; reading it is an event, as reading any file of an opened bid."""

    page_title = "DUME"
    refused = None
    found = None

    def __call__(self):
        if self.asked is None:
            self.request.response.redirect(self.context.absolute_url(), status=303)
            return ""
        content = self.context[self.asked]
        with content.file.open() as stream:
            data = stream.read(reading.MAX_BYTES + 1)
        try:
            self.found = reading.read(data)
        except Refused as refused:
            self.refused = refused
            self.request.response.setStatus(422)
        else:
            self.tell(content)
        return self.index()

    @cached_property
    def content(self):
        return self.context[self.asked]

    @property
    def file_url(self):
        return f"{self.context.absolute_url()}/@@view/{self.asked}"

    @cached_property
    def families(self):
        """The criteria by family: list of ``(name, title, criteria, counts in words)``."""
        found = []
        for name, title in taxonomy.FAMILIES.items():
            criteria = self.found.family(name)
            if criteria:
                found.append((name, title, [(item, self.badge(item)) for item in criteria]))
        return found

    @staticmethod
    def badge(item):
        """Return what the answer amounts to: ``(badge, words)``."""
        if item.family == taxonomy.OTHER:
            first = next((answer.value for answer in item.answers if answer.kind == "oui-non"), "")
            return ("closed", first.capitalize()) if first else ("draft", "Sans réponse")
        if item.met is None:
            return "draft", "Sans réponse"
        if item.family == taxonomy.EXCLUSION:
            return ("open", "Non concerné") if item.met else ("bad", "Concerné")
        return ("open", "Rempli") if item.met else ("soon", "Non rempli")

    @property
    def other_reference(self):
        """The consultation the response names, when it is not this one."""
        said = self.found.reference
        consultation = api.consultation_of(self.context)
        return said if said and said != consultation.reference else ""
