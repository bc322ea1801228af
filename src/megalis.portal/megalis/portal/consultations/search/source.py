"""From the catalog to the picture in memory: every connection gets the one that its own transaction sees.

The metadata of the catalog lie in the buckets of one tree; a bucket's serial names its content for ever. A picture is
kept with the serials it was made of. Each request walks the buckets (some hundreds at 10,000 objects, tens of
microseconds): the same serials, the same picture; otherwise only the buckets that differ are read again. No clock, no
counter and no event is trusted, so a process never shows what its transaction does not see, nor misses what it does.
A connection with pending writes of its own gets a picture of its own that is not kept.
"""

from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.search import criteria as words
from megalis.portal.consultations.search.snapshot import LIVE
from megalis.portal.consultations.search.snapshot import Row
from megalis.portal.consultations.search.snapshot import Snapshot
from Products.CMFCore.indexing import processQueue
from Products.ZCTextIndex.ParseTree import ParseError
from Products.ZCTextIndex.QueryParser import QueryParser
from threading import Lock
from weakref import WeakKeyDictionary

import datetime


TYPE = "Consultation"
KEPT = 4  # pictures a process keeps for one database: connections lag behind one another
NEEDED = (
    "portal_type", "UID", "Title", "Description", "review_state", "reference", "buyer_title", "cpv", "cpv_main",
    "departments", "nature", "procedure", "published_at", "deadline", "lots_count", "outcome", "revised_at", "simulation",
    "modified", "milestones", "replies",
)  # fmt: skip


class Picture:
    """A Snapshot and what it was made of."""

    __slots__ = ("buckets", "rows", "snapshot", "token", "visible")

    def __init__(self, token, buckets, rows, visible, snapshot):
        self.token = token
        self.buckets = buckets  # name of a bucket -> (serial, catalog numbers of published consultations in it)
        self.rows = rows  # catalog number -> Row, whoever may see it
        self.visible = visible
        self.snapshot = snapshot


_pictures = WeakKeyDictionary()
_lock = Lock()


def _buckets(tree):
    """Yield ``(name, serial, bucket)`` of an IOBTree; a small tree keeps its one bucket in itself."""
    bucket = tree._firstbucket
    while bucket is not None:
        following = bucket._next  # wakes a ghost, whose serial would not be known
        if bucket._p_oid is None:
            yield tree._p_oid, tree._p_serial, bucket
        else:
            yield bucket._p_oid, bucket._p_serial, bucket
        bucket = following


def _writing(connection):
    """Tell whether the connection holds what is not committed: no one else may see it."""
    return connection is None or bool(
        connection._registered_objects or connection._added or connection._savepoint_storage is not None
    )


def snapshot(site):
    """Return the Snapshot of the published consultations that this transaction sees."""
    processQueue()
    tool = site.portal_catalog
    catalog = tool._catalog
    connection = catalog._p_jar
    private = _writing(connection)
    walked = list(_buckets(catalog.data))
    roles = catalog.getIndex("allowedRolesAndUsers")
    token = (
        catalog._p_oid,
        tuple(catalog.schema.items()),
        roles.getCounter(),
        tuple((name, serial) for name, serial, _bucket in walked),
    )
    kept = () if private else _pictures.get(connection.db(), ())
    for picture in kept:
        if picture.token == token:
            return picture.snapshot
    picture = _derive(catalog, roles, walked, token, _nearest(kept, token))
    if not private:
        with _lock:
            known = [item for item in _pictures.get(connection.db(), ()) if item.token != token]
            _pictures[connection.db()] = (picture, *known[: KEPT - 1])
    return picture.snapshot


def _nearest(kept, token):
    """Return the newest kept picture of the same catalog, or None."""
    return next((picture for picture in kept if picture.token[:2] == token[:2]), None)


