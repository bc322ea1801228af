"""TLS as it has to be on a given day: what is asked of both sides changes, and by date, like a rule of law.

Source: ANSSI, « Recommandations de sécurité relatives à TLS », version 1.1 (August 2016) and 1.2 (March 2020): TLS 1.2 at
least, a key exchange with forward secrecy; since 2020 authenticated encryption only.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import os
import ssl


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds from ``since`` on: the lowest version, and the suites of TLS 1.2 (those of 1.3 are all fit)."""

    since: date
    minimum: ssl.TLSVersion
    ciphers: str


RULES = (
    Rules(date(2016, 8, 19), ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AESGCM:!aNULL:!SHA1"),
    Rules(date(2020, 3, 26), ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM:DHE+AESGCM:!aNULL"),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Files of one destination: the authorities it is checked against, our certificate and key when it asks for them.

    ``authorities``: '' for those of the machine. ``password``: of the key, or a function that returns it. ``maximum``: the
    highest version to offer, for a server that asks for certificates the way only TLS 1.2 has.
    """

    authorities: str = ""
    certificate: str = ""
    key: str = ""
    password: object = None
    maximum: ssl.TLSVersion | None = None


def rules(day):
    """Return the ``Rules`` in force on ``day``; the oldest before them all."""
    held = [item for item in RULES if item.since <= day]
    return held[-1] if held else RULES[0]


def context(identity, day):
    """Return the ``ssl.SSLContext`` of a client, under the rules of ``day``; the same one as long as its files are the same.

    Raises OSError (``ssl.SSLError`` included) when a file cannot be read or the key is not that of the certificate.
    """
    files = (identity.authorities, identity.certificate, identity.key)
    return _client(identity, rules(day), tuple(os.stat(path).st_mtime_ns for path in files if path))


@lru_cache(maxsize=32)
def _client(identity, held, _stamps):
    made = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=identity.authorities or None)
    _hold(made, held)
    if identity.maximum is not None:
        made.maximum_version = identity.maximum
    if identity.certificate:
        made.load_cert_chain(identity.certificate, identity.key or None, identity.password)
        # Some servers ask for the certificate once they know which page is asked for.
        made.post_handshake_auth = True
    return made


def server_context(certificate, key, day, clients=""):
    """Return the context of a server; ``clients``: the authorities of the certificates it asks its clients for."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _hold(made, rules(day))
    made.load_cert_chain(certificate, key)
    if clients:
        made.load_verify_locations(clients)
        made.verify_mode = ssl.CERT_REQUIRED
    return made


def _hold(made, held):
    made.minimum_version = held.minimum
    made.set_ciphers(held.ciphers)
