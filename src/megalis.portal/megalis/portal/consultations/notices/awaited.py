"""Until when the result of a consultation must be told by a notice: what boards and reminders ask."""

from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations import reached
from megalis.portal.consultations.meeting import ISignedDocuments
from megalis.portal.consultations.notices import facts
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.restricted import following
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import thresholds
from megalis.portal.consultations.tracking import rules
from zope.component import queryAdapter


SERVED = (thresholds.JOUE, thresholds.BOAMP)


def is_demanded(consultation):
    """True when the law wants the result told by a notice: a lot is awarded by a formal procedure (R. 2183-1, R. 3125-6).

    Contracts under an accord-cadre need none, those of a dynamic system may be told together (R. 2183-2 and R. 2183-3):
    neither is asked for here, nor is a later stage, whose origin tells it.
    """
    if suites.follows(consultation.relation):
        return False
    kept = api.decisions(consultation).values()
    return any(item["decision"] == decisions.ATTRIBUE for item in kept) and facts.is_formal(consultation)


def left(consultation):
    """Return the supports that take an award notice and to which none that stands left."""
    asked = legal.supports(consultation)
    return tuple(
        support
        for support in SERVED
        if support in asked and store.last_standing(store.of_support(consultation, support), (lifecycle.AWARD,)) is None
    )


def left_words(consultation):
    """Return ``JOUE, BOAMP`` of the supports that wait."""
    return ", ".join(support.upper() for support in left(consultation))


def due(consultation):
    """Return the last instant for the award notice, None when none is awaited or nothing is signed yet."""
    if not is_demanded(consultation) or not left(consultation):
        return None
    start = _signed(consultation)
    return None if start is None else rules.notice_due(start, consultation.procedure == thresholds.CONCESSION)


def _signed(consultation):
    """Return when the first contract was signed, as far as is known: a document of it was put back, or it was notified."""
    found = [reached.of(consultation).get(phase.NOTIFIEE)]
    for stage in following.stages(consultation):
        signed = queryAdapter(stage, ISignedDocuments)
        found.append(signed.concluded() if signed is not None else None)
    return min((at for at in found if at is not None), default=None)
