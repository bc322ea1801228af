"""The life of one notice on one support: what may follow what, in words people know.

``a-envoyer`` (written, waits for the network), ``envoye`` (handed over, nothing came back), ``recu`` (the support says it
has it), ``publie`` (reference and date), ``refuse`` (reasons), ``abandonne`` (never left, or taken back). An answer that
comes twice changes nothing; one that contradicts the end of a life is kept in the history and changes nothing either.
"""

from megalis.portal.formats.refusal import Refused


TO_SEND, SENT, RECEIVED = "a-envoyer", "envoye", "recu"
PUBLISHED, REFUSED, GIVEN_UP = "publie", "refuse", "abandonne"
STATES = {
    TO_SEND: "À envoyer",
    SENT: "Envoyé",
    RECEIVED: "Reçu par le support",
    PUBLISHED: "Publié",
    REFUSED: "Refusé",
    GIVEN_UP: "Abandonné",
}
BADGES = {TO_SEND: "run", SENT: "run", RECEIVED: "run", PUBLISHED: "ok", REFUSED: "bad", GIVEN_UP: "closed"}
RUNNING = (TO_SEND, SENT, RECEIVED)
FOLLOWING = {
    TO_SEND: (SENT, RECEIVED, PUBLISHED, REFUSED, GIVEN_UP),
    SENT: (RECEIVED, PUBLISHED, REFUSED, GIVEN_UP),
    RECEIVED: (PUBLISHED, REFUSED, GIVEN_UP),
    REFUSED: (),
    PUBLISHED: (),
    GIVEN_UP: (TO_SEND,),
}

CALL, CHANGE, CANCEL, AWARD, MODIFICATION = "marche", "rectificatif", "annulation", "attribution", "modification"
PRIOR, INTENTION, COMPLETION = "preinformation", "intention", "achevement"
KINDS = {
    PRIOR: "Avis de préinformation",
    CALL: "Avis de marché",
    CHANGE: "Avis rectificatif",
    CANCEL: "Avis d’annulation",
    INTENTION: "Avis d’intention de conclure",
    AWARD: "Avis d’attribution",
    MODIFICATION: "Avis de modification",
    COMPLETION: "Avis d’achèvement",
}


def may_become(state, wanted):
    """True when a notice in ``state`` may pass to ``wanted``."""
    return wanted in FOLLOWING[state]


def after(state, told):
    """Return the state after an answer that says ``told``: the same when the answer repeats, or says less than is known."""
    return told if may_become(state, told) else state


def check_send(kind, lives):
    """Refuse (``avis.*``) to send a notice of a kind, given the ``(kind, state)`` of those of its support, oldest first.

    A second call for the same consultation is a double publication; a change wants something to change.
    """
    running = [item for item, state in lives if state in RUNNING]
    stands = [item for item, state in lives if state in (*RUNNING, PUBLISHED)]
    if kind in running:
        raise Refused(
            "avis.double",
            f"Un {KINDS[kind].lower()} est déjà en route vers ce support : attendez sa réponse, ou abandonnez-le.",
            kind,
        )
    if kind == CALL and CALL in stands:
        raise Refused(
            "avis.deja-publie",
            "L’avis de marché a déjà paru sur ce support : un changement se dit par un avis rectificatif.",
            kind,
        )
    if CANCEL in stands and kind not in (AWARD, INTENTION, MODIFICATION, COMPLETION):
        raise Refused("avis.annule", "L’annulation est déjà partie vers ce support : plus rien ne la suit.", kind)
    if kind in (CHANGE, CANCEL):
        if CALL not in stands:
            raise Refused(
                "avis.sans-origine",
                "Aucun avis de marché n’est parti vers ce support : il n’y a rien à rectifier ni à annuler.",
                kind,
            )
        if CALL in running:
            raise Refused(
                "avis.origine-en-route",
                "L’avis de marché n’a pas encore paru sur ce support : attendez sa parution, ou abandonnez-le pour "
                "envoyer l’avis corrigé.",
                kind,
            )
    if kind == AWARD and AWARD in stands:
        raise Refused("avis.deja-publie", "L’avis d’attribution a déjà paru sur ce support.", kind)
