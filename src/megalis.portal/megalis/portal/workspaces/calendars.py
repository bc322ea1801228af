"""The calendar of a workspace for other programs: they cannot sign in, so each person has a signed address of his own."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from megalis.portal.kernel.secrets import secret
from megalis.portal.organisations.digests.sending import may_see
from megalis.portal.workspaces import service
from plone import api
from plone.uuid.interfaces import IUUID

import hmac
import os


@dataclass(frozen=True)
class Entry:
    """What ``agenda.icalendar`` writes of an entry."""

    id: str
    start: datetime
    end: datetime
    title: str
    place: str
    text: str
    url: str
    changed: datetime


def entries(espace, only=None):
    """Return the entries of a workspace's calendar, soonest first; ``only`` one of them."""
    chosen = [only] if only is not None else sorted(espace.dates.values(), key=lambda day: day.start)
    base = espace.absolute_url()
    return [
        Entry(d.id, d.start, d.end, d.title, d.place, d.text, f"{base}{service.day_url(d)}", d.changed) for d in chosen
    ]


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
