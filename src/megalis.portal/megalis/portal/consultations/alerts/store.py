"""Who asked to be told of what. One value a subscription and one an address, in shards of the site.

They are values, not objects of their own: a hundred thousand of them are read in the time of a few hundred buckets.
An address proves itself once by a signed link; people with an account have proved theirs already.
"""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from datetime import timedelta
from megalis.portal.consultations.alerts import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import proofs
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import rules as identities


SUBSCRIPTIONS, ADDRESSES = "alertes", "alertes-adresses"
ASK_AGAIN = timedelta(hours=1)
REALM = "alertes"
PURPOSES = CONFIRM, MANAGE = ("confirmer", "gerer")


@dataclass(frozen=True)
class Subscription:
    """A saved search of an address. ``query`` is the address of the search (``?q=…`` or ""), ``state`` one of rules.STATES."""

    id: str
    address: str
    query: str
    frequency: str
    state: str
    created: datetime
    confirmed: datetime | None = None
    asked: datetime | None = None  # when the last request to confirm left


@dataclass(frozen=True)
class Address:
    """An e-mail address with alerts. ``bounces``: messages refused in a row; ``confirmed``: it proved itself once."""

    id: str
    email: str
    subscriptions: tuple = ()
    confirmed: bool = False
    bounces: int = 0


def address_id(email):
    """Return the key of an address (32 hex digits)."""
    return proofs.address_id("alerte", email)


def sign(key, purpose):
    """Return the token that lets its bearer act for one purpose on a subscription (confirm) or an address (manage)."""
    return proofs.sign(REALM, key, purpose)


def signed(key, token, purpose):
    """True when the token is ours for this purpose."""
    return proofs.signed(REALM, key, token, purpose)


def get(site, subscription_id):
    """Return the Subscription, or None."""
    kept = facts(site, SUBSCRIPTIONS)
    return kept.get(subscription_id) if kept is not None else None


def address(site, key):
    """Return the Address of that key, or None."""
    kept = facts(site, ADDRESSES)
    return kept.get(key) if kept is not None else None


def of_email(site, email):
    """Return the subscriptions of an e-mail address, oldest first."""
    return of_address(site, address(site, address_id(email.strip().lower())))


def of_address(site, found):
    """Return the subscriptions of an Address (or of None), oldest first."""
    if found is None:
        return []
    kept = [get(site, number) for number in found.subscriptions]
    return sorted((item for item in kept if item is not None), key=lambda item: item.created)


def everything(site):
    """Yield all subscriptions."""
    kept = facts(site, SUBSCRIPTIONS)
    if kept is not None:
        yield from kept.values()


def count_addresses(site):
    """Return how many addresses have at least one active alert."""
    return len({item.address for item in everything(site) if item.state == rules.ACTIVE})


def _put(site, value):
    name = SUBSCRIPTIONS if isinstance(value, Subscription) else ADDRESSES
    facts_for_write(site, name)[value.id] = value
    return value


def subscribe(site, email, criteria, frequency, trusted=False):
    """Keep a search for an address; return ``(Subscription, to confirm)``.

    ``trusted``: the address is that of the account that asks. The same search again only changes its frequency. Refused
    (``rules.email`` of organisations, ``alerte.frequence``, ``alerte.trop``). ``to confirm`` tells whether a request
    to confirm has to leave: not twice within an hour, so that nobody floods somebody else's box.
    """
    email, frequency = identities.email(email), rules.frequency(frequency)
    query, now = rules.watched(criteria).query(filters_only=True), clock.now()
    found = address(site, address_id(email)) or Address(address_id(email), email)
    for known in of_address(site, found):
        if known.query == query:
            return _again(site, known, frequency, trusted, now)
    if len(found.subscriptions) >= rules.MAX_BY_ADDRESS:
        raise Refused(
            "alerte.trop",
            f"Cette adresse a déjà {rules.MAX_BY_ADDRESS} alertes : supprimez-en une, ou élargissez une recherche.",
            email,
        )
    state = rules.ACTIVE if trusted else rules.WAITING
    made = Subscription(uuidhex(), found.id, query, frequency, state, now, now if trusted else None, now)
    _put(site, made)
    _put(site, replace(found, subscriptions=(*found.subscriptions, made.id), confirmed=found.confirmed or trusted))
    return made, not trusted


def _again(site, known, frequency, trusted, now):
    if trusted or known.state == rules.ACTIVE:
        if not trusted:  # somebody typed this address: its owner's choice stands
            return known, False
        confirmed = known.confirmed or now
        return _put(site, replace(known, frequency=frequency, state=rules.ACTIVE, confirmed=confirmed)), False
    again = known.asked is None or now - known.asked >= ASK_AGAIN
    if again:
        known = _put(site, replace(known, frequency=frequency, asked=now))
    return known, again


def confirm(site, subscription):
    """Make a subscription active: its address answered."""
    found = address(site, subscription.address)
    if found is not None:
        _put(site, replace(found, confirmed=True, bounces=0))
    return _put(site, replace(subscription, state=rules.ACTIVE, confirmed=clock.now()))


def change(site, subscription, frequency=None, state=None):
    """Change how often it speaks, or pause and resume it; Refused ``alerte.frequence``."""
    if frequency is not None:
        subscription = replace(subscription, frequency=rules.frequency(frequency))
    if state is not None and subscription.state != rules.WAITING:
        subscription = replace(subscription, state=state)
        found = address(site, subscription.address)
        if state == rules.ACTIVE and found is not None and found.bounces:
            _put(site, replace(found, bounces=0))
    return _put(site, subscription)


def remove(site, subscription):
    """Forget a subscription, and its address with the last one."""
    kept = facts_for_write(site, SUBSCRIPTIONS)
    if subscription.id in kept:
        del kept[subscription.id]
    found = address(site, subscription.address)
    if found is not None:
        left = tuple(number for number in found.subscriptions if number != subscription.id)
        if left:
            _put(site, replace(found, subscriptions=left))
        else:
            del facts_for_write(site, ADDRESSES)[found.id]


def stop(site, found):
    """Pause all alerts of an Address; return how many spoke until then."""
    stopped = 0
    for item in of_address(site, found):
        if item.state == rules.ACTIVE:
            _put(site, replace(item, state=rules.PAUSED))
            stopped += 1
    return stopped


def bounced(site, key, permanent):
    """Count a message that came back; its alerts stop when the address does not exist, or after three in a row."""
    found = address(site, key)
    if found is None:
        return None
    found = _put(site, replace(found, bounces=found.bounces + 1))
    if permanent or found.bounces >= rules.PAUSED_AFTER:
        for item in of_address(site, found):
            if item.state == rules.ACTIVE:
                _put(site, replace(item, state=rules.BOUNCED))
    return found


def purge(site, now):
    """Forget what nobody confirmed in time; return how many."""
    late = [
        item
        for item in everything(site)
        if item.state == rules.WAITING and rules.stale(item.asked or item.created, now)
    ]
    for item in late:
        remove(site, item)
    return len(late)
