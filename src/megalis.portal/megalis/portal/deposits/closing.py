"""The closing of a consultation: what was received in time, written in the journal for anyone to check.

The consultation is closed by the clock, for whoever looks, at the very second. Ten seconds later, when no transaction
begun in time can still be on its way, the closing event is recorded by whoever passes first (the worker, or the agent
who opens): the size of the journal and the root of the deposits received in time. What is added later is late for ever.
"""

from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import store
from megalis.portal.deposits.interfaces import IConsultationClosed
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.deposits.paper import evidence
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.ledger.closing import closing_event
from zope.component.hooks import getSite
from zope.event import notify
from zope.interface import implementer
from zope.interface.interfaces import ObjectEvent


ABANDONED_AFTER = timedelta(days=7)

_closed = set()  # uids of consultations whose closing was read from the database by this process


@implementer(IConsultationClosed)
class ConsultationClosed(ObjectEvent):
    """See IConsultationClosed."""


def accepted(consultation):
    """Return the deposits that the closing counts: received in time, neither withdrawn nor replaced, oldest first."""
    return [d for d in store.deposits(consultation) if not d.late and d.state == store.RECEIVED]


def is_due(consultation, now):
    """Tell whether the closing must be recorded at ``now`` and is not yet."""
    gate = recipients.gate(consultation)
    if gate is None or gate.closed is not None or ISimulation.providedBy(consultation):
        return False
    due = consultation.deadline is not None and now >= consultation.deadline + rules.CLOSING_DELAY
    return due and api.state(consultation, now) in ("close", "ouverture")


def close(consultation, now=None):
    """Record the closing when it is due; return True when it is recorded (now or before)."""
    now = now or clock.now()
    gate = recipients.gate(consultation)
    if not is_due(consultation, now):
        return gate is not None and gate.closed is not None
    site = getSite()
    while journal.merge(site):  # every accepted leaf must stand before the cut
        pass
    kept = accepted(consultation)
    cut = journal.journal_of(site).size
    event = closing_event(api.uuid(consultation), cut, [deposit.commitment for deposit in kept], now)
    entry = journal.record(consultation, event, public=True, instant=now)
    gate.closed = entry.id
    gate.cut = cut
    gate.accepted = tuple(deposit.id for deposit in kept)
    notify(ConsultationClosed(consultation))
    return True


def close_due(event):
    """At each passage of the worker: record the closings that are due.

    A closing is never undone: what was once seen closed is not loaded again, and a month of them lies in the window.
    """
    catalog = event.site.portal_catalog
    window = {"query": (event.now - timedelta(days=30), event.now), "range": "min:max"}
    for brain in catalog.unrestrictedSearchResults(portal_type=api.KINDS, review_state="publiee", deadline=window):
        if brain.UID in _closed:
            continue
        consultation = brain._unrestrictedGetObject()
        gate = recipients.gate(consultation)
        if gate is not None and gate.closed is not None:
            _closed.add(brain.UID)
        elif is_due(consultation, event.now):
            close(consultation, event.now)


def forget_due(event):
    """Once an hour, drop the uploads that nobody will finish (IWorkerTick)."""
    if not _hourly.due(event.now):
        return
    catalog = event.site.portal_catalog
    for uid in store.queued():
        found = catalog.unrestrictedSearchResults(UID=uid)
        consultation = found[0]._unrestrictedGetObject() if found else None
        entries = store.under_way(consultation) if found else ()
        for entry in entries:
            if event.now - entry.last > ABANDONED_AFTER:
                evidence.keep(consultation, entry)
                store.drop_under_way(consultation, entry.deposit)
        # A consultation that still takes uploads stays: one that begins at this instant has read that it is known.
        if not found or not (store.under_way(consultation) or is_open(consultation, event.now)):
            store.unqueue(uid)


def is_open(consultation, now):
    """Tell whether an upload may still begin, or the deadline is so near that one may be on its way."""
    return consultation.deadline is None or now < consultation.deadline + ABANDONED_AFTER


class _Hourly:
    """Tells when an hour went by; kept in memory, as a restart may well do the work once more."""

    def __init__(self):
        self.last = None

    def due(self, now):
        if self.last is not None and timedelta() <= now - self.last < timedelta(hours=1):
            return False
        self.last = now
        return True


_hourly = _Hourly()
