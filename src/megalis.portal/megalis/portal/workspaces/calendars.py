"""The calendar of a workspace for other programs: they cannot sign in, so each person has a signed address of his own."""

from dataclasses import dataclass
from datetime import date
from datetime import datetime
from hashlib import sha256
from megalis.portal.kernel import clock
from megalis.portal.kernel.secrets import secret
from megalis.portal.organisations.digests.sending import may_see
from megalis.portal.workspaces import agenda
from megalis.portal.workspaces import service
from plone import api
from plone.uuid.interfaces import IUUID

import hmac
import os


@dataclass(frozen=True)
class Occurrence:
    """One time an entry takes place: ``date`` on the clocks of Paris, ``start`` and ``end`` instants."""

    day: object
    date: date
    start: datetime
    end: datetime
    cancelled: bool = False


def occurrences(day):
    """Return every time an entry takes place, soonest first; those that were cancelled are marked."""
    begins, ends = clock.paris(day.start), clock.paris(day.end)
    if not day.dates:
        return [Occurrence(day, begins.date(), day.start, day.end)]
    longer = ends.date() - begins.date()
    spans = ((d, *agenda.span(d, begins.time(), ends.time(), d + longer)) for d in day.dates)
    return [Occurrence(day, d, start, end, d in day.cancelled) for d, start, end in spans]


def taking_place(espace):
    """Return what takes place in a workspace, soonest first: Occurrences."""
    found = [item for day in espace.dates.values() for item in occurrences(day) if not item.cancelled]
    return sorted(found, key=lambda item: item.start)


def url(item):
    """Return what follows the address of the workspace in that of an occurrence."""
    return f"{service.day_url(item.day)}&jour={item.date:%Y-%m-%d}" if item.day.dates else service.day_url(item.day)


def entries(espace, only=None):
    """Return the entries of a workspace's calendar as ``kernel.ics.calendar`` writes them, soonest first; ``only`` one."""
    chosen = [only] if only is not None else sorted(espace.dates.values(), key=lambda day: day.start)
    base = espace.absolute_url()
    return [_entry(day, f"{base}{service.day_url(day)}") for day in chosen]


def _entry(day, url):
    found = occurrences(day)
    rule = agenda.rule_of(day.rhythm, [(item.start, item.end) for item in found])
    away = tuple(item.start for item in found if item.cancelled)
    return {
        "uid": day.id, "title": day.title, "url": url, "start": day.start, "end": day.end, "place": day.place,
        "text": day.text, "modified": day.changed, "rule": rule, "away": away,
    }  # fmt: skip


def sign(espace, userid):
    """Return the token of a person's address of the calendar."""
    key = secret("feeds", lambda: os.urandom(32))
    return hmac.new(key, f"calendrier|{IUUID(espace)}|{userid}".encode(), sha256).hexdigest()[:40]


def address(espace, userid):
    """Return a person's address of the calendar."""
    return f"{espace.absolute_url()}/@@calendrier.ics?lecteur={userid}&jeton={sign(espace, userid)}"


def reader_of(espace, userid, token):
    """Tell whether a signed address is good and its person may still read the workspace."""
    if not (userid and token.isascii() and hmac.compare_digest(sign(espace, userid), token)):
        return False
    return may_see(userid, api.content.get_path(espace, relative=True).lstrip("/"))
