"""A zip whose bytes are known before a single one is sent: its length, and any slice of it, with flat memory.

Files are stored, not deflated (dossiers are PDF and archives already), so the whole layout follows from names, sizes and
CRC-32: the length goes into the headers and a download that was cut goes on where it stopped. Format: PKWARE APPNOTE 6.3,
names in UTF-8 (flag 11), ZIP64 only where a number needs it, CRC in the local headers (no data descriptor, which some
readers refuse for stored files).
"""

from collections.abc import Callable
from dataclasses import dataclass

import hashlib
import struct
import zlib


STEP = 1 << 18
BIG = 0xFFFFFFFF
MANY = 0xFFFF
UTF8 = 0x800
UNIX_FILE = 0o100644 << 16


def crc32(stream):
    """Return the CRC-32 of a binary stream, read by blocks."""
    value = 0
    while block := stream.read(STEP):
        value = zlib.crc32(block, value)
    return value


def safe_name(name):
    """Return a member name that stays in the folder where it is unpacked, whatever the file was called."""
    name = str(name).replace("\\", "/").rsplit("/", 1)[-1].replace("\x00", "").lstrip(".").strip()
    return name if name and ":" not in name else (name.replace(":", "_") or "document")


@dataclass(frozen=True)
class Member:
    """A file of the archive: ``size`` in bytes, its ``crc``, ``open()`` -> binary stream, ``when`` a local datetime."""

    name: str
    size: int
    crc: int
    open: Callable
    when: object


def _dos(when):
    if when.year < 1980:
        return 0, 0x21
    return when.hour << 11 | when.minute << 5 | when.second // 2, (when.year - 1980) << 9 | when.month << 5 | when.day


def _local(member):
    name = member.name.encode()
    clock, day = _dos(member.when)
    if member.size < BIG:
        version, shown, extra = 20, member.size, b""
    else:
        version, shown, extra = 45, BIG, struct.pack("<HHQQ", 1, 16, member.size, member.size)
    head = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", version, UTF8, 0, clock, day, member.crc, shown, shown, len(name), len(extra)
    )
    return head + name + extra


def _central(member, offset):
    name = member.name.encode()
    clock, day = _dos(member.when)
    wide = [member.size, member.size] if member.size >= BIG else []
    wide += [offset] if offset >= BIG else []
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = 45 if wide else 20
    shown = min(member.size, BIG)
    head = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 3 << 8 | version, version, UTF8, 0, clock, day, member.crc, shown, shown,
        len(name), len(extra), 0, 0, 0, UNIX_FILE, min(offset, BIG),
    )  # fmt: skip
    return head + name + extra


def _end(count, size, offset):
    if count < MANY and size < BIG and offset < BIG:
        return struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, size, offset, 0)
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 3 << 8 | 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, offset + size, 1)
    last = struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, min(count, MANY), min(count, MANY), min(size, BIG), min(offset, BIG), 0
    )
    return record + locator + last


class Archive:
    """The zip of these Members: ``length`` in bytes, ``etag`` that names its content, ``read(start, stop)``."""

    def __init__(self, members):
        self.pieces = []  # (length, bytes or Member)
        directory, offset, digest = [], 0, hashlib.sha256()
        for member in members:
            head = _local(member)
            digest.update(head)
            directory.append(_central(member, offset))
            self.pieces += [(len(head), head), (member.size, member)]
            offset += len(head) + member.size
        tail = b"".join(directory)
        tail += _end(len(directory), len(tail), offset)
        digest.update(tail)
        self.pieces.append((len(tail), tail))
        self.length = offset + len(tail)
        self.etag = f'"{digest.hexdigest()[:32]}"'

    def read(self, start=0, stop=None):
        """Yield the bytes from ``start`` to ``stop`` (all without), opening each file when it is reached."""
        stop = self.length if stop is None else stop
        here = 0
        for length, piece in self.pieces:
            begin, end = max(start, here) - here, min(stop, here + length) - here
            if begin < end:
                if isinstance(piece, bytes):
                    yield piece[begin:end]
                else:
                    yield from slice_of(piece.open, begin, end)
            here += length
            if here >= stop:
                break


def slice_of(opener, start, stop):
    """Yield the bytes of a file from ``start`` to ``stop``; OSError when it is shorter than announced."""
    with opener() as stream:
        stream.seek(start)
        left = stop - start
        while left:
            block = stream.read(min(STEP, left))
            if not block:
                raise OSError("file shorter than announced")
            left -= len(block)
            yield block
