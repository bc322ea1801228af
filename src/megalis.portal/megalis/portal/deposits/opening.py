"""The opening of the bids: who may, in which order, what was found, and the minutes made from the journal.

The server hands out ciphertext once the closing is recorded and the opening of that kind of envelope was begun by a key
holder, and never before. It decrypts nothing: verdicts come from the holder's browser or terminal and are events.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import transitions
from megalis.portal.deposits import closing
from megalis.portal.deposits import naming
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import store
from megalis.portal.deposits.demands import MAX_DOCUMENTS
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.ledger.closing import opening_event
from plone import api as plone_api


VERDICTS = {
    "intact": "Intact",
    "altere": "Altéré",
    "illisible": "Illisible",
    "contexte": "Scellé pour un autre dépôt",
}


def begun(consultation):
    """Return the kinds of envelopes whose opening was begun, oldest first."""
    return [event["enveloppe"] for event in journal.events(consultation, "ouverture")]


def refusal(consultation, envelope, now=None):
    """Return ``(code, message)`` when this kind of envelope cannot be opened now, else None."""
    gate = recipients.gate(consultation)
    recorded = gate is not None and gate.closed is not None
    kept, concluded = api.selection(consultation)
    if envelope != "candidature" and kept and concluded is None:
        return "selection", "La sélection des candidatures est commencée : arrêtez-la avant d’ouvrir les offres."
    asked = naming.order(consultation)
    found = rules.opening_refusal(envelope, asked, begun(consultation), api.state(consultation, now), recorded)
    return found or naming.identity_refusal(consultation, envelope)


def presentable(consultation, userid):
    """Return the recipients (list of dict) that ``userid`` may present at the opening: his own, then those of the safe.

    A key of role secours waits in a safe for the day when the others are missing, its maker perhaps too: any agent who
    holds keys in the collectivité may take it out. Who is no key holder any more presents nothing, not even his own.
    """
    gate = recipients.gate(consultation)
    if gate is None or not _holds_keys(consultation, userid):
        return []
    every = recipients.openers(gate)
    mine = [item for item in every if item["porteur"] == userid]
    return mine + [item for item in every if item["role"] == "secours" and item not in mine]


def _holds_keys(consultation, userid):
    user = plone_api.user.get(userid=userid)
    return user is not None and user.has_permission("megalis: Open bids", consultation)


def holder_key(consultation, userid):
    """Return the recipients of the consultation that ``userid`` may present (list of dict), or Refusal 403."""
    mine = presentable(consultation, userid)
    if not mine:
        raise Refusal("porteur", "Vous ne portez aucune des clés de cette consultation.", 403)
    return mine


def start(consultation, envelope, userid):
    """Begin the opening of one kind of envelope, for all bids together; begun already, it changes nothing.

    The public event names the key, never the person: the journal keeps it for ever.
    """
    key = holder_key(consultation, userid)[0]["fingerprint"]
    now = clock.now()
    closing.close(consultation, now)
    why = refusal(consultation, envelope, now)
    if why is not None:
        raise Refusal(*why, 409)
    if envelope in begun(consultation):
        return
    kept = [store.find_deposit(consultation, deposit) for deposit in recipients.gate(consultation).accepted]
    event = opening_event(
        api.uuid(consultation), [deposit.commitment for deposit in kept], now, enveloppe=envelope, cle=key
    )
    journal.record(consultation, event, public=True, instant=now)
    if api.state(consultation, now) == "close":
        workflow.fire(consultation, transitions.OUVRIR)


def rows(consultation):
    """Return every pli of the consultation for the opening table, by lot, envelope and time, as JSON objects.

    ``etat`` is ``a-ouvrir`` (may be fetched now), ``attente`` (its kind is not begun), ``hors-delai``, ``retire``,
    ``remplace`` or ``ecarte`` (an offer whose candidature was rejected: sealed for ever).
    """
    kinds = begun(consultation)
    every = store.deposits(consultation)
    counted = rules.counting(
        (
            pli.id,
            deposit.company,
            pli.lot,
            pli.envelope,
            deposit.received,
            deposit.late,
            deposit.state != store.RECEIVED,
        )
        for deposit in every
        for pli in deposit.plis
    )
    known = store.verdicts(consultation)
    names = naming.Naming(consultation)
    given = store.relays(consultation)
    found = []
    for rank, deposit in enumerate(every, 1):
        name, siret = names.of(deposit)
        for pli in deposit.plis:
            found.append(
                {
                    "pli": pli.id,
                    "depot": deposit.id,
                    "rang": rank,
                    "numero": deposit.number,
                    "deposant_nom": name,
                    "siret": siret,
                    "recu": clock.rfc3339(deposit.received),
                    "lot": pli.lot,
                    "enveloppe": pli.envelope,
                    "taille": pli.size,
                    "parties": len(pli.parts),
                    "racine": pli.root.hex(),
                    "contexte": pli.context,
                    "relais": sorted(given.get(pli.id, ())),
                    "hors_delai": deposit.late,
                    "verdict": known.get(pli.id),
                    "etat": _state(consultation, deposit, pli, counted, kinds),
                }
            )
    order = {kind: index for index, kind in enumerate(rules.ENVELOPES)}
    found.sort(key=lambda row: (row["lot"] or "", order[row["enveloppe"]], row["rang"]))
    return found


def _state(consultation, deposit, pli, counted, kinds):
    if deposit.late:
        return "hors-delai"
    if deposit.state == store.WITHDRAWN:
        return "retire"
    if pli.id not in counted:
        return "remplace"
    if pli.envelope != "candidature" and api.is_rejected(consultation, deposit.company, pli.lot):
        return "ecarte"
    return "a-ouvrir" if pli.envelope in kinds else "attente"


def find_row(consultation, pli_id):
    """Return ``(row, Deposit, Pli)``; Refusal 404."""
    for row in rows(consultation):
        if row["pli"] == pli_id:
            deposit = store.find_deposit(consultation, row["depot"])
            return row, deposit, next(pli for pli in deposit.plis if pli.id == pli_id)
    raise Refusal("pli-inconnu", "Ce pli n’existe pas dans cette consultation.", 404)


def hand_out(consultation, pli_id, userid, name):
    """Return the Pli whose ciphertext may be read now by this holder, and write the reading in the journal."""
    holder_key(consultation, userid)
    row, deposit, pli = find_row(consultation, pli_id)
    if row["etat"] != "a-ouvrir":
        reasons = {
            "attente": "L’ouverture de ces enveloppes n’a pas commencé.",
            "hors-delai": "Ce pli est arrivé hors délai : il reste scellé.",
            "retire": "Ce pli a été retiré par son auteur : il reste scellé.",
            "ecarte": "La candidature de cette entreprise n’a pas été retenue : son offre reste scellée, définitivement.",
            "remplace": "Ce pli a été remplacé par un envoi plus récent : il reste scellé.",
        }
        raise Refusal(row["etat"], reasons[row["etat"]], 409)
    if not pli.parts:
        raise Refusal(
            "elimine", "Ce pli a été éliminé après le visa des archives : il n’en reste que l’empreinte.", 410
        )
    event = {
        "type": "lecture",
        "consultation": api.uuid(consultation),
        "pli": pli.id,
        "depot": deposit.id,
        "agent": name,
    }
    journal.record(consultation, event)
    return pli


def record_verdict(consultation, demand, userid, name):
    """Write what a holder found in a pli; the newest verdict counts, all of them stay in the journal."""
    pli_id, verdict = demand.get("pli"), demand.get("verdict")
    if not is_uuidhex(pli_id) or verdict not in VERDICTS:
        raise Refusal("verdict", f"Verdict inconnu : {str(verdict)[:40]!r}. Attendu : {', '.join(VERDICTS)}.")
    mine = {item["fingerprint"] for item in holder_key(consultation, userid)}
    print_ = demand.get("fingerprint")
    if verdict == "intact" and print_ not in mine:
        raise Refusal("cle", "La clé employée n’est pas l’une de vos clés pour cette consultation.", 403)
    row, deposit, _pli = find_row(consultation, pli_id)
    if row["etat"] != "a-ouvrir":
        raise Refusal("verdict", "Ce pli n’est pas à ouvrir.", 409)
    documents = _documents(demand.get("documents") or [])
    if verdict == "intact" and not documents:
        raise Refusal("documents", "Un pli intact contient au moins un document.")
    now = clock.now()
    event = {
        "type": "verdict",
        "consultation": api.uuid(consultation),
        "pli": pli_id,
        "depot": deposit.id,
        "lot": row["lot"],
        "enveloppe": row["enveloppe"],
        "verdict": verdict,
        "documents": documents,
        "cle": print_ if print_ in mine else "",
        "agent": name,
    }
    journal.record(consultation, event, instant=now)
    kept = {
        "verdict": verdict,
        "documents": documents,
        "instant": clock.rfc3339(now),
        "agent": name,
        "cle": event["cle"],
    }
    facts_for_write(consultation, store.VERDICTS)[pli_id] = kept
    return kept


def _documents(items):
    if not isinstance(items, list) or len(items) > MAX_DOCUMENTS:
        raise Refusal("documents", "Liste de documents illisible.")
    found = []
    for row in items:
        row = row if isinstance(row, dict) else {}
        name, size, digest = row.get("nom"), row.get("taille"), row.get("sha256")
        hexa = isinstance(digest, str) and len(digest) == 64 and set(digest) <= set("0123456789abcdef")
        if not isinstance(name, str) or not 0 < len(name) <= 255 or type(size) is not int or size < 0 or not hexa:
            raise Refusal("documents", f"Ligne de document illisible : {str(name)[:80]!r}.")
        found.append({"nom": name, "taille": size, "sha256": digest})
    return found


def progress(consultation):
    """Return ``{kind: (opened, to open)}`` for the kinds begun."""
    counts = {}
    for row in rows(consultation):
        if row["etat"] == "a-ouvrir":
            done, total = counts.get(row["enveloppe"], (0, 0))
            counts[row["enveloppe"]] = (done + (row["verdict"] is not None), total + 1)
    return counts


def unfinished(consultation):
    """Tell whether a kind of envelope is still to begin, or a pli of those begun still has no verdict."""
    left = set(consultation.envelopes) - set(begun(consultation))
    return bool(left) or any(done < total for done, total in progress(consultation).values())
