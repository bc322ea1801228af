"""Sending what was made of many records: built on disk with the memory of one, not built at all when the reader has it."""

from email.utils import format_datetime
from email.utils import parsedate_to_datetime
from megalis.portal.consultations.dce import sending

import tempfile


BLOCK = 1 << 16
ORIGINS = "Access-Control-Allow-Origin"


def fresh(request, etag, instant):
    """Set the validators of an answer; True when the reader has it already (then 304 is set)."""
    response = request.response
    response.setHeader("ETag", etag)
    response.setHeader("Cache-Control", "public, no-cache")
    response.setHeader(ORIGINS, "*")
    if instant is not None:
        response.setHeader("Last-Modified", format_datetime(instant.replace(microsecond=0), usegmt=True))
    known = request.getHeader("If-None-Match")
    same = sending.matches(known, etag) if known is not None else _not_since(request, instant)
    if same:
        response.setStatus(304)
    return same


def _not_since(request, instant):
    since = request.getHeader("If-Modified-Since")
    if not since or instant is None:
        return False
    try:
        return instant.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def send(request, name, kind, chunks, etag, instant):
    """Return the body of a download made of ``chunks`` (bytes); ranges and HEAD are honoured."""
    if fresh(request, etag, instant):
        return b""
    stream = tempfile.TemporaryFile()  # noqa: SIM115  (the answer closes it)
    for chunk in chunks:
        stream.write(chunk)
    length = stream.tell()

    def read(start, stop):
        stream.seek(start)
        left = stop - start
        while left:
            data = stream.read(min(BLOCK, left))
            left -= len(data)
            yield data

    body = sending.answer(request, length, etag, name, kind, read, (stream,))
    request.response.setHeader("Cache-Control", "public, no-cache")
    return body
