"""The instants of a consultation that boards and statistics read from the catalog alone, ten thousand at a time.

They change with a transition, which indexes anew; the few that change otherwise are told by ``refresh``.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import reached
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IDepositFacts
from megalis.portal.consultations.meeting import IEssentialData
from megalis.portal.consultations.notices import awaited
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.kernel import clock
from plone.indexer import indexer
from zope.component import queryAdapter


COLUMNS = ("milestones", "replies")
AFTER = (phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE)


@indexer(IConsultation)
def milestones(consultation):
    """Dict name -> aware instant: questions, opening, informed, standstill, notice (the last one for the award notice that is
    awaited), and the states come to; ``awarded`` and ``data`` are bools.

    ``data``: the essential data are published; ``paper``: how many of the replies came on paper only, when some did.
    """
    found = {
        "questions": consultation.questions_deadline,
        "opening": consultation.planned_opening,
        "informed": consultation.informed_at,
        "standstill": _standstill(consultation),
        **{state: at for state, at in reached.of(consultation).items() if state in AFTER},
    }
    found = {name: at for name, at in found.items() if at is not None}
    found |= _paper(consultation)
    if any(item["decision"] == decisions.ATTRIBUE for item in api.decisions(consultation).values()):
        found["awarded"] = True
        data = queryAdapter(consultation, IEssentialData)
        if data is not None and data.complete():
            found["data"] = True
        if (notice := awaited.due(consultation)) is not None:
            found["notice"] = notice.astimezone(clock.UTC)
    return found


def _paper(consultation):
    facts = queryAdapter(consultation, IDepositFacts)
    told = facts.on_paper() if facts is not None and api.workflow_state(consultation) in AFTER else 0
    return {"paper": told} if told else {}


def _standstill(consultation):
    if consultation.informed_at is None or consultation.sole_candidate:
        return None
    days = gathering.standstill_days(consultation)
    return decisions.standstill_end(consultation.informed_at, days) if days else None


@indexer(IConsultation)
def replies(consultation):
    """How many companies replied in time, on paper too, from the opening on; None before, when nobody may know."""
    if api.workflow_state(consultation) not in AFTER:
        return None
    facts = queryAdapter(consultation, IDepositFacts)
    return facts.in_time() + facts.on_paper() if facts is not None else 0


def refresh(consultation):
    """Bring the catalog in line with an instant that no transition told."""
    consultation.reindexObject(idxs=["UID", *COLUMNS])
