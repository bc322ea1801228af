"""The HTTPS side of a préfecture: a form with one file, from clients that show the certificate of the simulator."""

from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from megalis.portal.formats.actes.archive import MAX_ARCHIVE
from pathlib import Path

import re
import socket
import ssl
import tempfile


CHUNK = 64 * 1024
MAX_FORM = MAX_ARCHIVE + 64 * 1024
IDLE = 30

_BOUNDARY = re.compile(r'^multipart/form-data;.*?boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'filename="([^"\r\n]{1,200})"', re.IGNORECASE)
_STATUS = {"panne": 503, "refus": 400, "erreur": 500}


class _Broken(Exception):
    """A request that is answered by a status and a few words."""

    def __init__(self, status, words):
        super().__init__(words)
        self.status = status


class Server(ThreadingHTTPServer):
    """``take(name, path)`` is called with each file, and returns ``(line, words)``; a line of ``scenario.LINES`` or ''.

    ``down``: a line that every request meets, '' for none.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, context, folder, take):
        super().__init__(address, _Handler)
        self.context, self.folder, self.take = context, Path(folder), take
        self.down = ""

    def handle_error(self, request, client_address):
        """Say nothing: a client that is killed, or has no certificate, is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Simulateur"
    sys_version = ""

    def setup(self):
        self.request.settimeout(IDLE)
        # Here, and not where connections are accepted: one that says nothing must hold up nobody else.
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def log_message(self, format, *args):
        """Keep standard error for errors."""

    def do_GET(self):
        self._say(200, "Simulateur de préfecture : postez une archive.")

    def do_POST(self):
        try:
            line, words = self._take()
        except _Broken as error:
            self.close_connection = True
            self._say(error.status, str(error))
            return
        if line.startswith("coupure"):
            self._cut()
        else:
            self._say(_STATUS.get(line, 201), words)

    def _take(self):
        if self.server.down and self.server.down != "coupure":
            self._drain()
            return self.server.down, "Simulateur arrêté par son scénario."
        self.server.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.server.folder, prefix=".recu-", delete=False) as stream:
            path = Path(stream.name)
            try:
                name = self._read(stream)
            except BaseException:
                path.unlink()
                raise
        try:
            line, words = self.server.take(name, path)
        finally:
            path.unlink(missing_ok=True)
        return line or self.server.down, words

    def _drain(self):
        left = min(self._length(), MAX_FORM)
        while left > 0 and (data := self.rfile.read(min(CHUNK, left))):
            left -= len(data)

    def _length(self):
        text = self.headers.get("Content-Length", "")
        if not text.isdecimal() or len(text) > 12:
            raise _Broken(411, "Content-Length manque.")
        if int(text) > MAX_FORM:
            raise _Broken(413, "Archive de plus de 150 Mo.")
        return int(text)

    def _read(self, stream):
        """Write the one file of the form to ``stream``; return its name."""
        found = _BOUNDARY.match(self.headers.get("Content-Type", ""))
        length = self._length()
        if not found:
            raise _Broken(415, "Un formulaire multipart/form-data est attendu.")
        opening, mark = f"--{found[1]}\r\n".encode(), f"\r\n--{found[1]}".encode()
        head = b""
        while b"\r\n\r\n" not in head:
            line = self.rfile.readline(min(4096, length - len(head)))
            head += line
            if not line or len(head) > 16384 or not head.startswith(opening[: len(head)]):
                raise _Broken(400, "Le formulaire n’est pas correct.")
        named = _NAME.search(head)
        left, tail = length - len(head), b""
        while left:
            data = self.rfile.read(min(CHUNK, left))
            if not data:
                raise ConnectionResetError
            left -= len(data)
            tail += data
            if len(tail) > 2 * CHUNK:
                if mark in tail[: len(mark) - CHUNK]:
                    break
                stream.write(tail[:-CHUNK])
                tail = tail[-CHUNK:]
        end = tail.find(mark)
        if named is None or end < 0 or left or tail[end + len(mark) :].strip() != b"--":
            raise _Broken(400, "Un seul fichier est attendu dans le formulaire.")
        stream.write(tail[:end])
        return named[1].decode("utf-8", "replace")

    def _cut(self):
        self.close_connection = True
        with suppress(OSError):
            socket.socket.shutdown(self.connection, socket.SHUT_RDWR)

    def _say(self, status, words):
        data = words.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        if status == 503:
            self.send_header("Retry-After", "60")
        self.end_headers()
        self.wfile.write(data)

    def finish(self):
        with suppress(OSError, ssl.SSLError):
            super().finish()
