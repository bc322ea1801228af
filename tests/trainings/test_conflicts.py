"""Two people who take the last seat at the same instant, each from a connection of his own: one has it, the other waits."""

from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.trainings import letters
from megalis.portal.trainings import service
from megalis.portal.trainings.content import SessionFormation
from megalis.portal.trainings.rules import roster
from threading import Barrier
from threading import Thread
from transaction import TransactionManager
from types import SimpleNamespace
from ZODB.DB import DB
from ZODB.FileStorage import FileStorage
from ZODB.POSException import ConflictError

import pytest


TOWN = SimpleNamespace(title="Saint-Brieuc", identifier="212202782")


def person(name):
    return SimpleNamespace(
        userid=name, fullname=name.title(), email=f"{name}@a.fr", kind="agent", entreprise=None, collectivites=(TOWN,)
    )


@pytest.fixture
def sent(monkeypatch):
    """The names of the mails that would leave, with whom they go to."""
    found = []
    monkeypatch.setattr(service, "remember", lambda *_args: None)
    monkeypatch.setattr(SessionFormation, "module", SimpleNamespace(kind="agent", title="Publier"))
    for name in ("enrolled", "waits", "promoted", "given_up"):
        monkeypatch.setattr(
            letters, name, lambda _session, entry, *_more, name=name: found.append((name, entry.userid))
        )
    return found


@pytest.fixture
def database(tmp_path, sent):
    found = DB(FileStorage(str(tmp_path / "Data.fs")))
    manager = TransactionManager()
    root = found.open(manager).root()
    session = root["session"] = SessionFormation("session")
    begins = clock.now() + timedelta(days=10)
    session.spans, session.closes, session.seats = ((begins, begins + timedelta(hours=3)),), begins, 2
    manager.commit()
    service.enrol(session, person("anne"))
    manager.commit()
    yield found
    found.close()


def test_the_second_of_two_who_take_the_last_seat_at_once_is_on_the_waiting_list(database):
    managers = {name: TransactionManager() for name in ("bob", "chloe")}
    connections = {name: database.open(manager) for name, manager in managers.items()}
    for name, connection in connections.items():
        made = service.enrol(connection.root()["session"], person(name))
        assert made.state == roster.SEATED  # each of them sees one seat left
    managers["bob"].commit()
    with pytest.raises(ConflictError):
        managers["chloe"].commit()
    managers["chloe"].abort()
    managers["chloe"].begin()  # as the publisher takes the request up again
    made = service.enrol(connections["chloe"].root()["session"], person("chloe"))
    managers["chloe"].commit()
    assert made.state == roster.WAITING
    entries = database.open(TransactionManager()).root()["session"].entries
    assert [(one.userid, one.state) for one in entries] == [
        ("anne", roster.SEATED),
        ("bob", roster.SEATED),
        ("chloe", roster.WAITING),
    ]


def test_eight_people_at_once_are_all_kept_and_never_more_seated_than_seats(database):
    barrier = Barrier(8)

    def come(name):
        manager = TransactionManager()
        connection = database.open(manager)
        barrier.wait()
        while True:
            manager.begin()
            service.enrol(connection.root()["session"], person(name))
            try:
                manager.commit()
                break
            except ConflictError:
                manager.abort()
        connection.close()

    threads = [Thread(target=come, args=(f"p{rank}",)) for rank in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = database.open(TransactionManager()).root()["session"].entries
    assert len({one.userid for one in entries}) == 9
    assert len(roster.seated(entries)) == 2
    assert len(roster.waiting(entries)) == 7


def test_a_seat_given_up_goes_to_the_first_who_waits_who_is_told(database, sent):
    manager = TransactionManager()
    session = database.open(manager).root()["session"]
    for name in ("bob", "chloe", "denis"):
        service.enrol(session, person(name))
    service.give_up(session, roster.of(session.entries, "anne").id)
    manager.commit()
    assert sent[-2:] == [("given_up", "anne"), ("promoted", "chloe")]
    assert [one.userid for one in roster.waiting(session.entries)] == ["denis"]
