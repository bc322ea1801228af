"""The journal export: what it shows, that no altered, missing or moved line passes, and that memory stays flat."""

from hashlib import sha256
from io import BytesIO
from megalis.portal.formats import jcs
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.closing import closing_event
from megalis.portal.ledger.closing import deposits_root
from megalis.portal.ledger.closing import opening_event
from megalis.portal.ledger.errors import ExportError
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.export import verify_export
from megalis.portal.ledger.export import write_export
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import Tree
from tests.ledger.world import CONSULTATION
from tests.ledger.world import default_events
from tests.ledger.world import deposit
from tests.ledger.world import moment
from tests.ledger.world import ORIGIN
from tests.ledger.world import salt
from tests.ledger.world import SIGNER
from tests.ledger.world import STRANGER
from tests.ledger.world import World

import json
import pytest
import tracemalloc


KEY = SIGNER.verifier
HIDDEN = (1, 3, 4, 7)


@pytest.fixture(scope="module")
def export(world):
    return world.export(HIDDEN)


def verify(data, *args):
    return verify_export(BytesIO(data), *args)


def code(data, *args):
    with pytest.raises(LedgerError) as refusal:
        verify(data, *args)
    assert refusal.value.code and refusal.value.message
    return refusal.value.code


def events_code(events):
    """Return the refusal of a journal of these events, all revealed, signed by the journal itself."""
    return code(World(events).export())


def test_an_export_holds_and_says_what_was_seen(export, world):
    report = verify(export, KEY.text, world.checkpoint(3))
    assert report.checkpoint.root == world.tree.root()
    assert (report.closings, report.openings, report.pinned, report.previous.size) == (1, 1, True, 3)
    assert report.revealed == {"publication": 1, "depot": 2, "cloture": 1, "ouverture": 1}
    lines = report.lines()
    assert len(lines) == 5 and "9 feuille(s)" in lines[1] and "prolonge celui de 3" in lines[4]
    assert "non comparée" in verify(export).lines()[0]


def test_the_lines_are_the_documented_form(export, world):
    header, *leaves = [json.loads(line) for line in export.splitlines()]
    assert header == {
        "format": "megalis.bzh/journal/1", "origine": ORIGIN, "taille": 9, "checkpoint": world.checkpoint(),
        "cle_publique": KEY.text,
    }  # fmt: skip
    assert [leaf["i"] for leaf in leaves] == list(range(9))
    assert set(leaves[1]) == {"i", "feuille"}
    assert set(leaves[2]) == {"i", "feuille", "evenement", "sel"}


def test_an_empty_journal_and_one_all_blinded_hold():
    assert verify(World([]).export()).checkpoint.size == 0
    assert verify(World().export(range(9))).revealed == {}


def test_every_line_removed_doubled_or_swapped_is_refused(export):
    lines = export.splitlines(keepends=True)
    for position, line in enumerate(lines):
        assert code(b"".join(lines[:position] + lines[position + 1 :]))
        assert code(b"".join([*lines[:position], line, line, *lines[position + 1 :]]))
        if position:
            assert code(b"".join([*lines[: position - 1], line, lines[position - 1], *lines[position + 1 :]]))
    assert code(export + b"\n") == "taille"
    assert code(export + lines[-1]) == "taille"


def test_leaves_swapped_and_renumbered_are_refused(world):
    lines = world.export(range(9)).splitlines()
    first, second = json.loads(lines[3]), json.loads(lines[4])
    first["feuille"], second["feuille"] = second["feuille"], first["feuille"]
    lines[3:5] = [jcs.dumps(first), jcs.dumps(second)]
    assert code(b"\n".join(lines) + b"\n") == "racine"


def test_every_changed_byte_is_refused(export):
    for position in range(len(export)):
        assert code(export[:position] + bytes([export[position] ^ 1]) + export[position + 1 :])


def test_every_truncation_is_refused(export):
    for length in range(0, len(export), 7):
        assert code(export[:length])
    assert code(export[:-1]) == "ligne"


def test_every_changed_member_is_refused(export):
    lines = export.splitlines()
    for position, line in enumerate(lines):
        value = json.loads(line)
        for name in value:
            for other in (None, 0, True, "", "x", [], {}, {"type": "autre"}, "0" * 64):
                changed = b"\n".join([*lines[:position], jcs.dumps(value | {name: other}), *lines[position + 1 :]])
                if value[name] != other or type(value[name]) is not type(other):
                    assert code(changed + b"\n"), (position, name, other)
            less = {key: member for key, member in value.items() if key != name}
            assert code(b"\n".join([*lines[:position], jcs.dumps(less), *lines[position + 1 :]]) + b"\n")
        more = jcs.dumps(value | {"plus": 1})
        assert code(b"\n".join([*lines[:position], more, *lines[position + 1 :]]) + b"\n") == "schema"


def test_another_journal_or_key_is_refused(export):
    assert code(export, STRANGER.verifier) == "cle"
    assert code(World(signer=STRANGER).export(), KEY.text) == "cle"
    assert code(export, "n'importe quoi") == "cle"


