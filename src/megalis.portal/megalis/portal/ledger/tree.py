"""Merkle tree of the journal (RFC 6962 §2.1, RFC 9162 §2.1), so that a list can grow for ever and never be rewritten.

Hashes are kept as C2SP tlog-tiles do: key ``(level, tile)``, value the concatenation of up to 256 hashes of 32 bytes,
level L holding the roots of complete subtrees of 256**L leaves. Hashes in between are computed when asked and cached.
A million leaves cost 3,923 values; an append of any number of leaves rewrites at most one value a level besides the
new full ones. In an object database wrap each value in a persistent object of its own: inline in a BTree they would be
rewritten thirty at a time.
"""

from collections import OrderedDict
from hashlib import sha256
from megalis.portal.ledger.errors import ProofError


HASH_SIZE = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data):
    """Return the 32-byte hash of one leaf's ``data`` (bytes)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left, right):
    """Return the 32-byte hash of the node over two 32-byte hashes."""
    return sha256(b"\x01" + left + right).digest()


def tree_root(leaf_hashes):
    """Return the root over an iterable of leaf *hashes* in one pass, memory log2(n); ``EMPTY_ROOT`` without any."""
    frontier = Frontier()
    for digest in leaf_hashes:
        frontier.add(digest)
    return frontier.root()


class Frontier:
    """The roots of the complete subtrees at the right edge of a growing tree: all that is needed to follow its root."""

    def __init__(self):
        self.size = 0
        self._stack = []

    def add(self, digest):
        """Append one leaf hash."""
        self.size += 1
        merges = self.size
        stack = self._stack
        while not merges & 1:
            digest = sha256(b"\x01" + stack.pop() + digest).digest()
            merges >>= 1
        stack.append(digest)

    def root(self):
        """Return the root of what was added so far."""
        if not self._stack:
            return EMPTY_ROOT
        root = self._stack[-1]
        for left in reversed(self._stack[:-1]):
            root = node_hash(left, root)
        return root


def _pairs(row):
    """Return the row of parents of the complete pairs of ``row``."""
    digest = sha256
    return [digest(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]


def _pyramid(data):
    """Return the nine rows (or fewer) of complete subtrees over the concatenated hashes ``data``."""
    row = [data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE)]
    rows = [row]
    while len(row) > 1:
        row = _pairs(row)
        rows.append(row)
    return rows


class Tree:
    """An append-only tree over a mapping ``(level, tile) -> bytes``; it needs ``get`` and item assignment only.

    ``size`` is the number of leaves already in the store; without it, it is found from the store in O(log n) reads.
    ``cache`` bounds the number of tiles whose inner hashes are kept in memory (about 33 KB each).
    One writer at a time. Upper levels are written first, then level 0 in order, so an append cut short leaves a valid
    tree holding a beginning of it. After an aborted transaction make a new ``Tree``: this one still counts the leaves.
    """

    def __init__(self, store, size=None, cache=256):
        self._store = store
        self._limit = cache
        self._cache = OrderedDict()
        self.size = self._stored_size() if size is None else size

    def _stored_size(self):
        get = self._store.get
        if get((0, 0)) is None:
            return 0
        low, high = 0, 1
        while get((0, high)) is not None:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            if get((0, middle)) is None:
                high = middle
            else:
                low = middle
        return low * TILE_WIDTH + len(get((0, low))) // HASH_SIZE

    def append(self, leaves):
        """Append an iterable of leaf data (bytes); return the index of the first one."""
        digest = sha256
        return self.append_hashes([digest(b"\x00" + data).digest() for data in leaves])

    def append_hashes(self, digests):
        """Append an iterable of 32-byte leaf hashes; return the index of the first one."""
        digests = list(digests)
        if any(len(digest) != HASH_SIZE for digest in digests):
            raise ValueError(f"une empreinte de feuille fait {HASH_SIZE} octets")
        first, level, count, writes = self.size, 0, self.size, []
        while digests:
            start = count % TILE_WIDTH
            tile = count // TILE_WIDTH
            if start:
                known = self._tile(level, tile, start)
                digests = [known[at : at + HASH_SIZE] for at in range(0, len(known), HASH_SIZE)] + digests
            complete = []
            for offset in range(0, len(digests), TILE_WIDTH):
                row = digests[offset : offset + TILE_WIDTH]
                writes.append(((level, tile + offset // TILE_WIDTH), b"".join(row)))
                if len(row) == TILE_WIDTH:
                    while len(row) > 1:
                        row = _pairs(row)
                    complete.append(row[0])
            digests, count, level = complete, count // TILE_WIDTH, level + 1
        for key, value in sorted(writes, key=lambda write: (-write[0][0], write[0][1])):
            self._store[key] = value
            self._cache.pop(key, None)
            if key[0] == 0:
                self.size = max(self.size, key[1] * TILE_WIDTH + len(value) // HASH_SIZE)
        return first

    def _tile(self, level, tile, width):
        """Return the first ``width`` hashes of a tile, whatever an interrupted append may have left behind them."""
        data = self._store.get((level, tile)) or b""
        if len(data) < width * HASH_SIZE:
            raise ValueError(f"magasin de l’arbre incomplet : tuile {tile} du niveau {level}")
        return bytes(data[: width * HASH_SIZE])

    def _rows(self, level, tile):
        key = (level, tile)
        rows = self._cache.get(key)
        if rows is not None:
            self._cache.move_to_end(key)
            return rows
        width = min(TILE_WIDTH, (self.size >> (TILE_HEIGHT * level)) - tile * TILE_WIDTH)
        rows = self._cache[key] = _pyramid(self._tile(level, tile, width))
        if len(self._cache) > self._limit:
            self._cache.popitem(last=False)
        return rows

    def _node(self, height, index):
        """Return the hash of the complete subtree of 2**height leaves that is ``index``-th of its height."""
        level, row = divmod(height, TILE_HEIGHT)
        tile, at = divmod(index << row, TILE_WIDTH)
        return self._rows(level, tile)[row][at >> row]

    def _range(self, start, end):
        """Return the hash over leaves ``start <= i < end``; ``start`` must suit a subtree of that length."""
        parts = []
        while start < end:
            height = (end - start).bit_length() - 1
            parts.append(self._node(height, start >> height))
            start += 1 << height
        digest = parts.pop()
        while parts:
            digest = node_hash(parts.pop(), digest)
        return digest

    def root(self, size=None):
        """Return the root of the first ``size`` leaves (default: all)."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ProofError("taille", f"taille {size} hors de l’arbre, qui compte {self.size} feuilles")
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index, size=None):
        """Return the list of hashes, leaf side first, proving leaf ``index`` in the tree of ``size`` leaves."""
        size = self.size if size is None else size
        if not 0 <= index < size <= self.size:
            raise ProofError("index", f"feuille {index} hors de l’arbre de {size} feuilles")
        return self._path(index, 0, size)

    def _path(self, index, start, end):
        siblings = []
        while end - start > 1:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if index < middle:
                siblings.append((middle, end))
                end = middle
            else:
                siblings.append((start, middle))
                start = middle
        return [self._range(low, high) for low, high in reversed(siblings)]

    def consistency_proof(self, old, new=None):
        """Return the hashes proving that the tree of ``old`` leaves begins that of ``new``; none when 0 or equal."""
        new = self.size if new is None else new
        if not 0 <= old <= new <= self.size:
            raise ProofError("taille", f"tailles {old} et {new} incompatibles avec l’arbre de {self.size} feuilles")
        if old in (0, new):
            return []
        start, end, whole, ranges = 0, new, True, []
        while old != end:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if old <= middle:
                ranges.append((middle, end))
                end = middle
            else:
                ranges.append((start, middle))
                start, whole = middle, False
        if not whole:
            ranges.append((start, end))
        return [self._range(low, high) for low, high in reversed(ranges)]


