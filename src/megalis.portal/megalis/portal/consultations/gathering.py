"""From content to the values that rules judge; the only place where the two meet."""

from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations.notices import store as notices
from megalis.portal.consultations.rules import allotment
from megalis.portal.consultations.rules import anonymity
from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import checklist
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.rules import transitions
from megalis.portal.kernel import antivirus
from megalis.portal.kernel import clock
from plone import api as plone_api
from plone.uuid.interfaces import IUUID


def same_reference(collectivite, reference, except_uid=None):
    """Return the titles of the collectivité's consultations that bear ``reference``, but the one of this uid."""
    if collectivite is None or not (reference or "").strip():
        return ()
    brains = api.find_everywhere(buyer_uid=IUUID(collectivite), reference=reference.strip())
    return tuple(brain.Title for brain in brains if except_uid != brain.UID)


def timing_of(consultation, applied):
    """Return the procedures.Timing of a consultation under its legal.Applied."""
    kept = consultation.derogation
    band = applied.band
    return procedures.Timing(
        urgent=bool(consultation.urgent),
        urgent_reason=consultation.urgent_reason or "",
        prior_notice=consultation.prior_notice,
        nature=consultation.nature or "",
        below=applied.below,
        level_days=band.min_days if band is not None else 0,
        level=band.label if band is not None else "",
        derogation=procedures.Derogation(kept["reason"], kept["by"], kept["deadline"]) if kept else None,
        noticed=notices.sent_to_journal(consultation),
    )


def earliest_deadline(consultation):
    """Return in words the first day on which a published consultation may close, "" when nothing binds it."""
    found = legal.applied(consultation)
    timing = timing_of(consultation, found)
    sent = consultation.published_at
    needed, _problem = procedures.needed_days(found.procedure, timing, sent)
    begun = min(sent, timing.noticed) if timing.noticed is not None else sent
    dates = [procedures.first_date(start, days) for start, days in ((begun, needed), (sent, timing.level_days)) if days]
    return procedures.words(max(dates)) if dates else ""


def chapter_of(consultation, now):
    """Return the checklist.Chapter of a consultation: its purchase judged by the law and by its collectivité's levels."""
    applied = legal.applied(consultation, now)
    framework = consultation.framework or ""
    return checklist.Chapter(
        purchase=legal.purchase_of(consultation, applied.amount),
        technique=techniques.Technique(
            consultation.procedure,
            framework,
            consultation.framework_maximum,
            consultation.framework_minimum,
            consultation.framework_holders,
            consultation.months,
            consultation.months_reason or "",
            tuple(consultation.categories or ()),
        ),
        timing=timing_of(consultation, applied),
        law=legal.current(),
        row=applied.procedure if consultation.relation else None,
        threshold=applied.threshold,
        framework=applied.framework,
        demanded=applied.demanded,
        band=applied.band,
        supports=tuple(consultation.supports or ()),
    )


def values_of(consultation, now=None):
    """Return the checklist.Values of a consultation."""
    return checklist.Values(
        reference=consultation.reference or "",
        title=consultation.title or "",
        description=consultation.description or "",
        procedure=consultation.procedure,
        relation=consultation.relation,
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
            checklist.LotValues(
                lot.number, lot.title, lot.cpv or "", tuple(lot.criteria or ()), lot.group or "", lot.nature or ""
            )
            for lot in api.lots(consultation)
        ),
        max_lots_bid=consultation.max_lots_bid,
        max_lots_won=consultation.max_lots_won,
        award_rule=consultation.award_rule or "",
        chapter=chapter_of(consultation, now or clock.now()),
        pieces=tuple(
            checklist.PieceValues(
                piece.filename, piece.kind, tuple(piece.lots or ()), piece.size, antivirus.virus(piece.sha256)
            )
            for piece in api.lines(consultation)
        ),
        same_reference=same_reference(api.buyer(consultation), consultation.reference, IUUID(consultation)),
    )


