"""From prices and marks to a ranking: weights from the consultation, a formula that was published, ties said as ties.

Everything is Decimal, and a score is rounded once, to hundredths, half up, as people do it on paper: two bids that show the
same score are tied.
"""

from dataclasses import dataclass
from decimal import Decimal
from decimal import ROUND_HALF_UP

import unicodedata


INVERSE, LINEAR, SPREAD, BY_HAND = "inverse", "lineaire", "ecart", "main"
FORMULAS = {
    INVERSE: ("Proportion inverse", "points × prix le plus bas ÷ prix de l’offre"),
    LINEAR: ("Linéaire", "points × (2 − prix de l’offre ÷ prix le plus bas), jamais moins de zéro"),
    SPREAD: (
        "Écart au plus haut",
        "points × (prix le plus haut − prix de l’offre) ÷ (prix le plus haut − prix le plus bas)",
    ),
    BY_HAND: ("À la main", "la note du prix est saisie comme les autres"),
}
SCALES = {"poids": "en points du critère", "10": "sur 10", "20": "sur 20", "100": "sur 100"}
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Criterion:
    """An award criterion; ``weight`` in points, None when criteria are only ranked; ``price``: the formula scores it."""

    name: str
    weight: Decimal | None = None
    price: bool = False


@dataclass(frozen=True)
class Bid:
    """What is compared of a bid: ``price`` (None until typed), a mark a criterion (None until given), standing or not."""

    key: str
    price: Decimal | None = None
    marks: tuple = ()
    standing: bool = True


@dataclass(frozen=True)
class Verdict:
    """``points`` a criterion and ``total`` (None until all are known), ``rank`` from 1, ``tied`` with those keys."""

    points: tuple = ()
    total: Decimal | None = None
    rank: int | None = None
    tied: tuple = ()


def rounded(value):
    """Return a Decimal in hundredths, half up."""
    return Decimal(value).quantize(HUNDREDTH, ROUND_HALF_UP)


def is_price(name):
    """Tell whether the name of a criterion says that it is the price."""
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().lower()
    return any(word in plain.split() for word in ("prix", "cout", "couts", "tarif", "tarifs", "montant"))


def criteria_of(rows, price=None):
    """Return the Criterion tuple of criteria ``rows`` (dicts name, weight).

    ``price``: the rank of the one the formula scores, -1 for none; by default the first whose name says price. Without any
    criterion the price alone decides, and a single criterion needs no weight.
    """
    rows = list(rows or ())
    if not rows:
        return (Criterion("Prix", Decimal(100), True),)
    if price is None:
        price = next((rank for rank, row in enumerate(rows) if is_price(row["name"])), -1)
    alone = len(rows) == 1
    found = []
    for rank, row in enumerate(rows):
        weight = row.get("weight")
        weight = Decimal(100) if weight is None and alone else None if weight is None else Decimal(str(weight))
        found.append(Criterion(row["name"], weight, rank == price))
    return tuple(found)


def are_weighted(criteria):
    """Tell whether a total can be counted: every criterion has its points."""
    return all(item.weight is not None for item in criteria)


def price_points(formula, weight, price, lowest, highest):
    """Return the points (unrounded Decimal) of a price between ``lowest`` > 0 and ``highest``."""
    if formula == INVERSE:
        return weight * lowest / price
    if formula == LINEAR:
        return max(Decimal(0), weight * (2 - price / lowest))
    return weight if highest == lowest else weight * (highest - price) / (highest - lowest)


def top_mark(scale, criterion):
    """Return the highest mark that may be given for a criterion, or None when nothing bounds it."""
    return Decimal(scale) if scale != "poids" else criterion.weight


def judge(criteria, bids, formula=INVERSE, scale="poids"):
    """Return ``{key: Verdict}`` of the bids that stand.

    A formula compares the prices of the standing bids only: excluding one may change the points of the others.
    """
    standing = [bid for bid in bids if bid.standing]
    prices = [bid.price for bid in standing if bid.price]
    scored = {bid.key: _points(criteria, bid, prices, formula, scale) for bid in standing}
    totals = {
        key: sum(points) if points and None not in points and are_weighted(criteria) else None
        for key, points in scored.items()
    }
    ranks = ranked(totals)
    return {key: Verdict(points, totals[key], *ranks.get(key, (None, ()))) for key, points in scored.items()}


def _points(criteria, bid, prices, formula, scale):
    found = []
    marks = (*bid.marks, *(None,) * (len(criteria) - len(bid.marks)))
    for criterion, mark in zip(criteria, marks, strict=False):
        if criterion.price and formula != BY_HAND:
            weight = criterion.weight if criterion.weight is not None else Decimal(100)
            points = price_points(formula, weight, bid.price, min(prices), max(prices)) if bid.price else None
        elif mark is None or criterion.weight is None or scale == "poids":
            points = mark
        else:
            points = mark * criterion.weight / Decimal(scale)
        found.append(None if points is None else rounded(points))
    return tuple(found)


def ranked(totals):
    """Return ``{key: (rank, tied keys)}`` of the totals that are known, the highest first: 1, 2, 2, 4."""
    known = {key: total for key, total in totals.items() if total is not None}
    found = {}
    for key, total in known.items():
        rank = 1 + sum(other > total for other in known.values())
        found[key] = (rank, tuple(other for other in known if other != key and known[other] == total))
    return found


def ordinal(rank):
    """Return ``1re``, ``2e``."""
    return "1re" if rank == 1 else f"{rank}e"
