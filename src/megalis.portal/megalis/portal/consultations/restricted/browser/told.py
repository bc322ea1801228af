"""What the page of a consultation says besides to those invited, and to those whose candidature was examined."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import periods
from megalis.portal.consultations.restricted.browser import parts
from megalis.portal.consultations.rules import suites


class ToldToGuests:
    """Properties for the public page; its ``company`` is the content of the visitor's company, or None."""

    @cached_property
    def followed(self):
        """What only the company's people are told: ``(verdicts, invitations)`` of ``parts.of_company``."""
        if self.company is None or self.is_draft:
            return [], []
        return parts.of_company(self.context, api.uuid(self.company), self.now)

    @property
    def restricted(self):
        """What a restricted consultation is: dict ``words, asked, url, reference`` of its origin, or None."""
        if not api.is_restricted(self.context):
            return None
        origin = api.origin(self.context)
        guest = invitations.of_company(self.context, api.uuid(self.company)) if self.company is not None else None
        return {
            "words": suites.WORDS[self.context.relation],
            "asked": guest.asked if guest is not None else "",
            "lots": ", ".join(guest.lots) if guest is not None else "",
            "url": origin.absolute_url() if origin is not None else "",
            "reference": origin.reference if origin is not None else "",
        }

    @cached_property
    def system(self):
        """Of a dynamic system: dict ``root`` (reference, url), ``open`` (the period one may apply to now), or None."""
        if periods.technique_of(self.context) != suites.SAD:
            return None
        root = periods.root_of(self.context)
        now_open = next((item for item in periods.every(root) if api.state(item, self.now) == "publiee"), None)
        return {
            "root": None if root is self.context or root == self.context else (root.reference, root.absolute_url()),
            "open": None if now_open in (None, self.context) else (now_open.reference, now_open.absolute_url()),
        }
