"""Messages of the buyer: available at an instant, read at an instant, both in the journal; replies of companies.

A Message is what was written; a Delivery is what one recipient has of it. Deliveries are prepared by batches
(``parcels``); each is the recipient's own: nobody else's company and no other collectivité ever reads it.
"""

from BTrees.IOBTree import IOBTree
from BTrees.Length import Length
from hashlib import sha256
from megalis.portal.consultations import api
from megalis.portal.consultations import events
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import documents
from megalis.portal.consultations.exchanges import inbox
from megalis.portal.consultations.exchanges import parcels
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges import waiting
from megalis.portal.consultations.exchanges.attachments import Attachment
from megalis.portal.consultations.exchanges.questions import People
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import facts
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.secrets import secret
from megalis.portal.theme import mail
from persistent import Persistent
from zope.event import notify

import hmac
import os


NAME = "messages"
PLAIN = "message"
BY_LINK = "lien personnel"

TOLD = """
{buyer} vous écrit au sujet de la consultation {reference}, « {title} » : {subject}.

Ce message est à votre disposition depuis le {at}, heure de Paris. Sa première lecture est datée et inscrite au journal de la
plateforme.

-> {url} Lire le message
"""

REMINDED = """
{buyer} vous a écrit le {at}, heure de Paris, au sujet de la consultation {reference}, « {title} » : {subject}. Ce message
n’est pas encore lu.

-> {url} Lire le message
"""


class Message(Persistent):
    """What a buyer sent. ``deliveries`` maps the rank of a recipient in ``people.list`` to its Delivery.

    ``parts`` maps a rank to what is that recipient's own (``text``, ``lots``), where texts differ. ``sheet`` is what a
    letter's PDF bears besides (dict), None for a plain message.
    """

    def __init__(self, key, kind, subject, text, people, by, at, attachments, replies, reply_until, parts, sheet):
        self.id = key
        self.kind = kind
        self.subject = subject
        self.text = text
        self.people = People(people)
        self.count = len(people)
        self.by = by
        self.at = at
        self.attachments = attachments
        self.replies = replies
        self.reply_until = reply_until
        self.parts = parts
        self.sheet = sheet
        self.deliveries = IOBTree()
        self.read = Length()
        self.answered = Length()

    @property
    def prepared(self):
        """How many deliveries are made so far."""
        return len(self.deliveries)


class Reply:
    """What a company answered; immutable."""

    __slots__ = ("at", "attachments", "by", "fullname", "id", "text")

    def __init__(self, key, text, attachments, at, person):
        self.id = key
        self.text = text
        self.attachments = attachments
        self.at = at
        self.by = person.userid
        self.fullname = person.fullname


class Delivery(Persistent):
    """What one recipient has of a message, from the instant ``available``; ``letter`` is its PDF, or None."""

    first_read = None
    read_by = ""
    replies = ()
    seen = 0  # how many of the replies the buyer has read
    reminded = ()
    mails = ()

    def __init__(self, message, consultation, rank, recipient, available, letter=None):
        self.id = uuidhex()
        self.message = message
        self.consultation = consultation
        self.rank = rank
        self.recipient = recipient
        self.available = available
        self.letter = letter

    @property
    def text(self):
        """The text this recipient reads."""
        return self.message.parts.get(self.rank, {}).get("text") or self.message.text

    @property
    def attachments(self):
        """All documents this recipient may take."""
        return ((self.letter,) if self.letter is not None else ()) + self.message.attachments

    def notified(self, now):
        """Return ``(instant, how)`` as ``rules.notified``."""
        return rules.notified(self.available, self.first_read, now)


def sent(consultation):
    """Return the Messages, newest first."""
    kept = facts.facts(consultation, NAME)
    return sorted(kept.values(), key=lambda item: (item.at, item.id), reverse=True) if kept is not None else []


def find(consultation, key):
    """Return a Message or None."""
    kept = facts.facts(consultation, NAME)
    return kept.get(key) if kept is not None and is_uuidhex(key) else None


def find_delivery(consultation, key, rank):
    """Return the Delivery of a message's rank (text of an address), or None."""
    message = find(consultation, key)
    if message is None or not (isinstance(rank, str) and rank.isascii() and rank.isdigit() and len(rank) < 7):
        return None
    return message.deliveries.get(int(rank))


