"""Sealed bids: files are encrypted where they are born and opened where they are read; in between nobody reads them.

The container is age v1 (c2sp.org/age), so that any age program opens a bid; what makes it a *pli* is the context bound
in its header, the manifest that comes first in its tar, and its padding. Nothing here knows Zope, Plone or the network.
"""

from megalis.portal.sealing.age import decrypt
from megalis.portal.sealing.age import decrypt_file
from megalis.portal.sealing.age import encrypt
from megalis.portal.sealing.age import encrypt_file
from megalis.portal.sealing.bundle import commitment
from megalis.portal.sealing.context import Context
from megalis.portal.sealing.context import context_hash
from megalis.portal.sealing.context import load_context
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.keys import fingerprint
from megalis.portal.sealing.keys import generate
from megalis.portal.sealing.keys import open_challenge
from megalis.portal.sealing.keys import parse_identities
from megalis.portal.sealing.keys import parse_recipient
from megalis.portal.sealing.keys import parse_recipients
from megalis.portal.sealing.keys import seal_challenge
from megalis.portal.sealing.keys import short_fingerprint
from megalis.portal.sealing.keys import unwrap_identity
from megalis.portal.sealing.keys import wrap_identity
from megalis.portal.sealing.parts import hash_parts
from megalis.portal.sealing.parts import PART_SIZE
from megalis.portal.sealing.parts import parts_root
from megalis.portal.sealing.plis import open_
from megalis.portal.sealing.plis import Opened
from megalis.portal.sealing.plis import seal
from megalis.portal.sealing.plis import Sealed
from megalis.portal.sealing.plis import verdict
from megalis.portal.sealing.structure import check_structure


__all__ = [
    "PART_SIZE",
    "Context",
    "Opened",
    "Sealed",
    "SealingError",
    "check_structure",
    "commitment",
    "context_hash",
    "decrypt",
    "decrypt_file",
    "encrypt",
    "encrypt_file",
    "fingerprint",
    "generate",
    "hash_parts",
    "load_context",
    "open_",
    "open_challenge",
    "parse_identities",
    "parse_recipient",
    "parse_recipients",
    "parts_root",
    "seal",
    "seal_challenge",
    "short_fingerprint",
    "unwrap_identity",
    "verdict",
    "wrap_identity",
]
