"""The rounds of the worker beside visitors: most wait for leisure, one in five does not."""

from megalis.portal.kernel import worker
from threading import Event

import pytest


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
