"""What the search needs of a consultation beyond what its room already keeps in the catalog; columns only."""

from Acquisition import aq_base
from megalis.portal.consultations import api
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.search.criteria import AWARDED
from megalis.portal.consultations.search.criteria import CANCELLED
from megalis.portal.consultations.search.criteria import FRUITLESS
from plone.indexer import indexer


@indexer(IConsultation)
def simulation(consultation):
    """True for the consultation of the simulation room, which no list shows."""
    return bool(getattr(aq_base(consultation), "simulation", False))


@indexer(IConsultation)
def outcome(consultation):
    """How it ended: awarded as soon as one lot is, without result when none is, cancelled, or "" while nothing is final."""
    if consultation.cancelled_reason or api.workflow_state(consultation) == phase.ANNULEE:
        return CANCELLED
    if api.workflow_state(consultation) not in (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE):
        return ""
    taken = [item["decision"] for item in api.decisions(consultation).values()]
    if decisions.ATTRIBUE in taken:
        return AWARDED
    return FRUITLESS if taken else ""


@indexer(IConsultation)
def revised_at(consultation):
    """When it was last changed after its publication, or None."""
    history = api.history(consultation)
    return history[-1]["at"] if len(history) > 1 else None
