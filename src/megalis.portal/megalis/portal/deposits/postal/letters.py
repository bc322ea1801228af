"""The mails of what is sent by post, and the requests that wait on the agents' dashboard."""

from megalis.portal.consultations import api
from megalis.portal.consultations.exchanges import waiting
from megalis.portal.deposits.postal import rules
from megalis.portal.deposits.postal import store
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from megalis.portal.organisations import mails
from megalis.portal.theme.words import plural


WRITERS = frozenset(("acheteurs", "valideurs"))


def lines(address):
    """Return the lines of a postal address."""
    town = f"{address['postal_code']} {address['city']}"
    foreign = [] if address["country"].casefold() == "france" else [address["country"].upper()]
    return [address["name"], address["street"], town, *foreign]


def send_asked(consultation, item):
    """Tell the contact of the consultation what is asked and where to send it."""
    if consultation.contact_email:
        mails.send(
            consultation.contact_email,
            f"À expédier : {item.title}, {consultation.reference}",
            [
                f"{item.name} demande « {item.title} » par la poste, pour la consultation {consultation.reference}.",
                f"Adresse : {', '.join(lines(item.address))}.",
            ],
            f"{consultation.absolute_url()}/@@envois-postaux",
            "Noter l’expédition",
        )


def send_step(consultation, item):
    """Tell the company that its parcel left, or why it will not."""
    buyer = api.buyer(consultation)
    if item.state == rules.SENT:
        number = f", suivi {item.tracking}" if item.tracking else ""
        subject = f"Expédié : {item.title}, {consultation.reference}"
        words = f"« {item.title} » est parti le {clock.french(item.sent)} par {item.carrier}{number}."
    else:
        subject = f"Demande refusée : {item.title}, {consultation.reference}"
        words = f"Votre demande de « {item.title} » est refusée. Motif : {item.note}"
    mails.send(
        item.email,
        subject,
        [words, f"Consultation {consultation.reference}, « {consultation.title} »."],
        f"{consultation.absolute_url()}/@@envoi-postal",
        "Suivre la demande",
        sender=buyer.title,
    )


class AgentTasks:
    """Named adapter of (person, request): the requests to dispatch."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        found = []
        for collectivite in self.person.collectivites:
            if not WRITERS & self.person.roles_in(collectivite):
                continue
            kept = {uid: kinds[store.WAITS] for uid, kinds in waiting.of(collectivite).items() if store.WAITS in kinds}
            for brain in api.find(collectivite, UID=list(kept)) if kept else ():
                count = plural(len(kept[brain.UID]), "envoi postal", "envois postaux")
                url = f"{brain.getURL()}/@@envois-postaux"
                found.append(
                    Task(f"Expédier {count} : « {brain.Title} »", url, brain.deadline, "do", "Voie postale", "Expédier")
                )
        return found
