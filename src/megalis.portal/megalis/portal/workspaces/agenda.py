"""The calendar of a workspace: local times that exist, entries that come back at the same hour, iCalendar."""

from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock

import re


ONCE, WEEKLY, MONTHLY = "une-fois", "semaine", "mois"
RHYTHMS = {ONCE: "Une seule fois", WEEKLY: "Chaque semaine", MONTHLY: "Chaque mois, le même jour"}
MOST = 53  # entries of one rhythm
LONGEST = timedelta(days=31)
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


def comes_twice(day, hour):
    """Tell whether a time comes twice that day, as clocks go back."""
    local = datetime.combine(day, hour, clock.PARIS)
    return local.utcoffset() != local.replace(fold=1).utcoffset() and instant_exists(local)


def instant_exists(local):
    """Tell whether the clocks of Paris show a local time at all."""
    back = local.astimezone(clock.UTC).astimezone(clock.PARIS)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


def span(day, start, end, last=None):
    """Return ``(start, end)`` instants; Refused ``fin`` when it ends before it begins, ``duree`` beyond a month."""
    begins, ends = instant(day, start), instant(last or day, end)
    if ends <= begins:
        raise Refused("fin", "La fin précède le début : corrigez l’une des deux heures.")
    if ends - begins > LONGEST:
        raise Refused("duree", "Une entrée dure un mois au plus : faites-en plusieurs.")
    return begins, ends


def check_to_come(begins, now):
    """Refuse (``date.passee``) a new entry that is over before it is told."""
    if begins < now:
        raise Refused(
            "date.passee",
            f"Le {clock.french(begins)} est passé : corrigez la date, ou écrivez un compte rendu dans les pages.",
        )


def days(first, rhythm, until):
    """Return the dates of an entry that comes back, ``until`` included; a month without that day is left out."""
    if rhythm not in RHYTHMS:
        raise Refused("rythme", "Choisissez un rythme dans la liste.")
    if rhythm == ONCE:
        return [first]
    if until is None or until < first:
        raise Refused("rythme.fin", "Dites jusqu’à quand l’entrée revient : une date après la première.")
    found, rank = [first], 1
    while len(found) <= MOST:
        following = first + timedelta(weeks=rank) if rhythm == WEEKLY else _month_later(first, rank)
        rank += 1
        if following is not None and following > until:
            return found
        if following is not None:
            found.append(following)
    raise Refused("rythme.nombre", f"Plus de {MOST} dates : rapprochez la fin.")


def _month_later(first, rank):
    month = first.month - 1 + rank
    try:
        return first.replace(year=first.year + month // 12, month=month % 12 + 1)
    except ValueError:
        return None


def folded(line):
    """Return a content line cut at 75 octets, as RFC 5545 wants."""
    data, parts, size = line.encode(), [], 75
    while len(data) > size:
        cut = size
        while data[cut] & 0xC0 == 0x80:
            cut -= 1
        parts.append(data[:cut])
        data, size = data[cut:], 74
    return b"\r\n ".join([*parts, data])


def escaped(text):
    """Return a text value of iCalendar."""
    plain = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", str(text).replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def icalendar(name, entries, now):
    """Return the bytes of a calendar; ``entries``: objects with id, start, end, title, place, text, url, changed.

    Instants are written in UTC, which no change of clocks touches.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//e-megalis//espaces//FR", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{escaped(name)}")
    for item in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{item.id}@e-megalis",
            f"DTSTAMP:{stamp(item.changed or now)}",
            f"DTSTART:{stamp(item.start)}",
            f"DTEND:{stamp(item.end)}",
            f"SUMMARY:{escaped(item.title)}",
        ]
        if item.place:
            lines.append(f"LOCATION:{escaped(item.place)}")
        if item.text:
            lines.append(f"DESCRIPTION:{escaped(item.text)}")
        lines += [f"URL:{item.url}", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return b"\r\n".join(map(folded, lines)) + b"\r\n"


def stamp(at):
    """Return an instant as ``20260329T010000Z``."""
    return f"{at.astimezone(clock.UTC):%Y%m%dT%H%M%SZ}"
