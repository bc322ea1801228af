"""Limits on lots: how many a company may bid for, how many it may win, and the groups they form (R. 2113-1)."""

from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import Missing
from megalis.portal.formats import operators

import re
import unicodedata


LOTS = "@@lots"
SOURCE = "L. 2113-10 et R. 2113-1 du code de la commande publique"


def limit_findings(count, may_bid, may_win, award_rule, groups=()):
    """Return the findings about the limits of a consultation of ``count`` lots; ``groups`` are (number, group name)."""
    found = []
    for limit, code, words in (
        (may_bid, "lots.limite-offres", "se porter candidate"),
        (may_win, "lots.limite-attribution", "être retenue"),
    ):
        if limit is None:
            continue
        if not count:
            text = f"Une entreprise pourrait {words} pour {limit} lots, mais il n’y en a aucun : videz cette limite."
            found.append(Missing(code, text, LOTS, BLOCKING, SOURCE))
        elif limit > count:
            text = (
                f"Une entreprise pourrait {words} pour {limit} lots, mais il n’y en a que {count} : "
                "baissez la limite ou videz-la."
            )
            found.append(Missing(code, text, LOTS, BLOCKING, SOURCE))
    if may_bid is not None and may_win is not None and may_win > may_bid:
        text = f"On ne peut gagner {may_win} lots quand on ne peut répondre qu’à {may_bid} : baissez la seconde limite."
        found.append(Missing("lots.limites", text, LOTS, BLOCKING, SOURCE))
    if may_win is not None and count and may_win < count and not award_rule.strip():
        found.append(
            Missing(
                "lots.regle",
                "Dites selon quelle règle les lots sont répartis quand une entreprise arrive première sur plus de lots "
                "qu’elle ne peut en obtenir.",
                LOTS,
                BLOCKING,
                SOURCE,
            )
        )
    names = [group for _number, group in groups if group]
    for lonely in sorted({name for name in names if names.count(name) == 1}):
        text = f"Le groupe « {lonely} » n’a qu’un lot : un groupe en réunit au moins deux."
        found.append(Missing("lots.groupe", text, LOTS, ADVICE))
    return found


def too_many_bid(asked, standing, limit):
    """Return the French sentence that refuses a deposit, or "".

    ``asked`` are the lot numbers of the deposit, ``standing`` those of the company's other bids that count: the limit is
    on the company, not on one sending.
    """
    every = sorted({*asked, *standing} - {None, ""}, key=_order)
    if limit is None or len(every) <= limit:
        return ""
    others = sorted({*standing} - {*asked} - {None, ""}, key=_order)
    already = f", avec ceux déjà déposés ({', '.join(others)})" if others else ""
    plural = "s" if limit > 1 else ""
    return (
        f"Cette consultation permet de répondre à {limit} lot{plural} au plus et ce dépôt en fait {len(every)}{already} : "
        f"{', '.join(every)}. Gardez-en {limit}, ou retirez un dépôt avant."
    )


def _order(text):
    digits = re.match(r"\d+", text)
    return (int(digits[0]) if digits else 0, text)


def company_key(siret, name):
    """Return what tells one company from another: its SIREN, else its name without case, accents or punctuation."""
    if operators.country(siret) is not None:
        return operators.company(siret)
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def won_findings(winners, limit):
    """Return the findings about awards: ``winners`` is a list of (lot number, name, SIRET or "") of the awarded lots.

    An award without SIRET counts for the company that bears the same name elsewhere.
    """
    if limit is None:
        return []
    by_name = {company_key("", name): company_key(siret, name) for _lot, name, siret in winners if siret}
    lots = {}
    names = {}
    for lot, name, siret in winners:
        key = company_key(siret, name)
        key = by_name.get(key, key)
        lots.setdefault(key, []).append(lot)
        names.setdefault(key, name)
    plural = "s" if limit > 1 else ""
    return [
        Missing(
            "decision.trop-de-lots",
            f"« {names[key]} » obtiendrait {len(taken)} lots ({', '.join(sorted(taken, key=_order))}) : le règlement en "
            f"permet {limit} au plus par entreprise. Gardez-lui {limit} lot{plural} et attribuez les autres à la suivante.",
            "@@decision",
            BLOCKING,
            SOURCE,
        )
        for key, taken in lots.items()
        if len(taken) > limit
    ]