def test_the_journal_must_continue_the_older_one(export, world):
    for size in range(10):
        assert verify(export, KEY, world.checkpoint(size)).previous.size == size
    rewritten = default_events()
    rewritten[1] = {"type": "autre"}
    forked = World(rewritten)
    for size in range(2, 10):
        assert code(export, KEY, forked.checkpoint(size)) == "continuite"
    longer = World([*default_events(), {"type": "suite"}])
    assert code(export, KEY, longer.checkpoint()) == "recul"
    assert verify(longer.export(), KEY, world.checkpoint())
    assert code(export, KEY, World(signer=STRANGER).checkpoint()) == "signature"
    assert code(export, KEY, "n'importe quoi") == "note"


def test_an_accepted_deposit_after_the_cut_is_refused():
    late, _salts = deposit(7, "2026-03-16T10:59:00Z")
    assert events_code([*default_events(), late]) == "apres-coupe"
    events = default_events()
    events[5] = late
    assert events_code(events) == "apres-coupe", "between the cut and the closing leaf too"
    assert verify(World(events).export([5])), "blinded, nobody can tell: only its owner's receipt does"


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"coupe": 7}, "cloture"),
        ({"coupe": 4, "depots": 5}, "cloture"),
        ({"coupe": 3}, "apres-coupe"),
        ({"coupe": -1}, "schema"),
        ({"depots": "2"}, "schema"),
        ({"racine": "00"}, "schema"),
        ({"instant": "hier"}, "schema"),
        ({"consultation": None}, "schema"),
        ({"depots": 3}, "ouverture"),
        ({"racine": "0" * 64}, "ouverture"),
    ],
)
def test_a_wrong_closing_is_refused(change, expected):
    events = default_events()
    events[6] = events[6] | change
    assert events_code(events) == expected


def test_openings_must_match_closings():
    events = default_events()
    closing, opening = events[6], events[8]
    leaves = [bytes.fromhex(name) for name in opening["feuilles"]]
    assert events_code([*events, closing]) == "cloture"
    assert events_code([*events[:6], opening]) == "ouverture"
    assert events_code([*events[:8], opening_event(CONSULTATION, leaves[:1], moment(14, 0))]) == "ouverture"
    assert events_code([*events[:8], opening_event(CONSULTATION, [*leaves, salt("x")], moment(14, 0))]) == "ouverture"
    for wrong in (3, ["x"], [opening["feuilles"][0]], opening["feuilles"] * 2):
        assert events_code([*events[:8], opening | {"feuilles": wrong}]) in ("ouverture", "schema")
    without = {name: value for name, value in opening.items() if name != "feuilles"}
    assert verify(World([*events[:8], without, without]).export()).openings == 2


def test_opened_leaves_must_stand_before_the_cut():
    """An operator who closes on deposits the journal does not hold, or holds only after the cut, is caught."""
    events = default_events()
    absent = [salt("jamais inscrit")]
    closing = closing_event(CONSULTATION, 5, absent, moment(11, 0, 2))
    assert events_code([*events[:6], closing, opening_event(CONSULTATION, absent, moment(14, 0))]) == "ouverture"
    late = [World(events).commitments[5]]
    closing = closing_event(CONSULTATION, 5, late, moment(11, 0, 2))
    assert events_code([*events[:6], closing, opening_event(CONSULTATION, late, moment(14, 0))]) == "ouverture"


def test_deposits_root_ignores_order_and_nothing_else():
    leaves = [salt(str(index)) for index in range(5)]
    assert deposits_root(leaves) == deposits_root(reversed(leaves)) != deposits_root(leaves[:4])
    tree = Tree({})
    tree.append_hashes(leaf_hash(leaf) for leaf in sorted(leaves))
    assert tree.root() == deposits_root(leaves)


def test_a_deposit_without_its_members_is_refused():
    for event in (
        {"type": "depot"},
        {"type": "depot", "consultation": CONSULTATION},
        {"type": "depot", "hors_delai": True},
        {"type": "depot", "consultation": CONSULTATION, "hors_delai": 0},
    ):
        assert events_code([event]) == "depot"


def test_the_writer_refuses_leaves_that_are_not_the_signed_ones(world):
    with pytest.raises(ExportError) as refusal:
        write_export(BytesIO(), world.checkpoint(5), KEY, world.leaves())
    assert refusal.value.code == "racine"
    wrong = [(world.commitments[0], {"type": "autre"}, salt("x"))]
    with pytest.raises(ExportError) as refusal:
        write_export(BytesIO(), world.checkpoint(1), KEY, wrong)
    assert refusal.value.code == "engagement"


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"\xff\n", b"[" * 50_000 + b"\n", b"a" * 2_000_000])
def test_malformed_exports_are_refused(data):
    assert code(data) in ("vide", "json", "schema", "ligne")


def test_memory_does_not_grow_with_the_journal(tmp_path):
    count = 20_000
    leaves = [sha256(str(index).encode()).digest() for index in range(count)]
    tree = Tree({})
    tree.append(leaves)
    note = Checkpoint(ORIGIN, count, tree.root()).sign(SIGNER)
    path = tmp_path / "journal.jsonl"
    peaks = []
    tracemalloc.start()
    try:
        with path.open("wb") as out:
            write_export(out, note, KEY, ((leaf, None, None) for leaf in leaves))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with path.open("rb") as source:
            verify_export(source)
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 1_500_000
    assert max(peaks) < 500_000
