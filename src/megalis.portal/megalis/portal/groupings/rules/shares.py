"""What each member owes of a lot: percentages that make a hundred exactly, amounts that make the contract to the cent."""

from decimal import Decimal
from decimal import ROUND_FLOOR
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings.rules import units


WHOLE = Decimal(100)
STEP = Decimal("0.0001")
AMOUNTS, QUANTITIES, BY_HAND = "montants", "quantites", "saisie"
BASES = {
    AMOUNTS: "au prorata des montants estimés",
    QUANTITIES: "au prorata des quantités",
    BY_HAND: "saisies par le coordonnateur",
}


def apportion(whole, weights, step):
    """Return ``{key: part}`` of ``whole`` in multiples of ``step``, by weight; the parts sum to ``whole`` exactly.

    What rounding leaves goes to the greatest remainders, the keys breaking ties. Nothing of nothing: {} when all weigh 0.
    """
    total = sum(weights.values(), Decimal(0))
    if not total:
        return {}
    parts, rests = {}, []
    for key in sorted(weights):
        exact = whole * weights[key] / total / step
        floor = exact.to_integral_value(ROUND_FLOOR)
        parts[key] = floor
        rests.append((floor - exact, key))
    left = int((whole / step).to_integral_value(ROUND_FLOOR) - sum(parts.values()))
    for _rest, key in sorted(rest for rest in rests if weights[rest[1]])[:left]:
        parts[key] += 1
    return {key: value * step for key, value in parts.items()}


def proposed(lines, bought):
    """Return ``({uid: per cent}, basis)`` of a lot from its lines and ``{uid: {line id: quantity}}``.

    By estimated amounts when every line has a price, by quantities when all have one unit, ({}, BY_HAND) otherwise.
    """
    if lines and all(line.price is not None for line in lines):
        basis, worth = AMOUNTS, {line.id: line.price for line in lines}
    elif lines and len({line.unit for line in lines}) == 1:
        basis, worth = QUANTITIES, {line.id: Decimal(1) for line in lines}
    else:
        return {}, BY_HAND
    weights = {
        uid: sum((mine.get(key, Decimal(0)) * value for key, value in worth.items()), Decimal(0))
        for uid, mine in bought.items()
    }
    found = apportion(WHOLE, weights, STEP)
    return ({uid: part for uid, part in found.items() if part}, basis) if found else ({}, BY_HAND)


def check(typed, names):
    """Return ``{uid: per cent}`` of the texts typed; Refused ``parts.membre|grande|somme``, ``quantite.forme``.

    ``names``: uid -> name of the members.
    """
    found = {}
    for uid, text in typed.items():
        if uid not in names:
            raise Refused("parts.membre", "Cette collectivité n’est pas membre du groupement : rechargez la page.", uid)
        plain = str(text or "").replace("%", "").strip()
        value = units.number(plain, f"La part de {names[uid]}") if plain else Decimal(0)
        if value > WHOLE:
            raise Refused("parts.grande", f"La part de {names[uid]} dépasse 100 % : corrigez-la.", text)
        if value != round(value, 4):
            raise Refused(
                "parts.precision", f"La part de {names[uid]} a plus de quatre décimales : arrondissez-la.", text
            )
        if value:
            found[uid] = value
    total = sum(found.values(), Decimal(0))
    if total != WHOLE:
        raise Refused(
            "parts.somme",
            f"Les parts font {units.shown(total)} % et doivent faire 100 % : corrigez-en une.",
            str(total),
        )
    return found


def split(amount, parts):
    """Return ``{uid: euros}`` of an amount by percentages that make a hundred; the cents sum to the amount exactly."""
    return apportion(Decimal(amount), parts, Decimal("0.01"))
