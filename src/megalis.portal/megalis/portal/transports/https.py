"""One file posted over HTTPS, and what its outcome truly is: what failed before the last byte was not taken.

The standard library’s client, without redirections nor retries, so that a file leaves once or not at all; a limit on the whole
exchange as well as on each wait, since a server may answer one byte a minute.
"""

from base64 import b64encode
from collections.abc import Callable
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from http.client import HTTPSConnection
from megalis.portal.transports.outcomes import Failure
from megalis.portal.transports.outcomes import Receipt
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from threading import Timer
from urllib.parse import urlsplit

import secrets
import socket
import ssl


CHUNK = 64 * 1024
MAX_ANSWER = 64 * 1024

_REFUSED = {400, 406, 409, 410, 413, 415, 422}
_OURS = {401, 403, 405, 407, 411, 495, 496, 497}


@dataclass(frozen=True, slots=True)
class Address:
    """Where to post: the address, the codes that mean « taken », and the login of a server that wants one.

    ``context``: a function that returns the ``ssl.SSLContext`` of the day. ``connect``, ``idle`` and ``whole``: seconds for
    connecting, for each wait, and for the whole exchange.
    """

    url: str
    context: Callable[[], ssl.SSLContext]
    taken: frozenset = frozenset({200, 201})
    login: str = ""
    password: str = ""
    connect: float = 60
    idle: float = 60
    whole: float = 180


def post(address, sending, field=""):
    """Post a ``Sending`` as the one file of a form; return its ``Receipt``, or raise a ``Failure``.

    ``field``: the name of the field, that of the file by default.
    """
    parts = urlsplit(address.url)
    if parts.scheme != "https" or not parts.hostname:
        raise _ours("transport.adresse", f"« {address.url[:100]} » n’est pas une adresse https.")
    with sending.opened() as (stream, size):
        connection = _connected(address, parts)
        try:
            with _limited(connection.sock, address.whole) as over:
                return _exchange(connection, address, parts, _Form(sending.name, field, stream, size), over)
        finally:
            connection.close()


def _ours(code, message, detail=""):
    """What stands in our own settings: nothing was taken, and nothing is wrong with the file."""
    return TryLater(code, f"{message} Vérifiez le réglage du transport.", detail)


def _connected(address, parts):
    try:
        context = address.context()
    except (OSError, ValueError) as error:
        raise _ours("transport.certificat", "Le certificat du transport ne se lit pas.", error) from None
    connection = HTTPSConnection(parts.hostname, parts.port or 443, timeout=address.connect, context=context)
    try:
        connection.connect()
    except ssl.SSLError as error:
        connection.close()
        raise _secure(error) from None
    except OSError as error:
        connection.close()
        raise TryLater("transport.injoignable", "Le serveur ne répond pas.", error) from None
    connection.sock.settimeout(address.idle)
    return connection


def _secure(error):
    if isinstance(error, ssl.SSLCertVerificationError):
        return _ours("transport.serveur", "Le certificat du serveur n’est pas reconnu.", error.verify_message)
    if "ALERT" in (error.reason or ""):
        return _ours("transport.certificat", "Le serveur refuse notre certificat.", error.reason)
    return TryLater("transport.tls", "La liaison chiffrée n’a pas pu s’établir.", error)


@contextmanager
def _limited(sock, seconds):
    """Cut the line after so many seconds, whatever is being waited for; gives a list that then holds something."""
    over = []

    def cut():
        over.append(True)
        # Not SSLSocket's own shutdown: it would let the other thread go on in the clear.
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()


