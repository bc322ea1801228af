"""The warnings of the vault: a mail to those who answer for the company, thirty and seven days before, and on the day."""

from megalis.portal.deposits.vault import rules
from megalis.portal.deposits.vault import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from megalis.portal.organisations import mails
from megalis.portal.organisations import membership
from megalis.portal.theme import words
from plone.app.uuid.utils import uuidToObject


def tick(event):
    """Send the warnings of the day (IWorkerTick)."""
    if event.leisure:
        warn(clock.paris(event.now).date())


def warn(day):
    """Send what is due on ``day``; return how many documents were told of."""
    told = 0
    for uid, document_id, stage in store.due(day):
        company = uuidToObject(uid, unrestricted=True)
        try:
            document = store.find(company, document_id) if company is not None else None
        except Refused:
            document = None
        if document is None:
            _forget(uid, document_id)
            continue
        document.told = stage
        _send(company, document, day)
        store.plan(company, document)
        told += 1
    return told


def _forget(uid, document_id):
    kept = store.calendar()
    for key in [key for key in kept if key[1:] == (uid, document_id)]:
        del kept[key]


def said(document, day):
    """Return the sentence of a warning."""
    left = (document.last.expires - day).days
    when = f"{document.last.expires:%d/%m/%Y}"
    if left < 0:
        return f"« {document.title} » a expiré le {when}."
    delay = f"dans {words.plural(left, 'jour')}" if left else "aujourd’hui"
    return f"« {document.title} » expire {delay}, le {when}."


def _send(company, document, day):
    for member in membership.members(company):
        if member.active and member.email:
            mails.send(
                member.email,
                said(document, day),
                [
                    f"Dans le coffre-fort de {company.title} : {said(document, day)}",
                    "Un acheteur écarte ou fait compléter un dossier dont une attestation a expiré : déposez-en une version "
                    "à jour, elle remplacera l’ancienne dans vos prochaines réponses.",
                ],
                f"{company.absolute_url()}/@@coffre",
                "Ouvrir le coffre-fort",
            )


class CompanyTasks:
    """Named adapter of (person, request): what expires soon, or did."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        company = self.person.entreprise
        day = store.today()
        found = []
        for document in store.documents(company) if company is not None else ():
            kind, _label = rules.state(document.last.expires, day)
            if kind in ("soon", "bad"):
                level = "do" if kind == "bad" else "soon"
                url = f"{company.absolute_url()}/@@coffre#d-{document.id}"
                found.append(Task(said(document, day), url, None, level, "Coffre-fort", "Renouveler"))
        return found
