"""Giving bids already received to one more key: a holder opens each header in his browser and wraps the file key anew.

The server hands out headers, never contents, and keeps what comes back beside the bids, whose bytes stay. It never sees a
file key: it checks the form of a relay, and its author and its digest are written in the journal.
"""

from base64 import b64decode
from base64 import b64encode
from hashlib import sha256
from megalis.portal.consultations import api
from megalis.portal.deposits import keys
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules as deposit_rules
from megalis.portal.deposits import store
from megalis.portal.deposits.custody import coverage
from megalis.portal.deposits.custody.rules import BATCH
from megalis.portal.deposits.demands import HEADER_ROOM
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import Refusal
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.header import parse_header
from megalis.portal.sealing.keys import parse_recipient
from megalis.portal.sealing.relays import check_relay

import binascii


def header_of(pli):
    """Return the bytes of a stored pli's header."""
    data = b"".join(pli.read(0, HEADER_ROOM))
    return data[: parse_header(data).length]


def candidates(consultation, now):
    """Return ``(Key, refusal or "")`` of the keys in service that do not open every bid that waits, oldest first."""
    given = store.relays(consultation)
    waiting = [coverage.keys_of(pli, given) for _deposit, pli in coverage.waiting(consultation)]
    found = []
    for key in keys.active_keys(api.buyer(consultation)):
        if not all(key.fingerprint in group for group in waiting):
            found.append((key, refusal(key, now)))
    return found


def refusal(key, now):
    """Return why bids cannot be given to this Key now, or "": only to one that opened a test envelope in the last 60 days."""
    if not key.active:
        return "Cette clé n’est pas en service : elle a été révoquée, ou son porteur ne l’a jamais prouvée."
    if now >= key.expires:
        return "Cette clé a expiré : son porteur en crée une autre."
    if not deposit_rules.drill_is_fresh(key.last_drill, now):
        return "Cette clé n’a pas été prouvée depuis 60 jours : son porteur fait d’abord l’exercice."
    return ""


def target(consultation, key_id):
    """Return the Key bids are given to. Raises Refusal (``cle-inconnue``, ``exercice``)."""
    key = keys.get_key(api.buyer(consultation), key_id)
    told = refusal(key, clock.now())
    if told:
        raise Refusal("exercice", told, 409)
    return key


def missing(consultation, key):
    """Return the plis that wait and that the Key does not open."""
    given = store.relays(consultation)
    every = [pli for _deposit, pli in coverage.waiting(consultation)]
    return [pli for pli in every if key.fingerprint not in coverage.keys_of(pli, given)], len(every)


def batch(consultation, key_id, userid):
    """Return what the browser of a holder needs for the next plis, at most 50: their headers, and how many are left."""
    mine = opening.holder_key(consultation, userid)
    key = target(consultation, key_id)
    left, total = missing(consultation, key)
    return {
        "pour": key.id,
        "recipient": key.recipient,
        "fingerprint": key.fingerprint,
        "porteur": key.holder_name,
        "mes_cles": [{"role": item["role"], "fingerprint": item["fingerprint"]} for item in mine],
        "total": total,
        "reste": len(left),
        "plis": [
            {
                "pli": pli.id,
                "entete": b64encode(header_of(pli)).decode(),
                "relais": [b64encode(data).decode() for data in relays_for(consultation, pli.id, mine)],
            }
            for pli in left[:BATCH]
        ],
    }


def relays_for(consultation, pli_id, items):
    """Return the bytes of the relays of a pli that one of these recipients opens."""
    prints = {item["fingerprint"] for item in items}
    found = store.relays(consultation).get(pli_id, {})
    return [relay.data for to, relay in sorted(found.items()) if to in prints]


def keep(consultation, demand, userid, agent):
    """Keep the relays a holder made, at most 50; one already there changes nothing. Returns ``{"gardes", "reste"}``."""
    mine = {item["fingerprint"] for item in opening.holder_key(consultation, userid)}
    key = target(consultation, demand.get("pour"))
    giver = demand.get("par")
    if giver not in mine:
        raise Refusal("cle", "La clé employée n’est pas l’une de vos clés pour cette consultation.", 403)
    rows = demand.get("relais")
    if not isinstance(rows, list) or not 1 <= len(rows) <= BATCH:
        raise Refusal("relais", f"De 1 à {BATCH} relais par envoi.")
    plis = {pli.id: pli for _deposit, pli in coverage.waiting(consultation)}
    recipient = parse_recipient(key.recipient)
    kept = []
    for row in rows:
        pli, data = _relay(row, plis, recipient)
        relay = store.Relay(pli.id, key.fingerprint, giver, data, agent)
        if key.fingerprint not in pli.context["recipients"] and store.add_relay(consultation, relay):
            kept.append({"pli": pli.id, "relais": sha256(data).hexdigest()})
    if kept:
        _record(consultation, key, giver, agent, kept)
    return {"gardes": len(kept), "reste": len(missing(consultation, key)[0])}


def _relay(row, plis, recipient):
    row = row if isinstance(row, dict) else {}
    pli = plis.get(row.get("pli"))
    if pli is None:
        raise Refusal("pli-inconnu", "Un de ces plis n’est pas à ouvrir dans cette consultation.", 404)
    try:
        data = b64decode(row.get("octets") or "", validate=True)
        check_relay(data, header_of(pli), recipient)
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise Refusal("relais", "Relais illisible : base64 attendu.") from error
    except SealingError as error:
        raise Refusal("relais", f"Relais refusé : {error}", 422) from error
    return pli, data


def _record(consultation, key, giver, agent, kept):
    gate = recipients.gate(consultation)
    if key.fingerprint not in {item["fingerprint"] for item in recipients.openers(gate)}:
        gate.relayed = (*gate.relayed, recipients.describe(api.buyer(consultation), key))
    event = {
        "type": "relais",
        "consultation": api.uuid(consultation),
        "par": giver,
        "pour": key.fingerprint,
        "plis": kept,
        "agent": agent,
    }
    journal.record(consultation, event)
