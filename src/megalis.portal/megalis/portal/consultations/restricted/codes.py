"""The code of an invitation: read from a letter, typed once, never kept. Wrong ones close the door for a while.

What the platform keeps is an HMAC under a secret of the operator: neither a dump of the database nor a list of codes tried
elsewhere gives one back. Twelve signs of thirty hold 58 bits; tries are counted per account and per address besides.
"""

from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import facts
from megalis.portal.kernel import journal
from megalis.portal.kernel.secrets import secret
from megalis.portal.organisations.signin import lockout
from zope.component.hooks import getSite

import hashlib
import hmac
import secrets


SIGNS = "ABCDEFGHJKLMNPQRSTVWXYZ2345678"
LENGTH = 12
INDEX = "codes-invitation"  # digest of a code -> (path of the consultation under the site, id of the invitation)
TRIES = "codes-essais"


def make():
    """Return a new code as people read it: ``ABCD-EFGH-JKLM``."""
    text = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    return "-".join(text[start : start + 4] for start in range(0, LENGTH, 4))


def clean(text):
    """Return the twelve signs of a code as typed, capitals, without what parts them."""
    return "".join(sign for sign in str(text or "")[:80].upper() if sign in SIGNS)


def digest(text):
    """Return the 64 hex digits under which a code is kept."""
    key = secret("codes-invitation", lambda: secrets.token_bytes(32))
    return hmac.digest(key, clean(text).encode(), "sha256").hex()


def enter(text, path, invitation_id):
    """Let a code lead to an invitation; return its digest."""
    mark = digest(text)
    facts.facts_for_write(getSite(), INDEX)[mark] = (path, invitation_id)
    return mark


def forget(mark):
    """Void a code by its digest ("" for none)."""
    kept = facts.facts(getSite(), INDEX)
    if mark and kept is not None and mark in kept:
        del kept[mark]


def find(text):
    """Return ``(path, invitation id)`` of a code, or None."""
    kept = facts.facts(getSite(), INDEX)
    return kept.get(digest(text)) if kept is not None and len(clean(text)) == LENGTH else None


def check_open(userid, address):
    """Refuse (``code.verrou``) whoever typed too many wrong codes."""
    kept = facts.facts(getSite(), TRIES)
    now = clock.now()
    for mark, _rule in _marks(userid, address):
        tally = kept.get(mark) if kept is not None else None
        if lockout.is_closed(tally, now):
            raise Refused(
                "code.verrou",
                f"Trop de codes faux : réessayez après le {clock.french(tally.until)}. L’acheteur peut aussi vous inviter de "
                "nouveau.",
            )


def count_failure(userid, address):
    """Count a wrong code, and tell the journal when that closes the door. The caller commits."""
    now = clock.now()
    kept = facts.facts_for_write(getSite(), TRIES)
    for mark, rule in _marks(userid, address):
        tally = kept[mark] = lockout.after_failure(kept.get(mark), now, rule)
        if lockout.is_closed(tally, now):
            event = {"type": "verrou", "objet": "code d’invitation", "personne": userid}
            journal.record(getSite(), {**event, "jusque": clock.rfc3339(tally.until)})


def clear(userid):
    """Forget the wrong codes of an account that gave a right one."""
    kept = facts.facts(getSite(), TRIES)
    mark = _mark("compte", userid)
    if kept is not None and mark in kept:
        del kept[mark]


def _marks(userid, address):
    found = [(_mark("compte", userid), lockout.ACCOUNT)]
    if address:
        found.append((_mark("adresse", address), lockout.ADDRESS))
    return found


def _mark(kind, value):
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()
