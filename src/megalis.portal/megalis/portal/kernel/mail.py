"""The transport of e-mails: Plone's mail host, or files in a folder where there is no mail server (demonstration)."""

from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from email.utils import make_msgid
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.outbox import IOutboxHandler
from megalis.portal.kernel.outbox import Undeliverable
from megalis.portal.kernel.typography import french
from plone import api
from smtplib import SMTPRecipientsRefused
from zope.interface import implementer


# An address in a header is one long word: folded at 78 characters it would be encoded, and no program would find it.
WHOLE = policy.default.clone(max_line_length=998)


def compose(payload, message_id):
    """Return the EmailMessage of an outbox payload (see ``outbox.queue_mail``), sent by the platform's address."""
    mail = EmailMessage(policy=WHOLE)
    mail["Subject"] = french(payload["subject"])
    mail["From"] = Address(payload.get("from_name") or settings.operator_name(), addr_spec=settings.sender_address())
    mail["To"] = payload["to"]
    if payload.get("reply_to"):
        mail["Reply-To"] = payload["reply_to"]
    mail["Date"] = format_datetime(clock.paris(clock.now()))
    mail["Message-ID"] = make_msgid(message_id, domain=settings.sender_address().rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in (payload.get("headers") or {}).items():
        mail[name] = value
    mail.set_content(french(payload["text"]))
    if payload.get("html"):
        mail.add_alternative(payload["html"], subtype="html")
    for piece in payload.get("files") or ():
        mail.add_attachment(piece["data"], maintype="application", subtype="pdf", filename=piece["name"])
    return mail


@implementer(IOutboxHandler)
class MailHandler:
    """Sends ``mail`` messages."""

    def send(self, site, message):
        mail = compose(message.payload, message.id)
        if settings.mail_transport() == "smtp":
            try:
                api.portal.get_tool("MailHost").send(mail, immediate=True)
            except SMTPRecipientsRefused as error:
                if all(500 <= code < 600 for code, _reason in error.recipients.values()):
                    raise Undeliverable(f"adresse refusée : {error}") from error
                raise
            return
        folder = settings.var() / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{message.id}.part"
        draft.write_bytes(mail.as_bytes())
        draft.rename(folder / f"{message.id}.eml")
