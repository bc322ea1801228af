"""Which keys of a collectivité open which bids of which consultations, read from what was sealed and what was given."""

from dataclasses import dataclass
from megalis.portal.consultations import api
from megalis.portal.deposits import closing
from megalis.portal.deposits import keys
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import store
from megalis.portal.deposits.custody import rules
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.organisations import membership


ALIVE = ("publiee", "ouverture")


@dataclass(frozen=True)
class Held:
    """A consultation whose bids are still sealed: the content, its Gate and its Coverage."""

    consultation: object
    gate: object
    coverage: rules.Coverage


def facts_of(key, holders):
    """Return the KeyFacts of a Key; ``holders`` are the userids that hold keys in the collectivité."""
    return rules.KeyFacts(key.role, key.created, key.last_drill, key.revoked, key.lost, key.holder in holders)


def states(collectivite, now):
    """Return ``{fingerprint: state}`` of every key the collectivité ever proved."""
    holders = membership.holders(collectivite, "porteurs")
    return {key.fingerprint: rules.condition(facts_of(key, holders), now) for key in keys.all_keys(collectivite)}


def standing(consultation):
    """Return ``(Deposit, Pli)`` of the bids that are to be opened: received in time, neither withdrawn nor replaced, and no
    offer of a rejected candidature."""
    return [
        (deposit, pli)
        for deposit in closing.accepted(consultation)
        for pli in deposit.plis
        if pli.envelope == "candidature" or not api.is_rejected(consultation, deposit.company, pli.lot)
    ]


def waiting(consultation):
    """Return the standing bids that no holder opened yet."""
    opened = store.verdicts(consultation)
    return [item for item in standing(consultation) if item[1].id not in opened]


def keys_of(pli, given):
    """Return the fingerprints of the keys that open a Pli: those it was sealed to, those it was given to."""
    return frozenset((*pli.context["recipients"], *given.get(pli.id, ())))


def coverage(consultation, known, now):
    """Return the Coverage of a consultation; ``known`` are the states of the collectivité's keys."""
    gate = recipients.gate(consultation)
    given = store.relays(consultation)
    bids = tuple(keys_of(pli, given) for _deposit, pli in waiting(consultation))
    open_ = gate.closed is None and now < consultation.deadline
    sealing = frozenset(item["fingerprint"] for item in gate.recipients) if open_ else None
    return rules.Coverage(known, bids, sealing)


def is_finished(consultation):
    """Tell whether every bid was opened, or there was none to open."""
    gate = recipients.gate(consultation)
    return gate.closed is not None and not waiting(consultation) and not opening.unfinished(consultation)


def alive(collectivite, now, everywhere=False):
    """Return a Held for each consultation whose bids are still sealed, the nearest deadline first.

    ``everywhere`` reads also what the current user may not see: for the acts of the platform itself.
    """
    known = states(collectivite, now)
    find = find_all if everywhere else api.find
    found = []
    for brain in find(collectivite, review_state=ALIVE, sort_on="deadline"):
        consultation = brain._unrestrictedGetObject()
        gate = recipients.gate(consultation)
        if gate is None or ISimulation.providedBy(consultation) or is_finished(consultation):
            continue
        found.append(Held(consultation, gate, coverage(consultation, known, now)))
    return found


def find_all(collectivite, **query):
    """Return the brains of the collectivité's consultations whatever the current user may see."""
    return api.find_everywhere(buyer_uid=api.uuid(collectivite), **query)
