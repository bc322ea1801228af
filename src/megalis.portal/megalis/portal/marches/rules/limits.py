"""How far a contract may be modified without a new procedure: the law as dated rows, what it leaves and what passes it.

The platform tells and refuses nothing: the ground of a modification is the buyer's to choose and to defend.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import amount_name
from megalis.portal.marches.rules import notified_name
from megalis.portal.marches.rules.deadlines import day_of
from megalis.portal.theme import words

import json


WORKS = "45"  # the division of the CPV


@dataclass(frozen=True)
class Rule:
    """One dated row, in per cent of the amount that was signed: ``minor`` all modifications together, ``each`` a single one.

    ``others``: the grounds besides the minor amount; ``capped``: those to which ``each`` applies.
    """

    kind: str
    first: date
    last: date | None
    minor: int
    minor_works: int
    each: int
    minor_source: str
    each_source: str
    others: str
    capped: str


@cache
def rules():
    rows = json.loads(files(__package__).joinpath("data", "modification.json").read_text("utf-8"))["regles"]
    return tuple(
        Rule(
            row["genre"],
            date.fromisoformat(row["du"]),
            date.fromisoformat(row["au"]) if row["au"] else None,
            row["faible"],
            row["faible_travaux"],
            row["une"],
            row["source_faible"],
            row["source_une"],
            row["autres"],
            row["bornees"],
        )
        for row in rows
    )


def rule_of(kind, raw):
    """Return the Rule of the day a contract counts from, or None: older contracts follow texts that are not here."""
    day = day_of(raw.get(notified_name(kind)))
    if day is None:
        return None
    return next(
        (row for row in rules() if row.kind == kind and row.first <= day and (row.last is None or day <= row.last)),
        None,
    )


def _signed(kind, raw):
    try:
        amount = Decimal(str(raw.get(amount_name(kind))))
    except ArithmeticError:
        return None
    return amount if amount > 0 else None


def _minor(rule, raw):
    """Return ``(per cent, words)`` of the minor amount for what is bought."""
    works = str(raw.get("codeCPV") or "").startswith(WORKS)
    if rule.minor == rule.minor_works:
        return rule.minor, ""
    return (rule.minor_works, " en travaux") if works else (rule.minor, " en fournitures et services")


def left(kind, raw):
    """Return what the law leaves to modifications of these raw data, as sentences; [] when no rule is known."""
    rule, signed = rule_of(kind, raw), _signed(kind, raw)
    if rule is None or signed is None:
        return []
    percent, where = _minor(rule, raw)
    top = words.euros(round(signed * (100 + percent) / 100, 2))
    more = words.euros(round(signed * rule.each / 100, 2))
    return [
        f"Faible montant : toutes modifications cumulées, moins de {percent} % du montant initial{where}, donc un montant "
        f"en vigueur de moins de {top}, et sous le seuil européen ({rule.minor_source}).",
        f"Pour {rule.capped} : {rule.each} % du montant initial au plus par modification, soit {more} "
        f"({rule.each_source}).",
    ]


def passed(kind, raw):
    """Return what the published modifications go beyond, as sentences."""
    rule, signed = rule_of(kind, raw), _signed(kind, raw)
    if rule is None or signed is None:
        return []
    percent, where = _minor(rule, raw)
    amounts = _amounts(kind, raw, signed)
    found = []
    share = (amounts[-1] - signed) / signed * 100
    if share >= percent:
        found.append(
            f"Au-delà de {percent} %{where}, le faible montant ne justifie plus les modifications "
            f"({rule.minor_source}) : un autre fondement est nécessaire, {rule.others}."
        )
    for rank, (before, after) in enumerate(pairwise(amounts), 1):
        if (after - before) / signed * 100 > rule.each:
            found.append(
                f"La modification n° {rank} augmente le montant de plus de {rule.each} % : {rule.capped} ne suffisent pas à "
                f"la justifier ({rule.each_source})."
            )
    return found


def _amounts(kind, raw, signed):
    """Return the amount signed, then the one in force after each modification."""
    found = [signed]
    for change in amending.listed(kind, raw, amending.MODIFICATION):
        try:
            found.append(Decimal(str(change[amount_name(kind)])))
        except (KeyError, ArithmeticError):
            found.append(found[-1])
    return found
