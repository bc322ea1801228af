"""The age v1 header (c2sp.org/age): strict grammar both ways, and the HMAC that ties every stanza to the file key."""

from base64 import b64encode
from binascii import a2b_base64
from binascii import Error as Base64Error
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from dataclasses import dataclass
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import MacError

import hmac
import re


VERSION = b"age-encryption.org/v1"
MAX_HEADER = 1 << 20
COLUMNS = 64
FILE_KEY_SIZE = 16

_STANZA = re.compile(rb"-> [\x21-\x7e]+(?: [\x21-\x7e]+)*\Z")
_BODY = re.compile(rb"[A-Za-z0-9+/]{0,64}\Z")
_MAC = re.compile(rb"--- ([A-Za-z0-9+/]{43})\Z")


class IncompleteHeader(HeaderError):
    """More bytes are needed before the header can be judged."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """One recipient stanza: ``type`` and ``args`` (ASCII str), ``body`` (decoded bytes)."""

    type: str
    args: tuple
    body: bytes

    def encode(self):
        """Return the stanza's lines, final short line included."""
        text = base64(self.body)
        lines = [text[start : start + COLUMNS] for start in range(0, len(text) + 1, COLUMNS)]
        return "\n".join([" ".join(["->", self.type, *self.args]), *lines, ""]).encode("ascii")


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header: ``stanzas``, ``mac`` (32 bytes), ``signed`` (the bytes under the MAC), ``length`` in bytes."""

    stanzas: tuple
    mac: bytes
    signed: bytes
    length: int

    def verify(self, file_key):
        """Raise MacError unless the header was made with ``file_key`` (16 bytes)."""
        if not hmac.compare_digest(_mac(file_key, self.signed), self.mac):
            raise MacError("en-tête modifié après le scellement : son code d’authentification ne correspond pas")


def base64(data):
    """Return ``data`` as unpadded canonical base64 text."""
    return b64encode(data).rstrip(b"=").decode("ascii")


def unbase64(text, what="champ"):
    """Return the bytes of unpadded canonical base64 ``text`` (str or bytes); raises HeaderError."""
    raw = text.encode("ascii", "replace") if isinstance(text, str) else text
    try:
        data = a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True)
    except Base64Error as error:
        raise HeaderError(f"en-tête invalide : {what} qui n’est pas du base64") from error
    if b64encode(data).rstrip(b"=") != raw:
        raise HeaderError(f"en-tête invalide : {what} en base64 non canonique")
    return data


def hkdf(key, salt, info, length=32):
    """Return ``length`` bytes of HKDF-SHA-256 (RFC 5869); an empty salt is the RFC's default of zeros."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info).derive(key)


def _mac(file_key, signed):
    return hmac.digest(hkdf(file_key, b"", b"header"), signed, "sha256")


def build_header(stanzas, file_key):
    """Return the header bytes, newline of the MAC line included."""
    signed = VERSION + b"\n" + b"".join(stanza.encode() for stanza in stanzas) + b"---"
    return signed + b" " + base64(_mac(file_key, signed)).encode() + b"\n"


def parse_header(data):
    """Return the Header at the start of ``data`` (bytes).

    Raises IncompleteHeader when ``data`` ends inside a header that may still be right, HeaderError on any departure
    from the grammar (version line, 1+ stanzas, 64-column canonical base64 bodies ended by a short line, MAC line).
    """
    start = VERSION + b"\n"
    if not data.startswith(start):
        if start.startswith(data):
            raise IncompleteHeader("fichier vide ou coupé dans l’en-tête")
        raise HeaderError("ce n’est pas un fichier scellé : la première ligne n’est pas « age-encryption.org/v1 »")
    close = data.find(b"\n--- ")
    end = data.find(b"\n", close + 1) if close > 0 else -1
    if end < 0:
        if len(data) >= MAX_HEADER:
            raise HeaderError(f"en-tête de plus de {MAX_HEADER} octets")
        raise IncompleteHeader("fichier coupé dans l’en-tête, ou en-tête sans ligne finale")
    mac = _MAC.match(data[close + 1 : end])
    if not mac:
        raise HeaderError("en-tête invalide : ligne finale mal formée")
    stanzas = _stanzas(data[len(start) : close].split(b"\n"))
    return Header(stanzas, unbase64(mac[1], "code final"), data[: close + 4], end + 1)


def _stanzas(lines):
    found = []
    index, count = 0, len(lines)
    while index < count:
        if not _STANZA.match(lines[index]):
            raise HeaderError("en-tête invalide : ligne de destinataire mal formée")
        kind, *args = lines[index][3:].decode("ascii").split(" ")
        index += 1
        first = index
        while index < count and len(lines[index]) == COLUMNS:
            index += 1
        if index == count:
            raise HeaderError("en-tête invalide : destinataire sans ligne courte finale")
        body = lines[first : index + 1]
        index += 1
        if not all(map(_BODY.match, body)):
            raise HeaderError("en-tête invalide : corps de destinataire mal formé")
        found.append(Stanza(kind, tuple(args), unbase64(b"".join(body), "corps de destinataire")))
    return tuple(found)


def read_header(reader):
    """Read the header from ``reader`` (``read(n)``); return (Header, bytes read past it). Raises HeaderError."""
    data = b""
    while True:
        more = reader.read(max(8192, len(data)))
        data += more
        try:
            header = parse_header(data)
        except IncompleteHeader:
            if not more:
                raise
            continue
        return header, data[header.length :]
