"""Events, their blinded commitments and the promises given on them, so that a leaf says nothing until it is revealed.

Commitment = SHA-256(sel || JCS(event)) with a random 32-byte sel: the leaf data of the tree. Who holds event and sel
can prove the event; once the sel is erased nobody can link the leaf to anyone.
A promise is the journal's signature over JCS({"feuille","horodatage","origine"}), given before the leaf is merged, as
the signed timestamp of RFC 6962 §3.2. It starts with « { » and holds no newline: no checkpoint can be taken for it.
"""

from base64 import b64encode
from hashlib import sha256
from megalis.portal.formats import jcs
from megalis.portal.ledger import schema
from megalis.portal.ledger.checkpoint import decode_base64
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.errors import ReceiptError

import secrets


SALT_SIZE = 32
PROMISE = schema.Shape(origine=schema.text, horodatage=schema.instant, signature=schema.signature)


def new_salt():
    """Return 32 random bytes."""
    return secrets.token_bytes(SALT_SIZE)


def commitment(event, salt):
    """Return the 32-byte commitment (leaf data) of ``event``, a JSON object, under ``salt``, 32 bytes."""
    if len(salt) != SALT_SIZE:
        raise LedgerError("sel", f"le sel d’un évènement fait {SALT_SIZE} octets, pas {len(salt)}")
    try:
        return sha256(salt + jcs.dumps(event)).digest()
    except jcs.CanonicalError as error:
        raise LedgerError("json", f"évènement sans forme canonique : {error}") from error


def document_commitment(salt, digest):
    """Return the 32-byte « engagement » of a document: SHA-256(sel of the pli || SHA-256 of the file)."""
    return sha256(salt + digest).digest()


def promise_statement(leaf, moment, origin):
    """Return the bytes that a promise signs and that a time-stamp token stamps.

    ``leaf`` is the 32-byte commitment, ``moment`` an RFC 3339 text ending in Z, ``origin`` the journal's name.
    """
    return jcs.dumps({"feuille": leaf.hex(), "horodatage": moment, "origine": origin})


def sign_promise(leaf, moment, signer):
    """Return the promise ``{"origine","horodatage","signature"}``; ``moment`` is an aware datetime."""
    instant = schema.format_instant(moment)
    signature = signer.sign(promise_statement(leaf, instant, signer.name))
    return {"origine": signer.name, "horodatage": instant, "signature": b64encode(signature).decode()}


def verify_promise(leaf, promise, verifier):
    """Check a promise on the 32-byte ``leaf``; returns None, raises ReceiptError."""
    schema.check(promise, PROMISE, "promesse", ReceiptError)
    if promise["origine"] != verifier.name:
        raise ReceiptError("origine", f"promesse d’un autre journal : « {promise['origine']} »")
    statement = promise_statement(leaf, promise["horodatage"], promise["origine"])
    if not verifier.verifies(decode_base64(promise["signature"], 64), statement):
        raise ReceiptError("promesse", "la signature de la promesse du journal est fausse")
