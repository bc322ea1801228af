"""The frozen vectors: what another implementation is written against must never move by accident."""

from hashlib import sha256
from io import BytesIO
from megalis.portal.formats import jcs
from megalis.portal.ledger.checkpoint import open_checkpoint
from megalis.portal.ledger.checkpoint import Verifier
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.export import verify_export
from megalis.portal.ledger.receipts import refusal
from megalis.portal.ledger.receipts import verify_receipt
from megalis.portal.ledger.timestamps import load_roots
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import verify_consistency
from megalis.portal.ledger.tree import verify_inclusion
from pathlib import Path
from tests.ledger.make_vectors import files
from tests.ledger.make_vectors import frozen_token

import json
import pytest


VECTORS = Path(__file__).parent / "vectors"
KEYS = json.loads((VECTORS / "cles.json").read_bytes())
KEY = KEYS["cle_publique"]


def cases(name):
    return [pytest.param(case, id=case["cas"]) for case in map(jcs.loads, (VECTORS / name).read_bytes().splitlines())]


def test_the_code_still_writes_these_bytes():
    for name, content in files(frozen_token(VECTORS)).items():
        assert (VECTORS / name).read_bytes() == content, name


def test_the_receipt_holds_with_its_files_and_authority():
    local = [(path.name, sha256(path.read_bytes()).digest()) for path in sorted((VECTORS / "documents").iterdir())]
    roots = load_roots((VECTORS / "autorite.pem").read_bytes())
    checks = verify_receipt((VECTORS / "accuse.json").read_bytes(), KEY, local, roots)
    assert len(local) == 2 and {check.state for check in checks} == {"ok"}


def test_the_early_receipt_holds_too():
    assert refusal(verify_receipt((VECTORS / "accuse-sans-preuve.json").read_bytes(), KEY)) is None


@pytest.mark.parametrize("case", cases("accuses-refuses.jsonl"))
def test_refused_receipts(case):
    assert refusal(verify_receipt(case["accuse"])).code == case["code"]


def test_the_checkpoints_and_the_export_hold():
    verifier = Verifier.from_text(KEY)
    assert open_checkpoint((VECTORS / "checkpoint").read_text(), verifier).size == 9
    with (VECTORS / "journal.jsonl").open("rb") as source:
        report = verify_export(source, KEY, (VECTORS / "checkpoint-ancien").read_text())
    assert (report.previous.size, report.closings, report.openings) == (4, 1, 1)


@pytest.mark.parametrize("case", cases("journal-refuses.jsonl"))
def test_refused_exports(case):
    with pytest.raises(LedgerError) as found:
        verify_export(BytesIO(case["export"].encode()))
    assert found.value.code == case["code"]


def test_the_tree():
    tree = json.loads((VECTORS / "arbre.json").read_bytes())
    leaves, roots = ([bytes.fromhex(text) for text in tree[name]] for name in ("feuilles", "racines"))
    size = len(leaves)
    for index, proof in enumerate(tree["inclusions"]):
        verify_inclusion(leaf_hash(leaves[index]), index, size, [bytes.fromhex(text) for text in proof], roots[size])
    for old, proof in enumerate(tree["coherences"]):
        verify_consistency(old, size, roots[old], roots[size], [bytes.fromhex(text) for text in proof])
