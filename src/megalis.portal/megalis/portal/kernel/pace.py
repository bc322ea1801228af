"""What is done beside visitors, in the process that answers them, gives way: Python computes for one thread at a time."""

from contextlib import contextmanager

import time


PATIENCE = 0.25  # seconds
STEP = 0.01

_answering = set()


@contextmanager
def answering():
    """Count a request as being answered while the block runs."""
    mark = object()
    _answering.add(mark)
    try:
        yield
    finally:
        _answering.discard(mark)


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
