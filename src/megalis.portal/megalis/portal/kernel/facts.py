"""Facts that arrive under load or must never change, kept beside content without touching it.

A fact is a small object in one of 64 trees chosen by its random key: writers at the same instant almost never meet in
the same bucket, so nothing is lost and nothing waits. The content itself is not written to (no modification date, no
reindexing).
"""

from Acquisition import aq_base
from BTrees.OOBTree import OOBTree
from persistent import Persistent
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.facts"
SHARDS = 64
KEPT = 8  # what is made of one set of facts and kept in this connection
GROUND = ""  # sorts before every hex key


class Shards(Persistent):
    """A mapping of uuid hex -> picklable or persistent object, over 64 OOBTrees made at once.

    Every tree keeps an empty key that nobody sees: a bucket that loses its first or its last key conflicts with any
    insertion of the same instant, so that a worker that takes away would make the writers start again.
    """

    def __init__(self):
        self._trees = tuple(OOBTree({GROUND: None}) for _ in range(SHARDS))

    def tree(self, key):
        """Return the OOBTree that holds ``key`` (hex digits)."""
        return self._trees[int(key[:2], 16) % SHARDS]

    def __getitem__(self, key):
        return self.tree(key)[key]

    def __setitem__(self, key, value):
        self.tree(key)[key] = value

    def __delitem__(self, key):
        del self.tree(key)[key]

    def __contains__(self, key):
        return key in self.tree(key)

    def get(self, key, default=None):
        try:
            return self.tree(key).get(key, default)
        except ValueError:  # a key that is not hex is in no shard
            return default

    def __iter__(self):
        for tree in self._trees:
            yield from tree.keys(GROUND, excludemin=True)

    keys = __iter__

    def values(self):
        for tree in self._trees:
            yield from tree.values(GROUND, excludemin=True)

    def items(self):
        for tree in self._trees:
            yield from tree.items(GROUND, excludemin=True)

    def __len__(self):
        return sum(len(tree) - (GROUND in tree) for tree in self._trees)

    def __bool__(self):
        return any(True for _ in self)

    def turn(self):
        """Return bytes that name all that is kept, None while this connection has changes of its own.

        They are the serials of the buckets, which no commit leaves as they were.
        """
        jar = self._p_jar
        if jar is None or jar._registered_objects or jar._savepoint_storage is not None:
            return None
        found = []
        for tree in self._trees:
            bucket = tree._firstbucket
            while bucket is not None:
                owner = tree if bucket._p_oid is None else bucket
                owner._p_activate()
                found.append(owner._p_serial)
                bucket = bucket._next
        return b"".join(found)

    def kept(self, name, make):
        """Return ``make()``, or what it made when nothing has changed since: never to be changed by who takes it."""
        turn = self.turn()
        if turn is None:
            return make()
        memo = getattr(self, "_v_kept", None)
        if memo is None or memo[0] != turn:
            memo = self._v_kept = (turn, {})
        if name not in memo[1]:
            if len(memo[1]) >= KEPT:
                memo[1].clear()
            memo[1][name] = make()
        return memo[1][name]


def facts(content, name):
    """Return the Shards ``name`` of ``content``, or None when nothing was ever written there."""
    # Where zope.annotation's adapter keeps them: looking the adapter up costs more than all the rest, many times a deposit.
    annotations = getattr(aq_base(content), "__annotations__", None)
    store = annotations.get(KEY) if annotations is not None else None
    return store.get(name) if store is not None else None


def prepare(content, *names):
    """Make the named Shards of ``content`` ahead of the writers, so that the first two of them do not collide."""
    annotations = IAnnotations(content)
    store = annotations.get(KEY)
    if store is None:
        store = annotations[KEY] = PersistentMapping()
    for name in names:
        if name not in store:
            store[name] = Shards()
    return store


def facts_for_write(content, name):
    """Return the Shards ``name`` of ``content``, made when absent."""
    found = facts(content, name)
    return found if found is not None else prepare(content, name)[name]
