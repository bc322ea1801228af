"""Decisions by lot and the time that must pass before the contract is signed."""

from datetime import timedelta
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import Missing
from megalis.portal.kernel import clock


ATTRIBUE = "attribue"
INFRUCTUEUX = "infructueux"
SANS_SUITE = "sans-suite"
DECISIONS = {
    ATTRIBUE: "Attribué",
    INFRUCTUEUX: "Infructueux",
    SANS_SUITE: "Sans suite",
}
PAGE = "@@decision"


def decision_findings(number, decision, reason="", winner="", amount=None, members=()):
    """Return the findings about the decision of one lot.

    A holder is named when the lot is awarded (R. 2181-1); a lot given up says why (R. 2185-2: the participants are told
    the reasons); a lot without suitable bid (infructueux, R. 2185-1) may. ``members``: (name, number or "") of those who hold
    it with others, whom the notice and the essential data name by their number.
    """
    name = f"Lot {number}" if number else "Le marché"
    if decision not in DECISIONS:
        return [Missing("decision.absente", f"{name} : choisissez attribué, infructueux ou sans suite.", PAGE)]
    found = []
    if decision == ATTRIBUE and not winner.strip():
        found.append(Missing("decision.titulaire", f"{name} : nommez le titulaire.", PAGE, source="R. 2181-1"))
    if decision == ATTRIBUE and amount is None:
        found.append(
            Missing("decision.montant", f"{name} : indiquez le montant, il sera demandé pour l’avis.", PAGE, ADVICE)
        )
    unknown = [name for name, known in members if not known]
    if decision == ATTRIBUE and unknown:
        names = ", ".join(f"« {one} »" for one in unknown)
        found.append(
            Missing(
                "decision.membre",
                f"{name} : {names}, membre du groupement, n’a pas de numéro ; l’avis d’attribution et les données essentielles le "
                "veulent. Dans l’analyse, écrivez « SIRET ; nom », ou son numéro de TVA si l’entreprise est étrangère.",
                "@@analyse",
                source="R. 2196-1",
            )
        )
    if decision == SANS_SUITE and not reason.strip():
        found.append(
            Missing(
                "decision.motif",
                f"{name} : dites pourquoi il est déclaré sans suite ; les candidats en seront informés.",
                PAGE,
                source="R. 2185-1 et R. 2185-2",
            )
        )
    return found


def holders_of(decision):
    """Return every holder of a decision, the first one first: dicts ``name, siret, amount, members, form``.

    An accord-cadre may have several (R. 2162-9); the amount of the lot is the first one's only when it is alone, else its own
    stands apart (``winner_amount``). ``members`` are the others of a group that answered together: pairs of name and SIRET or ""; ``form`` is that of the group, "" unknown.
    """
    if decision.get("decision") != ATTRIBUE:
        return []
    others = tuple(decision.get("holders", ()))
    first = {
        "name": decision.get("winner", ""),
        "siret": decision.get("winner_siret", ""),
        "amount": decision.get("winner_amount") if others else decision.get("amount"),
        "members": decision.get("members", ()),
        "form": decision.get("form", ""),
    }
    return [first, *({"amount": None, "members": (), "form": "", **other} for other in others)]


def holder_names(decision):
    """Return the names of the holders in words, "" when the lot is not awarded."""
    return ", ".join(holder["name"] for holder in holders_of(decision) if holder["name"])


def standstill_end(informed_at, days):
    """Return the first instant at which the contract may be signed: midnight in Paris after ``days`` full days.

    The count starts on the day after the information of rejected bidders (R. 2182-1: at least eleven days).
    """
    local = clock.paris(informed_at)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=days + 1)).astimezone(clock.UTC)


def notification_findings(awarded, standstill, informed_at, sole_candidate, now):
    """Return the findings about a notification at ``now``.

    ``awarded``: at least one lot is; ``standstill``: days, None where the law gives none (MAPA). The time does not bind
    when the sole candidate wins (R. 2182-2).
    """
    if not awarded or not standstill or sole_candidate:
        return []
    if informed_at is None:
        return [
            Missing(
                "information.absente",
                "Les candidats écartés doivent être informés avant la signature : indiquez la date d’envoi.",
                "@@notifier",
                source="R. 2181-1 et R. 2182-1",
            )
        ]
    end = standstill_end(informed_at, standstill)
    if now < end:
        return [
            Missing(
                "standstill",
                f"Un délai de {standstill} jours doit passer après l’information des candidats écartés : "
                f"notification possible à partir du {clock.french(end)}.",
                "@@notifier",
                source="R. 2182-1",
            )
        ]
    return []
