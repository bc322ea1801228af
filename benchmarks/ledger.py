"""Claim: the journal takes at least 100,000 appends a second and a proof verifies in under a millisecond.

Peer in the same run: pymerkle's InmemoryTree (same RFC 6962 roots, checked). Run: ``python benchmarks/ledger.py [N]``.
"""

from hashlib import sha256
from io import BytesIO
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.checkpoint import Signer
from megalis.portal.ledger.export import verify_export
from megalis.portal.ledger.export import write_export
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import Tree
from megalis.portal.ledger.tree import verify_inclusion
from pymerkle import InmemoryTree
from pymerkle import verify_inclusion as peer_verify
from time import perf_counter

import random
import sys


BATCH = 500
PROOFS = 2000


def timed(work, count, rounds=3):
    """Return operations a second, best of ``rounds``, and the last result."""
    best, result = 0, None
    for _round in range(rounds):
        start = perf_counter()
        result = work()
        best = max(best, count / (perf_counter() - start))
    return best, result


def ours_append(leaves):
    tree = Tree({})
    for start in range(0, len(leaves), BATCH):
        tree.append(leaves[start : start + BATCH])
    return tree


def peer_append(leaves):
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    return tree


def ours_verify(tree, leaves, indexes, proofs):
    root = tree.root()
    for index, proof in zip(indexes, proofs, strict=True):
        verify_inclusion(leaf_hash(leaves[index]), index, tree.size, proof, root)


def peer_check(tree, leaves, indexes, proofs):
    root = tree.get_root()
    for index, proof in zip(indexes, proofs, strict=True):
        peer_verify(tree.get_leaf(index + 1), root, proof)


def main(count):
    leaves = [sha256(b"%d" % index).digest() for index in range(count)]
    spread = random.Random(1).sample(range(count), PROOFS)
    batch = range(count // 2, count // 2 + PROOFS)
    append, tree = timed(lambda: ours_append(leaves), count)
    peer_appends, peer = timed(lambda: peer_append(leaves), count, rounds=1)
    if tree.root() != peer.get_root():
        raise SystemExit("the two trees differ")
    rows = [("appends", append, peer_appends)]
    for name, indexes in (("proofs, consecutive leaves", batch), ("proofs, random leaves", spread)):
        ours, proofs = timed(lambda indexes=indexes: [tree.inclusion_proof(index) for index in indexes], PROOFS)
        theirs, peers = timed(lambda indexes=indexes: [peer.prove_inclusion(i + 1) for i in indexes], PROOFS, rounds=1)
        rows.append((name, ours, theirs))
    ours, _none = timed(lambda: ours_verify(tree, leaves, spread, proofs), PROOFS)
    theirs, _none = timed(lambda: peer_check(peer, leaves, spread, peers), PROOFS)
    rows.append(("verifications", ours, theirs))
    print(f"{count:,} leaves, batches of {BATCH}")
    print(f"{'':28}{'megalis.portal':>16}{'pymerkle':>12}{'ratio':>8}")
    for name, ours, theirs in rows:
        print(f"{name + ' /s':28}{ours:16,.0f}{theirs:12,.0f}{ours / theirs:8.1f}")
    print(f"one verification: {1e6 / rows[-1][1]:.0f} µs; proof of {len(proofs[0])} hashes")
    signer = Signer("journal", bytes(32))
    note = Checkpoint("journal", count, tree.root()).sign(signer)
    out = BytesIO()
    writes, _n = timed(
        lambda: write_export(BytesIO(), note, signer.verifier, ((leaf, None, None) for leaf in leaves)), count, rounds=1
    )
    write_export(out, note, signer.verifier, ((leaf, None, None) for leaf in leaves))
    reads, _report = timed(lambda: (out.seek(0), verify_export(out)), count, rounds=1)
    print(f"export: {writes:,.0f} leaves/s written, {reads:,.0f} leaves/s verified")
    if rows[0][1] < 100_000 or rows[-1][1] < 1_000:
        raise SystemExit("claim not held")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
