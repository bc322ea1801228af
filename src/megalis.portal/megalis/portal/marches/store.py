"""Where contracts are kept: facts beside the site, found by buyer, by day and by identifier, never catalogued.

A contract lives ten years and more, is exported by the ten thousand and hardly ever opened: it is one small persistent
object, read alone. What lists show of a published contract stands in a row of ``published``, in the order of days, so that a
list or an export of a year walks one range of one tree. Nothing counts and no object is written by all: the freshness of a
list is read from the serials of the buckets it walks (``stamp``), which no late commit escapes.
"""

from Acquisition import aq_base
from BTrees.OOBTree import OOBTree
from BTrees.OOBTree import OOTreeSet
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from megalis.portal.kernel import clock
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import notified_name
from persistent import Persistent
from persistent.TimeStamp import TimeStamp
from zope.annotation.interfaces import IAnnotations

import json


KEY = "megalis.marches"
ALL = ""  # in the place of a uid: whoever published
TOGETHER = 500  # contracts of an export after which what was read is let go
DRAFT, PUBLISHED, WAIVED, WITHDRAWN = "brouillon", "publie", "dispense", "retire"
STATES = {
    DRAFT: "À compléter",
    PUBLISHED: "Publié",
    WAIVED: "Non publié (dispense)",
    WITHDRAWN: "Retiré",
}
PUBLICATION, CORRECTION, AMENDMENT, WITHDRAWAL = "publication", "rectification", "modification", "retrait"
ACTS = {
    PUBLICATION: "Publication",
    CORRECTION: "Rectification",
    AMENDMENT: "Modification",
    WITHDRAWAL: "Retrait",
}


@dataclass(frozen=True, slots=True)
class Version:
    """One publication of a contract's data; ``data`` is the JSON of the format (UTF-8), never rewritten."""

    number: int
    at: datetime
    by: str
    act: str
    reason: str
    data: bytes

    @property
    def sha256(self):
        return sha256(self.data).hexdigest()

    @property
    def raw(self):
        return json.loads(self.data, parse_float=Decimal)


@dataclass(frozen=True, slots=True)
class Row:
    """What lists show of a published contract; amounts and durations are those in force."""

    key: str
    kind: str
    buyer: str  # uid of the collectivité
    siret: str
    id: str
    title: str
    holders: tuple
    amount: Decimal | None
    months: int | None
    procedure: str
    cpv: str
    notified: str
    version: int
    at: datetime
    changes: int


class Record(Persistent):
    """One contract: what is being entered, and all that was ever published of it.

    ``origin``: uuid of its consultation and lot, ``uuid/lot``, or "". ``draft``: raw data being entered, None when nothing
    differs from what is published; ``unnumbered`` names the holders that the award gave no number of. Values are replaced whole, never changed in place.
    """

    unnumbered = ()
    expected = 0  # holders of the contract, with those of no number
    bases = {}  # number of a modification -> what it stands on: ``limits.kept``, ``by`` and ``at``

    def __init__(self, kind, buyer, draft, origin="", by="", source=""):
        self.key = uuidhex()
        self.kind = kind
        self.buyer = buyer
        self.origin = origin
        self.source = source
        self.created = clock.now()
        self.by = by
        self.draft = dict(draft)
        self.versions = ()
        self.state = DRAFT
        self.reason = ""
        self.place = ""  # its key in ``published``

    @property
    def last(self):
        """The Version that stands, or None."""
        return self.versions[-1] if self.versions else None

    @property
    def raw(self):
        """The data as the agent sees them: those being entered, else those published."""
        if self.draft is not None:
            return self.draft
        return self.last.raw if self.versions else {}

    @property
    def published(self):
        return self.state == PUBLISHED

    @property
    def consultation(self):
        """The uuid of its consultation, "" for a contract made elsewhere."""
        return self.origin.partition("/")[0]

    @property
    def lot(self):
        return self.origin.partition("/")[2]


