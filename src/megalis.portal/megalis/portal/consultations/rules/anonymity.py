"""The anonymity of a concours: nobody knows whose project is whose until the jury has signed its ranking (R. 2162-18).

The projects are opened first, under numbers that say nothing of their authors; the envelopes that name them wait.
"""

from hashlib import sha256
from megalis.portal.consultations.rules import Missing


SOURCE = "R. 2162-18 du code de la commande publique"
IDENTITY = "candidature"
RANKED, EXCLUDED = "classe", "ecarte"
PAGE = "@@classement"
MIN_JURORS = 3


def is_due(anonymous, envelopes):
    """True when a consultation hides its bidders: its procedure does, and something is judged besides who they are."""
    return bool(anonymous) and any(envelope != IDENTITY for envelope in envelopes)


def label(consultation, deposit):
    """Return the number of a project (``Projet 7F3A2B``) of two uuids: it tells neither order nor author."""
    return f"Projet {sha256(f'{consultation}/{deposit}'.encode()).hexdigest()[:6].upper()}"


def opening_order(envelopes, anonymous):
    """Return the kinds of envelopes in the order of their opening: of a concours, the one that names comes last."""
    if not anonymous:
        return tuple(envelopes)
    return tuple(sorted(envelopes, key=lambda kind: kind == IDENTITY))


def ranking_findings(projects, ranks, jurors, certified):
    """Return what is wrong with a jury's ranking.

    ``projects``: the numbers that were opened; ``ranks``: ``{number: rank (int) or EXCLUDED}``; ``jurors``: names;
    ``certified``: whoever records it says that the jury signed its minutes.
    """
    found = []

    def refuse(code, text):
        found.append(Missing(code, text, PAGE, source=SOURCE))

    if not projects:
        refuse("classement.vide", "Aucun projet n’est ouvert : le jury n’a rien à classer.")
        return found
    unknown = [number for number in ranks if number not in projects]
    if unknown:
        refuse("classement.inconnu", f"« {unknown[0]} » n’est pas un projet de ce concours.")
    absent = [number for number in projects if number not in ranks]
    if absent:
        refuse("classement.incomplet", f"« {absent[0]} » n’est ni classé ni écarté : donnez-lui un rang ou écartez-le.")
    given = sorted(rank for number, rank in ranks.items() if number in projects and rank != EXCLUDED)
    if not absent and given != list(range(1, len(given) + 1)):
        refuse(
            "classement.rangs", "Les rangs vont de 1 au dernier, chacun une fois : corrigez un rang en double ou sauté."
        )
    if len(jurors) < MIN_JURORS:
        refuse("classement.jury", f"Nommez les membres du jury qui ont signé, {MIN_JURORS} au moins, un par ligne.")
    if not certified:
        refuse("classement.signature", "Attestez que le procès-verbal du classement est signé par le jury.")
    return found


def hidden_refusal():
    """Return ``(code, message)`` of whoever wants to see or open names before the ranking."""
    return (
        "anonymat",
        "Le jury n’a pas encore rendu son classement : les candidats restent anonymes et leurs enveloppes de candidature "
        f"scellées ({SOURCE}). Enregistrez d’abord le classement signé.",
    )
