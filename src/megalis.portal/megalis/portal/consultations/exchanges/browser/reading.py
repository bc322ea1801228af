"""Messages on the side of companies: the inbox, one message whose first display is dated, the documents."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.dce import archive
from megalis.portal.consultations.dce import sending
from megalis.portal.consultations.exchanges import inbox
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges.browser.base import Exchange
from megalis.portal.consultations.exchanges.browser.base import PAGE
from megalis.portal.consultations.exchanges.browser.base import reader_of
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from plone import api as plone_api
from plone.protect.interfaces import IDisableCSRFProtection
from plone.uuid.interfaces import IUUID
from Products.Five.browser import BrowserView
from urllib.parse import urlencode
from zExceptions import NotFound
from zope.interface import alsoProvides


KINDS = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "txt": "text/plain; charset=utf-8"}


class Message(Exchange):
    """``@@message?envoi=&remise=``: for the recipient alone.

    To a signed-in user of the company its display is the reading. Whoever comes by the personal link of the mail has to
    press a button first: programs that follow the links of mails read nothing.
    """

    door = "entreprises"
    longest = rules.ANSWER
    crumb_title = "Message"

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        if not self.reader:
            if self.person is None and self.request.method == "GET" and self.text("envoi"):
                self.back_to_sign_in(urlencode({"envoi": self.text("envoi"), "remise": self.text("remise")}))
            raise NotFound("message")
        if self.by_account and sending.is_person(self.request) and self.delivery.first_read is None:
            alsoProvides(self.request, IDisableCSRFProtection)  # the display itself is the fact that is written
            messages.read(self.consultation, self.delivery, self.reader)
        return super().__call__()

    @cached_property
    def delivery(self):
        return messages.find_delivery(self.consultation, self.text("envoi"), self.text("remise"))

    @cached_property
    def _access(self):
        return reader_of(self, self.delivery, self.text("jeton")) if self.delivery is not None else ("", False)

    @property
    def reader(self):
        return self._access[0]

    @property
    def by_account(self):
        return self._access[1]

    @property
    def message(self):
        return self.delivery.message

    @property
    def page_title(self):
        return self.message.subject

    @property
    def crumbs(self):
        return [("Mes messages", f"{self.portal_url}/mes-messages")] if self.company is not None else []

    @property
    def portal_url(self):
        return plone_api.portal.get().absolute_url()

    @property
    def is_read(self):
        return self.delivery.first_read is not None

    @property
    def query(self):
        """The fields that name this message in its forms: list of (name, value)."""
        return [(name, self.text(name)) for name in ("envoi", "remise", "jeton") if self.text(name)]

    @property
    def here(self):
        return f"{self.url}/@@message?{urlencode(self.query)}"

    def post(self):
        if self.text("lire"):
            messages.read(self.consultation, self.delivery, self.reader)
            return self.redirect(self.here)
        if self.company is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’entreprise pour répondre.", 403)
        if not self.is_read:
            raise Refused("reponse-message.lecture", "Lisez d’abord le message, puis répondez.")
        form = self.request.form
        messages.reply(self.consultation, self.delivery, self.person, form.get("texte"), self.received(), self.key)
        return self.redirect(f"{self.here}#reponses", "Votre réponse est enregistrée ; l’acheteur est prévenu.")

    @property
    def open_to_reply(self):
        """True when a reply is expected now."""
        try:
            messages.check_reply(self.delivery, self.now)
        except Refused:
            return False
        return True

    @property
    def pieces(self):
        return self.joined(self.delivery.attachments, **dict(self.query))

    @property
    def replies(self):
        return [
            {
                "at": given.at,
                "by": given.fullname,
                "text": given.text,
                "pieces": self.joined(given.attachments, **dict(self.query), reponse=given.id),
            }
            for given in self.delivery.replies
        ]

    @property
    def sign_in(self):
        return f"{self.portal_url}/login?{urlencode({'came_from': self.here})}"


class Document(Exchange):
    """``@@document-joint?piece=``: one document, to those who may read what it is joined to."""

    def __call__(self):
        piece = next((item for item in self.candidates() if item.id == self.text("piece")), None)
        if piece is None:
            raise NotFound("document")
        stream = piece.blob.open("r")
        kind = KINDS.get(piece.name.rpartition(".")[2].lower(), "application/octet-stream")

        def read(start, stop):
            return archive.slice_of(lambda: stream, start, stop)

        return sending.answer(self.request, piece.size, f'"{piece.sha256}"', piece.name, kind, read, (stream,))

    def candidates(self):
        """Return the documents that whoever asks may have, among those the address names."""
        if self.text("question"):
            return self._of_question()
        message = messages.find(self.consultation, self.text("envoi"))
        if message is None:
            return ()
        if not self.text("remise"):
            return message.attachments if self.is_agent else ()
        delivery = messages.find_delivery(self.consultation, message.id, self.text("remise"))
        if delivery is None:
            return ()
        if not self.is_agent:
            reader, _account = reader_of(self, delivery, self.text("jeton"))
            if not reader or delivery.first_read is None:
                return ()
        given = next((item for item in delivery.replies if item.id == self.text("reponse")), None)
        if self.text("reponse"):
            return given.attachments if given is not None else ()
        return delivery.attachments

    def _of_question(self):
        item = questions.find(self.consultation, self.text("question"))
        if item is None:
            return ()
        own = self.is_agent or (self.company is not None and IUUID(self.company) == item.company)
        version = self.text("version")
        if version == "0":
            return item.attachments if own else ()
        answers = [given for given in item.answers if own or given.audience == rules.ALL]
        return [piece for given in answers for piece in given.attachments]


class Inbox(BrowserView):
    """``/mes-messages``: what buyers wrote to the company."""

    door = "entreprises"
    page_title = "Mes messages"

    @cached_property
    def company(self):
        person = people.current(self.request)
        return person.entreprise if person is not None and person.kind == people.ENTREPRISE else None

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return self.index()

    @cached_property
    def every(self):
        return inbox.of(self.company) if self.company is not None else []

    @property
    def unread(self):
        return len(inbox.unread(self.company)) if self.company is not None else 0

    @cached_property
    def last(self):
        return max(1, -(-len(self.every) // PAGE))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def pages(self):
        if self.last == 1:
            return []
        here = f"{self.context.absolute_url()}/mes-messages"
        ranks = range(1, self.last + 1)
        return [(rank, f"{here}?page={rank}", "page" if rank == self.page else None) for rank in ranks]

    @property
    def rows(self):
        """The messages of this page: dicts."""
        shown = self.every[(self.page - 1) * PAGE : self.page * PAGE]
        brains = {b.UID: b for b in api.find(UID=list({item.consultation for item in shown}))} if shown else {}
        return [self._row(item, brains[item.consultation]) for item in shown if item.consultation in brains]

    def _row(self, item, brain):
        message = item.message
        waits = message.replies and message.reply_until is not None and not item.replies
        return {
            "subject": message.subject,
            "url": f"{brain.getURL()}/@@message?envoi={message.id}&remise={item.rank}",
            "buyer": brain.buyer_title,
            "reference": brain.reference,
            "available": item.available,
            "badge": ("", "Lu") if item.first_read is not None else ("soon", "Non lu"),
            "until": message.reply_until if waits else None,
            "replies": len(item.replies),
        }
