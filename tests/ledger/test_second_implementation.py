"""A second verifier, written from docs/formats.md alone: it imports nothing of the room and must agree on the vectors."""

from base64 import b64decode
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hashlib import sha256
from pathlib import Path

import json
import pytest


VECTORS = Path(__file__).parent / "vectors"


def h(data):
    return sha256(data).digest()


def jcs(value):
    """Enough of RFC 8785 here: the keys are ASCII, the numbers integers."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def root(leaves):
    """The tree hash over leaf data."""
    if len(leaves) < 2:
        return h(b"\x00" + leaves[0]) if leaves else h(b"")
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    return h(b"\x01" + root(leaves[:cut]) + root(leaves[cut:]))


def climb(leaf, index, size, path):
    """The root that a proof leads to, by recursion on the shape of the tree."""
    if size == 1:
        assert not path
        return h(b"\x00" + leaf)
    cut = 1
    while cut * 2 < size:
        cut *= 2
    *rest, last = path
    if index < cut:
        return h(b"\x01" + climb(leaf, index, cut, rest) + last)
    return h(b"\x01" + last + climb(leaf, index - cut, size - cut, rest))


def read_key(text):
    name, key_id, data = text.split("+", 2)
    data = b64decode(data)
    assert data[0] == 1 and h(name.encode() + b"\n" + data)[:4].hex() == key_id
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def read_checkpoint(note, key):
    name, key_id, public = key
    body, _blank, lines = note.rpartition("\n\n")
    signatures = [line.removeprefix("— ").split(" ") for line in lines.splitlines()]
    ours = [b64decode(text) for signer, text in signatures if signer == name and b64decode(text)[:4] == key_id]
    assert ours
    public.verify(ours[0][4:], body.encode() + b"\n")
    origin, size, digest = body.split("\n")
    assert origin == name
    return int(size), b64decode(digest)


def verify_receipt(receipt):
    key = read_key(receipt["cle_publique"])
    leaf = h(bytes.fromhex(receipt["sel"]) + jcs(receipt["evenement"]))
    assert leaf.hex() == receipt["feuille"]
    promise, proof = receipt["promesse"], receipt["preuve"]
    statement = {"feuille": leaf.hex(), "horodatage": promise["horodatage"], "origine": promise["origine"]}
    key[2].verify(b64decode(promise["signature"]), jcs(statement))
    if proof:
        size, digest = read_checkpoint(proof["checkpoint"], key)
        assert size == proof["taille"]
        assert climb(leaf, proof["index"], size, [bytes.fromhex(text) for text in proof["chemin"]]) == digest


def verify_journal(text):
    header, *rows = [json.loads(line) for line in text.splitlines()]
    size, digest = read_checkpoint(header["checkpoint"], read_key(header["cle_publique"]))
    leaves = [bytes.fromhex(row["feuille"]) for row in rows]
    assert [row["i"] for row in rows] == list(range(size)) and root(leaves) == digest
    closed, opened = {}, 0
    for row in rows:
        event = row.get("evenement")
        if event is None:
            continue
        assert h(bytes.fromhex(row["sel"]) + jcs(event)).hex() == row["feuille"]
        if event["type"] == "cloture":
            closed[event["consultation"]] = event
        elif event["type"] == "ouverture":
            closing = closed[event["consultation"]]
            names = sorted(bytes.fromhex(name) for name in event["feuilles"])
            assert len(names) == closing["depots"] and root(names).hex() == closing["racine"] == event["racine"]
            assert all(leaves.index(name) < closing["coupe"] for name in names)
            opened += 1
    return opened


def test_it_accepts_the_vectors():
    for name in ("accuse.json", "accuse-sans-preuve.json"):
        verify_receipt(json.loads((VECTORS / name).read_bytes()))
    assert verify_journal((VECTORS / "journal.jsonl").read_text()) == 1
    receipt = json.loads((VECTORS / "accuse.json").read_bytes())
    for document in receipt["evenement"]["documents"]:
        salt = bytes.fromhex(receipt["sels"][document["pli"]])
        content = (VECTORS / "documents" / document["nom"]).read_bytes()
        assert h(salt + h(content)).hex() == document["engagement"]


@pytest.mark.parametrize("code", ["engagement", "promesse", "preuve"])
def test_it_refuses_what_ours_refuses_by_cryptography(code):
    rows = [json.loads(line) for line in (VECTORS / "accuses-refuses.jsonl").read_text().splitlines()]
    chosen = [row for row in rows if row["code"] == code]
    assert chosen
    for row in chosen:
        with pytest.raises((AssertionError, InvalidSignature)):
            verify_receipt(row["accuse"])
