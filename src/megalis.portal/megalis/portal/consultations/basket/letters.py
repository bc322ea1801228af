"""What the basket tells: the deadline that comes, to each once; changes and answers go by the audience of the room."""

from megalis.portal.consultations import api
from megalis.portal.consultations.basket import rules
from megalis.portal.consultations.basket import store
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IAudience
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.theme import mail
from plone import api as plone_api
from zope.component import adapter
from zope.interface import implementer


REMINDER = """
La consultation {reference} de {buyer}, « {title} », que vous suivez, ferme dans {left}.

Le dernier octet de votre pli doit être reçu avant le {deadline} (heure de Paris). Déposez tôt : jusqu’à cette heure, un
nouveau pli remplace le précédent.

{last}

-> {url} Voir la consultation
"""


def basket_url():
    return f"{plone_api.portal.get().absolute_url()}/@@mon-panier"


def leaving_words():
    """Return the last line of every message that a basket brings."""
    return f"Ne plus suivre : {basket_url()}"


@implementer(IAudience)
@adapter(IConsultation)
class Followers:
    """Those who follow a consultation: told of its changes, of its cancellation and of the answers given to all."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, lots=()):
        return [
            (person.email, person.fullname, leaving_words()) for _item, person in store.followers(self.consultation)
        ]


def tick(event):
    """Remind those who follow what closes within two days (IWorkerTick)."""
    if not event.leisure:
        return
    window = {"query": (event.now, event.now + rules.REMINDER), "range": "min:max"}
    for brain in api.find_everywhere(review_state="publiee", deadline=window):
        remind(brain._unrestrictedGetObject(), event.now)


def remind(consultation, now):
    """Queue the reminders that are due; return how many."""
    sent = 0
    for item, person in store.followers(consultation):
        if rules.reminder_due(consultation.deadline, item.reminded, now):
            _send(consultation, person, now)
            store.reminded(consultation, item, consultation.deadline)
            sent += 1
    return sent


def _send(consultation, person, now):
    buyer = api.buyer(consultation)
    text, html = mail.render(
        REMINDER,
        reference=consultation.reference,
        buyer=buyer.title,
        title=consultation.title,
        left=clock.remaining(consultation.deadline, now),
        deadline=clock.french(consultation.deadline, seconds=True),
        last=leaving_words(),
        url=consultation.absolute_url(),
    )
    subject = mail.flat(f"Ferme bientôt : {consultation.reference}, {consultation.title}")
    outbox.queue_mail(
        person.email, subject, text, html, sender_name=mail.flat(buyer.title), about=api.uuid(consultation)
    )
