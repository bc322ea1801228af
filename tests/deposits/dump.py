"""What a thief of the whole platform holds: every record and blob of the database, and every secret of the operator.

Everything in it that could be a private key of 32 bytes is gathered, whatever its form: raw, hexadecimal, base64, bech32.
"""

from base64 import b64decode
from base64 import b64encode
from base64 import urlsafe_b64decode
from megalis.portal.kernel import secrets
from megalis.portal.sealing import bech32
from pathlib import Path
from ZODB.blob import is_blob_record

import pickletools
import re


HEX = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
BASE64 = re.compile(rb"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{43}=?(?![A-Za-z0-9+/=_-])")
AGE = re.compile(rb"AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{58}", re.IGNORECASE)
PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(.+?)-----END", re.DOTALL)


def of_database(storage):
    """Return every piece of the storage, all revisions, blobs included: list of bytes."""
    found = []
    for transaction in storage.iterator():
        for record in transaction:
            if record.data is None:
                continue
            found.append(record.data)
            if is_blob_record(record.data):
                found.append(Path(storage.loadBlob(record.oid, record.tid)).read_bytes())
    return found


def of_secrets():
    """Return the files of the operator's secrets: list of bytes."""
    return [path.read_bytes() for path in sorted(secrets.folder().rglob("*")) if path.is_file()]


def values(piece):
    """Yield the piece itself and, when it holds pickles, each string and byte string in them."""
    yield piece
    rest = piece
    while rest[:1] == b"\x80":
        try:
            end = len(rest)
            for _opcode, value, position in pickletools.genops(rest):
                end = position + 1
                if isinstance(value, bytes):
                    yield value
                elif isinstance(value, str):
                    yield value.encode("utf-8", "surrogatepass")
                    if all(char < "\u0100" for char in value):  # how protocol 2 writes bytes
                        yield value.encode("latin-1")
        except ValueError:
            return
        rest = rest[end:]


def keys_in(pieces):
    """Return every 32-byte value of the pieces that could be a key: set of bytes."""
    found = set()
    for piece in pieces:
        for value in values(piece):
            if len(value) in (32, 64):
                found.update(value[at : at + 32] for at in range(0, len(value), 32))
            found.update(bytes.fromhex(match.decode()) for match in HEX.findall(value))
            found.update(_decoded(match) for match in BASE64.findall(value))
            found.update(bech32.decode(match.decode().lower())[1] for match in AGE.findall(value))
            for body in PEM.findall(value):
                found.add(b64decode(b"".join(body.split()))[-32:])
    return {key for key in found if len(key) == 32}


def _decoded(text):
    decode = urlsafe_b64decode if set(text) & set(b"-_") else b64decode
    try:
        return decode(text.rstrip(b"=") + b"=")
    except ValueError:
        return b""


def holds(pieces, canary):
    """Tell whether the canary stands in some piece: as it is, in UTF-16, in hexadecimal or in base64 at any offset."""
    forms = [canary, canary.decode().encode("utf-16-le"), canary.hex().encode(), canary.hex().upper().encode()]
    for shift in range(3):
        encoded = b64encode(b"\0" * shift + canary)
        forms.append(encoded[4 if shift else 0 : -4])
    return any(form in piece for form in forms for piece in pieces)
