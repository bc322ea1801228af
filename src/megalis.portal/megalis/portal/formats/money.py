"""Amounts as French people read them, for the words of findings and of notices."""

from decimal import Decimal


NBSP = "\N{NO-BREAK SPACE}"


def euros(amount):
    """Return ``410 000 €`` with no-break spaces, centimes only when there are some; "" without an amount.

    An amount with more decimals than centimes, read in somebody's file, keeps them: the words must show what is wrong.
    """
    if amount is None:
        return ""
    value = Decimal(str(amount))
    if not value.is_finite():
        return str(amount)
    exact = value.normalize()
    decimals = max(2, -exact.as_tuple().exponent) if value != value.to_integral_value() else 0
    return f"{value:,.{decimals}f}".replace(",", NBSP).replace(".", ",") + f"{NBSP}€"