class Register(Persistent):
    """The contracts of the site."""

    def __init__(self):
        self.records = OOBTree()  # key -> Record
        self.published = OOBTree()  # "AAAA-MM-JJ/key" -> Row
        self.aside = OOBTree()  # "uid/state" -> OOTreeSet of keys: those that are not published
        self.places = OOBTree({ALL: OOBTree()})  # uid, or ALL -> OOBTree: "AAAA-MM-JJ/key" -> (kind, version)
        self.ids = OOBTree()  # "uid/id" -> key
        self.origins = OOBTree()  # "consultation/lot/key" -> key


def register(site):
    """Return the Register of the site, or None before its first contract."""
    annotations = getattr(aq_base(site), "__annotations__", None)
    return annotations.get(KEY) if annotations is not None else None


def prepare(site):
    """Return the Register of the site, made when absent."""
    annotations = IAnnotations(site)
    if KEY not in annotations:
        annotations[KEY] = Register()
    return annotations[KEY]


def add(site, record):
    """Keep a new Record; return it."""
    kept = prepare(site)
    kept.records[record.key] = record
    _shelf(kept, record, record.state).insert(record.key)
    if record.origin:
        kept.origins[f"{record.origin}/{record.key}"] = record.key
    return record


def _shelf(kept, record, state):
    """Return the set of the keys of a buyer's records in a state."""
    name = f"{record.buyer}/{state}"
    if name not in kept.aside:
        kept.aside[name] = OOTreeSet()
    return kept.aside[name]


def move(site, record, state):
    """Bring a record to another state, and to where those of that state are found."""
    kept = prepare(site)
    if record.state != PUBLISHED:
        _shelf(kept, record, record.state).remove(record.key)
    if state != PUBLISHED:
        _shelf(kept, record, state).insert(record.key)
    record.state = state


def remove(site, record):
    """Forget a draft that was never published."""
    kept = prepare(site)
    del kept.records[record.key]
    _shelf(kept, record, record.state).remove(record.key)
    if record.origin:
        del kept.origins[f"{record.origin}/{record.key}"]


def get(site, key):
    """Return the Record of a key, or None."""
    kept = register(site)
    return kept.records.get(key) if kept is not None and isinstance(key, str) else None


def in_state(site, uid, state):
    """Return the Records of a collectivité in a state that is not PUBLISHED."""
    kept = register(site)
    keys = kept.aside.get(f"{uid}/{state}", ()) if kept is not None else ()
    return [kept.records[key] for key in keys]


def count(site, uid, state):
    """Return how many contracts of a collectivité are in a state."""
    kept = register(site)
    if kept is None:
        return 0
    return len(kept.places.get(uid, ()) if state == PUBLISHED else kept.aside.get(f"{uid}/{state}", ()))


def of_origin(site, origin):
    """Return the Records of a consultation (its uuid) or of one of its lots (``uuid/lot``)."""
    kept = register(site)
    if kept is None:
        return []
    start = f"{origin}/"
    return [kept.records[key] for key in kept.origins.values(start, start + "\U0010ffff")]


def holder_of_id(site, uid, identifier):
    """Return the key of the contract that bears an identifier at a buyer, or None."""
    kept = register(site)
    return kept.ids.get(f"{uid}/{identifier}") if kept is not None else None


def publish(site, record, version, row):
    """Add a Version to a record and put it where lists and exports find it."""
    kept = prepare(site)
    unlist(site, record)
    record.versions = (*record.versions, version)
    record.draft = None
    move(site, record, PUBLISHED)
    record.place = f"{row.notified}/{record.key}"
    kept.published[record.place] = row
    if record.buyer not in kept.places:
        kept.places[record.buyer] = OOBTree()
    for name in (ALL, record.buyer):
        kept.places[name][record.place] = (record.kind, row.version)
    kept.ids[f"{record.buyer}/{row.id}"] = record.key


