"""Words that stand once, and for a few minutes, for the password of an account: a program gives one to the browser of a person.

What is given back is the SHA-256 of the password, a colon and the nonce, as clients of S²LOW write it. The password is known when
the nonce is asked for (HTTP Basic) and never kept: what is to come is kept as passwords are, so that a stolen database gives
neither away.
"""

from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations.signin import passwords

import hashlib


KEY = "nonces"
LASTS = timedelta(minutes=5)


def issue(site, userid, password):
    """Return a new nonce of an account."""
    kept, now = facts_for_write(site, KEY), clock.now()
    for name in [name for name in kept if kept[name][1] <= now]:
        del kept[name]
    nonce = uuidhex()
    answer = hashlib.sha256(f"{password}:{nonce}".encode()).hexdigest()
    kept[nonce] = (userid, now + LASTS, passwords.hash_password(answer))
    return nonce


def use(site, nonce, given):
    """Return the userid a nonce stands for when ``given`` is what it calls for, else None; either way it stands no more."""
    kept = facts(site, KEY)
    found = kept.get(nonce) if kept is not None else None
    if found is None:
        return None
    del facts_for_write(site, KEY)[nonce]
    userid, until, reference = found
    return userid if clock.now() < until and passwords.verify(reference, given.lower()) else None