def _check_hashes(*hashes):
    if any(not isinstance(digest, bytes) or len(digest) != HASH_SIZE for digest in hashes):
        raise ProofError("preuve", f"preuve refusée : chaque empreinte doit faire {HASH_SIZE} octets")


def verify_inclusion(digest, index, size, proof, root):
    """Check that leaf hash ``digest`` is leaf ``index`` of the tree of ``size`` leaves and ``root``.

    RFC 9162 §2.1.3.2. Returns None; raises ProofError otherwise.
    """
    if not 0 <= index < size:
        raise ProofError("preuve-index", f"preuve refusée : feuille {index} hors d’un arbre de {size} feuilles")
    _check_hashes(digest, root, *proof)
    at, last = index, size - 1
    for sibling in proof:
        if not last:
            raise ProofError("preuve", "preuve d’inclusion refusée : chemin trop long")
        if at & 1 or at == last:
            digest = node_hash(sibling, digest)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            digest = node_hash(digest, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise ProofError("preuve", "preuve d’inclusion refusée : chemin trop court")
    if digest != root:
        raise ProofError("preuve", "preuve d’inclusion refusée : elle ne mène pas à la racine signée")


def verify_consistency(old, new, old_root, new_root, proof):
    """Check that the tree (``old``, ``old_root``) is the beginning of (``new``, ``new_root``).

    RFC 9162 §2.1.4.2. Returns None; raises ProofError otherwise.
    """
    if not 0 <= old <= new:
        raise ProofError("coherence", f"preuve refusée : le journal est passé de {old} à {new} feuilles")
    _check_hashes(old_root, new_root, *proof)
    wrong = ProofError("coherence", "preuve de cohérence refusée : l’ancien journal n’est pas le début du nouveau")
    if old in (0, new):
        if proof or (old == new and old_root != new_root) or (not old and old_root != EMPTY_ROOT):
            raise wrong
        return
    path = list(proof)
    if not old & (old - 1):
        path.insert(0, old_root)
    if not path:
        raise wrong
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    first = second = path[0]
    for sibling in path[1:]:
        if not last:
            raise wrong
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling)
        at >>= 1
        last >>= 1
    if last or first != old_root or second != new_root:
        raise wrong
