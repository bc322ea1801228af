"""From content to the values that rules judge; the only place where the two meet."""

from megalis.portal.consultations import api
from megalis.portal.consultations.rules import checklist
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import transitions
from megalis.portal.kernel import clock
from plone.uuid.interfaces import IUUID


def same_reference(collectivite, reference, except_uid=None):
    """Return the titles of the collectivité's consultations that bear ``reference``, but the one of this uid."""
    if collectivite is None or not (reference or "").strip():
        return ()
    brains = api.find_everywhere(buyer_uid=IUUID(collectivite), reference=reference.strip())
    return tuple(brain.Title for brain in brains if except_uid != brain.UID)


def values_of(consultation):
    """Return the checklist.Values of a consultation."""
    return checklist.Values(
        reference=consultation.reference or "",
        title=consultation.title or "",
        description=consultation.description or "",
        procedure=consultation.procedure,
        nature=consultation.nature or "",
        cpv=consultation.cpv or "",
        places=tuple(consultation.places or ()),
        criteria=tuple(consultation.criteria or ()),
        contact_email=consultation.contact_email or "",
        questions_deadline=consultation.questions_deadline,
        deadline=consultation.deadline,
        planned_opening=consultation.planned_opening,
        envelopes=tuple(consultation.envelopes or ()),
        accepted_formats=tuple(consultation.accepted_formats or ()),
        max_deposit_bytes=consultation.max_deposit_bytes,
        urgent=bool(consultation.urgent),
        urgent_reason=consultation.urgent_reason or "",
        lots=tuple(
            checklist.LotValues(lot.number, lot.title, lot.cpv or "", tuple(lot.criteria or ()))
            for lot in api.lots(consultation)
        ),
        pieces=tuple(
            checklist.PieceValues(piece.filename, piece.kind, tuple(piece.lots or ()), piece.size)
            for piece in api.pieces(consultation)
        ),
        same_reference=same_reference(api.buyer(consultation), consultation.reference, IUUID(consultation)),
    )


def points(consultation, now=None):
    """Return the checklist.Point list of a consultation."""
    now = now or clock.now()
    return checklist.points(values_of(consultation), now, api.publication_conditions(consultation, now))


def checklist_findings(consultation, now=None, others=True):
    """Return all findings before publication; without ``others``, those that a buyer mends by himself (no keys)."""
    now = now or clock.now()
    conditions = api.publication_conditions(consultation, now) if others else ()
    return tuple(checklist.findings(values_of(consultation), now, conditions))


def decision_numbers(consultation):
    """Return the lot numbers to decide on; ``[""]`` when the contract is not divided."""
    return [lot.number for lot in api.lots(consultation)] or [""]


def decision_findings(consultation, taken=None):
    """Return the findings about the decisions (those kept, unless ``taken`` gives others)."""
    kept = api.decisions(consultation) if taken is None else taken
    found = []
    for number in decision_numbers(consultation):
        decision = kept.get(number, {})
        found += decisions.decision_findings(
            number,
            decision.get("decision"),
            decision.get("reason", ""),
            decision.get("winner", ""),
            decision.get("amount"),
        )
    return tuple(found)


def standstill_days(consultation):
    """Return the days of standstill of the procedure in force when the consultation was published, or None."""
    moment = consultation.published_at or clock.now()
    return procedures.procedure(consultation.procedure, clock.paris(moment).date()).standstill


def facts_of(consultation, transition, reason="", now=None):
    """Return the transitions.Facts on which ``transition`` is judged at ``now``."""
    now = now or clock.now()
    kept = api.decisions(consultation)
    publishing = transition in (transitions.PUBLIER, transitions.SOUMETTRE)
    return transitions.Facts(
        state=api.workflow_state(consultation),
        deadline=consultation.deadline,
        now=now,
        reason=reason or "",
        checklist=checklist_findings(consultation, now, transition == transitions.PUBLIER) if publishing else (),
        decisions=decision_findings(consultation) if transition == transitions.DECIDER else (),
        notification=tuple(
            decisions.notification_findings(
                any(item["decision"] == decisions.ATTRIBUE for item in kept.values()),
                standstill_days(consultation),
                consultation.informed_at,
                consultation.sole_candidate,
                now,
            )
        )
        if transition == transitions.NOTIFIER
        else (),
    )