def _derive(catalog, roles, walked, token, base):
    rows = {} if base is None else dict(base.rows)
    before = {} if base is None else base.buckets
    buckets, fresh = {}, []
    for name, serial, bucket in walked:
        known = before.get(name)
        if known is not None and known[0] == serial:
            buckets[name] = known
        else:
            fresh.append((name, serial, bucket))
    dropped = set()
    for name, (serial, rids) in before.items():
        if name not in buckets or buckets[name][0] != serial:
            dropped.update(rids)
    for rid in dropped:
        del rows[rid]
    read = _read(catalog, fresh, buckets)
    rows.update(read)
    if base is not None and base.token[2] == token[2] and not read and not dropped:
        return Picture(token, buckets, rows, base.visible, base.snapshot)
    visible = frozenset(roles._index.get("Anonymous") or ())
    shown = {rid: row for rid, row in rows.items() if rid in visible}
    if base is None or len(read) * 4 > len(rows):
        return Picture(token, buckets, rows, visible, Snapshot.build(shown.values()))
    old = base.snapshot
    was = {rid: old.rows[place] for rid, place in old.by_rid.items()}
    gone = [rid for rid, row in was.items() if shown.get(rid) is not row]
    come = [row for rid, row in shown.items() if was.get(rid) is not row]
    return Picture(token, buckets, rows, visible, old.changed(gone, come) if gone or come else old)


def _read(catalog, fresh, buckets):
    """Read buckets of metadata; note in ``buckets`` who is in them, return catalog number -> Row."""
    schema, paths, found = catalog.schema, catalog.paths, {}
    places = [(name, schema[name]) for name in NEEDED if name in schema]
    kind = schema["portal_type"]
    for name, serial, bucket in fresh:
        rids = []
        for rid, record in bucket.items():
            if record[kind] != TYPE:
                continue
            row = row_of(rid, paths.get(rid), {column: record[place] for column, place in places})
            if row is not None:
                found[rid] = row
                rids.append(rid)
        known = buckets.get(name, (serial, ()))
        buckets[name] = (serial, (*known[1], *rids))
    return found


def _instant(value):
    return value if isinstance(value, datetime.datetime) and value.tzinfo is not None else None


def public_state(review, outcome):
    """Return the stored part of the public state: LIVE while the clock decides, None for what is not published."""
    if review == phase.PUBLIEE:
        return LIVE
    if review in (phase.CLOSE, phase.OUVERTURE, phase.ANALYSE):
        return words.CLOSED
    if review == phase.ANNULEE:
        return words.CANCELLED
    if review in (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE):
        return outcome if outcome in words.STATES else words.CLOSED
    return None


def row_of(rid, path, record):
    """Return the Row of a catalog entry, or None for a draft, a simulation or an entry that is not whole."""
    etat = public_state(record.get("review_state"), record.get("outcome"))
    published = _instant(record.get("published_at"))
    if etat is None or published is None or not path or record.get("simulation") or not record.get("UID"):
        return None
    modified = record.get("modified")
    return Row(
        rid=rid,
        uid=record["UID"],
        path="/".join(path.split("/")[2:]),
        title=record.get("Title") or record["UID"],
        description=record.get("Description") or "",
        reference=record.get("reference") or "",
        buyer_slug=path.split("/")[-2],
        buyer=record.get("buyer_title") or "",
        cpv=tuple(record.get("cpv") or ()),
        cpv_main=record.get("cpv_main") or "",
        departments=tuple(record.get("departments") or ()),
        nature=record.get("nature") or "",
        procedure=record.get("procedure") or "",
        etat=etat,
        review=record.get("review_state"),
        published=published,
        deadline=_instant(record.get("deadline")),
        lots=record.get("lots_count") or 0,
        revised=_instant(record.get("revised_at")),
        modified=modified.asdatetime() if modified else published,
        milestones=record.get("milestones") or {},
        replies=record.get("replies"),
    )


def scores(site, query):
    """Return catalog number -> relevance of a full-text query; empty when no word of it can be searched."""
    index = site.portal_catalog._catalog.getIndex("SearchableText")
    try:
        found = QueryParser(index.getLexicon()).parseQuery(query).executeQuery(index.index)
    except (ParseError, ValueError):
        return {}
    return dict(found.items()) if found is not None else {}


def search(site, criteria, now):
    """Return the Result of a Criteria over what this transaction sees."""
    picture = snapshot(site)
    query = criteria.words
    return picture.search(criteria, now, scores(site, query) if query else None)
