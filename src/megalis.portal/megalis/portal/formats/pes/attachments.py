"""Attachments of a flow: base64 of gzip of a document, unpacked as it passes and stopped at a limit.

What a gzip claims about its size is never believed: the bytes are counted.
"""

from megalis.portal.formats.refusal import Refused

import base64
import binascii
import hashlib
import zlib


MAX_ONE = 256 * 1024 * 1024
MAX_ALL = 1024 * 1024 * 1024

_SLICE = 1024 * 1024
_SPACES = {ord(char): None for char in " \t\r\n"}
_GZIP = 16 + zlib.MAX_WBITS


def unpack(parts, limit=MAX_ONE):
    """Yield the bytes of an attachment, given as its text (None: none) or as an iterable of parts of it.

    Raises ``Refused``: ``pes.pj-vide``, ``pes.pj-base64``, ``pes.pj-gzip``, ``pes.pj-tronquee``, ``pes.pj-taille`` (beyond ``limit``).
    """
    unzip, total, empty = zlib.decompressobj(_GZIP), 0, True
    for packed in _decoded(_slices(parts) if isinstance(parts, str) else parts or ()):
        while packed and not unzip.eof:
            empty = False
            try:
                data = unzip.decompress(packed, _SLICE)
            except zlib.error:
                raise Refused(
                    "pes.pj-gzip",
                    "La pièce jointe n’est pas compressée (gzip), ou elle est abîmée : joignez-la de nouveau.",
                ) from None
            packed = unzip.unconsumed_tail
            total += len(data)
            if total > limit:
                shown = f"{limit // 1048576} Mo" if limit >= 1048576 else f"{limit} octets"
                raise Refused("pes.pj-taille", f"La pièce jointe pèse plus de {shown} décompressée : elle est refusée.")
            yield data
    if empty:
        raise Refused("pes.pj-vide", "La pièce jointe n’a pas de contenu : joignez-la de nouveau au flux.")
    if not unzip.eof:
        raise Refused("pes.pj-tronquee", "La pièce jointe est incomplète (sa fin manque) : joignez-la de nouveau.")


def _slices(text):
    for start in range(0, len(text), _SLICE):
        yield text[start : start + _SLICE]


def _decoded(parts):
    rest = ""
    for item in parts:
        part = rest + item.translate(_SPACES)
        whole = len(part) - len(part) % 4
        rest = part[whole:]
        yield _base64(part[:whole])
    if rest:
        yield _base64(rest)


def _base64(part):
    try:
        return base64.b64decode(part, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("pes.pj-base64", "La pièce jointe n’est pas en base64 : joignez-la de nouveau au flux.") from None


def measure(text, limit=MAX_ONE):
    """Return ``(size, SHA-256 in hex)`` of an attachment; raises as ``unpack`` does."""
    size, made = 0, hashlib.sha256()
    for data in unpack(text, limit):
        size += len(data)
        made.update(data)
    return size, made.hexdigest()
