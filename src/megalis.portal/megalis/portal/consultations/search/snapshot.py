"""All published consultations in memory, as bits: one immutable picture, searched in microseconds.

Every consultation has a place, every value of a facet an integer whose bit ``place`` tells who has it. A filter is then an
``&``, a count ``int.bit_count``. Nothing of a picture ever changes: a change of the catalog makes another picture, which
shares what stayed. What depends on the time of day is computed when asked, never stored.
"""

from bisect import bisect_left
from bisect import bisect_right
from bisect import insort
from datetime import datetime
from datetime import UTC
from itertools import chain
from itertools import compress
from itertools import islice
from itertools import tee
from megalis.portal.consultations.search import criteria as words
from operator import itemgetter


LIVE = "publiee"  # open or closed: the clock tells
NEVER = datetime.max.replace(tzinfo=UTC)
MEMO = 64
FLAGS = bytes.maketrans(b"01", b"\0\1")


class Row:
    """What a list shows of one consultation, from its catalog entry. Compared by identity, never changed.

    ``etat`` is LIVE or one of ``criteria.STATES``; ``cpv`` has the codes and all that stands above them; ``html`` is the
    room of ``search.html`` for what it made of the row.
    """

    __slots__ = (
        "buyer",
        "buyer_slug",
        "cpv",
        "cpv_main",
        "deadline",
        "departments",
        "description",
        "etat",
        "html",
        "lots",
        "milestones",
        "modified",
        "nature",
        "path",
        "procedure",
        "published",
        "reference",
        "replies",
        "review",
        "revised",
        "rid",
        "title",
        "uid",
    )  # fmt: skip

    def __init__(self, **values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def values(self, facet):
        """Return the values of the row for a facet."""
        if facet == "cpv":
            return self.cpv or ()
        if facet == "dep":
            return self.departments or ()
        found = {"etat": self.etat, "nat": self.nature, "pro": self.procedure, "acheteur": self.buyer_slug}[facet]
        return (found,) if found else ()

    def state(self, now):
        """Return the public state at ``now``: closed from the very second of the deadline."""
        if self.etat != LIVE:
            return self.etat
        return words.CLOSED if self.deadline is not None and now >= self.deadline else words.OPEN

    @property
    def due(self):
        return (self.deadline or NEVER, self.uid)

    @property
    def born(self):
        return (self.published, self.uid)


class Result:
    """The answer to a search: ``bits``, ``total``, ``counts`` (facet -> value -> number), and the order of the places."""

    def __init__(self, snapshot, bits, counts, order):
        self.snapshot = snapshot
        self.bits = bits
        self.total = bits.bit_count()
        self.counts = counts
        self.order = order

    def rows(self, start=0, size=None):
        """Return the rows from the ``start``-th on, at most ``size``."""
        rows = self.snapshot.rows
        stop = self.total if size is None else min(self.total, start + size)
        if start >= stop:
            return []
        order, same = tee(self.order())
        has = flags(self.bits, len(rows)).__getitem__
        return [rows[place] for place in islice(compress(order, map(has, same)), start, stop)]


def bitmap(places, size):
    """Return the integer that has these bits."""
    buffer = bytearray(size // 8 + 1)
    for place in places:
        buffer[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(buffer, "little")


def flags(bits, size):
    """Return one byte a place, 1 where the bit is set: read faster than the bits one by one."""
    return f"{bits:0{size}b}"[::-1].encode().translate(FLAGS)


class Snapshot:
    """The picture. ``rows`` by place (None where one left), ``by_rid`` catalog number -> place, ``titles`` of buyers."""

    def __init__(self):
        self.rows = []
        self.by_rid = {}
        self.free = []
        self.all = 0
        self.facets = {name: {} for name in words.FACETS}
        self.by_due = []  # (deadline, uid, place), ascending
        self.by_birth = []  # (published, uid, place), ascending
        self.titles = {}  # buyer slug -> title
        self._prefixes = {}

    @classmethod
    def build(cls, rows):
        """Return the picture of all these rows."""
        found = cls()
        found.rows = sorted(rows, key=lambda row: row.born)
        size = len(found.rows)
        places = {name: {} for name in words.FACETS}
        for place, row in enumerate(found.rows):
            found.by_rid[row.rid] = place
            found.titles[row.buyer_slug] = row.buyer
            for name, values in places.items():
                for value in row.values(name):
                    values.setdefault(value, []).append(place)
        found.all = (1 << size) - 1
        found.facets = {
            name: {value: bitmap(where, size) for value, where in values.items()} for name, values in places.items()
        }
        found.by_due = sorted((*row.due, place) for place, row in enumerate(found.rows))
        found.by_birth = sorted((*row.born, place) for place, row in enumerate(found.rows))
        return found

    def changed(self, gone, come):
        """Return the picture without the catalog numbers ``gone`` and with the rows ``come``."""
        found = Snapshot()
        found.rows, found.by_rid, found.free = list(self.rows), dict(self.by_rid), list(self.free)
        found.by_due, found.by_birth = list(self.by_due), list(self.by_birth)
        found.facets = {name: dict(values) for name, values in self.facets.items()}
        found.all, found.titles = self.all, dict(self.titles)
        for rid in gone:
            if rid in found.by_rid:
                found._remove(rid)
        for row in come:
            found._add(row)
        return found

    def _remove(self, rid):
        place = self.by_rid.pop(rid)
        row, bit = self.rows[place], 1 << place
        self.rows[place] = None
        self.free.append(place)
        self.all &= ~bit
        for name, values in self.facets.items():
            for value in row.values(name):
                left = values[value] & ~bit
                if left:
                    values[value] = left
                else:
                    del values[value]
        for entries, key in ((self.by_due, row.due), (self.by_birth, row.born)):
            del entries[bisect_left(entries, (*key, place))]

    def _add(self, row):
        if self.free:
            place = self.free.pop()
            self.rows[place] = row
        else:
            place = len(self.rows)
            self.rows.append(row)
        bit = 1 << place
        self.by_rid[row.rid] = place
        self.titles[row.buyer_slug] = row.buyer
        self.all |= bit
        for name, values in self.facets.items():
            for value in row.values(name):
                values[value] = values.get(value, 0) | bit
        insort(self.by_due, (*row.due, place))
        insort(self.by_birth, (*row.born, place))

    def __len__(self):
        return len(self.by_rid)

    def _before(self, entries, count):
        """Return the bits of the first ``count`` entries of an order; a few are remembered, days come back often."""
        key = (entries is self.by_due, count)
        found = self._prefixes.get(key)
        if found is None:
            found = bitmap(map(itemgetter(2), entries[:count]), len(self.rows))
            if len(self._prefixes) > MEMO:
                self._prefixes.clear()
            self._prefixes[key] = found
        return found

    def _due(self, instant, inclusive=False):
        """Return the bits of the deadlines before ``instant`` (or at it)."""
        find = bisect_right if inclusive else bisect_left
        return self._before(self.by_due, find(self.by_due, instant, key=itemgetter(0)))

    def states(self, now):
        """Return the bits of every public state at ``now``."""
        stored = self.facets["etat"]
        live, past = stored.get(LIVE, 0), self._due(now, inclusive=True)
        found = {state: stored.get(state, 0) for state in words.STATES}
        found[words.OPEN] |= live & ~past
        found[words.CLOSED] |= live & past
        return found

    def search(self, criteria, now, scores=None):
        """Return the Result of a Criteria at ``now`` (aware datetime).

        ``scores`` maps catalog numbers to relevance for the words asked, None when none is asked. The counts of a facet
        leave its own choice aside, so that people see what another choice would give.
        """
        base = self.all
        if scores is not None:
            where = self.by_rid
            base &= bitmap([where[rid] for rid in scores if rid in where], len(self.rows))
        since, due_from, due_to = criteria.bounds(now)
        if since is not None:
            base &= ~self._before(self.by_birth, bisect_left(self.by_birth, since, key=itemgetter(0)))
        if due_from is not None:
            base &= ~self._due(due_from)
        if due_to is not None:
            base &= self._due(due_to)
        tables = {**self.facets, "etat": self.states(now)}
        chosen = {}
        for name, values in criteria.facets:
            union = 0
            for value in values:
                union |= tables[name].get(value, 0)
            chosen[name] = union
        bits = base
        for union in chosen.values():
            bits &= union
        counts = {}
        for name, table in tables.items():
            around = bits
            if name in chosen:
                around = base
                for other, union in chosen.items():
                    if other != name:
                        around &= union
            counts[name] = {value: (around & have).bit_count() for value, have in table.items()} if around else {}
        return Result(self, bits, counts, lambda: self.places(criteria.order, now, scores))

    def places(self, sort, now, scores=None):
        """Return an iterator of the places in an order; the nearest deadline to come first, then the last ones past."""
        if sort == words.PUBLISHED:
            return map(itemgetter(2), self.by_birth)
        if sort == words.NEWEST:
            return map(itemgetter(2), reversed(self.by_birth))
        if sort == words.RELEVANCE and scores is not None:
            where, rows = self.by_rid, self.rows
            found = [(score, *rows[where[rid]].born, where[rid]) for rid, score in scores.items() if rid in where]
            return map(itemgetter(3), sorted(found, reverse=True))
        cut = bisect_right(self.by_due, now, key=itemgetter(0))
        first, last = islice(self.by_due, cut, None), islice(reversed(self.by_due), len(self.by_due) - cut, None)
        return map(itemgetter(2), chain(first, last))

    def after(self, result, born, size):
        """Return at most ``size`` rows of a Result published after ``born`` (published, uid), oldest first."""
        start = bisect_right(self.by_birth, born, key=itemgetter(0, 1)) if born else 0
        rows, has = self.rows, flags(result.bits, len(self.rows))
        return [rows[place] for place in islice((item[2] for item in self.by_birth[start:] if has[item[2]]), size)]
