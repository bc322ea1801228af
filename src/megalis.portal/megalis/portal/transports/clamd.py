"""Asks a clamd (ClamAV) whether a file holds a virus: its INSTREAM command over a socket, nothing more.

The file is sent by blocks, each with its length, ended by an empty one; the answer is one line. A daemon that is away, slow
or out of sorts is told apart from a clean file: what was not looked at is never called clean.
"""

from dataclasses import dataclass

import socket
import struct


BLOCK = 256 * 1024
TIMEOUT = 60.0
MAX_ANSWER = 4096

CLEAN, INFECTED, UNAVAILABLE, TOO_LARGE = "sain", "infecte", "indisponible", "trop-gros"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``state``: sain, infecte, indisponible or trop-gros; ``detail``: the virus's name, or why it was not looked at."""

    state: str
    detail: str = ""


def parse_address(text):
    """Return ``("unix", path)`` or ``("tcp", (host, port))`` of ``unix:/path`` or ``host:port``; ValueError."""
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not path.startswith("/"):
            raise ValueError(f"« {text} » : un chemin absolu est attendu après unix:")
        return "unix", path
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"« {text} » n’est ni unix:/chemin ni hôte:port")
    return "tcp", (host.strip("[]"), int(port))


def _connect(address, timeout):
    kind, place = parse_address(address)
    if kind == "tcp":
        return socket.create_connection(place, timeout)
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(timeout)
    try:
        link.connect(place)
    except OSError:
        link.close()
        raise
    return link


def _ask(address, command, stream, timeout):
    """Send a command and, when there is one, a stream by blocks; return the answer without its end."""
    with _connect(address, timeout) as link:
        link.sendall(b"z" + command + b"\0")
        try:
            while stream is not None and (data := stream.read(BLOCK)):
                link.sendall(struct.pack("!L", len(data)) + data)
            if stream is not None:
                link.sendall(struct.pack("!L", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # the daemon says why before it hangs up: a file beyond its limit ends so
        answer = b""
        while not answer.endswith((b"\0", b"\n")) and len(answer) < MAX_ANSWER:
            data = link.recv(MAX_ANSWER)
            if not data:
                break
            answer += data
    return answer.rstrip(b"\0\r\n").decode("utf-8", "replace")


def scan(stream, address, timeout=TIMEOUT):
    """Return the Verdict of clamd at ``address`` on a binary stream."""
    try:
        answer = _ask(address, b"INSTREAM", stream, timeout)
    except (OSError, ValueError) as error:
        return Verdict(UNAVAILABLE, f"clamd ne répond pas : {error}"[:200])
    if answer.endswith("FOUND"):
        return Verdict(INFECTED, answer.removeprefix("stream:").removesuffix("FOUND").strip()[:200])
    if answer == "stream: OK":
        return Verdict(CLEAN)
    if "size limit exceeded" in answer.lower():
        return Verdict(TOO_LARGE, "Le fichier dépasse la limite de clamd (StreamMaxLength).")
    return Verdict(UNAVAILABLE, f"réponse inattendue de clamd : {answer[:120]!r}")


def version(address, timeout=5.0):
    """Return what clamd says of itself and of its signatures, or "" when it does not answer."""
    try:
        return _ask(address, b"VERSION", None, timeout)[:200]
    except (OSError, ValueError):
        return ""
