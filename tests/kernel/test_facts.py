"""Shards under load: a worker that takes away never makes a writer start again, and nothing shows of how."""

from megalis.portal.kernel.facts import GROUND
from megalis.portal.kernel.facts import SHARDS
from megalis.portal.kernel.facts import Shards
from transaction import TransactionManager
from ZODB.DB import DB
from ZODB.FileStorage import FileStorage

import pytest
import uuid


@pytest.fixture
def database(tmp_path):
    made = DB(FileStorage(str(tmp_path / "facts.fs")))
    yield made
    made.close()


def opened(database):
    manager = TransactionManager()
    return manager, database.open(manager).root()


@pytest.mark.parametrize("waiting", [1, 20])
def test_emptying_shards_does_not_conflict_with_those_who_fill_them(database, waiting):
    first, root = opened(database)
    root["waiting"] = Shards()
    for shard in range(SHARDS):
        for number in range(waiting):
            root["waiting"][f"{shard:02x}{number:030x}"] = number
    first.commit()
    (merging, ours), (writing, theirs) = opened(database), opened(database)
    for key in list(ours["waiting"]):
        del ours["waiting"][key]
    for shard in range(SHARDS):
        theirs["waiting"][f"{shard:02x}{uuid.uuid4().hex[:30]}"] = "new"
    merging.commit()
    writing.commit()
    first.begin()
    assert sorted(value for value in root["waiting"].values()) == ["new"] * SHARDS


def test_two_writers_of_empty_shards_do_not_conflict(database):
    first, root = opened(database)
    root["facts"] = Shards()
    first.commit()
    (one, mine), (two, yours) = opened(database), opened(database)
    for shard in range(SHARDS):
        mine["facts"][f"{shard:02x}{1:030x}"] = 1
        yours["facts"][f"{shard:02x}{2:030x}"] = 2
    one.commit()
    two.commit()
    first.begin()
    assert len(root["facts"]) == 2 * SHARDS


def test_the_ground_key_is_seen_by_nobody():
    shards = Shards()
    assert (len(shards), bool(shards), list(shards), list(shards.items()), list(shards.values())) == (
        0,
        False,
        [],
        [],
        [],
    )
    assert shards.get(GROUND) is None
    key = uuid.uuid4().hex
    shards[key] = "fact"
    assert (len(shards), bool(shards), list(shards), list(shards.items())) == (1, True, [key], [(key, "fact")])
    del shards[key]
    assert not shards


def test_what_is_made_of_facts_is_made_once_until_one_is_added_here_or_elsewhere(database):
    first, root = opened(database)
    root["facts"] = Shards()
    calls = []

    def made(facts):
        return facts.kept("list", lambda: calls.append(1) or sorted(facts.values()))

    assert made(root["facts"]) == made(root["facts"]) == [] and len(calls) == 2, "never committed: nothing is kept"
    for number in range(5_000):
        root["facts"][uuid.uuid4().hex] = number
    first.commit()
    assert made(root["facts"]) is made(root["facts"]) and len(calls) == 3
    other, theirs = opened(database)
    theirs["facts"][uuid.uuid4().hex] = 5_000
    assert made(theirs["facts"])[-1] == 5_000 and made(theirs["facts"])[-1] == 5_000, (
        "what is not committed is seen at once"
    )
    assert made(root["facts"])[-1] == 4_999
    other.commit()
    first.begin()
    assert made(root["facts"])[-1] == 5_000
    key = next(iter(root["facts"]))
    del root["facts"][key]
    first.savepoint()
    assert len(made(root["facts"])) == 5_000, "a savepoint hides no change"
    first.abort()
    assert len(made(root["facts"])) == 5_001


def test_few_facts_stand_within_their_trees_and_are_told_apart_too(database):
    first, root = opened(database)
    root["facts"] = Shards()
    first.commit()
    before = root["facts"].turn()
    root["facts"]["ab" * 16] = 1
    assert root["facts"].turn() is None
    first.commit()
    after = root["facts"].turn()
    assert before != after
    root["facts"]["ab" * 16] = 2
    first.commit()
    assert root["facts"].turn() not in (before, after)


def test_no_more_than_a_few_things_are_kept(database):
    first, root = opened(database)
    root["facts"] = Shards()
    first.commit()
    for number in range(100):
        assert root["facts"].kept(number, lambda number=number: number) == number
    assert len(root["facts"]._v_kept[1]) <= 8
