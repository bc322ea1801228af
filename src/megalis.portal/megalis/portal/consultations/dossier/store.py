"""The archives that were prepared of a consultation: what each holds, where its bytes are, and in which state it is.

Files that others keep (pieces, opened bids) are referred to by their blobs, which never change; what is made for the archive
(registers, receipts, minutes, manifests) stands in one more blob, one after the other. Nothing is copied.
"""

from dataclasses import dataclass
from megalis.portal.kernel import clock
from megalis.portal.kernel import facts
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from ZODB.blob import Blob


NAME = "dossiers"
KEPT = 3
ASKED, READY, FAILED = "demande", "pret", "echec"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive: its path, measures, title, and its bytes: ``blob``, from ``offset`` on."""

    path: str
    size: int
    crc: int
    sha256: str
    sha512: str
    title: str
    part: str
    blob: Blob
    offset: int = 0


class Prepared(Persistent):
    """An archive asked for by an agent; ``bids`` when it holds opened bids, ``names`` when it names bidders."""

    state = ASKED
    error = ""
    entries = ()
    size = 0  # bytes of the archive
    ready = None
    etag = ""
    manifest = ""  # SHA-256 of manifest.json, as the journal tells it

    def __init__(self, userid, fullname, bids):
        self.id = uuidhex()
        self.at = clock.now()
        self.by = userid
        self.fullname = fullname
        self.bids = bids


def prepared(consultation):
    """Return the archives of a consultation, newest first."""
    kept = facts.facts(consultation, NAME)
    return sorted(kept.values(), key=lambda item: (item.at, item.id), reverse=True) if kept is not None else []


def find(consultation, key):
    """Return a Prepared or None."""
    kept = facts.facts(consultation, NAME)
    return kept.get(key) if kept is not None and is_uuidhex(key) else None


def add(consultation, item):
    """Keep a new archive and forget those beyond KEPT; what is being made stays."""
    kept = facts.facts_for_write(consultation, NAME)
    kept[item.id] = item
    for old in prepared(consultation)[KEPT:]:
        if old.state != ASKED:
            del kept[old.id]
