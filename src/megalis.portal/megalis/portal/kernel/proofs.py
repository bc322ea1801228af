"""Signed links of mails: who bears one shows that he reads the mailbox, and may do one thing."""

from hashlib import sha256
from megalis.portal.kernel.secrets import secret

import hmac
import os


def address_id(realm, email):
    """Return the key of an address in a realm (32 hex digits)."""
    return sha256(f"{realm}|{email}".encode()).hexdigest()[:32]


def sign(realm, key, purpose):
    """Return the token that lets its bearer do ``purpose`` about ``key``; ``realm`` names the operator's secret."""
    return hmac.new(secret(realm, lambda: os.urandom(32)), f"{purpose}|{key}".encode(), sha256).hexdigest()[:40]


def signed(realm, key, token, purpose):
    """True when the token is ours for this purpose."""
    if not all(isinstance(value, str) and value.isascii() for value in (key, token)):
        return False
    return hmac.compare_digest(sign(realm, key, purpose).encode(), token.encode())
