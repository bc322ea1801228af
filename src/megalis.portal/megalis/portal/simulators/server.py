"""A service on the loopback, in a thread: routes are plain functions, accidents are asked for one answer at a time."""

from collections import deque
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from threading import Event
from threading import Lock
from threading import Thread
from urllib.parse import parse_qs
from urllib.parse import unquote
from urllib.parse import urlsplit

import json


MAX_BODY = 30 * 1024 * 1024
HTML = b"<!doctype html><html><body><h1>Service momentan\xc3\xa9ment indisponible</h1></body></html>"


@dataclass
class Request:
    """What was asked: ``headers`` are lower case, ``query`` has one value a name."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes


@dataclass
class Reply:
    """What is answered: ``body`` is bytes, or an object told in JSON."""

    status: int
    body: object = b""
    kind: str = "application/json"
    headers: dict = field(default_factory=dict)

    @property
    def data(self):
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()


class Accidents:
    """What goes wrong next, in order: ``panne``, ``page``, ``cadence``, ``cle``, ``muet`` (no answer), ``perdu`` (done, no answer)."""

    def __init__(self):
        self._next = deque()
        self._lock = Lock()
        self.patience = 2.0

    def add(self, *names):
        """Have each of the next requests meet an accident."""
        unknown = set(names) - {"panne", "page", "cadence", "cle", "muet", "perdu"}
        if unknown:
            raise ValueError(f"accident inconnu : {unknown.pop()}")
        with self._lock:
            self._next.extend(names)

    def take(self):
        """Return the next accident, or ""."""
        with self._lock:
            return self._next.popleft() if self._next else ""


REPLIES = {
    "panne": Reply(500, {"code": "panne", "message": "Panne simulée"}),
    "page": Reply(200, HTML, "text/html; charset=utf-8"),
    "cadence": Reply(429, {"code": "cadence", "message": "Trop de demandes"}, headers={"Retry-After": "7"}),
    "cle": Reply(401, {"code": "cle", "message": "Clé inconnue"}),
}


class Service:
    """Serves ``answer(Request) -> Reply`` on 127.0.0.1; ``port`` 0 takes a free one. ``seen`` are the last requests."""

    def __init__(self, answer, port=0):
        self.answer = answer
        self.accidents = Accidents()
        self.seen = deque(maxlen=200)
        self._ended = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self):
        """End the service, whatever it keeps waiting."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()

    def reply(self, request):
        """Return the Reply to a request, None when none must come."""
        self.seen.append(request)
        accident = self.accidents.take()
        if accident in REPLIES:
            return REPLIES[accident]
        if accident == "muet":
            self._ended.wait(self.accidents.patience)
            return None
        found = self.answer(request)
        if accident == "perdu":
            self._ended.wait(self.accidents.patience)
            return None
        return found


def _handler(service):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def _do(self):
            length = self.headers.get("Content-Length") or "0"
            if not length.isdecimal() or int(length) > MAX_BODY:
                self._send(Reply(413, {"code": "taille", "message": "Corps trop long"}))
                return
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(length))
            found = service.reply(Request(self.command, unquote(parts.path), query, headers, body))
            if found is None:
                self.close_connection = True
                return
            self._send(found)

        do_GET = do_POST = do_PUT = do_DELETE = _do

        def _send(self, found):
            data = found.data
            self.send_response(found.status)
            self.send_header("Content-Type", found.kind)
            self.send_header("Content-Length", str(len(data)))
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_words):
            """A simulator says nothing on the console."""

    return Handler
