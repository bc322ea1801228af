"""Who waits for whom in a process that answers visitors: Python computes for one thread at a time.

What is done beside visitors gives way to them, and demands that write to the same places take turns: threads that dispute
them serve a fifth fewer than one thread does, and end in more conflicts than Zope tries again.
"""

from contextlib import contextmanager
from contextlib import nullcontext
from threading import Lock

import time


PATIENCE = 0.25  # seconds
STEP = 0.01

_answering = set()
_turns = {}  # last name of an address -> the lock of its turn


@contextmanager
def answering():
    """Count a request as being answered while the block runs."""
    mark = object()
    _answering.add(mark)
    try:
        yield
    finally:
        _answering.discard(mark)


def in_turn(*names):
    """Have demands to the views of these names answered one after the other; the room that has them says so."""
    _turns.update(dict.fromkeys(names, Lock()))


def turn(name):
    """Return what holds its turn for a demand whose address ends with ``name``; other pages wait for nobody."""
    return _turns.get(name.removeprefix("@@"), nullcontext())


def leisure(patience=PATIENCE):
    """Return whether a moment came, within ``patience`` seconds, when this process answers nobody.

    A process that serves no requests (the worker of a cluster) is always at leisure.
    """
    limit = time.monotonic() + patience
    while _answering:
        if time.monotonic() >= limit:
            return False
        time.sleep(STEP)
    return True
