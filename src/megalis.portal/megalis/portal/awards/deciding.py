"""From the analysis to the decision of a lot: what is proposed, and what forbids to choose a bid."""

from decimal import Decimal
from hashlib import sha256
from megalis.portal.awards.rules import bid
from megalis.portal.awards.rules import scoring
from megalis.portal.consultations import api
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.rules import decisions
from megalis.portal.formats.refusal import Refused


NO_BID = "Aucune offre n’a été reçue dans les délais (R. 2185-1)."
NO_GOOD_BID = "Aucune offre appropriée, régulière et acceptable n’a été reçue (R. 2185-1)."


def euros(value):
    """Return an amount as decisions keep it: whole euros as int, else Decimal."""
    if value is None:
        return None
    return int(value) if value == int(value) else Decimal(value)


def proposal(lines, holders=1):
    """Return the decision that the analysis proposes for a lot, as ``{"decision", "bid", "others", "reason"}``; None to choose.

    ``lines``: those of ``analysis.lines``; ``holders``: how many may hold the lot, the next of the ranking after the first.
    Nothing is proposed while a bid is not ranked, nor between tied ones.
    """
    standing = [line for line in lines if line.standing]
    if not lines:
        return {"decision": decisions.INFRUCTUEUX, "bid": "", "others": (), "reason": NO_BID}
    if not standing and all(line.state != bid.WAITING for line in lines):
        return {"decision": decisions.INFRUCTUEUX, "bid": "", "others": (), "reason": NO_GOOD_BID}
    first = [line for line in standing if line.rank == 1]
    if len(first) != 1 or any(line.rank is None for line in standing):
        return None
    ranks = [line.rank for line in standing]
    others = [line for line in ordered_by_rank(standing) if 1 < line.rank <= holders and ranks.count(line.rank) == 1]
    if any(line.low is not None and not line.values["low"] for line in others):
        others = []
    return {
        "decision": decisions.ATTRIBUE,
        "bid": first[0].key,
        "others": tuple(line.key for line in others),
        "reason": "",
    }


def ordered_by_rank(lines):
    return sorted(lines, key=lambda line: line.rank)


def holder_of(line):
    """Return the holder that a bid makes: dict ``name, siret, members, form, bid, amount``."""
    amount = euros(line.values["amount"])
    return {
        "name": line.name,
        "siret": line.siret,
        "members": line.values["members"],
        "form": line.form if line.values["members"] else "",
        "bid": line.key,
        "amount": amount,
    }


def taken_of(line, others=(), by_hand=()):
    """Return what a decision keeps of the bid it chose, of the ``others`` that hold the lot too, and of holders typed."""
    chosen = holder_of(line)
    taken = {"winner": chosen["name"], "winner_siret": chosen["siret"]}
    taken |= {name: chosen[name] for name in ("members", "form", "bid", "amount")}
    holders = (*by_hand, *map(holder_of, others))
    return {**taken, "winner_amount": chosen["amount"], "holders": holders} if holders else taken


def line_of(decision, lines):
    """Return the Line that a kept decision chose, or None: by its key, else by the company."""
    key = decision.get("bid")
    found = next((line for line in lines if key and line.key == key), None)
    if found is not None or decision.get("decision") != decisions.ATTRIBUE or key:
        return found
    first = decisions.holders_of(decision)[0]
    return next((line for line in lines if not line.variant and letters.is_holder(first, line)), None)


def check_choice(line, lines, reason, number):
    """Refuse (``decision.ecartee|prix-bas|rang``) to award a lot to a bid that the analysis does not let win.

    A bid that is not the first may be chosen with a reason: a limit on lots, a tie, a first one that gives up.
    """
    name = f"Lot {number}" if number else "Le marché"
    if not line.standing:
        raise Refused(
            "decision.ecartee",
            f"{name} : l’offre de « {line.title} » est écartée dans l’analyse. Choisissez-en une autre, ou reprenez l’analyse.",
        )
    if line.low is not None and not line.values["low"]:
        raise Refused(
            "decision.prix-bas",
            f"{name} : le prix de « {line.title} » est signalé bas. Demandez-lui une justification, puis notez-la dans "
            "l’analyse (L. 2152-6 du code de la commande publique).",
        )
    if line.values["low"] == bid.ASKED:
        raise Refused(
            "decision.prix-bas",
            f"{name} : « {line.title} » doit encore justifier son prix. Notez dans l’analyse s’il est justifié.",
        )
    better = [
        other for other in lines if other.standing and other.rank and (line.rank is None or other.rank < line.rank)
    ]
    if better and not reason.strip():
        place = f"classée {scoring.ordinal(line.rank)}" if line.rank else "sans rang"
        raise Refused(
            "decision.rang",
            f"{name} : l’offre de « {line.title} » est {place}, après « {better[0].title} ». Écrivez le motif de ce choix.",
        )
    if line.verdict.tied and not reason.strip():
        raise Refused("decision.ex-aequo", f"{name} : plusieurs offres sont ex æquo. Écrivez ce qui les départage.")


def seen(decision):
    """Return what tells two states of a kept decision apart; '' for none."""
    kept = {name: value for name, value in decision.items() if name != "at"}
    return sha256(repr(sorted(kept.items())).encode()).hexdigest()[:16] if kept else ""


def check_unchanged(consultation, shown):
    """Refuse (``decision.conflit``) when another changed a decision meanwhile; ``shown``: ``{number: seen}``."""
    kept = api.decisions(consultation)
    changed = [number for number, mark in shown.items() if seen(kept.get(number, {})) != mark]
    if changed:
        names = ", ".join(f"lot {number}" if number else "le marché" for number in changed)
        raise Refused(
            "decision.conflit",
            f"Une autre personne a changé la décision entre-temps ({names}). Rien n’est enregistré : relisez la page, vos "
            "saisies y sont gardées, puis enregistrez de nouveau.",
        )
