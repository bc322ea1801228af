"""Figures and dates as French people read them; pure functions behind the ``mg`` helper."""

from megalis.portal.formats import operators
from megalis.portal.formats.money import euros  # noqa: F401
from megalis.portal.kernel.clock import french
from megalis.portal.kernel.clock import french_date
from megalis.portal.kernel.clock import paris
from megalis.portal.kernel.clock import remaining
from megalis.portal.kernel.figures import SHORT_MONTHS
from megalis.portal.kernel.typography import NBSP

import unicodedata


UNITS = ("octet", "Ko", "Mo", "Go", "To")
SHORT_DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


def number(value, decimals=0):
    """Return ``1 234 567,8`` with no-break spaces; ``decimals`` places."""
    text = f"{value:,.{decimals}f}"
    return text.replace(",", NBSP).replace(".", ",")


def size(octets):
    """Return a size as ``640 Ko`` or ``1,2 Mo``, decimal units as disks and mailboxes count them; "" without one."""
    if octets is None:
        return ""
    value, unit = float(octets), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    if unit == 0:
        return f"{octets}{NBSP}octet{'s' if octets > 1 else ''}"
    return f"{number(value, 1 if value < 100 and round(value, 1) % 1 else 0)}{NBSP}{UNITS[unit]}"


def fingerprint(digits):
    """Return the first 16 hex digits in four groups, then an ellipsis: enough for the eye to tell two apart."""
    return " ".join(digits[i : i + 4] for i in range(0, 16, 4)) + "…"


def company(number):
    """Return the number of a company as people name it: ``SIRET 55210055400013``, ``TVA BE0403170701``; "" of none."""
    return operators.worded(number) if number else ""


def date(instant):
    """Return ``lundi 16 mars 2026``; "" without an instant."""
    return french_date(instant) if instant else ""


def moment(instant):
    """Return ``lundi 16 mars 2026, 12:00``."""
    return french(instant) if instant else ""


def second(instant):
    """Return ``lundi 16 mars 2026, 12:00:00``, where law counts seconds."""
    return french(instant, seconds=True) if instant else ""


def short(instant):
    """Return ``lun. 16 mars, 12:00``, for lists."""
    if not instant:
        return ""
    local = paris(instant)
    day = "1er" if local.day == 1 else local.day
    return f"{SHORT_DAYS[local.weekday()]} {day} {SHORT_MONTHS[local.month - 1]}, {local:%H:%M}"


def left(instant, now):
    """Return the time until ``instant`` as a list says it: ``dans 4 jours``, ``dans 2 h 35 min``, ``terminé``."""
    if not instant:
        return ""
    days = (instant - now).total_seconds() / 86400
    if days <= 0:
        return "terminé"
    if days >= 2:
        return f"dans {int(days)} jours"
    return f"dans {remaining(instant, now)}"


def of(name):
    """Return ``de Léon``, ``d’Armor``: a name after the preposition."""
    first = unicodedata.normalize("NFD", name[:1]).upper()[:1]
    return f"d’{name}" if first in set("AEIOUŒÆ") else f"de {name}"


def plural(count, word, words=None):
    """Return ``1 lot``, ``2 lots``; ``words`` is the plural when an s is not enough."""
    return f"{count} {word if count < 2 else words or word + 's'}"
