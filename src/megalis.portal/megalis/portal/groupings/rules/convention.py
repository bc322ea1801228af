"""The convention of a grouping: what it must say, who may do what with it and when (L. 2113-6 to L. 2113-8).

Each member is invited, accepts or refuses, then signs; nothing is changed once somebody signed.
"""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.refusal import Refused


MISSIONS = {
    "passation": "Passer la consultation et choisir le titulaire ; chaque membre signe et exécute son marché",
    "passation-signature": "Passer, signer et notifier ; chaque membre exécute la part qui le concerne",
    "passation-execution": "Passer, signer, notifier et exécuter au nom de tous les membres",
}
COMMISSIONS = {
    "coordonnateur": "Celle du coordonnateur",
    "mixte": "Une commission faite d’un représentant de chaque membre",
    "sans": "Aucune : procédure adaptée",
}
INVITED, ACCEPTED, REFUSED, SIGNED = "invite", "accepte", "refuse", "signe"
STATES = {
    INVITED: "Invitation sans réponse",
    ACCEPTED: "A accepté",
    REFUSED: "A refusé",
    SIGNED: "A signé",
}
BADGES = {INVITED: "soon", ACCEPTED: "run", REFUSED: "bad", SIGNED: "ok"}
ACTIVE = (INVITED, ACCEPTED, SIGNED)
PREPARING, INVITING, SIGNING, WHOLE = "preparation", "invitations", "signatures", "signee"
LABELS = {
    PREPARING: "Convention en préparation",
    INVITING: "Invitations en cours",
    SIGNING: "Signatures en cours",
    WHOLE: "Convention signée",
}
MAX_MEMBERS = 200
YEARS = 10


@dataclass(frozen=True)
class Finding:
    """What is wrong with a field of the convention."""

    code: str
    message: str
    field: str


def _day(text):
    try:
        return date.fromisoformat(str(text or "").strip())
    except ValueError:
        return None


def _words(text, lines=False):
    text = str(text or "").replace("\r\n", "\n")
    return text.strip() if lines else " ".join(text.split())


def entered(form):
    """Return ``(values, findings)`` of the texts of a convention; what is no text counts as nothing."""
    form = {name: value for name, value in form.items() if isinstance(value, str)}
    values = {
        "title": _words(form.get("title")),
        "scope": _words(form.get("scope"), lines=True),
        "functioning": _words(form.get("functioning"), lines=True),
        "mission": form.get("mission") if form.get("mission") in MISSIONS else "",
        "commission": form.get("commission") if form.get("commission") in COMMISSIONS else "",
        "start": _day(form.get("start")),
        "end": _day(form.get("end")),
    }
    found = []
    if not values["title"] or len(values["title"]) > 300:
        found.append(Finding("groupement.objet", "Donnez l’objet du groupement, en 300 signes au plus.", "title"))
    for name, limit in (("scope", 5000), ("functioning", 10000)):
        if len(values[name]) > limit:
            found.append(Finding("groupement.long", f"Ce texte a {len(values[name])} signes, {limit} au plus.", name))
    start, end = values["start"], values["end"]
    if start and end and end <= start:
        found.append(Finding("groupement.dates", "La fin doit suivre le début : corrigez l’une des deux dates.", "end"))
    elif start and end and (end - start).days > 366 * YEARS:
        found.append(Finding("groupement.duree", f"Plus de {YEARS} ans séparent ces dates : vérifiez-les.", "end"))
    return values, found


NEEDED = {
    "title": "l’objet",
    "scope": "le périmètre",
    "functioning": "les règles de fonctionnement",
    "mission": "la mission du coordonnateur",
    "commission": "la commission d’appel d’offres",
    "start": "la date de début",
    "end": "la date de fin",
}


def lacking(values):
    """Return the French names of what the convention still has to say (L. 2113-7)."""
    return [words for name, words in NEEDED.items() if not values.get(name)]


def stage(states):
    """Return where the convention stands from the states of its members, the coordinator's among them."""
    active = [state for state in states if state in ACTIVE]
    if len(active) < 2:
        return PREPARING
    if all(state == SIGNED for state in active):
        return WHOLE
    return SIGNING if INVITED not in active else INVITING


def check_editable(states):
    """Refuse (``convention.signee``) to change a convention that somebody signed."""
    if SIGNED in states:
        raise Refused(
            "convention.signee",
            "La convention porte déjà une signature : elle ne change plus. Un avenant se prépare comme un nouveau groupement.",
        )


def check_invitation(values, uid, states, coordinator):
    """Refuse an invitation: ``convention.incomplete``, ``membre.soi|double|trop``; ``states``: uid -> state."""
    missing = lacking(values)
    if missing:
        raise Refused(
            "convention.incomplete", f"La convention ne dit pas encore {', '.join(missing)} : complétez-la d’abord."
        )
    check_editable(states.values())
    if uid == coordinator:
        raise Refused("membre.soi", "Votre collectivité est le coordonnateur : elle est déjà membre.")
    if states.get(uid) in ACTIVE:
        raise Refused("membre.double", "Cette collectivité est déjà invitée : voyez le tableau des membres.")
    if len(states) >= MAX_MEMBERS:
        raise Refused("membre.trop", f"Un groupement réunit {MAX_MEMBERS} membres au plus.")


def after(state, act):
    """Return the state of a member once it does ``act`` (accepter, refuser, signer); Refused ``membre.etape``."""
    moves = {
        (INVITED, "accepter"): ACCEPTED,
        (INVITED, "refuser"): REFUSED,
        (ACCEPTED, "refuser"): REFUSED,
        (ACCEPTED, "signer"): SIGNED,
    }
    if (state, act) not in moves:
        known = STATES.get(state, "n’est pas membre").lower()
        raise Refused(
            "membre.etape", f"Cette étape ne se fait pas maintenant : votre collectivité {known}. Rechargez la page."
        )
    return moves[state, act]


def check_removal(state, is_coordinator):
    """Refuse to put a member out: ``membre.coordonnateur``, ``membre.signe``."""
    if is_coordinator:
        raise Refused("membre.coordonnateur", "Le coordonnateur ne quitte pas son groupement.")
    if state == SIGNED:
        raise Refused(
            "membre.signe",
            "Ce membre a signé la convention : son retrait se fait dans les formes qu’elle prévoit, par avenant.",
        )


def check_deletion(states, sent, consultation):
    """Refuse (``groupement.signe|enquete|consultation``) to delete a grouping that binds somebody already."""
    if SIGNED in states:
        raise Refused(
            "groupement.signe",
            "Un membre a signé la convention : le groupement se clôt dans les formes qu’elle prévoit, il ne se supprime plus.",
        )
    if sent is not None:
        raise Refused(
            "groupement.enquete",
            "L’enquête de besoins est partie : le groupement garde ce qui a été demandé et répondu.",
        )
    if consultation:
        raise Refused(
            "groupement.consultation", "Une consultation a été ouverte d’après ce groupement : il ne se supprime plus."
        )


def check_opening(states, table, frozen):
    """Refuse to open the consultation too early: ``ouverture.signatures|gel|vide|reponses``."""
    if stage(states) != WHOLE:
        raise Refused(
            "ouverture.signatures",
            "Tous les membres n’ont pas signé la convention : la consultation s’ouvre une fois qu’elle l’est (L. 2113-7).",
        )
    if not frozen:
        raise Refused("ouverture.gel", "Les besoins ne sont pas encore figés : attendez la fin de l’enquête.")
    if not any(row.total for row in table.rows):
        raise Refused("ouverture.vide", "Aucun membre n’a exprimé de besoin : il n’y a rien à acheter.")
