"""Days and hours as people type them in Paris, made into instants: an hour the clocks jump over is no hour."""

from datetime import date
from datetime import datetime
from datetime import time
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock

import re


_TIME = re.compile(r"(\d{1,2})[:hH](\d{2})")


def day_of(text, code="date"):
    """Return the date of ``2026-03-29`` or ``29/03/2026``; Refused ``date``."""
    text = str(text or "").strip()
    french = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    try:
        return date(int(french[3]), int(french[2]), int(french[1])) if french else date.fromisoformat(text)
    except ValueError as error:
        raise Refused(code, f"« {text[:20]} » n’est pas une date : écrivez jj/mm/aaaa.", text[:20]) from error


def hour_of(text):
    """Return the time of ``14:30``; Refused ``heure``."""
    found = _TIME.fullmatch(str(text or "").strip())
    try:
        if found is None:
            raise ValueError(text)
        return time(int(found[1]), int(found[2]))
    except ValueError as error:
        raise Refused("heure", f"« {str(text)[:20]} » n’est pas une heure : écrivez hh:mm.") from error


def instant(day, hour):
    """Return the instant of a time on the clocks of Paris; Refused ``heure.inexistante`` when the clocks jump over it.

    An hour that comes twice is the first one, in summer time.
    """
    local = datetime.combine(day, hour, clock.PARIS)
    found = local.astimezone(clock.UTC)
    if found.astimezone(clock.PARIS).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refused(
            "heure.inexistante",
            f"Le {day:%d/%m/%Y}, {hour:%H:%M} n’existe pas : les horloges passent à l’heure d’été. Choisissez une autre heure.",
        )
    return found
