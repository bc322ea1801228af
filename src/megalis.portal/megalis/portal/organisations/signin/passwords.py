"""How passwords are kept: scrypt (RFC 7914), so that a stolen database does not give them away.

Programs authenticate on every request (Basic): a verified password is remembered for a few minutes in this process, under
a key only this process knows, so that scrypt is not paid each time.
"""

from AuthEncoding import AuthEncoding
from base64 import b64decode
from base64 import b64encode

import binascii
import hashlib
import hmac
import os
import threading
import time


SCHEME = "SCRYPT"
COST = 14  # log2 of N: 16 MiB and some 40 ms
REMEMBERED = 300  # seconds
MOST_REMEMBERED = 2000


class Scrypt:
    """The scheme as AuthEncoding wants it: ``cost$salt$digest``, base64."""

    def encrypt(self, pw):
        salt = os.urandom(16)
        return b"$".join((str(COST).encode(), b64encode(salt), b64encode(_digest(pw, salt, COST))))

    def validate(self, reference, attempt):
        try:
            cost, salt, digest = reference.split(b"$")
            return hmac.compare_digest(b64decode(digest), _digest(attempt, b64decode(salt), int(cost)))
        except (ValueError, binascii.Error):
            return False


def _digest(password, salt, cost):
    password = password if isinstance(password, bytes) else password.encode()
    return hashlib.scrypt(password, salt=salt, n=2**cost, r=8, p=1, maxmem=64 * 1024 * 1024 + 128 * 8 * 2**cost)


AuthEncoding.registerScheme(SCHEME, Scrypt())


def hash_password(password):
    """Return the bytes kept for ``password``."""
    return AuthEncoding.pw_encrypt(password, SCHEME)


def is_current(reference):
    """Tell whether the kept ``reference`` is already of today's scheme and cost."""
    reference = reference if isinstance(reference, bytes) else str(reference).encode()
    return reference.startswith(f"{{{SCHEME}}}{COST}$".encode())


_nobody = None


def waste_time(password):
    """Spend what a verification costs, so that an unknown account answers no faster than a known one."""
    global _nobody
    if _nobody is None:
        _nobody = hash_password(os.urandom(16).hex())
    AuthEncoding.pw_validate(_nobody, password)


_key = os.urandom(32)
_verified = {}
_lock = threading.Lock()


def verify(reference, password):
    """Tell whether ``password`` is the one kept as ``reference`` (str or bytes, any scheme AuthEncoding knows)."""
    kept = reference if isinstance(reference, bytes) else str(reference).encode()
    mark = hmac.digest(_key, kept + b"\0" + password.encode(), "sha256")
    now = time.monotonic()
    if _verified.get(mark, 0) > now:
        return True
    if not AuthEncoding.pw_validate(kept, password):
        return False
    with _lock:
        if len(_verified) >= MOST_REMEMBERED:
            _verified.clear()
        _verified[mark] = now + REMEMBERED
    return True