def sign(delivery):
    """Return the token that proves its bearer received the mail of this delivery."""
    key = secret("messages", lambda: os.urandom(32))
    return hmac.new(key, f"{delivery.message.id}|{delivery.id}".encode(), sha256).hexdigest()[:40]


def is_signed(delivery, token):
    """Tell whether ``token`` is that of the delivery."""
    return isinstance(token, str) and token.isascii() and hmac.compare_digest(sign(delivery), token)


def address(consultation, delivery, signed=False):
    """Return the address where the recipient reads."""
    url = f"{consultation.absolute_url()}/@@message?envoi={delivery.message.id}&remise={delivery.rank}"
    return f"{url}&jeton={sign(delivery)}" if signed else url


def send(
    consultation, person, subject, text, people, kind=PLAIN, attachments=(), replies=True, reply_until=None, parts=None,
    sheet=None, key=None,
):  # fmt: skip
    """Write to ``people`` (Recipients); return the Message. Sent twice (same ``key``), it leaves once.

    Refused: ``message.etape``, ``message.objet.*``, ``message.*``, ``message.destinataires``, ``message.reponse``.
    """
    now = clock.now()
    known = find(consultation, key)
    if known is not None and known.by == person.userid:
        return known
    if not api.is_public(consultation):
        raise Refused("message.etape", "On n’écrit aux entreprises qu’une fois la consultation publiée.")
    subject = rules.line(subject, rules.SUBJECT, "message.objet", "L’objet")
    text = rules.text(text, rules.ANSWER, "message", "Le message", required=not parts)
    if not people:
        raise Refused("message.destinataires", "Aucun destinataire n’est choisi : cochez un groupe ou une entreprise.")
    if reply_until is not None and reply_until <= now:
        raise Refused("message.reponse", f"La date de réponse ({clock.french(reply_until)}) est passée : reculez-la.")
    key = key if is_uuidhex(key) and known is None else uuidhex()
    message = Message(
        key,
        kind,
        subject,
        text,
        people,
        person.userid,
        now,
        tuple(attachments),
        replies,
        reply_until,
        parts or {},
        sheet,
    )
    facts.facts_for_write(consultation, NAME)[message.id] = message
    event = {
        "type": "message",
        **workflow.identity(consultation),
        "message": message.id,
        "genre": kind,
        "objet": subject,
        "empreinte": sha256(text.encode()).hexdigest(),
        "pieces": [piece.told() for piece in message.attachments],
        "destinataires": len(people),
        "par": person.userid,
    }
    journal.record(consultation, event, instant=now)
    parcels.hand_over(consultation, Availability(message), len(people))
    return message


class Availability(Persistent):
    """Makes the deliveries of a message, in the order of its recipients."""

    def __init__(self, message):
        self.message = message

    def step(self, consultation, size):
        message = self.message
        start = message.prepared
        now = clock.now()
        made = []
        for rank, recipient in enumerate(message.people.list[start : start + size], start):
            letter = None
            if message.sheet is not None:
                letter = Attachment("courrier.pdf", documents.letter(consultation, message, rank, recipient, now))
            delivery = Delivery(message, api.uuid(consultation), rank, recipient, now, letter)
            message.deliveries[rank] = delivery
            delivery.mails = _mail(consultation, delivery, TOLD, message.subject)
            inbox.add(delivery)
            made.append(delivery)
        if made:
            _record_available(consultation, message, made, now)
        return message.prepared >= message.count


def _record_available(consultation, message, made, now):
    rows = []
    for delivery in made:
        row = {"remise": delivery.id, "entreprise": delivery.recipient.name}
        rows.append(row | ({"courrier": delivery.letter.sha256} if delivery.letter is not None else {}))
    event = {
        "type": "mise-a-disposition",
        **workflow.identity(consultation),
        "message": message.id,
        "genre": message.kind,
        "objet": message.subject,
        "remises": rows,
    }
    journal.record(consultation, event, instant=now)


def _mail(consultation, delivery, template, subject):
    """Queue the mail to each address of the recipient; return the ids of the outbox."""
    buyer = api.buyer(consultation)
    name = mail.flat(buyer.title if buyer is not None else "L’acheteur")
    text, html = mail.render(
        template,
        buyer=name,
        reference=consultation.reference,
        title=consultation.title,
        subject=subject,
        at=clock.french(delivery.available, seconds=True),
        url=address(consultation, delivery, signed=True),
    )
    subject = mail.flat(f"{name} : {subject}")
    queued = (
        outbox.queue_mail(email, subject, text, html, sender_name=name, about=api.uuid(consultation))
        for email in delivery.recipient.emails
    )
    return tuple(message.id for message in queued)


