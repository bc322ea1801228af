"""A key cut into n printed sheets of which any m give it back, and fewer tell nothing (Shamir over GF(256)).

Meant for the key of the safe: five people keep a sheet each, any three open. A sheet is one line of capitals with its own
checksum (bech32), which says whose set it is, its number, how many are needed, and the start of the key's fingerprint:
sheets that do not go together are told apart before anything is computed, and what is computed must have that fingerprint.
"""

from dataclasses import dataclass
from megalis.portal.sealing import bech32
from megalis.portal.sealing.errors import KeyFormatError
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.identities import HybridIdentity
from megalis.portal.sealing.identities import X25519Identity

import os
import re


PREFIX = "megalis-part-"
VERSION = 1
KINDS = {1: HybridIdentity, 2: X25519Identity}
MAX_SHARES = 16
SET_SIZE, MARK_SIZE, SECRET_SIZE = 4, 8, 32
SIZE = 5 + SET_SIZE + MARK_SIZE + SECRET_SIZE

_LINE = re.compile(r"MEGALIS-PART-1[0-9A-Z]{0,85}")  # 49 bytes and the checksum: what follows is another text


class SharesError(SealingError):
    """Sheets that are unreadable, too few, of several sets, or that do not give the key they name."""

    code = "feuilles"


@dataclass(frozen=True, slots=True)
class Share:
    """One sheet: ``needed`` of ``count`` give the key, ``number`` is its own (from 1), ``set`` that of the cutting."""

    kind: int
    needed: int
    count: int
    number: int
    set: bytes
    mark: bytes
    value: bytes

    def text(self):
        """Return the line printed on the sheet, in capitals."""
        head = bytes((VERSION, self.kind, self.needed, self.count, self.number))
        return bech32.encode(PREFIX, head + self.set + self.mark + self.value).upper()


def _tables():
    exp, log, value = [0] * 510, [0] * 256, 1
    for power in range(255):
        exp[power] = exp[power + 255] = value
        log[value] = power
        value ^= value << 1  # times 3, a generator modulo x^8 + x^4 + x^3 + x + 1
        if value & 0x100:
            value ^= 0x11B
    return exp, log


_EXP, _LOG = _tables()


def _times(a, b):
    return _EXP[_LOG[a] + _LOG[b]] if a and b else 0


def _over(a, b):
    return _EXP[_LOG[a] + 255 - _LOG[b]] if a else 0


def _at(coefficients, x):
    """Return the value at ``x`` of a polynomial, its constant term first."""
    value = 0
    for coefficient in reversed(coefficients):
        value = _times(value, x) ^ coefficient
    return value


def interpolate(points, x=0):
    """Return the bytes at ``x`` of the polynomials through ``points``: ``{number: bytes}``, all of one length."""
    result = bytearray(len(next(iter(points.values()))))
    for number, value in points.items():
        weight = 1
        for other in points:
            if other != number:
                weight = _times(weight, _over(other ^ x, other ^ number))
        for index, byte in enumerate(value):
            result[index] ^= _times(byte, weight)
    return bytes(result)


def split(identity, needed, count):
    """Return the ``count`` Shares of an identity (object), any ``needed`` of which give it back. SharesError."""
    if not 2 <= needed <= count <= MAX_SHARES:
        raise SharesError(
            f"{needed} feuilles sur {count} : il en faut au moins 2 pour ouvrir, et {MAX_SHARES} au plus en tout"
        )
    kind = next((number for number, cls in KINDS.items() if type(identity) is cls), None)
    if kind is None:
        raise SharesError("cette sorte de clé ne se partage pas en feuilles")
    _prefix, secret = bech32.decode(identity.secret_text())
    coefficients = [secret, *(os.urandom(SECRET_SIZE) for _ in range(needed - 1))]
    rows = list(zip(*coefficients, strict=True))
    group, mark = os.urandom(SET_SIZE), bytes.fromhex(identity.recipient.fingerprint)[:MARK_SIZE]
    return [
        Share(kind, needed, count, number, group, mark, bytes(_at(row, number) for row in rows))
        for number in range(1, count + 1)
    ]


def parse(text):
    """Return the Share of one line; spaces, dashes of groups and letter case do not matter. SharesError."""
    line = re.sub(r"\s+", "", text).lower()
    try:
        prefix, data = bech32.decode(line)
    except KeyFormatError as error:
        raise SharesError(
            "une feuille est mal recopiée : sa somme de contrôle est fausse, relisez-la caractère par caractère"
        ) from error
    if prefix != PREFIX or len(data) != SIZE or data[0] != VERSION:
        raise SharesError("ce texte n’est pas celui d’une feuille de partage (MEGALIS-PART-1…)")
    kind, needed, count, number = data[1:5]
    if kind not in KINDS or not 2 <= needed <= count <= MAX_SHARES or not 1 <= number <= count:
        raise SharesError("feuille de partage d’une forme inconnue")
    rest = data[5:]
    return Share(
        kind,
        needed,
        count,
        number,
        rest[:SET_SIZE],
        rest[SET_SIZE : SET_SIZE + MARK_SIZE],
        rest[SET_SIZE + MARK_SIZE :],
    )


def lines(text):
    """Return the lines of sheets in a text where each may be cut by blanks: what follows a prefix up to the next one."""
    compact = re.sub(r"\s+", "", text).upper()
    starts = [found.start() for found in re.finditer(r"MEGALIS-PART-1", compact)]
    ends = [*starts[1:], len(compact)]
    return [_LINE.match(compact[start:end])[0] for start, end in zip(starts, ends, strict=True) if compact[start:end]]


def is_shares(text):
    """Tell whether a text holds sheets rather than a key."""
    return "MEGALIS-PART-1" in re.sub(r"\s+", "", text).upper()


def combine(shares):
    """Return the identity that Shares give back; SharesError says which sheet is missing, double, of another set or wrong."""
    shares = list(shares)
    if not shares:
        raise SharesError("aucune feuille : donnez-en autant qu’il en faut")
    first = shares[0]
    if len({share.mark for share in shares}) > 1:
        raise SharesError("ces feuilles sont celles de clés différentes : comparez l’empreinte imprimée sur chacune")
    if len({(share.set, share.needed, share.count, share.kind) for share in shares}) > 1:
        raise SharesError(
            "ces feuilles viennent de deux partages de la même clé : prenez-les d’un seul partage, même date"
        )
    points = {}
    for share in shares:
        if points.setdefault(share.number, share.value) != share.value:
            raise SharesError(f"deux feuilles n° {share.number} différentes : l’une est fausse")
    if len(points) < first.needed:
        held = ", ".join(str(number) for number in sorted(points))
        again = " (une feuille donnée deux fois ne compte qu’une fois)" if len(points) < len(shares) else ""
        raise SharesError(
            f"{len(points)} feuille{'s' if len(points) > 1 else ''} sur {first.needed} nécessaires : vous avez la n° {held}{again}, "
            f"il en manque {first.needed - len(points)}"
        )
    chosen = dict(sorted(points.items())[: first.needed])
    for number, value in points.items():
        if number not in chosen and interpolate(chosen, number) != value:
            raise SharesError(f"la feuille n° {number} ne va pas avec les autres : l’une d’elles est fausse")
    identity = KINDS[first.kind](interpolate(chosen))
    if bytes.fromhex(identity.recipient.fingerprint)[:MARK_SIZE] != first.mark:
        raise SharesError("ces feuilles ne redonnent pas la clé qu’elles nomment : l’une d’elles est fausse")
    return identity


def read(text):
    """Return the identity that the sheets of a text give back. SharesError."""
    return combine([parse(line) for line in lines(text)])
