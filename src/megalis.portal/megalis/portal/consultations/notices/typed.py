"""What the words people typed mean to a notice: a duration, how often it is renewed, a telephone number, a day."""

from datetime import date
from megalis.portal.formats import eforms
from megalis.portal.formats.refusal import Refused

import re


UNITS = {"jour": "DAY", "semaine": "WEEK", "mois": "MONTH", "an": "YEAR", "année": "YEAR"}
_DURATION = re.compile(
    r"\b([0-9]{1,4}|un|une|deux|trois|quatre|cinq|six|douze)\s+(jour|semaine|mois|année|an)s?\b", re.I
)
_WORDS = {"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "douze": 12}
_TIMES = re.compile(
    r"\b(?:reconductible|renouvelable)\s+(?:tacitement\s+)?([0-9]{1,2}|une|deux|trois|quatre|cinq|six)\s+fois", re.I
)


def duration_of(text, months=None):
    """Return the eforms.Duration that words say (``24 mois``, ``un an reconductible``), or None; ``months`` wins."""
    if months:
        return eforms.Duration(months, "MONTH")
    found = _DURATION.search(text or "")
    if not found:
        return None
    number = _WORDS.get(found[1].lower()) or int(found[1])
    return eforms.Duration(number, UNITS[found[2].lower()]) if number else None


def renewals_of(text, renewals):
    """Return how often a contract may be renewed: what was typed, else what the words of its duration say, else 0."""
    if renewals is not None:
        return renewals
    found = _TIMES.search(text or "")
    return (_WORDS.get(found[1].lower()) or int(found[1])) if found else 0


def phone(text):
    """Return a French telephone number as eForms want it (``+33 299270000``); what is none, unchanged."""
    digits = re.sub(r"[\s.()-]", "", text or "")
    if re.fullmatch(r"0[1-9][0-9]{8}", digits):
        return f"+33 {digits[1:]}"
    if re.fullmatch(r"\+33[1-9][0-9]{8}", digits):
        return f"+33 {digits[3:]}"
    return (text or "").strip()


def planned_day(text):
    """Return the date of a form, or None; Refused ``avis.jour``."""
    text = str(text or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("avis.jour", f"« {text[:20]} » n’est pas un jour : écrivez-le comme 2026-03-16.", text) from None
