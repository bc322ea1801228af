"""What the web server itself refuses, said in our words, before the body of the request is read.

A body over the limit, a header that is not HTTP: waitress refuses them before any page is asked, in English. The answer is
ours instead: what the limit is and what to do, as JSON for programs. It must also arrive: who is still sending when the
connection is closed gets a reset in place of the answer, so that what comes is read and thrown away for a moment.
"""

from megalis.portal.kernel import wsgi
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask

import socket
import time
import waitress


LINGER = 10  # seconds what still comes is thrown away, so that the answer is read
REFUSALS = {
    400: ("http", "Demande illisible", "Le serveur n’a pas compris la demande. Vérifiez l’adresse et le programme qui l’envoie."),
    413: (
        "taille",
        "Envoi trop lourd",
        "L’envoi pèse {size}, la plateforme en accepte {limit} à la fois, et rien n’en a été enregistré. Allégez les fichiers, ou "
        "envoyez-les en plusieurs fois.",
    ),
    431: (
        "entete",
        "Demande trop longue",
        "L’adresse ou les en-têtes de la demande sont trop longs. Effacez les cookies de ce site, puis réessayez.",
    ),
    500: wsgi.REFUSALS[500][1:],
    501: ("encodage", "Envoi non pris en charge", "Le serveur ne prend pas cette façon d’envoyer (Transfer-Encoding). Envoyez avec Content-Length."),
}  # fmt: skip


_known = {"largest": 1 << 30}  # what waitress takes when nothing is said


def largest():
    """Return from how many bytes a body is refused by the server of this process."""
    return _known["largest"]


class Parser(HTTPRequestParser):
    """Tells nobody to go on (100 Continue) with a body that is refused."""

    def received(self, data):
        consumed = super().received(data)
        if self.error is not None:
            self.expect_continue = False
        return consumed


class Refusal(ErrorTask):
    """The answer to a request that the web server refuses."""

    def execute(self):
        status, headers, body = answer(self.request, self.channel.adj.max_request_body_size)
        self.status = status
        self.response_headers.extend(headers)
        self.set_close_on_finish()
        self.content_length = len(body)
        if self.request.command != "HEAD":
            self.write(body)
        self.channel.refused = True


class Channel(HTTPChannel):
    """A connection; ``refused`` once it was answered by a ``Refusal``, ``until`` when what still comes is no longer read."""

    parser_class = Parser
    error_task_class = Refusal
    refused = False
    until = None

    def writable(self):
        return self.until is None and super().writable()

    def readable(self):
        return self.until is not None or super().readable()

    def handle_write(self):
        if self.refused and self.close_when_flushed:
            self._flush_exception(self._flush_some)
            if self.total_outbufs_len or self.will_close or not self.connected:
                return super().handle_write()
            self.close_when_flushed = False
            self.until = time.monotonic() + LINGER
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.handle_close()
            return None
        return super().handle_write()

    def handle_read(self):
        if self.until is None:
            return super().handle_read()
        try:
            data = self.recv(self.adj.recv_bytes)
        except OSError:
            data = b""
        if not data or time.monotonic() > self.until:
            self.handle_close()
        return None


def answer(request, limit):
    """Return ``(status, headers, body)`` of what waitress refuses in a request; ``limit`` in bytes, of its body."""
    error = request.error
    code, title, message = REFUSALS.get(error.code, REFUSALS[400])
    asked = {"HTTP_ACCEPT": request.headers.get("ACCEPT", ""), "REQUEST_METHOD": getattr(request, "command", "GET")}
    size = megabytes(request.content_length) if request.content_length >= limit else f"plus de {megabytes(limit)}"
    message = message.format(size=size, limit=megabytes(limit))
    headers, body = wsgi.said(asked, code, title, message)
    return f"{error.code} {error.reason}", wsgi.dressed(headers, getattr(request, "url_scheme", "http"), "", 0), body


def megabytes(size):
    """Return a size in words: ``160 Mo``."""
    return f"{size / 1048576:.0f}\u00a0Mo" if size < 1 << 30 else f"{size / (1 << 30):.1f}\u00a0Go".replace(".", ",")


def serving(app, **settings):
    """Return a waitress server of ``app`` whose refusals are ours; ``settings`` as ``waitress.create_server``."""
    found = waitress.create_server(app, **settings)
    _known["largest"] = found.adj.max_request_body_size
    found.channel_class = Channel
    return found
