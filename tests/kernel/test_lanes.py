"""Lists many people write to at once, and the search of what was just written."""

from megalis.portal.kernel import lanes
from megalis.portal.kernel.lanes import Lanes
from megalis.portal.kernel.lanes import Latest
from megalis.portal.kernel.wordindex import answers
from megalis.portal.kernel.wordindex import WordIndex
from threading import Thread
from transaction import TransactionManager
from ZODB.DB import DB
from ZODB.FileStorage import FileStorage
from ZODB.POSException import ConflictError

import pytest


@pytest.fixture
def database(tmp_path):
    found = DB(FileStorage(str(tmp_path / "Data.fs")))
    manager = TransactionManager()
    root = found.open(manager).root()
    root["lanes"], root["latest"], root["index"] = Lanes(), Latest(), WordIndex()
    manager.commit()
    yield found
    found.close()


def test_values_come_back_in_the_order_they_came():
    found = Lanes()
    keys = [found.append(rank) for rank in range(200)]
    assert [value for _key, value in found.items()] == list(range(200))
    assert found.last() == max(keys)
    assert [value for _key, value in found.newest(3)] == [199, 198, 197]
    assert len(found) == 200


def test_a_key_is_read_back_from_its_address_and_nothing_else_is_one():
    key = lanes.key_of(lanes.clock.now(), 7)
    assert lanes.read(lanes.shown(key)) == key
    for text in ("", None, "x" * 16, "f" * 16, "0" * 16, "12", ["a"]):
        assert lanes.read(text) is None


def test_a_value_moves_to_another_list_under_its_key():
    one, other = Lanes(), Lanes()
    key = one.append("a")
    other.put(key, one.take(key))
    assert key not in one
    assert other.get(key) == "a"
    with pytest.raises(KeyError):
        other.put(key, "b")


def test_two_people_of_the_same_instant_both_stand_even_in_the_same_lane(database, monkeypatch):
    monkeypatch.setattr(lanes.secrets, "randbelow", lambda _most: 8)  # the same lane for both
    managers = [TransactionManager() for _ in range(2)]
    roots = [database.open(manager).root() for manager in managers]
    for rank, root in enumerate(roots):
        root["latest"].tell(root["lanes"].append(rank), f"personne {rank}")
    for manager in managers:
        manager.commit()
    root = database.open(TransactionManager()).root()
    assert sorted(value for _key, value in root["lanes"].items()) == [0, 1]
    assert len(root["lanes"]) == 2
    assert root["latest"].value == "personne 1"
    assert root["latest"].key == root["lanes"].last()


def test_sixteen_people_who_write_at_once_lose_nothing(database):
    lost, tries = [], []

    def write(name):
        manager = TransactionManager()
        connection = database.open(manager)
        for rank in range(25):
            for attempt in range(4):
                manager.begin()
                root = connection.root()
                root["latest"].tell(root["lanes"].append((name, rank)), name)
                try:
                    manager.commit()
                    tries.append(attempt)
                    break
                except ConflictError:
                    manager.abort()
            else:
                lost.append((name, rank))
        connection.close()

    threads = [Thread(target=write, args=(name,)) for name in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    root = database.open(TransactionManager()).root()
    assert not lost
    assert {value for _key, value in root["lanes"].items()} == {(n, r) for n in range(16) for r in range(25)}
    assert len(root["lanes"]) == 400
    assert root["latest"].key == root["lanes"].last()


def test_what_was_just_written_is_found_before_and_after_the_worker_came():
    index = WordIndex()
    index.note(5, "a", "Réfection de la voirie")
    index.note(7, "b", "Voirie communale")
    for _turn in range(2):
        assert index.find("VOIR") == [(7, "b"), (5, "a")]
        assert index.find("voirie refection") == [(5, "a")]
        assert index.find("de la") == [(5, "a")]
        assert index.find("x !") == []
        index.settle()
    assert not len(index.pending)


def test_what_was_taken_away_or_changed_is_found_no_more_by_its_old_words():
    index = WordIndex()
    index.note(5, "a", "ancien texte")
    index.settle()
    index.note(5, "a", "texte nouveau")
    assert index.find("ancien") == []
    index.settle()
    assert index.find("ancien") == []
    assert index.find("nouveau") == [(5, "a")]
    index.note(5, None, None)
    assert index.find("nouveau") == []
    index.settle()
    assert index.find("nouveau") == []


def test_every_word_asked_for_begins_a_word_of_the_text():
    assert answers("L’école élémentaire", ["ecol", "elem"])
    assert not answers("L’école", ["cole"])


def filled(count=1_000):
    found = Lanes()
    start = lanes.clock.now() - lanes.timedelta(hours=2)
    keys = [found.append(rank, start + lanes.timedelta(seconds=rank)) for rank in range(count)]
    return found, keys


@pytest.mark.parametrize("numbered", [0, 1, 400, 1_000])
def test_a_page_is_the_same_whether_the_worker_numbered_the_list_or_not(numbered):
    found, keys = filled()
    if numbered:
        assert found.settle(lanes.instant_of(keys[numbered - 1]) + lanes.timedelta(milliseconds=1)) == numbered
    for start, stop in ((0, 50), (380, 430), (950, 1_000), (980, 1_050), (2_000, 2_050), (0, 1_000)):
        assert found.slice(start, stop) == keys[start:stop]
    for rank in (0, 1, 399, 400, 401, 999):
        assert found.rank_after(keys[rank]) == rank + 1
        assert found.rank_after(keys[rank] - 1) == rank


def test_what_comes_late_or_goes_has_the_list_walked_until_it_is_numbered_again():
    found, keys = filled(100)
    found.settle(lanes.clock.now())
    late = found.append("en retard", lanes.instant_of(keys[10]))
    assert found.slice(0, 101) == sorted([*keys, late])
    found.take(keys[50])
    assert not found.ranks
    assert found.slice(0, 100) == sorted({*keys, late} - {keys[50]})
    found.settle(lanes.clock.now())
    assert found.slice(90, 100) == found.keys()[90:]


def test_a_page_of_a_long_list_loads_few_objects(database):
    manager = TransactionManager()
    root = database.open(manager).root()
    for rank in range(5_000):
        root["lanes"].append(rank, lanes.clock.now() - lanes.timedelta(seconds=9_000 - rank))
    manager.commit()
    root["lanes"].settle(lanes.clock.now())
    manager.commit()
    database.cacheMinimize()
    connection = database.open(TransactionManager())
    connection.getTransferCounts(clear=True)
    found = connection.root()["lanes"].slice(2_500, 2_550)
    assert len(found) == 50
    assert connection.getTransferCounts()[0] < 60
