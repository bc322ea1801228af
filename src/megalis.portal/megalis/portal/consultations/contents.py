"""What a consultation holds, known without opening it: a dossier of 100,000 files is listed, named and counted from here.

Every piece of the DCE has a Line, kept in order of names beside the content itself; a page, a check or an archive reads
lines, and opens a piece only when it needs its file. Subscribers keep the lines (``note``, ``forget``).
"""

from BTrees.OOBTree import OOBTree
from BTrees.OOBTree import OOTreeSet
from megalis.portal.consultations.interfaces import ILot
from megalis.portal.consultations.interfaces import IPieceDCE
from megalis.portal.consultations.rules import versions
from persistent import Persistent
from typing import NamedTuple

import Acquisition


AFTER = "\U0010ffff"  # sorts after the id of any piece


class Line(NamedTuple):
    """A piece as lists show it; the names are those of IPieceDCE. ``blob`` is loaded when it is opened, not before."""

    id: str
    filename: str
    title: str
    kind: str
    lots: tuple
    size: int
    sha256: str
    crc32: int | None
    since: int
    until: int | None
    blob: object

    @classmethod
    def of(cls, piece):
        """Return the Line of a PieceDCE."""
        base = Acquisition.aq_base(piece)
        return cls(
            base.getId(), base.filename or "", base.title or "", base.kind or "", tuple(base.lots or ()), base.size,
            base.sha256, base.crc32, base.since, base.until, base.file._blob if base.file is not None else None,
        )  # fmt: skip

    @property
    def key(self):
        return self.filename.casefold(), self.id


class Contents(Persistent):
    """The lines of a consultation: ``standing`` and ``former`` map ``(name in small letters, id)`` to the values of a Line."""

    def __init__(self):
        self.standing = OOBTree()
        self.former = OOBTree()
        self.keys = OOBTree()  # id of a piece -> its key
        self.lots = OOTreeSet()  # ids
        self.count = 0  # of standing pieces
        self.size = 0  # their bytes
        self.turn = 0  # one more at each change

    def put(self, line):
        """Keep the Line of a piece in the place of the one it had."""
        self.drop(line.id)
        self.turn += 1
        self.keys[line.id] = line.key
        if line.until is None:
            self.standing[line.key] = tuple(line)
            self.count += 1
            self.size += line.size
        else:
            self.former[line.key] = tuple(line)

    def drop(self, piece_id):
        """Forget a piece; one that is not known is none."""
        key = self.keys.pop(piece_id, None)
        if key is None:
            return
        self.turn += 1
        found = self.standing.pop(key, None)
        if found is None:
            self.former.pop(key, None)
            return
        self.count -= 1
        self.size -= Line._make(found).size

    def lines(self):
        """Yield the standing Lines, by name."""
        return map(Line._make, self.standing.values())

    def every(self):
        """Yield all Lines, those of former versions after the standing ones."""
        yield from self.lines()
        yield from map(Line._make, self.former.values())

    def named(self, name):
        """Return the standing Line of this name (compared without case), or None."""
        name = name.casefold()
        return next(map(Line._make, self.standing.values((name, ""), (name, AFTER))), None)

    def get(self, piece_id):
        """Return the standing Line of a piece by its id, or None."""
        found = self.standing.get(self.keys.get(piece_id))
        return Line._make(found) if found is not None else None

    @property
    def fingerprint(self):
        """The SHA-256 (hex) of the standing dossier (``rules.versions.dce_hash``)."""
        known = getattr(self, "_v_fingerprint", None)
        if known is None or known[0] != self.turn:
            known = self._v_fingerprint = (
                self.turn, versions.dce_hash((line.filename, line.size, line.sha256) for line in self.lines()),
            )  # fmt: skip
        return known[1]


def of(consultation):
    """Return the Contents; of a consultation that kept none yet, made for this reading."""
    base = Acquisition.aq_base(consultation)
    found = getattr(base, "_contents", None)
    if found is None:
        found = getattr(base, "_v_contents", None)
    if found is None:
        found = base._v_contents = _read(consultation)
    return found


def for_write(consultation):
    """Return the Contents to change, made when there are none."""
    base = Acquisition.aq_base(consultation)
    if getattr(base, "_contents", None) is None:
        base._contents = _read(consultation)
        base._v_contents = None
    return base._contents


def _read(consultation):
    found = Contents()
    for item in consultation.objectValues():
        if IPieceDCE.providedBy(item):
            found.put(Line.of(item))
        elif ILot.providedBy(item):
            found.lots.insert(item.getId())
    return found


def note(consultation, child):
    """Keep what a lot or a piece of the consultation says now."""
    kept = for_write(consultation)
    if IPieceDCE.providedBy(child):
        kept.put(Line.of(child))
    else:
        kept.lots.insert(child.getId())


def forget(consultation, child):
    """Leave out a lot or a piece that is removed."""
    kept = for_write(consultation)
    if IPieceDCE.providedBy(child):
        kept.drop(child.getId())
    elif child.getId() in kept.lots:
        kept.lots.remove(child.getId())
