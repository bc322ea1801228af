"""The dates of the agenda: the events staff write, and those other rooms announce."""

from dataclasses import dataclass
from datetime import timedelta
from megalis.portal.editorial import agenda
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import AgendaDate
from megalis.portal.kernel.interfaces import IAgendaDates
from zope.component import getUtilitiesFor


AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Day:
    """What another room announces on one day, in one or several spans of hours."""

    title: str
    url: str
    location: str
    spans: tuple

    @property
    def start(self):
        return self.spans[0][0]

    @property
    def end(self):
        return self.spans[-1][1]

    def absolute_url(self):
        return self.url


def _same(item):
    """Return what makes several AgendaDates one for readers: what is announced, and its day; an event is itself alone."""
    return (item.url, clock.paris(item.start).date()) if isinstance(item, AgendaDate) else id(item)


def gathered(found):
    """Return dates with the AgendaDates of one thing on one day made one Day, in the same order."""
    groups = {}
    for item in found:
        groups.setdefault(_same(item), []).append(item)
    return [
        Day(group[0].title, group[0].url, group[0].location, tuple((item.start, item.end) for item in group))
        if isinstance(group[0], AgendaDate)
        else group[0]
        for group in groups.values()
    ]


def said(item):
    """Return when an event or a Day takes place, in words."""
    first, *more = getattr(item, "spans", None) or ((item.start, item.end),)
    return agenda.said(*first, *more)


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
