"""The server's half of a deposit: parameters, parts, finishing, withdrawal. Opens nothing, can open nothing.

What is checked without any key: who deposits, where (consultation, lot, envelope, version of the DCE), that the file is
an age container sealed to exactly the keys of the consultation and bound to this deposit, its length, its hashes, the
quota. What is late is kept, sealed, and marked late.
"""

from hashlib import sha256
from megalis.portal.consultations import api
from megalis.portal.consultations import dossiers
from megalis.portal.consultations import vocabularies
from megalis.portal.deposits import demands
from megalis.portal.deposits import limits
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import store
from megalis.portal.deposits.depositor import pseudonym
from megalis.portal.deposits.depositor import TrialReceived
from megalis.portal.deposits.interfaces import IDepositReceived
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.formats import jcs
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import settings
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.sealing.parts import PART_SIZE
from plone.app.uuid.utils import uuidToObject
from zope.event import notify
from zope.interface import implementer
from zope.interface.interfaces import ObjectEvent


INLINE_LIMIT = PART_SIZE


@implementer(IDepositReceived)
class DepositReceived(ObjectEvent):
    """See IDepositReceived."""

    def __init__(self, consultation, deposit, company):
        super().__init__(consultation)
        self.deposit = deposit
        self.company = company


def gate_of(consultation, now=None):
    """Return the Gate of a consultation that takes bids (late ones too); Refusal 409 when it never did or no more."""
    gate = recipients.gate(consultation)
    phase = api.state(consultation, now)
    if gate is None or phase in ("elaboration", "a-valider"):
        raise Refusal("non-publiee", "Cette consultation ne reçoit pas encore de plis.", 409)
    if phase == "annulee":
        raise Refusal("annulee", "Cette consultation a été annulée : elle ne reçoit plus de plis.", 409)
    if not gate.recipients:
        told = "L’acheteur n’a plus aucune clé valable : aucun pli ne peut être scellé. Il est prévenu ; revenez plus tard."
        raise Refusal("cles-absentes", told, 409)
    return gate


def parameters(consultation, depositor):
    """Return what a browser or a program needs to seal and deposit (see docs/integrator.md)."""
    gate = gate_of(consultation)
    buyer = api.buyer(consultation)
    lots = {lot.number: lot.title for lot in api.lots(consultation)}
    mine = [deposit for deposit in store.deposits(consultation) if deposit.company == depositor.company]
    return {
        "serveur": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "echeance": clock.rfc3339(consultation.deadline),
        "operateur": settings.operator_name(),
        "acheteur": buyer.siret,
        "acheteur_nom": buyer.title,
        "consultation": api.uuid(consultation),
        "reference": consultation.reference,
        "objet": consultation.title,
        "version_dce": api.dce_version(consultation),
        "deposant": pseudonym(api.uuid(consultation), depositor),
        "destinataires": [recipients.public(item) for item in gate.recipients],
        "journal": journal.signer().verifier.text,
        "enveloppes": [
            {
                "lot": lot,
                "lot_titre": lots.get(lot, ""),
                "enveloppe": envelope,
                "libelle": rules.ENVELOPE_LABELS[envelope],
                "obligatoire": envelope != "candidature",
            }
            for lot, envelope in rules.expected_envelopes(
                limits.open_lots(consultation, depositor), consultation.envelopes
            )
        ],
        "taille_max": consultation.max_deposit_bytes,
        "lots_max": consultation.max_lots_bid,
        "lots_deposes": limits.standing_lots(mine),
        "formats": list(vocabularies.accepted(consultation.accepted_formats)),
        "partie": PART_SIZE,
        "dernier_depot": summary(consultation, mine[-1]) if mine else None,
    }


def summary(consultation, deposit):
    """Return the short JSON form of a received deposit."""
    url = f"{consultation.absolute_url()}/@@accuse"
    return {
        "depot": deposit.id,
        "numero": deposit.number,
        "recu": clock.rfc3339(deposit.received),
        "hors_delai": deposit.late,
        "etat": deposit.state,
        "accuse": f"{url}?depot={deposit.id}",
        "accuse_json": f"{url}.json?depot={deposit.id}",
        "accuse_pdf": f"{url}.pdf?depot={deposit.id}",
    }


def _allowed(consultation):
    return rules.expected_envelopes([lot.number for lot in api.lots(consultation)], consultation.envelopes)


def _own_under_way(consultation, deposit_id, depositor):
    if not is_uuidhex(deposit_id):
        raise Refusal("identifiant", "Identifiant de dépôt illisible : 32 chiffres hexadécimaux attendus.")
    under_way = store.find_under_way(consultation, deposit_id)
    if under_way is not None and under_way.owner != depositor.userid:
        raise Refusal("depot-pris", "Cet identifiant de dépôt sert déjà à un autre envoi.", 403)
    return under_way


