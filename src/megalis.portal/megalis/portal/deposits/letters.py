"""The mails of the room: the receipt to the bidder, the reminder to key holders before the deadline."""

from megalis.portal.consultations import api
from megalis.portal.consultations import ranking
from megalis.portal.consultations.exchanges.recipients import Recipient
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IAudience
from megalis.portal.consultations.meeting import IRecipients
from megalis.portal.consultations.rules import anonymity
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import rectification
from megalis.portal.consultations.rules import suites
from megalis.portal.deposits import documents
from megalis.portal.deposits import keys
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import store
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.organisations import people
from megalis.portal.theme import mail
from megalis.portal.theme import words
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations
from zope.component import adapter
from zope.interface import implementer


REMINDED = "megalis.deposits.reminded"

RECEIPT = """
{line}, heure de Paris, pour la consultation {reference} ({buyer}) : {title}.

Numéro d’accusé : {number}. {documents}, {margin}.

Gardez l’accusé : il porte la liste et les engagements de vos documents, et se vérifie sans la plateforme.

-> {url} Voir et télécharger l’accusé
"""

REMINDER = """
Les plis de la consultation {reference}, « {title} », s’ouvriront le {deadline}.

Votre clé ({role}, {fingerprint}) servira à les ouvrir. Faites l’exercice dès maintenant : il prouve que vous avez encore le
fichier de clé et sa phrase secrète. Deux minutes suffisent.

-> {url} Faire l’exercice
"""


RESULTS = """
{buyer} a notifié le marché de la consultation {reference}, « {title} », à laquelle vous avez répondu.

{results}

-> {url} Voir le résultat et mes accusés
"""


def standing(consultation):
    """Return the deposits that stand at the closing, one an address: those whose author is told of what follows."""
    found = {}
    for deposit in store.deposits(consultation):
        if deposit.state == store.RECEIVED and deposit.email:
            found[deposit.email.lower()] = deposit
    return list(found.values())


@implementer(IAudience)
@adapter(IConsultation)
class Depositors:
    """Those whose bid stands: they are told of a rectification of their lots or a cancellation, followers or not."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, lots=()):
        return [
            (deposit.email, deposit.event["deposant"]["nom"])
            for deposit in store.deposits(self.consultation)
            if deposit.state == store.RECEIVED
            and deposit.email
            and rectification.concerns({row["lot"] for row in deposit.event["plis"]}, lots)
        ]


@implementer(IRecipients)
@adapter(IConsultation)
class DepositorsGroup:
    """The companies whose bid stands, with the lots they answered; unknown before the closing, and before a jury has ranked."""

    group = "depots"
    title = "Ont déposé un pli"
    order = 3

    def __init__(self, consultation):
        self.consultation = consultation

    def hidden(self, now):
        deadline = self.consultation.deadline
        if deadline is not None and now >= deadline:
            return anonymity.hidden_refusal()[1] if ranking.names_hidden(self.consultation) else ""
        return "Les entreprises qui ont déposé un pli ne sont connues de personne avant la clôture."

    def __call__(self):
        found = []
        for deposit in store.deposits(self.consultation):
            if deposit.state == store.RECEIVED:
                who = deposit.event["deposant"]
                lots = tuple(dict.fromkeys(row["lot"] or "" for row in deposit.event["plis"]))
                emails = (deposit.email,) if deposit.email else ()
                found.append(Recipient(who["nom"], emails, deposit.company, who["siret"], lots))
        return found


def send_results(event):
    """Tell each bidder the decisions on the lots he answered (IConsultationNotified)."""
    consultation = event.object
    kept = api.decisions(consultation)
    later = [item for item in api.followings(consultation) if item.relation in suites.STAGES]
    told = {deposit.company for item in later for deposit in standing(item)}  # by the letter of that stage
    for deposit in standing(consultation):
        if deposit.company in told:
            continue
        lots = sorted({row["lot"] or "" for row in deposit.event["plis"]})
        text, html = mail.render(
            RESULTS,
            buyer=deposit.event["acheteur"]["nom"],
            reference=consultation.reference,
            title=consultation.title,
            results=" ".join(_result(lot, kept[lot]) for lot in lots if lot in kept),
            url=consultation.absolute_url(),
        )
        subject = mail.flat(f"Résultat : {consultation.reference}, {consultation.title}")
        outbox.queue_mail(deposit.email, subject, text, html, about=deposit.id)


def _result(lot, decision):
    words = decisions.DECISIONS[decision["decision"]].lower()
    winner = decisions.holder_names(decision)
    name = f"Lot {lot}" if lot else "Le marché"
    return f"{name} : {words} à {winner}." if winner else f"{name} : {words}."


def send_receipt(event):
    """Mail the receipt's address to the bidder (IDepositReceived)."""
    deposit, consultation = event.deposit, event.object
    if not deposit.email:
        return
    late = "Pli reçu HORS DÉLAI le" if deposit.late else "Pli déposé le"
    line = f"{late} {documents.instant(deposit.event['recu'])}"
    text, html = mail.render(
        RECEIPT,
        line=line,
        reference=consultation.reference,
        buyer=deposit.event["acheteur"]["nom"],
        title=consultation.title,
        number=deposit.number,
        documents=words.plural(len(deposit.event["documents"]), "document"),
        margin=documents.margin(deposit),
        url=f"{consultation.absolute_url()}/@@accuse?depot={deposit.id}",
    )
    outbox.queue_mail(deposit.email, mail.flat(f"{line} : {consultation.reference}"), text, html, about=deposit.id)


def remind(event):
    """Three days before each deadline, mail the holders whose last drill is older than ten days (IWorkerTick)."""
    if not event.leisure:
        return
    window = {"query": (event.now, event.now + rules.REMINDER_BEFORE_DEADLINE), "range": "min:max"}
    for brain in api.find_everywhere(review_state="publiee", deadline=window):
        consultation = brain._unrestrictedGetObject()
        if not ISimulation.providedBy(consultation):
            remind_holders(consultation, event.now)


def remind_holders(consultation, now):
    """Mail each holder once; return how many mails were queued."""
    gate = recipients.gate(consultation)
    reminded = IAnnotations(consultation).get(REMINDED, {})
    waiting = [item for item in (recipients.openers(gate) if gate else ()) if item["cle"] not in reminded]
    sent = 0
    for item in waiting:
        key = keys.get_key(api.buyer(consultation), item["cle"])
        person = people.get(key.holder)
        fresh = key.last_drill is not None and now - key.last_drill < rules.DRILL_BEFORE_OPENING
        if fresh or key.revoked is not None or person is None or not person.email:
            continue
        _mail_holder(consultation, item, person)
        IAnnotations(consultation).setdefault(REMINDED, PersistentMapping())[item["cle"]] = now
        sent += 1
    return sent


def _mail_holder(consultation, item, person):
    buyer = api.buyer(consultation)
    text, html = mail.render(
        REMINDER,
        reference=consultation.reference,
        title=consultation.title,
        deadline=clock.french(consultation.deadline, seconds=True),
        role=rules.ROLE_LABELS[item["role"]].lower(),
        fingerprint=item["fingerprint"][:16],
        url=f"{buyer.absolute_url()}/@@cles",
    )
    subject = mail.flat(f"Exercice de clé avant l’ouverture : {consultation.reference}")
    outbox.queue_mail(
        person.email, subject, text, html, sender_name=mail.flat(buyer.title), about=api.uuid(consultation)
    )
