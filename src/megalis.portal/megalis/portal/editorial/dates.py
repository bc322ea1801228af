"""The dates of the agenda: the events staff write, and those other rooms announce."""

from datetime import timedelta
from megalis.portal.kernel.interfaces import IAgendaDates
from zope.component import getUtilitiesFor


AHEAD = timedelta(days=366)


def others(site, begin, end):
    """Return the AgendaDates of other rooms that overlap the instants."""
    return [date for _name, supplier in getUtilitiesFor(IAgendaDates) for date in supplier(site, begin, end)]


def merged(events, site, begin, end=None):
    """Return events and the dates of other rooms together, the soonest first."""
    found = [*events, *others(site, begin, end or begin + AHEAD)]
    return sorted(found, key=lambda item: (item.start, item.title))


def entry(date):
    """Return an AgendaDate as ``kernel.ics.calendar`` writes it."""
    return {
        "uid": date.uid,
        "title": date.title,
        "url": date.url,
        "start": date.start,
        "end": date.end,
        "place": date.location,
        "text": "",
        "modified": date.start,
    }
