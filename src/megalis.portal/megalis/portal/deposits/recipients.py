"""The keys a consultation is sealed to: fixed at its publication, shown to every bidder, never silently changed."""

from megalis.portal.consultations import api
from megalis.portal.deposits import keys
from megalis.portal.deposits import rules
from persistent import Persistent
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.deposits.gate"


class Gate(Persistent):
    """What every deposit of a consultation must agree with, and what only the closing may change.

    ``recipients`` is a tuple of dicts (role, recipient, fingerprint, cle, porteur, exercice, inscription), those bids are
    sealed to from now on; ``former`` those that only earlier bids are sealed to; ``relayed`` those that bids were given to
    afterwards. ``closed`` is None, then the id of the closing event in the journal.
    """

    former = ()
    relayed = ()
    warned = ()  # ids of the deposits whose authors were told that no key opens them any more

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


def openers(gate):
    """Return the items of every key that opens a bid of the consultation, or some of them; each key once."""
    found = {}
    for item in (*gate.recipients, *gate.former, *gate.relayed):
        found.setdefault(item["fingerprint"], item)
    return list(found.values())


def renew(consultation):
    """Seal the bids to come to the keys of today alone; tell whether that changed anything.

    Bids already received keep the keys they were sealed to. After the closing nothing changes any more.
    """
    known = gate(consultation)
    if known is None or known.closed is not None:
        return False
    buyer = api.buyer(consultation)
    today = keys.active_keys(buyer)
    if {key.fingerprint for key in today} == {item["fingerprint"] for item in known.recipients}:
        return False
    fresh = tuple(describe(buyer, key) for key in today)
    kept = {item["fingerprint"] for item in fresh}
    if api.first_deposit(consultation) is not None:
        former = {item["fingerprint"]: item for item in (*known.former, *known.recipients)}
        known.former = tuple(item for print_, item in former.items() if print_ not in kept)
    known.recipients = fresh
    return True


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