def unlist(site, record):
    """Take a record out of lists and exports; its versions stay."""
    kept = prepare(site)
    if not record.place:
        return
    row = kept.published.pop(record.place)
    for name in (ALL, record.buyer):
        del kept.places[name][record.place]
    kept.ids.pop(f"{record.buyer}/{row.id}", None)
    record.place = ""


def bounds(year):
    """Return the first key and the one after the last of a year's range in ``published``."""
    return f"{year:04d}-", f"{year:04d}-\U0010ffff"


def _tree(site, uid):
    """Return the tree of the places of a buyer (of all), () when there is none."""
    kept = register(site)
    return kept.places.get(uid, ()) if kept is not None else ()


def places(site, uid=ALL, year=None):
    """Return the keys of ``published`` of a buyer (of all), of a year (of all), oldest first."""
    tree = _tree(site, uid)
    return iter(()) if tree == () else iter(tree.keys(*bounds(year)) if year else tree.keys())


def rows(site, uid=ALL, year=None):
    """Return the Rows of a buyer (of all), of a year (of all), newest first."""
    kept = register(site)
    if kept is None:
        return []
    if not uid:
        found = list(kept.published.values(*bounds(year)) if year else kept.published.values())
    else:
        found = [kept.published[place] for place in places(site, uid, year)]
    return found[::-1]


def years(site, uid=ALL):
    """Return the years that have published contracts, newest first; one look a year."""
    tree = _tree(site, uid)
    found, after = [], ""
    while tree:
        try:
            key = tree.minKey(after)
        except ValueError:
            break
        found.append(int(key[:4]))
        after = bounds(found[-1])[1]
    return found[::-1]


def released(site, uid=ALL, year=None, kind=""):
    """Yield ``(kind, JSON bytes)`` of what stands published (of one kind), oldest first, with the memory of one contract."""
    kept = register(site)
    tree = _tree(site, uid)
    pairs = () if tree == () else tree.items(*bounds(year)) if year else tree.items()
    for rank, (place, (sort, _version)) in enumerate(pairs, 1):
        if rank % TOGETHER == 0 and kept._p_jar is not None:
            kept._p_jar.cacheGC()
        if kind and sort != kind:
            continue
        record = kept.records[place[11:]]
        told = record.kind, record.last.data
        record._p_deactivate()  # what is being written stays
        yield told


def stamp(site, uid=ALL, year=None):
    """Return ``(ETag, instant)`` of what is published: they change with it and with nothing of another year or buyer.

    A serial names the state of a bucket for ever, so that two processes agree and no clock is trusted.
    """
    tree = _tree(site, uid)
    digest, last = sha256(f"{uid}/{year}".encode()), b"\0" * 8
    if tree != ():
        first, end = bounds(year) if year else ("", "\U0010ffff")
        bucket, owner = tree._firstbucket, tree
        while bucket is not None:
            keys = list(bucket.keys(first, end))
            if keys:
                named = owner if bucket._p_oid is None else bucket
                digest.update((named._p_oid or b"-") + (named._p_serial or b"-"))
                last = max(last, named._p_serial or last)
            bucket = bucket._next
    instant = datetime.fromtimestamp(TimeStamp(last).timeTime(), clock.UTC) if last != b"\0" * 8 else None
    return f'"{digest.hexdigest()[:32]}"', instant


def row_of(record, version):
    """Return the Row of a version of a record."""
    raw = version.raw
    amount, months, holders = amending.in_force(record.kind, raw)
    return Row(
        key=record.key,
        kind=record.kind,
        buyer=record.buyer,
        siret=(raw.get("acheteur") or raw.get("autoriteConcedante"))["id"],
        id=raw["id"],
        title=raw["objet"],
        holders=tuple(item["id"] for item in holders),
        amount=amount,
        months=months,
        procedure=raw["procedure"],
        cpv=raw.get("codeCPV", ""),
        notified=raw[notified_name(record.kind)],
        version=version.number,
        at=version.at,
        changes=len(amending.listed(record.kind, raw, amending.MODIFICATION)),
    )