class _Form:
    """``multipart/form-data`` with one file, read as it is sent."""

    def __init__(self, name, field, stream, size):
        mark = secrets.token_hex(16)
        shown = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        place = (field or shown).replace('"', "%22")
        self.kind = f"multipart/form-data; boundary={mark}"
        self.head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="{place}"; filename="{shown}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self.tail = f"\r\n--{mark}--\r\n".encode()
        self.name, self.size, self._stream = name, size, stream
        self.length = len(self.head) + size + len(self.tail)

    def before_last(self):
        """Yield all but the end, without which nobody can take the rest for the whole."""
        yield self.head
        left = self.size
        while left:
            data = self._stream.read(min(CHUNK, left))
            if not data:
                raise Refusal("transport.altere", f"« {self.name} » a changé pendant son envoi : redéposez-le.")
            left -= len(data)
            yield data


def _exchange(connection, address, parts, form, over):
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection.putrequest("POST", target, skip_accept_encoding=True)
        connection.putheader("Content-Type", form.kind)
        connection.putheader("Content-Length", str(form.length))
        connection.putheader("Connection", "close")
        if address.login:
            word = b64encode(f"{address.login}:{address.password}".encode()).decode()
            connection.putheader("Authorization", f"Basic {word}")
        connection.endheaders()
        for data in form.before_last():
            connection.send(data)
    except (OSError, HTTPException) as error:
        raise _early(connection, form.name, error) from None
    try:
        connection.send(form.tail)
        response = connection.getresponse()
        said = response.read(MAX_ANSWER)
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):
            # With TLS 1.3 a certificate is refused only now: a server that refuses it reads nothing.
            raise _secure(error) from None
        raise _lost(error, over) from None
    except (OSError, HTTPException) as error:
        raise _lost(error, over) from None
    text = said.decode("utf-8", "replace").strip()
    if response.status in address.taken:
        return Receipt(form.name, text[:500])
    raise _judge(response.status, response.headers.get("Retry-After", ""), text, form.name)


def _lost(error, over):
    reason = "délai dépassé" if over else error
    return Unknown(
        "transport.incertain", "La liaison s’est coupée après l’envoi : reçu ou non, on ne sait pas.", reason
    )


def _early(connection, name, error):
    """Return the ``Failure`` of a sending that was cut short.

    A server that refuses before the end says so, then closes: what it said may still be there to read.
    """
    try:
        connection.sock.settimeout(2)
        response = connection.response_class(connection.sock, method="POST")
        response.begin()
        text = response.read(MAX_ANSWER).decode("utf-8", "replace")
        told = _judge(response.status, response.headers.get("Retry-After", ""), text, name)
        if not isinstance(told, Unknown):
            return told
        error = told.detail
    except ssl.SSLError as reason:
        if "ALERT" in (reason.reason or ""):
            return _secure(reason)
    except (OSError, HTTPException, ValueError, AttributeError):
        pass
    return TryLater("transport.coupure", "La liaison s’est coupée avant la fin de l’envoi.", error)


def _judge(status, after, text, name) -> Failure:
    """Return the ``Failure`` of an answer that is not « taken ».

    What a server says of the file is a refusal; what it says of us or of itself is not. When it broke with the whole file in
    its hands (500), or someone between us and it lost its answer (502, 504), nobody can tell.
    """
    detail = f"HTTP {status} {text[:200]}".strip()
    if status in _REFUSED:
        return Refusal("transport.refuse", f"Le destinataire a refusé « {name} ».", detail)
    if status in _OURS:
        return _ours("transport.droits", "Le destinataire nous refuse l’accès.", detail)
    if 300 <= status < 400:
        return _ours("transport.adresse", "Le destinataire a changé d’adresse.", detail)
    if status == 503 or status in (404, 408, 421, 423, 425, 429):
        seconds = int(after) if after.isdecimal() and len(after) < 7 else None
        return TryLater("transport.indisponible", "Le destinataire est momentanément indisponible.", detail, seconds)
    if 400 <= status < 500:
        return Refusal("transport.refuse", f"Le destinataire a refusé « {name} ».", detail)
    return Unknown(
        "transport.incertain", "Le destinataire a répondu par une erreur : reçu ou non, on ne sait pas.", detail
    )
