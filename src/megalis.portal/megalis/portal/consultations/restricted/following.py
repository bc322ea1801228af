"""The origin follows its last stage: what a second phase or a round decides and notifies is decided and notified for it."""

from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import transitions
from persistent.mapping import PersistentMapping
from plone import api as plone_api

import logging


logger = logging.getLogger("megalis.consultations")


def origin_of(consultation):
    """Return the origin that must follow this consultation, or None."""
    return api.origin(consultation) if consultation.relation in suites.STAGES else None


def stages(consultation):
    """Return a consultation and all the stages whose award is its own."""
    found = [consultation]
    for item in api.followings(consultation):
        if item.relation in suites.STAGES:
            found += stages(item)
    return found


def decided(event):
    """Carry the decisions to the origin, and make them final there once every lot has one (IConsultationDecided)."""
    origin = origin_of(event.object)
    if origin is None or api.workflow_state(origin) not in (phase.OUVERTURE, phase.ANALYSE):
        return
    store = getattr(origin, "_decisions", None)
    if store is None:
        store = origin._decisions = PersistentMapping()
    store.update(api.decisions(event.object))
    steps = [transitions.DECIDER]
    if api.workflow_state(origin) == phase.OUVERTURE:
        steps.insert(0, transitions.ANALYSER)
    _fire(origin, steps)


def notified(event):
    """Notify the origin with its last stage; those rejected were told once, for both (IConsultationNotified)."""
    origin = origin_of(event.object)
    if origin is None or api.workflow_state(origin) != phase.DECIDEE:
        return
    origin.informed_at = event.object.informed_at
    origin.informed_on_paper = event.object.informed_on_paper
    origin.sole_candidate = event.object.sole_candidate
    _fire(origin, [transitions.NOTIFIER])


def _fire(origin, steps):
    with plone_api.env.adopt_roles(["Manager", "Acheteur", "Valideur"]):
        for step in steps:
            found = workflow.refusals(origin, step)
            if found:
                logger.info("%s: %s is left to the agents: %s", api.uuid(origin), step, found[0].code)
                return
            workflow.fire(origin, step)
