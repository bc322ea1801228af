"""Prices that look too low to be held: the buyer must ask before he may reject (L. 2152-5 and L. 2152-6).

The law gives no figure: the ratio is the buyer's, and a flag decides nothing. It says that a question must be asked.
"""

from dataclasses import dataclass
from decimal import Decimal


MEAN, ESTIMATE, EITHER = "moyenne", "estimation", "les-deux"
REFERENCES = {
    MEAN: "moyenne des autres offres",
    ESTIMATE: "estimation de l’acheteur",
    EITHER: "l’une ou l’autre",
}
SOURCE = "L. 2152-5, L. 2152-6 et R. 2152-3 à R. 2152-5 du code de la commande publique"
RATIO = Decimal(20)
LEAST_OTHERS = 2  # a mean of one other bid is only another bid


@dataclass(frozen=True)
class Suspicion:
    """A price lower by ``gap`` per cent than ``reference`` (euros), which is ``what`` (MEAN or ESTIMATE)."""

    gap: Decimal
    reference: Decimal
    what: str


def suspicions(prices, estimate=None, ratio=RATIO, against=EITHER):
    """Return ``{key: Suspicion}``, the widest gap of each; ``prices``: ``{key: Decimal}`` of the bids that stand."""
    found = {}
    for key, price in prices.items():
        others = [other for name, other in prices.items() if name != key]
        references = []
        if against in (MEAN, EITHER) and len(others) >= LEAST_OTHERS:
            references.append((sum(others) / len(others), MEAN))
        if against in (ESTIMATE, EITHER) and estimate:
            references.append((Decimal(estimate), ESTIMATE))
        gaps = [
            Suspicion((1 - price / reference) * 100, reference, what)
            for reference, what in references
            if reference > 0 and price < reference * (1 - ratio / 100)
        ]
        if gaps:
            found[key] = max(gaps, key=lambda item: item.gap)
    return found
