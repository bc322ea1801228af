"""Rules of a joint bid as pure functions (CCP R. 2142-19 to R. 2142-27)."""

from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused


FORMS = {
    "conjoint": "Groupement conjoint",
    "conjoint-solidaire": "Groupement conjoint, mandataire solidaire",
    "solidaire": "Groupement solidaire",
}
FORM_HELP = {
    "conjoint": "chacun répond de sa part",
    "conjoint-solidaire": "chacun répond de sa part, le mandataire de celle de tous",
    "solidaire": "chacun répond de tout",
}
ASKED, AGREED, DECLINED = "demande", "accord", "refus"
ANSWERS = {ASKED: "En attente", AGREED: "A donné son accord", DECLINED: "A refusé"}
MOST = 20  # members besides the one that leads
PART = 200


def form(value):
    """Return the form of a grouping; Refused ``groupement.forme``."""
    if value not in FORMS:
        raise Refused(
            "groupement.forme", "Choisissez la forme du groupement : conjoint, ou solidaire.", str(value)[:40]
        )
    return value


def lots(values, known):
    """Return the lots bid for, in the order of the consultation; Refused ``groupement.lot``."""
    asked = {str(value) for value in values}
    unknown = sorted(asked - set(known))
    if unknown:
        raise Refused("groupement.lot", f"Le lot « {unknown[0][:20]} » n’existe pas ici.", unknown[0][:20])
    if known and not asked:
        raise Refused("groupement.lots", "Cochez au moins un lot auquel le groupement répond.")
    return tuple(number for number in known if number in asked)


def check_leads(mine, others):
    """Refuse (``groupement.mandataire``) a second grouping led by one company for the same lots.

    ``mine`` are the lots of the new one, ``others`` those of each grouping it leads already; () is the whole contract.
    One person represents one candidate only for a same contract (CCP R. 2142-23).
    """
    for taken in others:
        both = sorted(set(mine) & set(taken)) if mine and taken else ["tout le marché"]
        if both:
            raise Refused(
                "groupement.mandataire",
                f"Vous êtes déjà mandataire d’un groupement pour {'le lot ' if mine else ''}{both[0]} : une entreprise ne "
                "représente qu’un candidat par marché. Modifiez ce groupement-là.",
            )


def member(number, leader, members):
    """Return the number of a member to be, a SIRET or a foreign one.

    Refused ``groupement.soi``, ``.double``, ``.nombre``, and the codes of ``formats.operators``.
    """
    number = operators.number(number)
    if operators.company(number) == operators.company(leader):
        raise Refused("groupement.soi", "C’est votre propre entreprise : elle est le mandataire.", number)
    if operators.company(number) in map(operators.company, members):
        raise Refused("groupement.double", f"{operators.worded(number)} est déjà dans ce groupement.", number)
    if len(members) >= MOST:
        raise Refused("groupement.nombre", f"Un groupement compte {MOST} membres au plus, mandataire à part.")
    return number


def part(value):
    """Return what a member will do, on one line; Refused ``groupement.part``."""
    text = " ".join(str(value or "").split())
    if len(text) > PART:
        raise Refused("groupement.part", f"Cette description a {len(text)} signes, {PART} au plus.", text[:40])
    return text


def check_settle(answers):
    """Refuse to settle a composition while it lacks an agreement: ``groupement.vide``, ``.accord``.

    ``answers``: ``[(name, answer)]`` of the members.
    """
    if not answers:
        raise Refused("groupement.vide", "Ajoutez au moins un membre : un groupement réunit deux entreprises au moins.")
    missing = [name for name, answer in answers if answer != AGREED]
    if missing:
        raise Refused(
            "groupement.accord",
            f"Il manque l’accord de {', '.join(missing[:5])} : attendez sa réponse, ou retirez ce membre.",
        )


def found(documents, kept):
    """Return the fingerprints among the documents of opened plis that are those of compositions ``kept``."""
    return [row["sha256"] for row in documents if row["sha256"] in kept]


def said(form_, leader, members):
    """Return ``Groupement solidaire : Léon (mandataire), Trégor, Abers``; a group of unknown form is a ``Groupement``."""
    return f"{FORMS.get(form_, 'Groupement')} : {leader} (mandataire){''.join(f', {name}' for name in members)}"
