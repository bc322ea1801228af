"""Words that stand once, and for a few minutes, for the password of an account: a program gives one to the browser of a person.

What is given back is the SHA-256 of the password, a colon and the nonce, as clients of S²LOW write it. The password is known when
the nonce is asked for (HTTP Basic) and never kept: what is kept is the digest of what is to come.
"""

from datetime import timedelta
from hmac import compare_digest
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex

import hashlib


KEY = "nonces"
LASTS = timedelta(minutes=5)


def issue(site, userid, password):
    """Return a new nonce of an account."""
    kept, now = facts_for_write(site, KEY), clock.now()
    for name in [name for name in kept if kept[name][1] <= now]:
        del kept[name]
    nonce = uuidhex()
    kept[nonce] = (userid, now + LASTS, _digest(_answer(password, nonce)))
    return nonce


def use(site, nonce, given):
    """Return the userid a nonce stands for when ``given`` is what it calls for, else None; either way it stands no more."""
    kept = facts(site, KEY)
    found = kept.get(nonce) if kept is not None else None
    if found is None:
        return None
    del facts_for_write(site, KEY)[nonce]
    userid, until, digest = found
    return userid if clock.now() < until and compare_digest(digest, _digest(given.lower())) else None


def _answer(password, nonce):
    return hashlib.sha256(f"{password}:{nonce}".encode()).hexdigest()


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
