"""The mail that tells a company what was written about what it sent on paper."""

from megalis.portal.consultations import api
from megalis.portal.deposits.paper import documents
from megalis.portal.deposits.paper import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import outbox
from megalis.portal.organisations import rules as identities
from megalis.portal.theme import mail


RECEIPT = """
{buyer} a inscrit au registre de la consultation {reference}, « {title} » : {kind}, {verb} le {received} (heure de Paris).

Numéro {number}. {after}

-> {url} Voir la consultation
"""


def send_receipt(consultation, paper):
    """Mail the receipt of a Paper to the address the agent typed; Refused (``rules.email``) when it is none."""
    if not paper.email:
        return None
    try:
        address = identities.email(paper.email)
    except Refused as refused:
        raise Refused(refused.code, refused.message, paper.email) from refused
    buyer = api.buyer(consultation)
    feminine = paper.kind in (rules.COPY, rules.PART)
    after = (
        f"Après la date limite, {'elle reste fermée' if feminine else 'il reste fermé'}."
        if paper.late
        else "Une copie de sauvegarde n’est ouverte que dans les cas du code ; sinon elle est détruite sans être lue."
        if paper.kind == rules.COPY
        else f"{'Elle reste fermée' if feminine else 'Il reste fermé'} jusqu’à l’ouverture des plis."
    )
    text, html = mail.render(
        RECEIPT,
        buyer=buyer.title,
        reference=consultation.reference,
        title=consultation.title,
        kind=rules.KINDS[paper.kind].lower(),
        verb=("arrivé" + "e" * feminine + " hors délai") if paper.late else "reçu" + "e" * feminine,
        received=documents.instant(paper.received),
        number=paper.number,
        after=after,
        url=consultation.absolute_url(),
    )
    subject = mail.flat(f"Récépissé {paper.number} : {consultation.reference}")
    return outbox.queue_mail(
        address, subject, text, html, sender_name=mail.flat(buyer.title), about=api.uuid(consultation)
    )
