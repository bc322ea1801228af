"""What a collectivité's software sent, by its own references: which consultation came of each, and of which content."""

from BTrees.OOBTree import OOBTree
from megalis.portal.consultations import api
from megalis.portal.kernel import clock
from persistent import Persistent
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.interchange"


class Record(Persistent):
    """One external reference. ``digest`` is that of the last content accepted; ``pieces`` its names of pieces, told or come."""

    def __init__(self, external, name, uid):
        self.external = external
        self.name = name  # id of the consultation in its collectivité
        self.uid = uid
        self.digest = ""
        self.received = clock.now()
        self.by = ""
        self.pieces = PersistentMapping()  # name -> SHA-256 told, or ""
        self.cursors = PersistentMapping()  # register -> cursor of the files written


def records(collectivite):
    """Return the records of a collectivité by external reference (mapping)."""
    return IAnnotations(collectivite).get(KEY, {})


def find(collectivite, external):
    """Return ``(Record, consultation)``; either is None when there is none (any more)."""
    record = records(collectivite).get(external)
    if record is None:
        return None, None
    consultation = collectivite.get(record.name)
    if consultation is None or api.uuid(consultation) != record.uid:
        return record, None
    return record, consultation


def add(collectivite, external, consultation):
    """Keep and return a new Record."""
    annotations = IAnnotations(collectivite)
    kept = annotations.get(KEY)
    if kept is None:
        kept = annotations[KEY] = OOBTree()
    record = kept[external] = Record(external, consultation.getId(), api.uuid(consultation))
    return record