def read(consultation, delivery, by):
    """Write the first reading; ``by`` is a userid, or BY_LINK. Return True when it is the first one."""
    if delivery.first_read is not None:
        return False
    now = clock.now()
    delivery.first_read = now
    delivery.read_by = by
    delivery.message.read.change(1)
    inbox.done(delivery)
    event = {
        "type": "lecture-message",
        **workflow.identity(consultation),
        "message": delivery.message.id,
        "remise": delivery.id,
        "entreprise": delivery.recipient.name,
        "par": by,
    }
    journal.record(consultation, event, instant=now)
    notify(events.MessageRead(consultation, now, delivery))
    return True


def check_reply(delivery, now):
    """Refuse (``reponse-message.*``) a reply that is not expected, or comes too late."""
    message = delivery.message
    if not message.replies:
        raise Refused("reponse-message.fermee", "Ce message n’attend pas de réponse.")
    if message.reply_until is not None and now >= message.reply_until:
        raise Refused(
            "reponse-message.terme",
            f"Les réponses étaient reçues jusqu’au {clock.french(message.reply_until, seconds=True)} (heure de Paris) ; "
            f"il est {clock.french(now, seconds=True, weekday=False)}. La vôtre n’est pas enregistrée.",
        )


def reply(consultation, delivery, person, text, attachments=(), key=None):
    """Keep the reply of a company's user; sent twice (same ``key``), it is kept once. Return the Reply."""
    now = clock.now()
    known = next((item for item in delivery.replies if item.id == key), None)
    if known is not None:
        return known
    check_reply(delivery, now)
    if len(delivery.replies) >= rules.ASKED:
        raise Refused("reponse-message.nombre", f"{rules.ASKED} réponses sont déjà enregistrées pour ce message.")
    text = rules.text(text, rules.ANSWER, "reponse-message", "Votre réponse")
    given = Reply(key if is_uuidhex(key) else uuidhex(), text, tuple(attachments), now, person)
    if not delivery.replies:
        delivery.message.answered.change(1)
    delivery.replies = (*delivery.replies, given)
    waiting.add(consultation, delivery.id, waiting.REPLY, now)
    event = {
        "type": "reponse-message",
        **workflow.identity(consultation),
        "message": delivery.message.id,
        "remise": delivery.id,
        "entreprise": delivery.recipient.name,
        "empreinte": sha256(text.encode()).hexdigest(),
        "pieces": [piece.told() for piece in given.attachments],
        "par": person.userid,
    }
    journal.record(consultation, event, instant=now)
    return given


def seen(consultation, message):
    """Note that the buyer has read the replies to a message; return how many were new."""
    found = 0
    for delivery in message.deliveries.values():
        if delivery.seen < len(delivery.replies):
            found += len(delivery.replies) - delivery.seen
            delivery.seen = len(delivery.replies)
            waiting.done(consultation, delivery.id)
    return found


class Reminder(Persistent):
    """Mails again to those who have not read, in the order of the recipients."""

    def __init__(self, message, by):
        self.message = message
        self.by = by
        self.done = 0

    def step(self, consultation, size):
        now = clock.now()
        for rank in range(self.done, min(self.done + size, self.message.count)):
            delivery = self.message.deliveries.get(rank)
            if delivery is not None and delivery.first_read is None and delivery.recipient.emails:
                delivery.mails += _mail(consultation, delivery, REMINDED, f"rappel, {self.message.subject}")
                delivery.reminded = (*delivery.reminded, now)
        self.done += size
        return self.done >= self.message.count


def remind(consultation, message, person):
    """Remind those who have not read a message; return how many. Refused ``relance.vide``."""
    count = message.prepared - message.read()
    if not count:
        raise Refused("relance.vide", "Tous les destinataires ont lu ce message : personne n’est à relancer.")
    event = {"type": "relance", **workflow.identity(consultation), "message": message.id}
    journal.record(consultation, event | {"destinataires": count, "par": person.userid})
    parcels.hand_over(consultation, Reminder(message, person.userid), message.count)
    return count


def prepared(event):
    """Make the place of the messages at publication, ahead of the first two (IConsultationPublished)."""
    facts.prepare(event.object, NAME)
