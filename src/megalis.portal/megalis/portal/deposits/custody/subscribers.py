"""What follows when a key enters or leaves service: bids to come are sealed to the keys of today, in every consultation."""

from megalis.portal.consultations import api
from megalis.portal.deposits import recipients
from megalis.portal.deposits.custody import coverage
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.kernel import journal


def revoked(event):
    """No bid is sealed any more to a key put out of use (IKeyRevoked)."""
    renew(event.object, lambda gate: event.key.fingerprint in {item["fingerprint"] for item in gate.recipients})


def proved(event):
    """A new key takes the place of those that left, where some did (IKeyProved)."""
    if event.first:
        renew(event.object, lambda gate: gate.former or not gate.recipients)


def renew(collectivite, concerned):
    """Renew the keys of the published consultations that are concerned; return them."""
    found = []
    for brain in coverage.find_all(collectivite, review_state="publiee"):
        consultation = brain._unrestrictedGetObject()
        gate = recipients.gate(consultation)
        if gate is None or ISimulation.providedBy(consultation) or not concerned(gate):
            continue
        if recipients.renew(consultation):
            told = [item["fingerprint"] for item in recipients.gate(consultation).recipients]
            event = {"type": "cles-changees", "consultation": api.uuid(consultation), "cles": told}
            journal.record(consultation, event, public=True)
            found.append(consultation)
    return found
