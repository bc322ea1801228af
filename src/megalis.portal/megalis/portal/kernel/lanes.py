"""Lists that many people write to at once: in the order of time, without one shared place to fight over.

A key is the microsecond of arrival and ten random bits; its last bits choose one of eight trees, so that two writers of
the same instant seldom meet in a bucket, and where they meet their two insertions are merged. Nothing is ever overwritten.
"""

from bisect import bisect_right
from BTrees.Length import Length
from BTrees.LLBTree import LLBTree
from BTrees.LOBTree import LOBTree
from datetime import datetime
from datetime import timedelta
from megalis.portal.kernel import clock
from persistent import Persistent

import secrets


LANES = 8
SPREAD = 1024
GROUND = 0  # nobody sees it: a bucket that loses its first key would conflict with any insertion of the same instant
EPOCH = datetime(1970, 1, 1, tzinfo=clock.UTC)


def key_of(instant, rank=0):
    """Return the smallest key of an aware datetime; ``rank`` (under SPREAD) tells apart those of one microsecond."""
    return ((instant - EPOCH) // timedelta(microseconds=1)) * SPREAD + rank


def instant_of(key):
    """Return the aware UTC datetime of a key."""
    return EPOCH + timedelta(microseconds=key // SPREAD)


def shown(key):
    """Return a key as addresses carry it: 16 hex digits."""
    return f"{key:016x}"


def read(text):
    """Return the key of an address, or None."""
    if not isinstance(text, str) or len(text) != 16:
        return None
    try:
        key = int(text, 16)
    except ValueError:
        return None
    return key if 0 < key < 1 << 63 else None


class Lanes(Persistent):
    """int key -> value, ordered by time; ``count`` is how many there are, kept so that no list has to be walked.

    ``ranks`` (rank -> key) holds the beginning of the list, as the worker numbered it: a page of a long list is read without
    walking all of it. It is never trusted alone: where its length and what came since do not make ``count``, the list is walked.
    """

    ranks = None

    def __init__(self):
        self._lanes = tuple(LOBTree({GROUND: None}) for _ in range(LANES))
        self.count = Length()

    def _lane(self, key):
        return self._lanes[key % LANES]

    def append(self, value, instant=None):
        """Add a value at ``instant`` (now); return its key."""
        base = key_of(instant or clock.now())
        while True:
            key = base + secrets.randbelow(SPREAD)
            if self._lane(key).insert(key, value):
                self.count.change(1)
                return key

    def put(self, key, value):
        """Add a value under a key it had elsewhere."""
        if not self._lane(key).insert(key, value):
            raise KeyError(key)
        self.count.change(1)
        self._unsettle(key)

    def take(self, key):
        """Take a value away and return it; KeyError when it is not there."""
        value = self._lane(key).pop(key)
        self.count.change(-1)
        self._unsettle(key)
        return value

    def _unsettle(self, key):
        """Forget the ranks when one of theirs came or went: the worker numbers the list again."""
        if self.ranks and key <= self.ranks[self.ranks.maxKey()]:
            self.ranks = None

    def get(self, key, default=None):
        return self._lane(key).get(key, default) if isinstance(key, int) and key > GROUND else default

    def __contains__(self, key):
        return isinstance(key, int) and key > GROUND and key in self._lane(key)

    def __len__(self):
        return self.count()

    def keys(self, after=GROUND):
        """Return the keys above ``after``, oldest first."""
        return sorted(key for lane in self._lanes for key in lane.keys(after, excludemin=True))

    def settle(self, before, limit=5_000):
        """Number what came before an instant, in order; return how many were (the worker alone, after a while of grace)."""
        size, recent = self._recent()
        if not size:
            self.ranks = LLBTree()
        top = key_of(before)
        found = [key for key in recent if key < top][:limit]
        self.ranks.update([(size + rank, key) for rank, key in enumerate(found)])
        return len(found)

    def _recent(self):
        """Return ``(how many are numbered, the keys that came since)``; ``(0, all)`` where the numbers cannot be trusted."""
        if self.ranks:
            size = self.ranks.maxKey() + 1
            recent = self.keys(self.ranks[size - 1])
            if size + len(recent) == len(self):
                return size, recent
        return 0, self.keys()

    def slice(self, start, stop):
        """Return the keys of ranks ``start`` to ``stop`` (not included), oldest first."""
        size, recent = self._recent()
        numbered = list(self.ranks.values(start, stop, excludemax=True)) if start < min(stop, size) else []
        return numbered + recent[max(0, start - size) : max(0, stop - size)]

    def rank_after(self, key):
        """Return how many keys are at most ``key``: the rank of the first one after it."""
        size, recent = self._recent()
        if not size or key >= self.ranks[size - 1]:
            return size + bisect_right(recent, key)
        low, high = 0, size - 1
        while low < high:
            middle = (low + high) // 2
            if self.ranks[middle] <= key:
                low = middle + 1
            else:
                high = middle
        return low

    def last(self):
        """Return the greatest key, 0 when there is none."""
        return max(lane.maxKey() for lane in self._lanes)

    def items(self, after=GROUND):
        """Yield (key, value), oldest first."""
        for key in self.keys(after):
            yield key, self._lane(key)[key]

    def newest(self, limit):
        """Return the (key, value) of the last ``limit`` ones, newest first."""
        found = []
        for lane in self._lanes:
            top, taken = lane.maxKey(), 0
            while top > GROUND and taken < limit:
                found.append(top)
                taken += 1
                try:
                    top = lane.maxKey(top - 1)
                except ValueError:
                    break
        return [(key, self._lane(key)[key]) for key in sorted(found, reverse=True)[:limit]]


class Latest(Persistent):
    """What came last, by its key: of two writers of the same instant the later one stands, and neither starts again."""

    key = 0
    value = None

    def tell(self, key, value):
        if key > self.key:
            self.key, self.value = key, value

    def forget(self, key=0, value=None):
        """Stand at an earlier one (what came last was taken away)."""
        self.key, self.value = key, value

    def _p_resolveConflict(self, before, theirs, ours):
        return max(theirs, ours, key=lambda state: state.get("key", 0))
