"""Who receives the letter: one value an address, in shards of the site; an address proves itself by a signed link."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.kernel import proofs
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.organisations import rules


SUBSCRIBERS = REALM = "infolettre"
CONFIRM, STOP = "confirmer", "arreter"
WAITING, ACTIVE, BOUNCED = "a-confirmer", "active", "en-echec"
ASK_AGAIN = timedelta(hours=1)
FORGET = timedelta(days=7)
PAUSED_AFTER = 3  # messages refused in a row


@dataclass(frozen=True)
class Subscriber:
    """An address and whether it proved itself; ``asked``: when the last request to confirm left."""

    id: str
    email: str
    state: str
    asked: datetime
    confirmed: datetime | None = None
    bounces: int = 0


def get(site, key):
    """Return the Subscriber, or None."""
    kept = facts(site, SUBSCRIBERS)
    return kept.get(key) if kept is not None else None


def everybody(site):
    """Return all Subscribers."""
    kept = facts(site, SUBSCRIBERS)
    return list(kept.values()) if kept is not None else []


def active(site):
    """Return how many receive the letter."""
    return sum(1 for one in everybody(site) if one.state == ACTIVE)


def _put(site, value):
    facts_for_write(site, SUBSCRIBERS)[value.id] = value
    return value


def ask(site, email):
    """Note that somebody typed an address; return (Subscriber, whether a request to confirm has to leave).

    Not twice within an hour, so that nobody floods somebody else's box. Refused: the code of ``rules.email``.
    """
    email, now = rules.email(email), clock.now()
    key = proofs.address_id(REALM, email)
    known = get(site, key)
    if known is not None and (known.state == ACTIVE or now - known.asked < ASK_AGAIN):
        return known, False
    return _put(site, Subscriber(key, email, WAITING, now)), True


def confirm(site, one):
    """The address answers: it receives the next issues."""
    if one.state == ACTIVE:
        return one
    return _put(site, replace(one, state=ACTIVE, confirmed=clock.now(), bounces=0))


def forget(site, one):
    """The address asks for nothing more: nothing of it is kept."""
    kept = facts_for_write(site, SUBSCRIBERS)
    if one.id in kept:
        del kept[one.id]


def bounced(site, key, permanent):
    """Count a message that came back; the letter stops for an address that does not exist, or after three in a row."""
    one = get(site, key)
    if one is not None:
        bounces = one.bounces + 1
        state = BOUNCED if permanent or bounces >= PAUSED_AFTER else one.state
        _put(site, replace(one, bounces=bounces, state=state))


def purge(site, now):
    """Forget what nobody confirmed in time; return how many."""
    late = [one for one in everybody(site) if one.state == WAITING and now - one.asked >= FORGET]
    for one in late:
        forget(site, one)
    return len(late)


def sign(one, purpose):
    """Return the token of a link about a Subscriber."""
    return proofs.sign(REALM, one.id, purpose)


def proved(site, key, token, purpose):
    """Return the Subscriber a signed link is about, or None."""
    return get(site, key) if proofs.signed(REALM, key, token, purpose) else None
