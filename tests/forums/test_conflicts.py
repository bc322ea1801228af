"""People who post in one subject at the same instant, each from a connection of his own: nothing is lost, nobody waits long."""

from megalis.portal.formats import richtext
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.forums.content import Forum
from threading import Barrier
from threading import Thread
from transaction import TransactionManager
from types import SimpleNamespace
from ZODB.DB import DB
from ZODB.FileStorage import FileStorage
from ZODB.POSException import ConflictError

import pytest


WRITES = rules.Rights(writes=True)


def person(name):
    return SimpleNamespace(userid=name, fullname=name.title(), where="", entreprise=None, collectivites=())


@pytest.fixture
def database(tmp_path, monkeypatch):
    for name in ("_hand_over", "notify"):
        monkeypatch.setattr(service, name, lambda *_args: None)
    monkeypatch.setattr(service, "address", lambda *_args: "")
    found = DB(FileStorage(str(tmp_path / "Data.fs")))
    manager = TransactionManager()
    root = found.open(manager).root()
    forum = root["forum"] = Forum("forum")
    manager.commit()
    sujet, _key = service.open_subject(forum, person("anne"), WRITES, "Sel", "<p>Bonjour</p>")
    root["sujet"] = sujet.id
    manager.commit()
    yield found
    found.close()


def test_two_answers_of_the_same_instant_are_both_kept_at_the_first_try(database):
    managers = {name: TransactionManager() for name in ("bob", "chloe")}
    for name, manager in managers.items():
        root = database.open(manager).root()
        sujet = service.find(root["forum"], root["sujet"])
        service.reply(root["forum"], sujet, person(name), WRITES, richtext.from_text(f"De {name}"))
    for manager in managers.values():
        manager.commit()
    root = database.open(TransactionManager()).root()
    sujet = service.find(root["forum"], root["sujet"])
    assert [message.name for _key, message in sujet.messages.items()] == ["Anne", "Bob", "Chloe"]
    assert len(sujet.messages) == 3
    assert sujet.latest.value == "Chloe"
    assert set(sujet.followers) == {"anne", "bob", "chloe"}
    assert len(root["forum"].index.find("de")) == 2
    assert service.unread(root["forum"], "bob") == [sujet]


def test_twelve_people_who_answer_at_once_lose_no_message(database):
    lost, barrier = [], Barrier(12)

    def write(name):
        manager = TransactionManager()
        connection = database.open(manager)
        barrier.wait()
        for rank in range(10):
            for _attempt in range(4):  # as often as the publisher takes a request up again
                manager.begin()
                root = connection.root()
                sujet = service.find(root["forum"], root["sujet"])
                service.reply(root["forum"], sujet, person(name), WRITES, f"<p>{rank}</p>")
                try:
                    manager.commit()
                    break
                except ConflictError:
                    manager.abort()
            else:
                lost.append((name, rank))
        connection.close()

    threads = [Thread(target=write, args=(f"p{rank}",)) for rank in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    root = database.open(TransactionManager()).root()
    sujet = service.find(root["forum"], root["sujet"])
    assert not lost
    assert len(sujet.messages.keys()) == len(sujet.messages) == 121
    assert sujet.latest.key == sujet.messages.last()
