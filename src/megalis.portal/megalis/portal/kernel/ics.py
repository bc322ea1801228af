"""Dates for one's own calendar program: one maker of iCalendar files for the rooms that announce dates."""

from icalendar import Calendar
from icalendar import Event
from icalendar import Timezone
from icalendar import vRecur
from megalis.portal.kernel import clock

import re


PRODUCT = "-//megalis.portal//agenda//FR"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# The clocks of Paris since 1996 (directive 2000/84/EC), as RFC 5545 wants them told.
ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


def calendar(entries, now, name=""):
    """Return the bytes of a calendar, ``name`` being what programs call it.

    ``entries``: dicts uid, title, url, start, end, place, text, modified; ``rule``: the RRULE of what comes back, ``away``:
    instants that the rule gives and that do not take place. What comes once is in UTC, right on both sides of a change of
    hour without zone tables; what comes back keeps its hour of Paris.
    """
    entries = list(entries)
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    if name:
        found.add("x-wr-calname", " ".join(plain(name).split()))
    if any(entry.get("rule") for entry in entries):
        found.add_component(Timezone.from_ical(ZONE))
    for entry in entries:
        found.add_component(_event(entry, now))
    return found.to_ical()


def _event(entry, now):
    rule = entry.get("rule")
    local = clock.paris if rule else _utc
    event = Event()
    event.add("uid", f"{entry['uid']}@megalis.portal")
    event.add("dtstamp", _utc(now))
    event.add("dtstart", local(entry["start"]))
    event.add("dtend", local(entry["end"]))
    event.add("summary", plain(entry["title"]))
    if rule:
        event.add("rrule", vRecur.from_ical(rule))
    if entry.get("away"):
        event.add("exdate", [local(at) for at in entry["away"]])
    for name, key in (("location", "place"), ("description", "text")):
        if entry.get(key):
            event.add(name, plain(entry[key]))
    event.add("url", entry["url"])
    event.add("last-modified", _utc(entry["modified"]))
    return event


def _utc(instant):
    return instant.astimezone(clock.UTC)


def plain(text):
    """Return a text without what no calendar may hold."""
    return CONTROL.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))
