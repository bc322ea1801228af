"""The ground of the exchanges' pages: who reads, who may write, what their forms share."""

from functools import cached_property
from megalis.portal.consultations.browser import base
from megalis.portal.consultations.browser.pieces import uploads
from megalis.portal.consultations.exchanges import attachments
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.rules import typing
from megalis.portal.kernel import antivirus
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import people
from plone import api as plone_api
from plone.uuid.interfaces import IUUID
from urllib.parse import urlencode
from zExceptions import Redirect


READ = "megalis: View registers"
WRITE = "megalis: Write to companies"
PUBLISH = "megalis: Publish consultation"
PAGE = 50


class Exchange(base.Page):
    """A page of an exchange. ``key`` names what the form sends, so that it is kept once however often it is sent."""

    hint = attachments.HINT

    @cached_property
    def person(self):
        return people.current(self.request)

    @cached_property
    def company(self):
        """The company whose user is here, or None."""
        return self.person.entreprise if self.person is not None and self.person.kind == people.ENTREPRISE else None

    @property
    def is_agent(self):
        return self.may(READ, self.consultation)

    @property
    def may_write(self):
        return self.may(WRITE, self.consultation)

    @cached_property
    def key(self):
        return self.text("cle") or uuidhex()

    def text(self, name):
        """Return one text of the form, "" when it is absent or something else; the first when it is given twice."""
        value = self.request.form.get(name, "")
        value = value[0] if isinstance(value, list | tuple) and value else value
        return value if isinstance(value, str) else ""

    def texts(self, name):
        """Return all texts of the form under ``name``."""
        value = self.request.form.get(name, ())
        return [text for text in (value if isinstance(value, list | tuple) else (value,)) if isinstance(text, str)]

    def received(self, name="documents"):
        """Return the Attachments of the form."""
        return attachments.receive(uploads(self.request.form, name))

    def back_to_sign_in(self, query=""):
        """Send somebody who is nobody yet to the sign-in page, and here afterwards."""
        here = self.request["ACTUAL_URL"]
        here = f"{here}?{query}" if query else here
        raise Redirect(f"{plone_api.portal.get().absolute_url()}/login?{urlencode({'came_from': here})}")

    def paged(self, items, address):
        """Return ``(items of this page, [(rank, address, aria-current)])``; ``address`` ends with ? or &."""
        last = max(1, -(-len(items) // PAGE))
        here = typing.page_number(self.request.form.get("page"), last)
        links = [(rank, f"{address}page={rank}", "page" if rank == here else None) for rank in range(1, last + 1)]
        return items[(here - 1) * PAGE : here * PAGE], links if last > 1 else []

    def piece_url(self, piece, **query):
        """Return the address of a document joined to what ``query`` says."""
        return f"{self.url}/@@document-joint?{urlencode({**query, 'piece': piece.id})}"

    def joined(self, pieces, **query):
        """Return documents as pages list them: dicts name, size, url, and the ``virus`` badge where an antivirus looks.

        ``query`` says what they are joined to: question, version; envoi, remise, reponse, jeton.
        """
        looks = antivirus.is_on()
        return [
            {
                "name": piece.name,
                "size": piece.size,
                "url": self.piece_url(piece, **query),
                "virus": antivirus.badge(piece.sha256) if looks else None,
            }
            for piece in pieces
        ]


def reader_of(page, delivery, token):
    """Return ``(userid or BY_LINK or "", by_account)`` of who may read a delivery on this page."""
    company = page.company
    if company is not None and delivery.recipient.company == IUUID(company):
        return page.person.userid, True
    return (messages.BY_LINK, False) if messages.is_signed(delivery, token) else ("", False)
