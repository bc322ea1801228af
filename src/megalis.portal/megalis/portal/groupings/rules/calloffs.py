"""Orders on an accord-cadre: what is ordered counts against its maximum, which no order may pass.

An accord-cadre states its maximum (R. 2162-4) and has no effect left once it is reached (CJUE, 17 June 2021, C-23/20).
"""

from dataclasses import dataclass
from decimal import Decimal
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings.rules import units
from megalis.portal.kernel.figures import share
from megalis.portal.theme.words import euros


WARNED = 80  # per cent
OK, SOON, FULL = "ok", "soon", "bad"


@dataclass(frozen=True)
class Gauge:
    """What is ordered against a maximum; ``percent`` is None without one."""

    ordered: Decimal
    maximum: Decimal | None
    percent: float | None
    level: str

    @property
    def left(self):
        return None if self.maximum is None else self.maximum - self.ordered

    @property
    def words(self):
        """What the level says."""
        return {OK: "Dans le maximum", SOON: f"Plus de {WARNED} % du maximum", FULL: "Maximum atteint"}[self.level]


def gauge(ordered, maximum):
    """Return the Gauge of an amount ordered."""
    if not maximum:
        return Gauge(ordered, None, None, OK)
    percent = share(float(ordered), float(maximum))
    level = FULL if ordered >= maximum else SOON if ordered * 100 >= maximum * WARNED else OK
    return Gauge(ordered, Decimal(maximum), percent, level)


def amount(text):
    """Return the euros typed, to the cent and above zero; Refused ``commande.montant``, ``quantite.forme``."""
    value = units.number(str(text or "").replace("€", ""), "Le montant")
    if value <= 0 or value != round(value, 2):
        raise Refused("commande.montant", "Donnez un montant hors taxes supérieur à zéro, en euros et centimes.", text)
    return round(value, 2)


def check(value, ordered, maximum):
    """Refuse (``commande.maximum``) an order that passes what is left of the maximum."""
    if maximum and ordered + value > maximum:
        raise Refused(
            "commande.maximum",
            f"Cette commande de {euros(value)} porterait le total à {euros(ordered + value)}, au-delà du maximum de "
            f"l’accord-cadre ({euros(maximum)}) : il reste {euros(maximum - ordered)}. Un accord-cadre n’a plus d’effet une fois "
            "son maximum atteint (R. 2162-4) : réduisez la commande, ou passez un nouveau marché.",
            str(value),
        )
