"""Where the attachments of a flow lie in its file, so that opening one reads its own bytes and not 128 MiB of XML.

The places are found by their tags, in a look at the bytes that knows nothing of XML: a tag within a comment or a value misleads
it. What is taken from a place is therefore held against the digest kept when the flow was read; what differs is not believed,
and whoever asks reads the flow then, as ``reading.extract`` does.
"""

from hashlib import sha256
from megalis.portal.formats.pes import attachments
from megalis.portal.formats.refusal import Refused

import mmap


_BEGIN, _END = b"<Fichier", b"</Fichier"
_SLICE = 1024 * 1024


def find(path, count):
    """Return the ``(offset, size)`` of the text of each of the ``count`` attachments of a file; () when they do not add up."""
    if not count:
        return ()
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found, start = [], data.find(_BEGIN)
        while start >= 0:
            begin = data.find(b">", start) + 1
            empty = data[begin - 2 : begin] == b"/>"
            end = begin if empty else data.find(_END, begin)
            if not begin or end < 0:
                return ()
            found.append((begin, end - begin))
            start = data.find(_BEGIN, end)
    return tuple(found) if len(found) == count else ()


def take(path, place, digest, write):
    """Give the bytes of the attachment at a place to ``write``; tell whether they are those of ``digest`` (SHA-256 in hex).

    When they are not, what was written is to be thrown away.
    """
    made = sha256()
    try:
        with open(path, "rb") as stream:
            for data in attachments.unpack(_parts(stream, *place)):
                made.update(data)
                write(data)
    except Refused:
        return False
    return made.hexdigest() == digest


def _parts(stream, offset, size):
    stream.seek(offset)
    while size > 0 and (part := stream.read(min(size, _SLICE))):
        size -= len(part)
        yield part.decode("ascii", "replace")
