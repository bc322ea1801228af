"""What both simulated services of publication do: keep what they received, publish it after a delay, on a made-up number.

Kept in a file when one is given, so that a demonstration started again finds its notices published.
"""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from threading import Lock

import json
import os


DELAY = 4.0  # seconds between reception and publication


class Register:
    """The notices of one service by their key: dicts of JSON. ``delay`` in seconds, ``file`` where they are kept or None."""

    def __init__(self, delay=DELAY, file=None):
        self.delay = delay
        self._file = Path(file) if file else None
        self._lock = Lock()
        self._rows = {}
        if self._file is not None and self._file.is_file():
            self._rows = json.loads(self._file.read_text("utf-8"))

    def get(self, key, now=None):
        """Return what is known of a notice at ``now``, its publication noted once its delay is over; None when unknown."""
        with self._lock:
            row = self._rows.get(key)
            if row is None:
                return None
            now = now or datetime.now(UTC)
            if row["state"] == "received" and now >= datetime.fromisoformat(row["received"]) + timedelta(
                seconds=self.delay
            ):
                row["state"] = "published"
                row["published"] = now.date().isoformat()
                self._save()
            return dict(row)

    def add(self, key, data, state="received", /, **more):
        """Keep a notice received now; return it, or None when the key is taken."""
        with self._lock:
            if key in self._rows:
                return None
            row = {
                "state": state,
                "received": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "sha256": sha256(data).hexdigest(),
                "number": 100_000 + len(self._rows),
                "published": "",
                **more,
            }
            self._rows[key] = row
            self._save()
            return dict(row)

    def stop(self, key):
        """Take back a notice that is not published yet; return True when it was done."""
        found = self.get(key)
        with self._lock:
            if found is None or found["state"] != "received":
                return False
            self._rows[key]["state"] = "stopped"
            self._save()
            return True

    def _save(self):
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
            draft.write_text(json.dumps(self._rows), "utf-8")
            draft.replace(self._file)
