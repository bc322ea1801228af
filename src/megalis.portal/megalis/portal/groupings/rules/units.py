"""Units of what is bought, and quantities typed in them: members of one grouping must add like with like."""

from dataclasses import dataclass
from decimal import Decimal
from decimal import InvalidOperation
from megalis.portal.formats.refusal import Refused

import re
import unicodedata


MOST = Decimal(10) ** 12
PLACES = 6  # decimals kept of a quantity once it is converted


@dataclass(frozen=True)
class Unit:
    """``kind`` tells what converts into what; ``factor``: how many of the first unit of the kind one of these is."""

    code: str
    title: str
    kind: str
    factor: Decimal = Decimal(1)


def _each(*titles):
    return [Unit(code, title, code) for code, title in titles]


_ALL = (
    *_each(
        ("unite", "unité"), ("ramette", "ramette"), ("carton", "carton"), ("boite", "boîte"), ("palette", "palette"),
        ("paire", "paire"), ("repas", "repas"), ("licence", "licence"), ("abonnement", "abonnement"),
        ("vehicule", "véhicule"), ("agent", "agent"), ("forfait", "forfait"),
    ),
    Unit("kg", "kg", "masse"), Unit("g", "g", "masse", Decimal("0.001")), Unit("t", "tonne", "masse", Decimal(1000)),
    Unit("m3", "m³", "volume"), Unit("l", "litre", "volume", Decimal("0.001")), Unit("hl", "hl", "volume", Decimal("0.1")),
    Unit("m", "m", "longueur"), Unit("km", "km", "longueur", Decimal(1000)),
    Unit("m2", "m²", "surface"), Unit("ha", "ha", "surface", Decimal(10_000)),
    Unit("kwh", "kWh", "energie"), Unit("mwh", "MWh", "energie", Decimal(1000)), Unit("gwh", "GWh", "energie", Decimal(10) ** 6),
    Unit("h", "heure", "heures"), Unit("jour", "jour", "jours"), Unit("mois", "mois", "mois"), Unit("an", "an", "mois", Decimal(12)),
)  # fmt: skip
UNITS = {unit.code: unit for unit in _ALL}
_TYPED = re.compile(r"\s*([0-9][0-9\s\u00a0\u202f.,]*|)\s*(.*?)\s*", re.S)


def _plain(text):
    text = text.replace("²", "2").replace("³", "3")
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip().casefold().rstrip(".")


_NAMES = {}
for _unit in _ALL:
    for _name in (_unit.code, _unit.title):
        _NAMES[_plain(_name)] = _unit
        _NAMES.setdefault(_plain(_name) + "s", _unit)
_NAMES["u"] = UNITS["unite"]


def unit(name):
    """Return the Unit that a person calls ``name`` (code or French word, singular or plural); Refused ``unite.inconnue``."""
    found = _NAMES.get(_plain(str(name or "")))
    if found is None:
        message = f"L’unité « {str(name or '')[:30]} » n’est pas connue ici : prenez-en une de la liste."
        raise Refused("unite.inconnue", message, name)
    return found


def number(text, what="La quantité"):
    """Return the Decimal in what a French person types; Refused ``quantite.forme|negative|grande``."""
    shown = str(text or "").strip()[:30]
    plain = re.sub(r"[\s\u00a0\u202f]", "", str(text or "")).replace(",", ".")
    try:
        value = Decimal(plain)
        valid = value.is_finite() and len(plain) <= 30
    except InvalidOperation:
        valid = False
    if not valid:
        raise Refused(
            "quantite.forme", f"{what} « {shown} » n’est pas un nombre : écrivez par exemple 1 250 ou 12,5.", text
        )
    if value < 0:
        raise Refused("quantite.negative", f"{what} « {shown} » est négative : écrivez zéro ou plus.", text)
    if value >= MOST:
        raise Refused("quantite.grande", f"{what} « {shown} » dépasse mille milliards : vérifiez-la.", text)
    return _kept(value)


def _kept(value):
    """Return a quantity without the zeros that nobody typed."""
    found = round(value, PLACES).normalize()
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found


def convert(value, given, wanted):
    """Return ``value`` in the unit ``wanted`` (codes); Refused ``unite.differente`` where one is no amount of the other."""
    one, other = UNITS[given], UNITS[wanted]
    if one.kind != other.kind:
        raise Refused(
            "unite.differente",
            f"« {one.title} » ne se convertit pas en « {other.title} » : cette ligne se compte en {other.title}.",
            given,
        )
    return _kept(value * one.factor / other.factor)


def read(text, code):
    """Return the quantity, in the unit ``code``, of what was typed: a number, alone or with a unit of the same kind."""
    match = _TYPED.fullmatch(str(text or "")[:200])
    digits, name = match.groups()
    if not digits:
        raise Refused(
            "quantite.forme", f"« {str(text or '').strip()[:30]} » n’est pas une quantité : écrivez un nombre.", text
        )
    value = number(digits)
    return convert(value, unit(name).code, code) if name else value


def shown(value):
    """Return a quantity as people write it: ``1 250``, ``12,5``; "" for None."""
    if value is None:
        return ""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", "\u00a0").replace(".", ",")
