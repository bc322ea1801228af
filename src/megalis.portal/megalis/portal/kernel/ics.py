"""Dates for one's own calendar program: one maker of iCalendar files for the rooms that announce dates."""

from icalendar import Calendar
from icalendar import Event
from megalis.portal.kernel import clock


PRODUCT = "-//megalis.portal//agenda//FR"


def calendar(entries, now):
    """Return the bytes of a calendar. Instants are in UTC: right on both sides of a change of hour, without zone tables.

    ``entries``: dicts uid, title, url, start, end, place, text, modified.
    """
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry['uid']}@megalis.portal")
        event.add("dtstamp", now.astimezone(clock.UTC))
        event.add("dtstart", entry["start"].astimezone(clock.UTC))
        event.add("dtend", entry["end"].astimezone(clock.UTC))
        event.add("summary", entry["title"])
        if entry.get("place"):
            event.add("location", entry["place"])
        if entry.get("text"):
            event.add("description", entry["text"])
        event.add("url", entry["url"])
        event.add("last-modified", entry["modified"].astimezone(clock.UTC))
        found.add_component(event)
    return found.to_ical()
