"""Where a consultation stands at an instant: what people decided, and what the clock decides alone.

Nobody closes a consultation: at the second of the deadline it is closed for whoever looks (R. 2143-2, R. 2151-5:
what comes after the deadline is late). No stored flag can therefore be wrong or late.
"""

ELABORATION = "elaboration"
A_VALIDER = "a-valider"
PUBLIEE = "publiee"
CLOSE = "close"
OUVERTURE = "ouverture"
ANALYSE = "analyse"
DECIDEE = "decidee"
NOTIFIEE = "notifiee"
ARCHIVEE = "archivee"
ANNULEE = "annulee"

PHASES = (
    ELABORATION, A_VALIDER, PUBLIEE, CLOSE, OUVERTURE, ANALYSE, DECIDEE, NOTIFIEE, ARCHIVEE, ANNULEE,
)  # fmt: skip

LABELS = {
    ELABORATION: "En élaboration",
    A_VALIDER: "À valider",
    PUBLIEE: "Ouverte",
    CLOSE: "Close",
    OUVERTURE: "Ouverture des plis",
    ANALYSE: "Analyse des offres",
    DECIDEE: "Décidée",
    NOTIFIEE: "Notifiée",
    ARCHIVEE: "Archivée",
    ANNULEE: "Annulée",
}

DRAFTS = (ELABORATION, A_VALIDER)


def phase(state, deadline, now):
    """Return the phase at ``now`` (aware datetimes) of a consultation whose stored workflow state is ``state``.

    ``publiee`` is ``close`` from the very second of the deadline: ``now >= deadline``.
    """
    if state == PUBLIEE and deadline is not None and now >= deadline:
        return CLOSE
    return state
