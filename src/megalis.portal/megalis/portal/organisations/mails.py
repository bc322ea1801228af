"""The mails of the room: short, the fact first, one link, text and HTML saying the same; sent by the outbox."""

from megalis.portal.kernel import outbox
from megalis.portal.theme import mail
from zope.component.hooks import getSite


def send(to, subject, paragraphs, link=None, label="", sender=None):
    """Queue one mail: ``paragraphs`` (texts), then ``link`` (absolute URL) under ``label``; ``sender`` names who writes."""
    values = {f"p{rank}": text for rank, text in enumerate(paragraphs)}
    template = "\n\n".join(f"{{{name}}}" for name in values) + ("\n\n-> {link} {label}" if link else "")
    text, html = mail.render(template, link=link or "", label=label, **values)
    name = mail.flat(sender)[:120] if sender else None
    return outbox.queue_mail(to, mail.flat(subject), text, html=html, sender_name=name)


def url(path):
    """Return the absolute URL of a path below the site (starting with a slash)."""
    return getSite().absolute_url() + path
