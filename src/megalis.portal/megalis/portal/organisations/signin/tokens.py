"""Links sent by mail: what they say is signed, they live for a while, and they serve one purpose only.

A token is ``base64url(JSON).base64url(HMAC-SHA-256)`` over the purpose and the JSON. Single use is the business of whoever
spends it (a pending record removed, a password that changed).
"""

from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from megalis.portal.formats import jcs
from megalis.portal.formats.refusal import Refused

import binascii
import hmac


SPENT = "Ce lien a déjà servi ou n’est plus valable : demandez-en un nouveau."


def sign(key, purpose, payload, expires):
    """Return the token of ``payload`` (dict of JSON values) for ``purpose``, good until ``expires`` (unix seconds)."""
    body = jcs.dumps({"e": int(expires), "p": payload})
    return f"{_text(body)}.{_text(_mac(key, purpose, body))}"


def read(key, purpose, token, now):
    """Return the payload of ``token``; raise Refused (``jeton.illisible|signature|expire``). ``now`` in unix seconds."""
    try:
        body, mac = (_bytes(part) for part in str(token or "").split("."))
    except (ValueError, binascii.Error) as error:
        raise Refused(
            "jeton.illisible",
            "Ce lien est incomplet : recopiez-le en entier depuis le message, ou demandez-en un nouveau.",
        ) from error
    if not hmac.compare_digest(mac, _mac(key, purpose, body)):
        raise Refused("jeton.signature", "Ce lien ne vient pas de ce site ou a été modifié : demandez-en un nouveau.")
    value = jcs.loads(body)
    if now >= value["e"]:
        raise Refused("jeton.expire", "Ce lien a expiré : demandez-en un nouveau. Rien d’autre n’est perdu.")
    return value["p"]


def _mac(key, purpose, body):
    return hmac.digest(key, purpose.encode() + b"\0" + body, "sha256")


def _text(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text):
    if not text.isascii():
        raise ValueError
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
