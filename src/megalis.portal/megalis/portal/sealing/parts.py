"""The 8 MiB parts a sealed file travels in, and the RFC 6962 tree root that stands for all of them in the receipt."""

import hashlib


PART_SIZE = 8 * 1024 * 1024


def parts_count(size):
    """Return the number of parts of a sealed file of ``size`` bytes."""
    return -(-size // PART_SIZE)


def parts_root(digests):
    """Return the 32-byte RFC 6962 §2.1 root over the parts' SHA-256 ``digests`` (32 bytes each, in order).

    The data of a leaf is the digest, so a leaf hash is SHA-256(0x00 || digest). No part at all gives SHA-256("").
    """
    level = [hashlib.sha256(b"\0" + digest).digest() for digest in digests]
    if not level:
        return hashlib.sha256().digest()
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [
            hashlib.sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
        ] + odd
    return level[0]


def hash_parts(reader):
    """Return (digests, size) of the parts of ``reader`` (``readinto``), in constant memory."""
    view = memoryview(bytearray(1 << 20))
    digests = []
    size = 0
    part = hashlib.sha256()
    room = PART_SIZE
    while got := reader.readinto(view[: min(len(view), room)]):
        part.update(view[:got])
        size += got
        room -= got
        if not room:
            digests.append(part.digest())
            part, room = hashlib.sha256(), PART_SIZE
    if room < PART_SIZE:
        digests.append(part.digest())
    return digests, size