def put_part(consultation, depositor, deposit_id, pli_id, offset, data, digest):
    """Store one part (at most 8 MiB, at a multiple of 8 MiB); return the new offset.

    A part that is already there with the same hash is acknowledged again; any other offset is a Refusal 409 that tells
    where to go on.
    """
    if not is_uuidhex(pli_id):
        raise Refusal("identifiant", "Identifiant de pli illisible : 32 chiffres hexadécimaux attendus.")
    under_way = _own_under_way(consultation, deposit_id, depositor)
    if store.find_deposit(consultation, deposit_id) is not None:
        raise Refusal("deja-recu", "Ce dépôt est déjà reçu : rien n’est à renvoyer.", 409)
    gate_of(consultation)
    if not data or len(data) > PART_SIZE:
        raise Refusal("taille", f"Une partie compte de 1 à {PART_SIZE} octets, celle-ci {len(data)}.", 413)
    if sha256(data).digest() != digest:
        raise Refusal("empreinte", "La partie reçue n’a pas l’empreinte annoncée : renvoyez-la.", 422)
    parts = under_way.parts(pli_id) if under_way is not None else ()
    size = sum(part.size for part in parts)
    if 0 <= offset < size and offset % PART_SIZE == 0 and parts[offset // PART_SIZE].digest == digest:
        return size
    if offset != size or size % PART_SIZE:
        raise Refusal("offset", f"Reprenez à l’octet {size}.", 409, recu=size)
    allowed = _allowed(consultation)
    limit = rules.ciphertext_limit(consultation.max_deposit_bytes, len(allowed))
    if (under_way.size if under_way is not None else 0) + len(data) > limit:
        raise Refusal("quota", "Ce dépôt dépasse la taille permise par la consultation.", 413)
    if under_way is None:
        under_way = store.add_under_way(consultation, deposit_id, depositor.userid)
        _remember(consultation, depositor)
    if pli_id not in under_way.plis and len(under_way.plis) >= len(allowed):
        raise Refusal("plis", "Ce dépôt compte plus de plis que la consultation n’en demande.", 413)
    under_way.add(pli_id, store.make_part(data))
    return under_way.size_of(pli_id)


def progress(consultation, depositor, deposit_id):
    """Return the state of a deposit for its owner: unknown, under way (bytes received a pli) or received."""
    deposit = store.find_deposit(consultation, deposit_id)
    if deposit is not None and deposit.company == depositor.company:
        return {"depot": deposit_id, "etat": "recu", "plis": {}, "accuse": summary(consultation, deposit)["accuse"]}
    under_way = _own_under_way(consultation, deposit_id, depositor)
    plis = {pli: {"recu": under_way.size_of(pli)} for pli in under_way.plis} if under_way is not None else {}
    return {"depot": deposit_id, "etat": "en-cours" if plis else "inconnu", "plis": plis, "accuse": None}


def finish(consultation, depositor, demand, tails, received):
    """Receive a deposit; return ``(Deposit, created)``.

    ``demand`` is the JSON object of the API, ``tails`` a mapping pli id -> last bytes not sent before, ``received`` the
    aware instant at which the server had the whole request. A repeated demand returns the deposit already received.
    """
    deposit_id = demand.get("depot")
    plis = demand.get("plis")
    if not is_uuidhex(deposit_id) or not isinstance(plis, list) or not plis:
        raise Refusal("demande", "Demande de dépôt incomplète : « depot » et au moins un élément de « plis ».")
    known = store.find_deposit(consultation, deposit_id)
    if known is not None:
        return _again(known, depositor, plis), False
    gate = gate_of(consultation, received)
    allowed = _allowed(consultation)
    if len(plis) > len(allowed):
        raise Refusal("plis", f"Cette consultation reçoit au plus {len(allowed)} plis par dépôt.")
    if sum(len(tail) for tail in tails.values()) > INLINE_LIMIT:
        raise Refusal("taille", f"Envoyez par parties ce qui dépasse {INLINE_LIMIT} octets.", 413)
    under_way = _own_under_way(consultation, deposit_id, depositor)
    expected = demands.expected_context(consultation, depositor, gate, deposit_id)
    mine = set(limits.open_lots(consultation, depositor)) or {None}
    made, seen = [], set()
    for item in plis:
        pli = demands.make_pli(under_way, item, tails, expected, gate)
        if (pli.lot, pli.envelope) not in allowed:
            raise Refusal("enveloppe", f"Enveloppe inattendue : {pli.envelope}, lot {pli.lot or 'unique'}.")
        limits.check_invited(pli.lot, mine)
        if (pli.lot, pli.envelope) in seen or pli.id in {other.id for other in made}:
            raise Refusal(
                "enveloppe-double", f"Deux plis pour la même enveloppe {pli.envelope}, lot {pli.lot or 'unique'}."
            )
        seen.add((pli.lot, pli.envelope))
        made.append(pli)
    if sum(pli.size for pli in made) > rules.ciphertext_limit(consultation.max_deposit_bytes, len(allowed)):
        raise Refusal("quota", "Ce dépôt dépasse la taille permise par la consultation.", 413)
    documents = demands.documents(demand.get("documents"), {pli.id for pli in made})
    replaced = _replaced(consultation, depositor, demand.get("remplace"))
    limits.check_lots(consultation, depositor, [pli.lot for pli in made], replaced)
    started = under_way.started if under_way is not None else received
    return _receive(consultation, depositor, gate, deposit_id, made, documents, replaced, received, started), True


def _again(known, depositor, plis):
    same = {pli.id: pli.root.hex() for pli in known.plis}
    asked = {item.get("pli"): item.get("racine") for item in plis if isinstance(item, dict)}
    if known.owner != depositor.userid or same != asked:
        raise Refusal("depot-pris", "Cet identifiant de dépôt sert déjà à un autre envoi.", 409)
    return known


def _replaced(consultation, depositor, deposit_id):
    if deposit_id is None:
        return None
    deposit = store.find_deposit(consultation, deposit_id) if is_uuidhex(deposit_id) else None
    if deposit is None or deposit.company != depositor.company:
        raise Refusal("remplace", "Le dépôt à remplacer est introuvable.", 404)
    return deposit


def _receive(consultation, depositor, gate, deposit_id, plis, documents, replaced, received, started):
    # Two transactions that both read the gate pass; one that crosses the closing is run again and sees it closed.
    if gate._p_jar is not None:
        gate._p_jar.readCurrent(gate)
    late = rules.is_late(received, consultation.deadline) or gate.closed is not None
    buyer = api.buyer(consultation)
    event = {
        "type": "depot",
        "depot": deposit_id,
        "numero": rules.registration_label(deposit_id),
        "operateur": settings.operator_name(),
        "acheteur": {"siret": buyer.siret, "nom": buyer.title},
        "consultation": {
            "uuid": api.uuid(consultation),
            "reference": consultation.reference,
            "objet": consultation.title,
        },
        "deposant": {"siret": depositor.siret, "nom": depositor.name},
        "recu": clock.rfc3339(received),
        "echeance": clock.rfc3339(consultation.deadline),
        "hors_delai": late,
        "plis": [
            {
                "pli": pli.id,
                "lot": pli.lot,
                "enveloppe": pli.envelope,
                "taille": pli.size,
                "racine": pli.root.hex(),
                "contexte": sha256(jcs.dumps(pli.context)).hexdigest(),
            }
            for pli in plis
        ],
        "documents": documents,
        "remplace": replaced.id if replaced is not None else None,
    }
    entry = journal.record(consultation, event, instant=received)
    deposit = store.Deposit(
        id=deposit_id,
        number=event["numero"],
        owner=depositor.userid,
        company=depositor.company,
        siret=depositor.siret,
        name=depositor.name,
        email=depositor.email,
        received=received,
        started=started,
        late=late,
        plis=tuple(plis),
        entry=entry.id,
        event=entry.event,
        sel=entry.sel,
        commitment=entry.commitment,
        promise=entry.promise,
    )
    store.add_deposit(consultation, deposit)
    store.drop_under_way(consultation, deposit_id)
    if replaced is not None and not late:
        _change(replaced, store.REPLACED, received)
    if not ISimulation.providedBy(consultation):
        notify(DepositReceived(consultation, deposit, _remember(consultation, depositor)))
    else:
        notify(TrialReceived(depositor.userid))
    return deposit


def _remember(consultation, depositor):
    """Note that a company follows the consultation; return the company, or None where there is none."""
    if ISimulation.providedBy(consultation):
        return None
    company = depositor.entreprise or uuidToObject(depositor.company, unrestricted=True)
    if company is not None:
        dossiers.remember(company, consultation)
    return company


def _change(deposit, state, instant):
    if deposit.state == store.RECEIVED:
        deposit.state = state
        deposit.state_at = instant


def withdraw(consultation, depositor, deposit_id, now):
    """Withdraw one's deposit before the deadline; it is kept, sealed, and never opened. Raises Refusal."""
    deposit = store.find_deposit(consultation, deposit_id) if is_uuidhex(deposit_id) else None
    if deposit is None or deposit.company != depositor.company:
        raise Refusal("depot-inconnu", "Ce dépôt est introuvable.", 404)
    if deposit.state == store.WITHDRAWN:
        return deposit
    if rules.is_late(now, consultation.deadline):
        raise Refusal("clos", "La date limite est passée : un pli ne peut plus être retiré.", 409)
    gate = recipients.gate(consultation)
    if gate._p_jar is not None:
        gate._p_jar.readCurrent(gate)
    if gate.closed is not None:
        raise Refusal("clos", "La consultation est close : un pli ne peut plus être retiré.", 409)
    deposit.state = store.WITHDRAWN
    deposit.state_at = now
    event = {"type": "retrait-pli", "consultation": api.uuid(consultation), "depot": deposit.id}
    journal.record(consultation, event, instant=now)
    return deposit
