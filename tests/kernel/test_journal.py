"""The journal: written with the fact, merged apart, provable by anyone."""

from datetime import datetime
from datetime import UTC
from hashlib import sha256
from megalis.portal.formats import jcs
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.ledger.checkpoint import open_checkpoint
from megalis.portal.ledger.events import verify_promise
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import verify_inclusion

import pytest


NOON = datetime(2026, 3, 16, 11, 0, 0, tzinfo=UTC)


@pytest.fixture
def recorded(portal):
    return [
        journal.record(portal, {"type": "publication", "numero": number}, public=number == 0) for number in range(5)
    ]


class TestRecording:
    def test_an_event_is_read_back_from_its_subject(self, portal, recorded):
        assert [event["numero"] for event in journal.events(portal, "publication")] == [0, 1, 2, 3, 4]
        assert journal.events(portal, "depot") == []
        assert journal.count(portal, "publication") == 5

    def test_the_event_says_the_instant_to_the_second(self, portal):
        entry = journal.record(portal, {"type": "publication"}, instant=NOON)
        assert entry.event["instant"] == "2026-03-16T11:00:00Z"

    def test_the_promise_is_signed_on_the_blinded_leaf(self, recorded):
        entry = recorded[0]
        assert entry.commitment == sha256(entry.sel + jcs.dumps(entry.event)).digest()
        verify_promise(entry.commitment, entry.promise, journal.signer().verifier)

    def test_the_subject_keeps_its_modification_date(self, portal):
        before = portal.modified()
        journal.record(portal, {"type": "publication"})
        assert portal.modified() == before


class TestMerging:
    def test_nothing_is_proved_before_the_merge(self, portal, recorded):
        assert journal.proof(portal, recorded[0].id) is None
        assert journal.checkpoint(portal) is None

    def test_each_leaf_is_merged_once_in_order_of_time(self, portal, recorded):
        assert journal.merge(portal) == 5
        assert journal.merge(portal) == 0
        assert [journal.place(portal, entry.id) for entry in recorded] == [0, 1, 2, 3, 4]

    def test_the_proof_leads_to_the_signed_checkpoint(self, portal, recorded):
        journal.merge(portal)
        entry = recorded[3]
        proof = journal.proof(portal, entry.id)
        head = open_checkpoint(proof["checkpoint"], journal.signer().verifier)
        path = [bytes.fromhex(digest) for digest in proof["chemin"]]
        verify_inclusion(leaf_hash(entry.commitment), proof["index"], proof["taille"], path, head.root)

    def test_batches_give_the_same_tree_as_one_merge(self, portal, recorded):
        for _ in range(3):
            journal.merge(portal, limit=2)
        assert journal.journal_of(portal).size == 5

    def test_only_public_events_are_revealed(self, portal, recorded):
        journal.merge(portal)
        revealed = [reveal is not None for _index, _leaf, reveal in journal.leaves(portal)]
        assert revealed == [True, False, False, False, False]


def test_the_test_clock_runs_on_from_the_instant_it_was_set_to():
    clock.set_for_tests(NOON)
    try:
        assert clock.rfc3339(clock.now()) == "2026-03-16T11:00:00Z"
        assert clock.french(NOON, seconds=True) == "lundi 16 mars 2026, 12:00:00"
    finally:
        clock.set_for_tests()


class TestTallies:
    """How many events of a type in each month: kept by the one who merges, found again from the facts."""

    def test_an_event_is_tallied_when_it_is_merged_by_month_of_paris_and_by_buyer(self, portal):
        late = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
        for buyer, instant in (("A", NOON), ("B", NOON), ("A", late), ("", NOON)):
            journal.record(portal, {"type": "retrait", "acheteur": buyer}, instant=instant)
        journal.record(portal, {"type": "retrait-pli", "acheteur": "A"}, instant=NOON)
        assert journal.tally(portal, "retrait") == {}
        journal.merge(portal)
        assert journal.tally(portal, "retrait") == {"2026-03": 4}
        assert journal.tally(portal, "retrait", "A") == {"2026-03": 2}
        assert journal.tally(portal, "retrait-pli") == {"2026-03": 1}

    def test_the_facts_alone_give_the_same(self, portal, recorded):
        journal.merge(portal)
        before = dict(journal.journal_of(portal).tallies)
        journal.record(portal, {"type": "retrait", "acheteur": "A"})
        journal.recount(portal, [portal])
        assert dict(journal.journal_of(portal).tallies) == before
        journal.merge(portal)
        assert sum(journal.tally(portal, "retrait").values()) == 1

    def test_the_room_of_trials_is_counted_nowhere(self, portal):
        portal.simulation = True
        journal.record(portal, {"type": "retrait", "acheteur": "A"})
        journal.merge(portal)
        assert journal.tally(portal, "retrait") == {}
