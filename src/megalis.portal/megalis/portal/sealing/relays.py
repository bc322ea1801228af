"""An additional header: the file key of a pli given to one more holder, beside bytes that do not change.

A *relais* is a whole age header of its own, made with the file key of the pli: one stanza for the new holder, one that
names the header it goes with (SHA-256), and the same context stanza. Its HMAC can only be made by who knows the file
key. Put before the nonce and the content of the pli, it makes an age file that any age program opens.
"""

from dataclasses import dataclass
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import NoMatchError
from megalis.portal.sealing.header import base64
from megalis.portal.sealing.header import build_header
from megalis.portal.sealing.header import Header
from megalis.portal.sealing.header import parse_header
from megalis.portal.sealing.header import Stanza
from megalis.portal.sealing.header import unbase64

import hashlib


RELAY_STANZA = "megalis.bzh/relais"
CONTEXT_STANZA = "megalis.bzh/context"
MAX_RELAY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Relay:
    """A parsed relay: its ``header``, the ``stanza`` for the new holder, ``original`` (SHA-256 of the pli's header)."""

    header: Header
    stanza: Stanza
    original: bytes


def header_digest(header):
    """Return the SHA-256 (32 bytes) of a pli's header: the bytes before its nonce, given as bytes or as a Header."""
    if isinstance(header, Header):
        header = header.signed + b" " + base64(header.mac).encode() + b"\n"
    return hashlib.sha256(header).digest()


def parse_relay(data):
    """Return the Relay of ``data`` (bytes); HeaderError on any departure from the format."""
    if len(data) > MAX_RELAY:
        raise HeaderError(f"relais de {len(data)} octets : {MAX_RELAY} au plus")
    header = parse_header(bytes(data))
    if header.length != len(data):
        raise HeaderError("relais suivi d’autres octets : donnez le fichier tel que la plateforme l’a remis")
    types = [stanza.type for stanza in header.stanzas]
    if len(types) != 3 or types[1:] != [RELAY_STANZA, CONTEXT_STANZA] or types[0] in ("scrypt", *types[1:]):
        raise HeaderError("ce n’est pas un relais : un destinataire, le pli relayé et son contexte sont attendus")
    stanza, link, context = header.stanzas
    if len(link.args) != 1 or link.body or len(context.args) != 1 or context.body:
        raise HeaderError("relais mal formé : le pli relayé et le contexte sont des lignes sans corps")
    original = unbase64(link.args[0], "pli relayé")
    if len(original) != 32 or len(unbase64(context.args[0], "contexte")) != 32:
        raise HeaderError("relais mal formé : empreintes de 32 octets attendues")
    return Relay(header, stanza, original)


def make_relay(header, file_key, recipient):
    """Return the relay (bytes) that gives ``file_key`` of the pli of ``header`` (Header) to ``recipient`` (object)."""
    if not header.stanzas or header.stanzas[-1].type != CONTEXT_STANZA:
        raise HeaderError("ce fichier n’est lié à aucun contexte : ce n’est pas un pli, il ne se relaie pas")
    header.verify(file_key)
    link = Stanza(RELAY_STANZA, (base64(header_digest(header)),), b"")
    return build_header([recipient.wrap(file_key), link, header.stanzas[-1]], file_key)


def relay_header(header_bytes, identities, recipient):
    """Return the relay of a pli known by its header alone (bytes), opened with ``identities``. HeaderError, MacError, NoMatchError."""
    header = parse_header(header_bytes)
    for identity in identities:
        found = identity.unwrap(header.stanzas)
        if found:
            return make_relay(header, found[0], recipient)
    raise NoMatchError("aucune des clés données n’ouvre ce pli : elles ne peuvent pas le relayer")


def check_relay(data, header_bytes, recipient):
    """Refuse, without any key, what cannot be the relay of this pli for ``recipient``; return the Relay.

    Whether its HMAC is right only a holder can tell: a wrong one is refused at the opening, and opens nothing.
    """
    relay = parse_relay(data)
    if relay.original != header_digest(bytes(header_bytes)):
        raise HeaderError("ce relais est celui d’un autre pli")
    original = parse_header(bytes(header_bytes))
    if relay.header.stanzas[-1] != original.stanzas[-1]:
        raise HeaderError("ce relais ne porte pas le contexte du pli")
    if relay.stanza.type != recipient.type:
        raise HeaderError(f"ce relais est fait pour une clé {relay.stanza.type}, une clé {recipient.type} est attendue")
    recipient.check(relay.stanza)
    return relay


def unwrap_relays(header, relays, identities):
    """Return (file key, identity) from the first relay of this pli that an identity opens, or None.

    ``relays``: bytes of each. One that is of another pli is passed over; one whose HMAC is wrong is refused (MacError).
    """
    digest = header_digest(header)
    for data in relays:
        relay = parse_relay(data)
        if relay.original != digest or relay.header.stanzas[-1] != header.stanzas[-1]:
            continue
        for identity in identities:
            found = identity.unwrap((relay.stanza,))
            if found:
                relay.header.verify(found[0])
                return found[0], identity
    return None
