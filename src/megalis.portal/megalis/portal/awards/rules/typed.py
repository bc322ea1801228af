"""What agents type in the analysis, made into values: amounts with centimes, marks, members of a group."""

from decimal import Decimal
from decimal import InvalidOperation
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.theme import words

import re


HIGHEST = Decimal(10) ** 12
MOST_MEMBERS = 30


def _decimal(text):
    plain = re.sub(r"[\s\u00a0\u202f€]", "", text).replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def money(text, who=""):
    """Return the Decimal of ``185 000,50 €``, None when empty; Refused ``analyse.montant``."""
    text = str(text or "").strip()
    if not text:
        return None
    value = _decimal(text)
    of = f" ({who})" if who else ""
    if value is None or not 0 < value < HIGHEST or value != value.quantize(Decimal("0.01")):
        raise Refused(
            "analyse.montant",
            f"« {text[:30]} »{of} n’est pas un montant hors taxes : écrivez un nombre positif, au centime près, comme "
            "185 000,50.",
            text,
        )
    return value


def mark(text, top, name, who=""):
    """Return the Decimal of a mark between 0 and ``top``, None when empty; Refused ``analyse.note``."""
    text = str(text or "").strip()
    if not text:
        return None
    value = _decimal(text)
    if value is None or value < 0 or (top is not None and value > top):
        of = f" ({who})" if who else ""
        bound = f" entre 0 et {shown(top)}" if top is not None else " positif"
        raise Refused("analyse.note", f"« {text[:30]} » pour « {name} »{of} : écrivez un nombre{bound}.", text)
    if value != value.quantize(Decimal("0.001")):
        raise Refused("analyse.note", f"« {text[:30]} » pour « {name} » : trois décimales au plus.", text)
    return value


def ratio(text):
    """Return a percentage between 1 and 99; Refused ``analyse.seuil``."""
    value = _decimal(str(text or ""))
    if value is None or not 1 <= value <= 99:
        raise Refused(
            "analyse.seuil",
            f"« {str(text)[:30]} » : le seuil de prix bas est un pourcentage entre 1 et 99, comme 20.",
            str(text),
        )
    return value


def rank(text, who=""):
    """Return a rank typed by hand (int from 1), None when empty; Refused ``analyse.rang``."""
    text = str(text or "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text) or not int(text):
        raise Refused("analyse.rang", f"« {text[:30]} » ({who}) : un rang est un nombre entier, à partir de 1.", text)
    return int(text)


def members(text, limit=MOST_MEMBERS):
    """Return the members of a group from lines ``name`` or ``SIRET ; name``: tuple of (name, number or "").

    A foreign company gives its VAT number in the place of a SIRET. Refused ``analyse.membres`` or the codes of
    ``formats.operators``.
    """
    found = []
    for line in str(text or "").splitlines():
        line = " ".join(line.split())
        if not line:
            continue
        first, _mark, rest = line.partition(";")
        name, number = (first, rest) if operators.is_foreign(rest) else (rest, first)
        if not operators.is_foreign(number) and not re.sub(r"\s", "", number).isdigit():
            name, number = first, rest
        number = operators.number(number) if number.strip() else ""
        found.append((name.strip()[:300] or operators.worded(number), number))
    if len(found) > limit:
        raise Refused("analyse.membres", f"{len(found)} membres de groupement : {limit} au plus.")
    return tuple(dict.fromkeys(found))


def member_lines(found):
    """Return what ``members`` reads."""
    return "\n".join(f"{siret} ; {name}" if siret else name for name, siret in found)


def shown(value):
    """Return a Decimal as people write it: ``72,5``; "" without one."""
    if value is None:
        return ""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def money_text(value):
    """Return an amount as a field shows it: ``185 000,50``; "" without one."""
    if value is None:
        return ""
    return words.number(value, 0 if value == int(value) else 2)
