"""Sending bytes over HTTP so that a cut costs nothing: ETag, Range and If-Range (RFC 9110 §13, §14), flat memory."""

from urllib.parse import quote
from zope.interface import implementer
from ZPublisher.Iterators import IStreamIterator

import re
import unicodedata


ROBOTS = re.compile(
    r"bot\b|bot[/;_-]|crawl|spider|slurp|facebookexternalhit|preview|monitor|headlesschrome/.*lighthouse", re.I
)


@implementer(IStreamIterator)
class Stream:
    """An iterator of bytes with a length, for the publisher; ``closing`` are files to close with it."""

    def __init__(self, blocks, length, closing=()):
        self._blocks = blocks
        self._length = length
        self._closing = closing

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._blocks)

    def __len__(self):
        return self._length

    def close(self):
        self._blocks.close()
        for stream in self._closing:
            stream.close()


def asked_range(header, length):
    """Return ``(start, stop)`` of a Range header, None when there is none to honour, False when it cannot be met.

    One range of bytes only: several, or another unit, are answered whole, as the RFC allows.
    """
    found = re.fullmatch(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", header or "", re.I)
    if not found or not (found[1] or found[2]) or len(found[1]) > 18 or len(found[2]) > 18:
        return None
    if not found[1]:
        size = int(found[2])
        return (max(0, length - size), length) if size and length else False
    start = int(found[1])
    stop = min(int(found[2]) + 1, length) if found[2] else length
    if found[2] and int(found[2]) < start:
        return None
    return (start, stop) if start < length else False


def continues(request):
    """Tell whether the request goes on with a download already begun."""
    found = re.match(r"\s*bytes\s*=\s*(\d*)", request.getHeader("Range") or "", re.I)
    return bool(found) and found[1] != "0"


def is_person(request):
    """Tell whether a GET looks like a withdrawal: no robot, no prefetch, no continuation, no HEAD."""
    if request.method != "GET" or continues(request):
        return False
    purpose = f"{request.getHeader('Sec-Purpose') or ''} {request.getHeader('Purpose') or ''} {request.getHeader('X-Moz') or ''}"
    return "prefetch" not in purpose.lower() and not ROBOTS.search(request.getHeader("User-Agent") or "")


def disposition(name):
    """Return a Content-Disposition that keeps accents (RFC 6266) and has a plain fallback."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    plain = re.sub(r"[^A-Za-z0-9 ._()-]+", "_", plain).strip() or "document"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def matches(header, etag):
    """Tell whether an If-None-Match header names this ETag."""
    return header is not None and any(item.strip().removeprefix("W/") in (etag, "*") for item in header.split(","))


def answer(request, length, etag, name, kind, read, closing=()):
    """Set the headers of a download and return its body; ``read(start, stop)`` yields bytes."""
    response = request.response
    response.setHeader("Accept-Ranges", "bytes")
    response.setHeader("ETag", etag)
    response.setHeader("Cache-Control", "private, no-cache")
    response.setHeader("X-Content-Type-Options", "nosniff")
    response.setHeader("Content-Security-Policy", "sandbox; default-src 'none'")
    if matches(request.getHeader("If-None-Match"), etag):
        response.setStatus(304)
        return done(closing)
    response.setHeader("Content-Type", kind)
    response.setHeader("Content-Disposition", disposition(name))
    guard = request.getHeader("If-Range")
    wanted = asked_range(request.getHeader("Range"), length) if guard in (None, "", etag) else None
    if wanted is False:
        response.setStatus(416)
        response.setHeader("Content-Range", f"bytes */{length}")
        return done(closing)
    start, stop = wanted or (0, length)
    if wanted:
        response.setStatus(206)
        response.setHeader("Content-Range", f"bytes {start}-{stop - 1}/{length}")
    response.setHeader("Content-Length", str(stop - start))
    if request.method == "HEAD":
        return done(closing)
    return Stream(read(start, stop), stop - start, closing)


def done(closing):
    for stream in closing:
        stream.close()
    return b""
