"""The signed links of who enrolled without an account: each shows that its bearer reads the mailbox."""

from megalis.portal.kernel import proofs
from megalis.portal.trainings.rules import roster
from plone import api


REALM, CONFIRM, OWN, PERSON = "formations", "confirmer", "inscription", "personne"


def userid(email):
    """Return what stands for the userid of who has no account: the same for all his sessions, and no way back to his address."""
    return roster.GUEST + proofs.sign(REALM, email, PERSON)[:24]


def _about(session, key):
    return f"{api.content.get_uuid(session)}:{key}"


def query(session, entry):
    """Return what lets the bearer of an address act on an entry."""
    return f"inscription={entry.id}&jeton={proofs.sign(REALM, _about(session, entry.id), OWN)}"


def own(session, entry):
    """Return the address of the session as who enrolled without an account sees it."""
    return f"{session.absolute_url()}?{query(session, entry)}"


def held(session, key, token):
    """Return the entry of a signed address, or None: only of who has no account."""
    entry = next((one for one in session.entries if one.id == key and one.guest), None) if key else None
    return entry if entry is not None and proofs.signed(REALM, _about(session, key), token, OWN) else None


def confirmation(session, key):
    """Return the address that confirms a request."""
    token = proofs.sign(REALM, _about(session, key), CONFIRM)
    return f"{session.absolute_url()}/@@confirmer-inscription?demande={key}&jeton={token}"


def confirms(session, key, token):
    """Tell whether an address that confirms is ours."""
    return bool(key) and proofs.signed(REALM, _about(session, key), token, CONFIRM)
