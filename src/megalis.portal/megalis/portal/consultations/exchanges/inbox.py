"""The messages a company has received, kept with the company: one small tree, and the set of those nobody has read."""

from BTrees.OOBTree import OOBTree
from BTrees.OOBTree import OOTreeSet
from megalis.portal.kernel import clock
from persistent import Persistent
from plone import api
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.messages"


class Inbox(Persistent):
    """``all`` maps a key in the order of time to a Delivery; ``unread`` holds the keys of those not read."""

    def __init__(self):
        self.all = OOBTree()
        self.unread = OOTreeSet()


def key_of(delivery):
    """Return the key of a delivery: those of one instant keep apart by their id."""
    return f"{clock.rfc3339(delivery.available)}{delivery.id}"


def _company(delivery):
    uid = delivery.recipient.company
    if not uid:
        return None
    brains = api.portal.get_tool("portal_catalog").unrestrictedSearchResults(UID=uid, portal_type="Entreprise")
    return brains[0]._unrestrictedGetObject() if brains else None


def add(delivery):
    """Put a delivery in the inbox of its company, when it has one."""
    company = _company(delivery)
    if company is None:
        return
    annotations = IAnnotations(company)
    kept = annotations.get(KEY)
    if kept is None:
        kept = annotations[KEY] = Inbox()
    kept.all[key_of(delivery)] = delivery
    kept.unread.insert(key_of(delivery))


def done(delivery):
    """Note that a delivery is read."""
    company = _company(delivery)
    kept = IAnnotations(company).get(KEY) if company is not None else None
    if kept is not None and key_of(delivery) in kept.unread:
        kept.unread.remove(key_of(delivery))


def of(company):
    """Return the Deliveries of a company, newest first."""
    kept = IAnnotations(company).get(KEY)
    return list(reversed(kept.all.values())) if kept is not None else []


def unread(company):
    """Return the Deliveries nobody of the company has read, oldest first."""
    kept = IAnnotations(company).get(KEY)
    return [kept.all[key] for key in kept.unread] if kept is not None else []
