"""Atom and RSS of what is new, from the same entries."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings

import re


CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TYPES = {"atom": "application/atom+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8"}


@dataclass(frozen=True)
class Entry:
    """One thing that is new."""

    uid: str
    title: str
    url: str
    summary: str
    published: datetime
    modified: datetime


def xml(text):
    """Return text that any XML parser takes."""
    return escape(CONTROL.sub("", str(text)))


def atom(title, url, own, entries, now):
    """Return an Atom feed (RFC 4287)."""
    latest = max((entry.modified for entry in entries), default=now)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">',
        f"<title>{xml(title)}</title><id>{xml(own)}</id><updated>{clock.rfc3339(latest)}</updated>",
        f'<link rel="self" href="{xml(own)}"/><link rel="alternate" type="text/html" href="{xml(url)}"/>',
        f"<author><name>{xml(settings.operator_name())}</name></author>",
    ]
    for one in entries:
        lines.append(
            f"<entry><id>urn:uuid:{one.uid}</id><title>{xml(one.title)}</title>"
            f'<link rel="alternate" type="text/html" href="{xml(one.url)}"/><summary>{xml(one.summary)}</summary>'
            f"<published>{clock.rfc3339(one.published)}</published><updated>{clock.rfc3339(one.modified)}</updated></entry>"
        )
    return "\n".join([*lines, "</feed>"])


def rss(title, url, own, entries, now):
    """Return an RSS 2.0 feed."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>',
        f"<title>{xml(title)}</title><link>{xml(url)}</link><description>{xml(title)}</description><language>fr</language>",
        f'<atom:link rel="self" type="application/rss+xml" href="{xml(own)}"/>',
    ]
    for one in entries:
        lines.append(
            f"<item><title>{xml(one.title)}</title><link>{xml(one.url)}</link><description>{xml(one.summary)}</description>"
            f'<guid isPermaLink="false">urn:uuid:{one.uid}</guid><pubDate>{format_datetime(one.published)}</pubDate></item>'
        )
    return "\n".join([*lines, "</channel></rss>"])


def answer(view, text, kind=""):
    """Set the headers of a feed, of the kind its view is named after when none is told; return it."""
    response = view.request.response
    response.setHeader("Content-Type", TYPES[kind or view.__name__.rpartition(".")[2]])
    response.setHeader("Cache-Control", "no-cache")
    response.setHeader("X-Content-Type-Options", "nosniff")
    return text
