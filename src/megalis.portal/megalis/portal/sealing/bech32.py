"""Bech32 (BIP 173) without its 90-character limit, as age keys use it; quick, as hybrid keys have 1959 characters.

The checksum is a linear recurrence over GF(32): two symbols are folded at a time with a table of 1024 remainders.
"""

from base64 import b32decode
from base64 import b32encode
from megalis.portal.sealing.errors import KeyFormatError


ALPHABET = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
RFC4648 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)

_TO_BECH32 = bytes.maketrans(RFC4648, ALPHABET)
_TO_RFC4648 = bytes.maketrans(ALPHABET, RFC4648)
_VALUES = bytes.maketrans(ALPHABET, bytes(range(32)))


def _step(state):
    top, state = state >> 25, (state & 0x1FFFFFF) << 5
    for bit, word in enumerate(GENERATOR):
        if top >> bit & 1:
            state ^= word
    return state


_FOLD = tuple(_step(_step(top << 20)) for top in range(1024))


def _polymod(values):
    """Return the 30-bit checksum state after ``values`` (bytes, each < 32)."""
    state = 1
    start = len(values) % 2
    if start:
        state = _step(state) ^ values[0]
    for index in range(start, len(values), 2):
        state = (state & 0xFFFFF) << 10 ^ _FOLD[state >> 20] ^ values[index] << 5 ^ values[index + 1]
    return state


def _expand(prefix):
    return bytes(char >> 5 for char in prefix) + b"\0" + bytes(char & 31 for char in prefix)


def encode(prefix, data):
    """Return the lower-case bech32 text of ``data`` (bytes) under the human-readable ``prefix`` (lower case)."""
    words = b32encode(data).rstrip(b"=").translate(_TO_BECH32)
    remainder = _polymod(_expand(prefix.encode()) + words.translate(_VALUES) + bytes(6)) ^ 1
    check = bytes(ALPHABET[remainder >> 5 * (5 - index) & 31] for index in range(6))
    return f"{prefix}1{(words + check).decode()}"


def decode(text):
    """Return (prefix, bytes) of bech32 ``text``, lower-cased; KeyFormatError on case, alphabet, checksum, padding."""
    if not text.isascii() or (text != text.lower() and text != text.upper()):
        raise KeyFormatError("clé mal formée : majuscules et minuscules mêlées ou caractère non ASCII")
    raw = text.lower().encode()
    prefix, _, words = raw.rpartition(b"1")
    if not prefix or len(words) < 6 or any(char < 33 or char > 126 for char in prefix):
        raise KeyFormatError("clé mal formée : préfixe ou somme de contrôle absents")
    if words.translate(None, ALPHABET):
        raise KeyFormatError("clé mal formée : caractère hors de l’alphabet bech32")
    if _polymod(_expand(prefix) + words.translate(_VALUES)) != 1:
        raise KeyFormatError("clé mal recopiée : la somme de contrôle ne correspond pas")
    words = words[:-6].translate(_TO_RFC4648)
    try:
        data = b32decode(words + b"=" * (-len(words) % 8))
    except ValueError as error:
        raise KeyFormatError("clé mal formée : longueur impossible") from error
    if b32encode(data).rstrip(b"=") != words:
        raise KeyFormatError("clé mal formée : bits de remplissage non nuls")
    return prefix.decode(), data