def points(consultation, now=None):
    """Return the checklist.Point list of a consultation."""
    now = now or clock.now()
    return checklist.points(values_of(consultation, now), now, api.publication_conditions(consultation, now))


def checklist_findings(consultation, now=None, others=True):
    """Return all findings before publication; without ``others``, those that a buyer mends by himself (no keys)."""
    now = now or clock.now()
    conditions = api.publication_conditions(consultation, now) if others else ()
    return tuple(checklist.findings(values_of(consultation, now), now, conditions))


def decision_numbers(consultation):
    """Return the lot numbers to decide on; ``[""]`` when the contract is not divided."""
    return [lot.number for lot in api.lots(consultation)] or [""]


def in_order(consultation, decided):
    """Return the ``(number, decision)`` of a mapping in the order of the lots, those of lots that are gone last."""
    known = [number for number in decision_numbers(consultation) if number in decided]
    return [(number, decided[number]) for number in (*known, *sorted(set(decided) - set(known)))]


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
            [member for holder in decisions.holders_of(decision) for member in holder["members"]],
        )
    return (*anonymous_findings(consultation), *found, *won_findings(consultation, kept))


def anonymous_findings(consultation):
    """Return the finding that keeps a concours from being decided before its jury has ranked."""
    applied = legal.applied(consultation)
    envelopes = tuple(consultation.envelopes or ())
    if consultation.ranking is not None or not anonymity.is_due(applied.procedure.anonymous, envelopes):
        return ()
    code, text = anonymity.hidden_refusal()
    return (Missing(code, text, anonymity.PAGE, source=anonymity.SOURCE),)


def won_findings(consultation, kept):
    """Return the findings about how many lots each company is awarded by the decisions ``kept``."""
    winners = {
        (number, name, siret)
        for number, decision in kept.items()
        for holder in decisions.holders_of(decision)
        for name, siret in ((holder["name"], holder["siret"]), *holder["members"])
        if name
    }
    return allotment.won_findings(sorted(winners), consultation.max_lots_won)


def circuit_findings(consultation, userid, now):
    """Return the finding that wants two persons where the level of the collectivité does: who asked does not publish."""
    band = legal.applied(consultation, now).band
    if band is None or band.circuit != bands.TWO or not userid or consultation.submitted_by != userid:
        return ()
    text = (
        f"Le niveau « {band.label} » de votre collectivité veut deux personnes : vous avez demandé la validation, un autre "
        "valideur doit publier."
    )
    return (Missing("circuit.deux-personnes", text, source="niveaux de la collectivité"),)


def standstill_days(consultation, on_paper=False):
    """Return the days of standstill of the procedure in force when the consultation was published, or None.

    They are more when the rejected were told otherwise than by electronic means (R. 2182-1); ``on_paper``: one will be.
    """
    found = legal.applied(consultation, consultation.published_at or clock.now())
    return found.standstill_paper if on_paper or consultation.informed_on_paper else found.standstill


def _before_publication(consultation, transition, now):
    found = checklist_findings(consultation, now, transition == transitions.PUBLIER)
    if transition == transitions.PUBLIER:
        found += circuit_findings(consultation, plone_api.user.get_current().getId(), now)
    return found


ENDED = (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE, phase.ANNULEE)


def running(consultation):
    """Return the followings that are neither decided nor given up (a request for completion runs until its end)."""
    return [item for item in api.followings(consultation) if api.workflow_state(item) not in ENDED]


def running_findings(consultation):
    """Return what forbids to decide here while a later stage of the same award runs."""
    for item in running(consultation):
        if item.relation in suites.STAGES:
            message = (
                f"« {suites.RELATIONS[item.relation]} » {item.reference} court encore : la décision viendra d’elle."
            )
            return (Missing("decision.suite", message),)
    return ()


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
        checklist=_before_publication(consultation, transition, now) if publishing else (),
        relation=consultation.relation,
        decisions=decision_findings(consultation) + running_findings(consultation)
        if transition == transitions.DECIDER
        else (),
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
