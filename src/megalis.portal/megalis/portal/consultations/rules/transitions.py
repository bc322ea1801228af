"""Which step may follow which, and what forbids it. The workflow of the site asks these rules and adds nothing.

Facts are values: whoever calls gathers them; nothing here knows of objects or users.
"""

from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import calendar
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites


SOUMETTRE = "soumettre"
REFUSER = "refuser"
PUBLIER = "publier"
RECTIFIER = "rectifier"
OUVRIR = "ouvrir"
ANALYSER = "analyser"
DECIDER = "decider"
NOTIFIER = "notifier"
ANNULER = "annuler"
ARCHIVER = "archiver"

ALLOWED = {
    SOUMETTRE: (phase.ELABORATION,),
    REFUSER: (phase.A_VALIDER,),
    PUBLIER: (phase.A_VALIDER,),
    RECTIFIER: (phase.PUBLIEE,),
    OUVRIR: (phase.CLOSE,),
    ANALYSER: (phase.OUVERTURE,),
    DECIDER: (phase.ANALYSE,),
    NOTIFIER: (phase.DECIDEE,),
    ANNULER: (phase.PUBLIEE, phase.CLOSE, phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE),
    ARCHIVER: (phase.NOTIFIEE, phase.ANNULEE),
}

LABELS = {
    SOUMETTRE: "Demander la validation",
    REFUSER: "Renvoyer en élaboration",
    PUBLIER: "Publier",
    RECTIFIER: "Rectifier",
    OUVRIR: "Ouvrir les plis",
    ANALYSER: "Passer à l’analyse",
    DECIDER: "Arrêter les décisions",
    NOTIFIER: "Notifier",
    ANNULER: "Annuler la consultation",
    ARCHIVER: "Archiver",
}

REASON_NEEDED = {
    REFUSER: "Dites ce qui doit être repris : le préparateur le lira.",
    RECTIFIER: "Dites pourquoi la consultation est rectifiée : le motif est envoyé à ceux qui ont retiré le dossier.",
    ANNULER: "Dites pourquoi la procédure est abandonnée : les entreprises en sont informées (R. 2185-2).",
}


@dataclass(frozen=True)
class Facts:
    """What a transition is judged on, at an instant."""

    state: str
    deadline: datetime | None
    now: datetime
    reason: str = ""
    relation: str = ""  # what ties it to the consultation it follows, or ""
    checklist: tuple = ()  # findings of the checklist, for soumettre and publier
    decisions: tuple = ()  # findings of the decisions, for decider
    notification: tuple = field(default=())  # findings of the standstill, for notifier


def refusals(transition, facts):
    """Return the blocking findings (list of Missing) that forbid ``transition``; empty when it may happen.

    - out of turn, by the clock too: opening before the second of the deadline is refused (R. 2143-2, L. 2132-1:
      bids stay confidential until then);
    - ``soumettre`` and ``publier``: what the checklist says; the keys bind the latter only, the buyer not holding them;
    - ``decider``: every lot has its decision; ``notifier``: the standstill is over (R. 2182-1).
    """
    now_phase = phase.phase(facts.state, facts.deadline, facts.now)
    if transition not in ALLOWED:
        return [Missing("transition.inconnue", f"« {transition} » n’est pas une étape d’une consultation.")]
    if now_phase not in turns(transition, facts.relation):
        return [_out_of_turn(transition, now_phase, facts)]
    found = []
    if transition in REASON_NEEDED and not facts.reason.strip():
        found.append(Missing("motif.absent", REASON_NEEDED[transition]))
    if transition in (SOUMETTRE, PUBLIER):
        found += blocking(facts.checklist)
        if transition == PUBLIER and not any(item.code.startswith("deadline.") for item in found):
            found += blocking(calendar.deadline_findings(facts.deadline, facts.now))
    elif transition == DECIDER:
        found += blocking(facts.decisions)
    elif transition == NOTIFIER:
        found += blocking(facts.notification)
    return found


def turns(transition, relation=""):
    """Return the phases from which ``transition`` may be made.

    A request for completion decides nothing: once read, it is put away.
    """
    if relation != suites.COMPLEMENT:
        return ALLOWED[transition]
    return (
        (*ALLOWED[ARCHIVER], phase.ANALYSE)
        if transition == ARCHIVER
        else ()
        if transition == DECIDER
        else ALLOWED[transition]
    )


def _out_of_turn(transition, now_phase, facts):
    if transition == OUVRIR and now_phase == phase.PUBLIEE:
        return Missing(
            "ouverture.avant-cloture",
            "Les plis restent scellés jusqu’à la date limite : personne ne peut les ouvrir avant.",
            source="L. 2132-1 et R. 2132-7",
        )
    if transition == RECTIFIER and now_phase == phase.CLOSE:
        return Missing("rectification.close", "La consultation est close : elle ne se rectifie plus.")
    return Missing(
        "transition.etat",
        f"« {LABELS[transition]} » n’est pas possible : la consultation est à l’étape « {phase.LABELS[now_phase]} ».",
    )


def possible(state, deadline, now, relation=""):
    """Return the transitions whose turn it is, in the order people read them, whatever else they need."""
    current = phase.phase(state, deadline, now)
    return [transition for transition in ALLOWED if current in turns(transition, relation)]
