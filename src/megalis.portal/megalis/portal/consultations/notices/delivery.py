"""The worker's side: hand a notice over, ask what became of it, write down each exchange. Nothing here waits on a person.

A message of the outbox lives as long as its notice: handed over, it comes back to ask until there is an end.
"""

from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.consultations.notices.transports.concentrateur import EFORMS
from megalis.portal.consultations.notices.transports.concentrateur import SHORT
from megalis.portal.consultations.rules.thresholds import JAL
from megalis.portal.formats.money import euros
from megalis.portal.kernel import clock
from megalis.portal.kernel.outbox import IOutboxHandler
from megalis.portal.kernel.outbox import Later
from megalis.portal.kernel.outbox import Undeliverable
from types import SimpleNamespace
from zope.component import getUtility
from zope.interface import implementer


FORMS = {store.EFORMS: EFORMS, store.SHORT: SHORT}
WORDS = {
    lifecycle.SENT: "Remis au service",
    lifecycle.RECEIVED: "Accusé de réception du service",
    lifecycle.PUBLISHED: "Publié",
    lifecycle.REFUSED: "Refusé par le service",
    lifecycle.GIVEN_UP: "Retiré avant parution",
}


def wait_for(record, now):
    """Return the seconds before asking again: often at first, then less, as publications take days."""
    if record.simulated:
        return 2
    age = now - record.made
    if age < timedelta(hours=1):
        return 120
    return 1800 if age < timedelta(days=2) else 3 * 3600


def take(record, told):
    """Write what a service told in a record; return True when it changed something. The same twice changes nothing."""
    state = lifecycle.after(record.state, told.state)
    record.identifier = told.identifier or record.identifier
    if told.state in (lifecycle.RECEIVED, lifecycle.PUBLISHED):
        record.received = record.received or told.received or clock.now()
    if record.state in (lifecycle.SENT, lifecycle.TO_SEND) and state in lifecycle.FOLLOWING[lifecycle.TO_SEND]:
        record.sent = record.sent or clock.now()
    if state == record.state:
        return False
    if state == lifecycle.PUBLISHED:
        record.published = clock.now()
        record.published_on, record.reference, record.link = told.published, told.reference, told.link
    record.reasons = told.reasons
    detail = [told.reference, f"paru le {told.published:%d/%m/%Y}" if told.published else ""]
    detail += [f"{reason.code} : {reason.message}" for reason in told.reasons]
    store.note(record, WORDS.get(state, state), "\n".join(filter(None, (*detail, told.raw))), state=state)
    return True


def _found(message):
    consultation = store.consultation_of(message.about)
    if consultation is None:
        raise Undeliverable("la consultation de cet avis n’existe plus")
    return consultation, store.find(consultation, message.payload["record"])


@implementer(IOutboxHandler)
class NoticeHandler:
    """Sends ``avis`` messages, then follows them."""

    def send(self, site, message):
        consultation, record = _found(message)
        if not record.running:
            return
        if record.support == JAL:
            self._mail(site, consultation, record, message)
            return
        try:
            client = services.client(site, record.support)
            told = self._asked(client, record, message.tries, api.buyer(consultation).siret or "")
        except NotNow as error:
            store.note(record, "Sans suite pour l’instant", "\n".join(filter(None, (error.message, error.raw))))
            raise Later(error.message, error.after, failed=True) from error
        if told is not None and take(record, told) and record.state not in lifecycle.RUNNING:
            sending.tell(consultation, record, record.state)
        if record.running:
            words = (
                "En attente de parution"
                if record.state == lifecycle.RECEIVED
                else "En attente de l’accusé de réception"
            )
            raise Later(words, wait_for(record, clock.now()))

    def _asked(self, client, record, tries, siret):
        if record.state != lifecycle.TO_SEND:
            return client.status(record.notice, record.version)
        if tries > 1:  # a former try may have arrived without an answer
            told = client.status(record.notice, record.version)
            if told is not None:
                return told
        form = FORMS[record.form]
        return client.submit(record.notice, record.version, record.data, record.email, form=form, siret=siret)

    def _mail(self, site, consultation, record, message):
        if record.state != lifecycle.TO_SEND:
            return
        buyer = api.buyer(consultation)
        payload = {
            "to": record.newspaper["email"],
            "subject": f"Annonce légale à publier : {consultation.reference}, {buyer.title}",
            "text": letter(record, consultation, buyer),
            "from_name": buyer.title,
            "reply_to": record.email or None,
        }
        try:
            getUtility(IOutboxHandler, name="mail").send(site, SimpleNamespace(id=message.id, payload=payload))
        except Undeliverable as error:
            store.note(record, "Courriel refusé", str(error), state=lifecycle.REFUSED)
            sending.tell(consultation, record, lifecycle.REFUSED)
            return
        record.sent = clock.now()
        store.note(record, "Envoyé au journal par courriel", f"À {record.newspaper['email']}", state=lifecycle.SENT)


def letter(record, consultation, buyer):
    """Return the text of the mail to a newspaper: the announcement between two rules, what is expected of it."""
    rule = "-" * 60
    quote = (record.quote or {}).get("expected")
    lines = [
        "Bonjour,",
        "",
        f"{buyer.title} vous demande de publier l’annonce légale ci-dessous",
        f"(référence {consultation.reference}, empreinte {record.sha256[:16]}).",
        "Merci de répondre à ce courriel avec votre accusé de réception, votre devis, le jour de parution,",
        "puis le justificatif.",
        "",
        rule,
        record.data.decode(),
        rule,
        "",
    ]
    if quote is not None:
        lines.append(
            f"Estimation d’après votre tarif : {quote.lines} lignes, {quote.characters} caractères, {euros(quote.net)} HT."
        )
    return "\n".join(lines) + "\n"


@implementer(IOutboxHandler)
class StopHandler:
    """Sends ``avis-arret`` messages: asks a service not to publish."""

    def send(self, site, message):
        consultation, record = _found(message)
        if not record.running or record.support == JAL:
            return
        try:
            done = services.client(site, record.support).stop(record.notice, record.version)
        except NotNow as error:
            raise Later(error.message, error.after, failed=True) from error
        if done:
            store.note(record, "Retiré avant parution", "", state=lifecycle.GIVEN_UP)
            sending.tell(consultation, record, "abandon")
        else:
            store.note(record, "Trop tard pour retirer l’avis", "")


def given_up(event):
    """Say on its record that a notice was given up (outbox.GivenUp)."""
    message = event.message
    if message.kind != sending.QUEUE:
        return
    consultation = store.consultation_of(message.about)
    if consultation is None:
        return
    record = store.find(consultation, message.payload["record"])
    if record.running:
        store.note(record, "Abandonné après plusieurs essais", message.error, state=lifecycle.GIVEN_UP)
        sending.tell(consultation, record, "abandon")
