"""The keys a consultation is sealed to: fixed at its publication, shown to every bidder, never silently changed."""

from megalis.portal.consultations import api
from megalis.portal.deposits import keys
from megalis.portal.deposits import rules
from persistent import Persistent
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.deposits.gate"


class Gate(Persistent):
    """What every deposit of a consultation must agree with, and what only the closing may change.

    ``recipients`` is a tuple of dicts (role, recipient, fingerprint, cle, porteur, exercice, inscription); ``closed`` is
    None, then the id of the closing event in the journal.
    """

    def __init__(self, recipients):
        self.recipients = tuple(recipients)
        self.closed = None
        self.cut = None
        self.accepted = ()


def gate(consultation):
    """Return the Gate, or None before publication."""
    return IAnnotations(consultation).get(KEY)


def fix(consultation):
    """Fix the recipients at publication from the active keys of the buyer; return the Gate.

    Done again only while no bid was received: afterwards a change of keys would need the bids themselves.
    """
    annotations = IAnnotations(consultation)
    known = annotations.get(KEY)
    if known is not None and (known.closed is not None or api.first_deposit(consultation) is not None):
        return known
    buyer = api.buyer(consultation)
    recipients = [describe(buyer, key) for key in keys.active_keys(buyer)]
    annotations[KEY] = Gate(recipients)
    return annotations[KEY]


def describe(buyer, key):
    """Return the public facts of a Key as they stand now, with the proof that it stands in the journal."""
    return {
        "role": key.role,
        "recipient": key.recipient,
        "fingerprint": key.fingerprint,
        "cle": key.id,
        "porteur": key.holder,
        "exercice": key.last_drill,
        "inscription": keys.inscription(buyer, key),
    }


def public(item):
    """Return what a bidder needs of a recipient: role, text, fingerprint, inscription in the journal."""
    return {name: item.get(name) for name in ("role", "recipient", "fingerprint", "inscription")}


def shown(consultation):
    """Return the recipients for display: role label, fingerprint, last drill as it is today (aware datetime)."""
    known = gate(consultation)
    if known is None:
        return []
    drills = {key.id: key.last_drill for key in keys.all_keys(api.buyer(consultation))}
    return [
        {
            "role": item["role"],
            "label": rules.ROLE_LABELS[item["role"]],
            "fingerprint": item["fingerprint"],
            "recipient": item["recipient"],
            "drill": drills.get(item["cle"]) or item["exercice"],
        }
        for item in known.recipients
    ]
