"""Sealed bids: files are encrypted where they are born and opened where they are read; in between nobody reads them.

The container is age v1 (c2sp.org/age), so that any age program opens a bid; what makes it a *pli* is the context bound
in its header, the manifest that comes first in its tar, and its padding. Nothing here knows Zope, Plone or the network.

Each name is loaded when it is first asked for: a terminal that only seals starts in half the time.
"""

from importlib import import_module


_MODULES = {
    "decrypt": "age",
    "decrypt_file": "age",
    "encrypt": "age",
    "encrypt_file": "age",
    "commitment": "bundle",
    "folded": "bundle",
    "Context": "context",
    "context_hash": "context",
    "load_context": "context",
    "SealingError": "errors",
    "fingerprint": "keys",
    "generate": "keys",
    "open_challenge": "keys",
    "parse_identities": "keys",
    "parse_recipient": "keys",
    "parse_recipients": "keys",
    "seal_challenge": "keys",
    "short_fingerprint": "keys",
    "unwrap_identity": "keys",
    "wrap_identity": "keys",
    "hash_parts": "parts",
    "PART_SIZE": "parts",
    "parts_root": "parts",
    "open_": "plis",
    "Opened": "plis",
    "seal": "plis",
    "Sealed": "plis",
    "verdict": "plis",
    "check_relay": "relays",
    "relay_header": "relays",
    "check_structure": "structure",
}

__all__ = sorted(_MODULES)


def __getattr__(name):
    """Return the public ``name`` from its module (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
