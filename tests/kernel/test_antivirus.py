"""The antivirus is off until it is named; the worker looks, states are kept by content, and one that is away is asked again."""

from datetime import timedelta
from megalis.portal.kernel import antivirus
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from tests.kernel.clamd import fake
from tests.kernel.clamd import VIRUS
from ZODB.blob import Blob

import hashlib
import pytest


@pytest.fixture
def clamd(portal, monkeypatch):
    with fake() as server:
        monkeypatch.setenv("MEGALIS_CLAMD", server.address)
        yield server


def blob_of(data):
    blob = Blob()
    with blob.open("w") as stream:
        stream.write(data)
    return blob, hashlib.sha256(data).hexdigest()


def work(portal):
    """Do what the worker does with what is due; return how many messages there were."""
    waiting = [message for message in outbox.due(portal, clock.now()) if message.kind == "antivirus"]
    for message in waiting:
        antivirus.Handler().send(portal, message)
        outbox._close(portal, message)
    return len(waiting)


def test_off_nothing_is_queued_and_nothing_is_called_clean(portal, monkeypatch):
    monkeypatch.delenv("MEGALIS_CLAMD", raising=False)
    assert antivirus.ask(*blob_of(b"a")) is False
    assert antivirus.badge(blob_of(b"a")[1]) == ("", "Non analysé")


@pytest.mark.parametrize(
    ("data", "badge"), [(b"bonjour", ("ok", "Sain")), (b"x" + VIRUS, ("bad", "Infecté : Canari.EICAR"))]
)
def test_the_worker_looks_and_people_read(portal, clamd, data, badge):
    blob, sha256 = blob_of(data)
    assert antivirus.ask(blob, sha256)
    assert antivirus.badge(sha256) == ("run", "Analyse en attente")
    assert work(portal) == 1
    assert antivirus.badge(sha256) == badge


def test_a_content_met_twice_is_looked_at_once_unless_asked_again(portal, clamd):
    blob, sha256 = blob_of(b"deux fois")
    assert [antivirus.ask(blob, sha256), antivirus.ask(blob, sha256)] == [True, False]
    work(portal)
    assert antivirus.ask(blob, sha256) is False
    assert antivirus.ask(blob, sha256, again=True) is True
    work(portal)
    assert len(clamd.seen) == 2


def test_one_that_is_away_is_asked_again_later(portal, monkeypatch):
    monkeypatch.setenv("MEGALIS_CLAMD", "unix:/nulle/part")
    now = clock.now()
    clock.set_for_tests(now)
    try:
        blob, sha256 = blob_of(b"plus tard")
        antivirus.ask(blob, sha256)
        work(portal)
        assert antivirus.badge(sha256) == ("soon", "Antivirus indisponible")
        assert work(portal) == 0
        with fake() as server:
            monkeypatch.setenv("MEGALIS_CLAMD", server.address)
            clock.set_for_tests(now + timedelta(seconds=61))
            assert work(portal) == 1
        assert antivirus.badge(sha256) == ("ok", "Sain")
    finally:
        clock.set_for_tests(None)


def test_it_gives_up_after_five_tries_and_the_state_stays_said(portal, monkeypatch):
    monkeypatch.setenv("MEGALIS_CLAMD", "unix:/nulle/part")
    now = clock.now()
    clock.set_for_tests(now)
    try:
        blob, sha256 = blob_of(b"jamais")
        antivirus.ask(blob, sha256)
        tries = 0
        for hours in range(30):
            clock.set_for_tests(now + timedelta(hours=hours))
            tries += work(portal)
        assert tries == 5
        assert antivirus.found(sha256)["state"] == "indisponible"
        assert antivirus.counts(portal) == {"indisponible": 1}
    finally:
        clock.set_for_tests(None)
