"""What has to leave later, on disk: one file a thing, under the moment it is due at.

Moving that file is all it takes to send it, so that a simulator killed at any point goes on where it was, and sends nothing
twice.
"""

from contextlib import suppress
from pathlib import Path
from threading import Event

import os
import time


class Pending:
    """A folder of things to come; ``release(path, key)`` of the class that stands on it moves one to where it goes."""

    def __init__(self, folder, clock=time.time):
        self._later = Path(folder)
        self._later.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._changed = Event()

    def post(self, key, data, due):
        """Keep bytes to be sent at ``due`` (seconds since 1970); the same key is the same thing."""
        partial = self._later / f".{key}"
        partial.write_bytes(data)
        os.replace(partial, self._later / f"{int(due * 1000):015d}.{key}")
        self._changed.set()

    def release(self, path, key):
        """Move a file to where it goes."""
        raise NotImplementedError

    def deliver(self):
        """Send what is due; return seconds until the next is, or None when there is none."""
        self._changed.clear()
        now = self._clock()
        for path in sorted(self._later.glob("[0-9]*")):
            when, _dot, key = path.name.partition(".")
            if int(when) / 1000 > now:
                return int(when) / 1000 - now
            with suppress(FileNotFoundError):
                self.release(path, key)
        return None

    def wait(self, seconds):
        """Wait until something is posted since the last ``deliver``, at most so long."""
        self._changed.wait(seconds)

    def wake(self):
        """End the wait."""
        self._changed.set()
