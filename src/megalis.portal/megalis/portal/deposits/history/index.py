"""Where each company finds its own deposits again: one small tree a company, a line a deposit, written with it."""

from BTrees.OOBTree import OOBTree
from megalis.portal.consultations import api
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from plone.app.uuid.utils import uuidToObject
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.reponses"


def add(event):
    """Note a deposit with its company (IDepositReceived)."""
    remember(event.object, event.deposit, event.company)


def remember(consultation, deposit, company=None):
    """Note a deposit with its ``company`` (looked up when not given); noted already, it changes nothing."""
    if company is None:
        company = uuidToObject(deposit.company, unrestricted=True)
    if company is None:
        return
    annotations = IAnnotations(company)
    kept = annotations.get(KEY)
    if kept is None:
        kept = annotations[KEY] = OOBTree()
    key = f"{clock.rfc3339(deposit.received)}{deposit.id}"
    if key not in kept:
        kept[key] = (api.uuid(consultation), deposit.id)


def has_answered(company, now):
    """Tell whether a company deposited in a consultation that is closed by now: until then it is nobody's business."""
    kept = IAnnotations(company).get(KEY)
    uids = list({uid for uid, _deposit in kept.values()}) if kept else []
    return any(brain.deadline and brain.deadline <= now for brain in api.find_everywhere(UID=uids)) if uids else False


def of(company):
    """Return ``[(brain, consultation, Deposit)]`` of a company, newest first, where its user may still read."""
    kept = IAnnotations(company).get(KEY)
    if not kept:
        return []
    pairs = list(reversed(kept.values()))
    brains = {brain.UID: brain for brain in api.find(UID=list({uid for uid, _deposit in pairs}))}
    contents = {uid: brain.getObject() for uid, brain in brains.items()}
    found = []
    for uid, deposit_id in pairs:
        deposit = store.find_deposit(contents[uid], deposit_id) if uid in contents else None
        if deposit is not None:
            found.append((brains[uid], contents[uid], deposit))
    return found
