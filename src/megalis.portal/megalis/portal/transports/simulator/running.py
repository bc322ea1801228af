"""Servers in threads of this process, on this machine only, stopped together; what they keep stands in one folder."""

from contextlib import ExitStack
from contextlib import suppress
from pathlib import Path
from threading import Event
from threading import Lock
from threading import Thread

import json
import os
import secrets


IDLE = 5.0


class Journal:
    """One JSON line an event, in a file that is only added to; read again at the start."""

    def __init__(self, path):
        self._path = Path(path)
        self._lock = Lock()
        self._events = []
        if self._path.exists():
            for line in self._path.read_text("utf-8").splitlines():
                # The last line may have been cut by a kill: what it told did not happen.
                with suppress(ValueError):
                    self._events.append(json.loads(line))
        self._stream = self._path.open("a", encoding="utf-8")
        if self._stream.tell() and not self._path.read_bytes().endswith(b"\n"):
            self._stream.write("\n")

    def add(self, **event):
        """Keep an event; return its rank."""
        with self._lock:
            self._stream.write(json.dumps(event, ensure_ascii=False) + "\n")
            self._stream.flush()
            self._events.append(event)
            return len(self._events)

    def events(self, what=""):
        """Return the events, all or those whose ``quoi`` is ``what``."""
        with self._lock:
            return [event for event in self._events if not what or event["quoi"] == what]

    def close(self):
        """Close the file."""
        self._stream.close()


class Simulator:
    """What both simulators share: a folder, an account made at random, servers to start, ticks to make, and their end."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stack = ExitStack()
        self._stopping = Event()
        self.login, self.password = self._account()

    def _account(self):
        path = self.folder / "compte.json"
        if not path.exists():
            kept = {"identifiant": "plateforme", "mot-de-passe": secrets.token_urlsafe(18)}
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
                json.dump(kept, stream)
        kept = json.loads(path.read_text("utf-8"))
        return kept["identifiant"], kept["mot-de-passe"]

    def _serve(self, server):
        """Run a ``socketserver`` until the end; return its port."""
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        self._stack.callback(thread.join, 5)
        self._stack.callback(server.server_close)
        self._stack.callback(server.shutdown)
        return server.server_address[1]

    def _run(self, target, *wakes):
        """Run a function until the end, in a thread; ``wakes`` are called to make it return."""
        thread = Thread(target=target, daemon=True)
        thread.start()
        self._stack.callback(thread.join, 5)
        for wake in (*wakes, self._stopping.set):
            self._stack.callback(wake)

    def _release(self, pending):
        """Send what is due of a ``Pending``, until the end."""

        def go_on():
            while not self._stopping.is_set():
                left = pending.deliver()
                if self._stopping.is_set():
                    return
                pending.wait(IDLE if left is None else min(left, IDLE))

        self._run(go_on, pending.wake)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        """Start; ports are known afterwards."""
        raise NotImplementedError

    def stop(self):
        """Stop every server and thread."""
        self._stopping.set()
        self._stack.close()
