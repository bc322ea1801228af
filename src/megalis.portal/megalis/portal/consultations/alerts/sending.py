"""From a publication to the mails, in steps that may be cut at any point and are never done twice.

A publication leaves an announcement in its own transaction. The worker gathers the announcements of a frequency into a
run and strikes them off, in one transaction; a run then advances address by address, a batch of mails in the transaction
that moves its mark. What is committed was queued, what is not is done again: nobody gets a consultation twice, and none
is forgotten.
"""

from BTrees.OOBTree import OOBTree
from megalis.portal.consultations import api
from megalis.portal.consultations.alerts import letters
from megalis.portal.consultations.alerts import matching
from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts import store
from megalis.portal.consultations.search import criteria as words
from megalis.portal.consultations.search import source
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from persistent.mapping import PersistentMapping
from plone.indexer.interfaces import IIndexer
from zope.annotation.interfaces import IAnnotations
from zope.component import queryMultiAdapter
from zope.component.hooks import getSite


ANNOUNCED = "alertes-annonces"
STATE = "megalis.alertes"
BATCH = 200  # addresses a transaction
TOGETHER = 500  # consultations a run

_matches = {}  # run id -> [(address, {rank: [subscription id]})]: what this process found, found again by any other


class Run(Persistent):
    """One sending: consultations ``uids`` to all subscribers of ``frequency``; addresses up to ``after`` are done."""

    def __init__(self, frequency, uids, at):
        self.id = uuidhex()
        self.frequency = frequency
        self.uids = tuple(uids)
        self.at = at
        self.after = ""


def announce(event):
    """Note a publication for every frequency (IConsultationPublished)."""
    consultation = event.object
    if getattr(consultation, "simulation", False):
        return
    facts_for_write(getSite(), ANNOUNCED)[api.uuid(consultation)] = (event.instant, tuple(rules.FREQUENCIES))


def _state(site):
    annotations = IAnnotations(site)
    found = annotations.get(STATE)
    if found is None:
        found = annotations[STATE] = PersistentMapping(turns=PersistentMapping(), runs=OOBTree())
    return found


def tick(event):
    """Start the runs whose turn it is, advance the oldest ones (IWorkerTick)."""
    site, now = event.site, event.now
    if event.leisure:
        _forget(site, now)
    for frequency in rules.FREQUENCIES:
        _start(site, frequency, now)
    runs = IAnnotations(site).get(STATE, {}).get("runs", {})
    for run in sorted(runs.values(), key=_rank):
        if not advance(site, run):
            break
        del runs[run.id]


def _rank(run):
    """Oldest first; of one instant, the most urgent frequency first."""
    return run.at, list(rules.FREQUENCIES).index(run.frequency), run.id


def _forget(site, now):
    if facts(site, store.SUBSCRIPTIONS) is None:
        return
    state = _state(site)
    day = clock.paris(now).date()
    if state.get("purged") != day:
        state["purged"] = day
        store.purge(site, now)


def _start(site, frequency, now):
    """Gather what is announced into a run, when it is the turn of a frequency."""
    announced = facts(site, ANNOUNCED)
    if not announced:
        return
    turn = rules.last_turn(frequency, now)
    if frequency != rules.IMMEDIATE:
        turns = _state(site)["turns"]
        if frequency not in turns or turns[frequency] < turn:
            first = frequency not in turns
            turns[frequency] = turn
            if first:
                return
        elif turns[frequency] >= turn:
            return
    pending = sorted((at, uid) for uid, (at, left) in announced.items() if frequency in left and at <= turn)
    if not pending:
        return
    for at, uid in pending:
        left = tuple(name for name in announced[uid][1] if name != frequency)
        if left:
            announced[uid] = (at, left)
        else:
            del announced[uid]
    runs = _state(site)["runs"]
    for start in range(0, len(pending), TOGETHER):
        run = Run(frequency, (uid for _at, uid in pending[start : start + TOGETHER]), now)
        runs[run.id] = run


def notice_of(consultation, row):
    """Return what the searches look at in a published consultation (``row`` of the search's picture)."""
    catalog = consultation.portal_catalog
    indexer = queryMultiAdapter((consultation, catalog), IIndexer, name="SearchableText")
    text = indexer() if indexer is not None else ""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return matching.Notice.of(
        {name: row.values(name) for name in matching.FACETS}, f"{text} {row.buyer} {row.reference}"
    )


def open_rows(site, uids, now):
    """Return the rows of the consultations that are still open, in the order given."""
    picture = source.snapshot(site)
    rows = {row.uid: row for row in picture.rows if row is not None}
    found = (rows.get(uid) for uid in uids)
    return [row for row in found if row is not None and row.state(now) == words.OPEN]


def found_by(site, run):
    """Return ``(rows, [(address key, {rank: [subscription ids]})])`` of a run, by address key."""
    kept = _matches.get(run.id)
    if kept is None:
        rows = open_rows(site, run.uids, run.at)
        notices = [notice_of(site.unrestrictedTraverse(row.path), row) for row in rows]
        asked = [
            item
            for item in store.everything(site)
            if item.state == rules.ACTIVE and item.frequency == run.frequency and item.created <= run.at
        ]
        criteria = {item.query: rules.from_query(item.query) for item in asked}
        ranks = matching.matched([criteria[item.query] for item in asked], notices)
        by_address = {}
        for item, found in zip(asked, ranks, strict=True):
            for rank in (rank for rank in found if rows[rank].published >= item.created):
                by_address.setdefault(item.address, {}).setdefault(rank, []).append(item.id)
        kept = (rows, sorted(by_address.items()))
        _matches.clear()
        _matches[run.id] = kept
    return kept


def advance(site, run):
    """Queue the mails of the next batch of addresses; return True when the run is finished."""
    rows, found = found_by(site, run)
    batch = [item for item in found if item[0] > run.after][:BATCH]
    for key, by_rank in batch:
        _tell(site, run, rows, key, by_rank)
    if batch:
        run.after = batch[-1][0]
    return not batch or run.after == found[-1][0]


def _tell(site, run, rows, key, by_rank):
    address = store.address(site, key)
    if address is None:
        return
    alive = {
        item.id: item
        for item in store.of_address(site, address)
        if item.state == rules.ACTIVE and item.frequency == run.frequency
    }
    told = [(rows[rank], [alive[number] for number in by_rank[rank] if number in alive]) for rank in sorted(by_rank)]
    told = [(row, items) for row, items in told if items]
    if told:
        letters.send_digest(site, address, told)
