"""What waits for the agents of a collectivité: one small entry a question or reply, beside the collectivité itself.

The dashboard asks one place a collectivité, however many consultations it has; companies that write at the same
instant write in different shards.
"""

from megalis.portal.consultations import api
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write


NAME = "echanges-en-attente"
QUESTION, REPLY = "question", "reponse"


def add(consultation, key, kind, instant):
    """Note that ``key`` (32 hex digits) waits: QUESTION to answer, REPLY to read."""
    facts_for_write(api.buyer(consultation), NAME)[key] = (kind, api.uuid(consultation), instant)


def done(consultation, key):
    """Take away what was noted."""
    kept = facts(api.buyer(consultation), NAME)
    if kept is not None and key in kept:
        del kept[key]


def of(collectivite):
    """Return ``{consultation uuid: {kind: [instants, oldest first]}}`` of what waits."""
    found = {}
    for kind, uid, instant in (facts(collectivite, NAME) or {}).values():
        found.setdefault(uid, {}).setdefault(kind, []).append(instant)
    return {uid: {kind: sorted(times) for kind, times in kinds.items()} for uid, kinds in found.items()}
