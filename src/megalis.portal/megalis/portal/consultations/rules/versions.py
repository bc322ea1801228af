"""The fingerprint of a dossier, by which a bidder and a buyer know they speak of the same documents."""

from megalis.portal.formats import jcs

import hashlib
import zlib


def dce_hash(pieces):
    """Return the SHA-256 (hex) of the canonical JSON (RFC 8785) of the sorted ``(name, size, sha256)`` triples.

    ``pieces`` yields (str, int bytes, hex). The order in which files were added is of no effect; an empty dossier has
    the fingerprint of ``[]``.
    """
    return hashlib.sha256(jcs.dumps([list(piece) for piece in sorted(pieces)])).hexdigest()


def measures_of(stream, step=1 << 20):
    """Return ``(bytes, hex SHA-256, CRC-32)`` of a binary stream read by ``step`` bytes: memory stays flat at any size."""
    digest = hashlib.sha256()
    size = crc = 0
    while block := stream.read(step):
        digest.update(block)
        crc = zlib.crc32(block, crc)
        size += len(block)
    return size, digest.hexdigest(), crc
