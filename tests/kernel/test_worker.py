"""The rounds of the worker beside visitors: most wait for leisure, one in five does not."""

from megalis.portal.kernel import worker
from threading import Event

import pytest
import threading


@pytest.fixture
def rounds(monkeypatch):
    """Let ten rounds run; return what was asked of each."""
    stop, asked = Event(), []

    def round_(database, insist=False):
        asked.append(insist)
        if len(asked) == 10:
            stop.set()
        if len(asked) == 3:
            raise OSError("base absente")

    monkeypatch.setattr(worker, "round_", round_)

    def run(beside):
        worker.run(None, stop, interval=0, beside=beside)
        return asked

    return run


def test_beside_visitors_one_round_in_five_insists(rounds):
    assert rounds(beside=True) == [False, False, False, False, True] * 2


def test_in_a_process_of_its_own_the_worker_never_needs_to(rounds):
    assert rounds(beside=False) == [False] * 10


@pytest.fixture
def begun(monkeypatch):
    """Count the workers that start, in an instance whose profile asks for one."""
    monkeypatch.setenv("MEGALIS_WORKER", "thread")
    monkeypatch.delenv("MEGALIS_CREATE", raising=False)
    monkeypatch.setattr(worker.Zope2, "DB", None, raising=False)
    served = []
    monkeypatch.setattr(worker, "run", lambda database, stop, beside: served.append(beside))

    def count():
        for thread in threading.enumerate():
            if thread.name == "megalis-worker":
                thread.join(10)
        return len(served)

    return count


def test_the_worker_starts_with_the_instance(begun):
    worker.start_thread(None)
    assert begun() == 1


def test_while_an_instance_makes_its_site_the_worker_waits_for_it(begun, monkeypatch):
    monkeypatch.setenv("MEGALIS_CREATE", "1")
    worker.start_thread(None)
    assert begun() == 0
    worker.begin()
    assert begun() == 1


def test_an_instance_whose_profile_has_a_worker_beside_starts_none(begun, monkeypatch):
    monkeypatch.setenv("MEGALIS_WORKER", "process")
    worker.start_thread(None)
    worker.begin()
    assert begun() == 0
