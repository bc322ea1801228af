"""What stands beside the bids of the demonstration: a basket, a vault, partners who look for one another, paper and post."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.basket import store as basket
from megalis.portal.consultations.partners import store as partners
from megalis.portal.deposits.paper import store as paper
from megalis.portal.deposits.postal import store as postal
from megalis.portal.deposits.vault import store as vault
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone.app.uuid.utils import uuidToObject


FOLLOWED = 3
PARTNERS = (
    ("Charpente et ossature bois", "Un couvreur"),
    ("Terrassement et réseaux", ""),
    ("Maîtrise d’œuvre", "Un BET"),
)
KEPT = (("kbis", 80), ("sociale", 20), ("dc1", None))


def furnish(town, published, bidders, now, at):
    """Make them: ``at(instant)`` sets the clock, ``published`` are the consultations, ``bidders`` the Depositors."""
    agent = people.get(sorted(membership.holders(town, "acheteurs"))[0])
    mine = [found for found in published if consultations.buyer(found).getId() == town.getId()]
    live = [found for found in mine if found.deadline > now]
    over = [found for found in mine if found.deadline < now]
    first = bidders[0]
    company, person = uuidToObject(first.company, unrestricted=True), people.get(first.userid)
    for kind, days in KEPT:
        expires = (clock.paris(now).date() + timedelta(days=days)).isoformat() if days else ""
        document = pdf.build("Document de démonstration", [pdf.paragraph(first.name)])
        vault.add(company, first.userid, kind, "", expires, f"{kind}.pdf", document)
    for consultation in live[:FOLLOWED]:
        basket.follow(consultation, person)
    if live:
        postal.offer(live[0], agent, {"title": "Plans au format A0", "kind": "plan"})
        for bidder, (offers, seeks) in zip(bidders[1:], PARTNERS, strict=False):
            other = uuidToObject(bidder.company, unrestricted=True)
            partners.enter(live[0], other, people.get(bidder.userid), offers, seeks, [])
    for consultation in over[:1]:
        with at(consultation.deadline - timedelta(hours=6)):
            form = {"kind": "sauvegarde", "company": first.name, "siret": first.siret, "way": "main", "support": "usb"}
            paper.enter(consultation, agent, form | {"labelled": "1"})
