"""Hours of sending as people write them: « lun-ven 08:00-19:00 ; sam 09:00-12:00 », one window a line or between semicolons."""

from datetime import time
from megalis.portal.formats.refusal import Refused
from megalis.portal.transports.pacing import EVERY_DAY
from megalis.portal.transports.pacing import Window

import re


DAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
MOST = 20
_DAY = "|".join(DAYS)
_WINDOW = re.compile(
    rf"(?:(?P<first>{_DAY})[a-z]*(?:\s*(?:-|à|au)\s*(?P<last>{_DAY})[a-z]*)?\s+)?"
    r"(?P<h1>[0-9]{1,2})\s*(?:h|:)\s*(?P<m1>[0-9]{2})?\s*(?:-|à)\s*(?P<h2>[0-9]{1,2})\s*(?:h|:)\s*(?P<m2>[0-9]{2})?",
    re.ASCII,
)


def windows(text):
    """Return the tuple of ``Window`` of a text, empty for an empty text (at any hour); Refused ``plage``.

    Days are those at which a window begins; ``sam-lun`` goes over the end of the week; 24:00 is midnight.
    """
    lines = [line.strip() for line in re.split(r"[;\n]", str(text).lower().replace("\xa0", " "))]
    lines = [line for line in lines if line]
    if len(lines) > MOST:
        raise Refused("plage", f"{len(lines)} plages d’envoi, {MOST} au plus : réunissez-les.")
    return tuple(map(_window, lines))


def _window(line):
    match = _WINDOW.fullmatch(line)
    if match is None:
        raise _refused(line)
    return Window(_time(line, match["h1"], match["m1"]), _time(line, match["h2"], match["m2"]), _days(match))


def _time(line, hours, minutes):
    hours, minutes = int(hours), int(minutes or 0)
    if (hours, minutes) == (24, 0):
        return time(0)
    if hours > 23 or minutes > 59:
        raise _refused(line)
    return time(hours, minutes)


def _days(match):
    if match["first"] is None:
        return EVERY_DAY
    first = DAYS.index(match["first"])
    last = DAYS.index(match["last"]) if match["last"] else first
    return frozenset((first + rank) % 7 for rank in range((last - first) % 7 + 1))


def _refused(line):
    return Refused(
        "plage",
        f"« {line[:40]} » n’est pas une plage d’envoi : écrivez-la comme « lun-ven 08:00-19:00 », une par ligne.",
        line,
    )
