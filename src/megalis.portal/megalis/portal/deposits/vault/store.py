"""What a vault holds, beside its company: documents, their versions, and the calendar of warnings of the whole site."""

from BTrees.OOBTree import OOBTree
from datetime import date
from hashlib import sha256
from megalis.portal.consultations.rules import files
from megalis.portal.deposits.vault import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from plone.uuid.interfaces import IUUID
from ZODB.blob import Blob
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite


KEY = "megalis.coffre"
CALENDAR = "megalis.coffre.echeances"  # of the site: (day, company uid, document id) -> stage


class Version:
    """One file of a document; immutable."""

    __slots__ = ("added", "blob", "by", "expires", "id", "name", "sha256", "size")

    def __init__(self, name, data, by, expires):
        self.id = uuidhex()
        self.name = name
        self.size = len(data)
        self.sha256 = sha256(data).hexdigest()
        self.added = clock.now()
        self.by = by
        self.expires = expires
        self.blob = Blob()
        with self.blob.open("w") as stream:
            stream.write(data)


class Document(Persistent):
    """One document of the vault: its newest version is what an answer takes. ``told``: the last warning stage."""

    def __init__(self, kind, title, version):
        self.id = uuidhex()
        self.kind = kind
        self.title = title
        self.versions = (version,)
        self.told = None
        self.planned = None

    @property
    def last(self):
        return self.versions[-1]

    @property
    def size(self):
        return sum(version.size for version in self.versions)


def today():
    """Return the day it is in Paris."""
    return clock.paris(clock.now()).date()


def _vault(company, write=False):
    annotations = IAnnotations(company)
    kept = annotations.get(KEY)
    if kept is None and write:
        kept = annotations[KEY] = OOBTree()
    return kept if kept is not None else {}


def documents(company):
    """Return the Documents of a company, by kind, then title."""
    order = list(rules.KINDS)
    return sorted(_vault(company).values(), key=lambda item: (order.index(item.kind), item.title.casefold(), item.id))


def find(company, document_id):
    """Return the Document; Refused ``coffre.inconnu``."""
    found = _vault(company).get(document_id) if is_uuidhex(document_id) else None
    if found is None:
        raise Refused("coffre.inconnu", "Ce document n’est plus au coffre-fort : rechargez la page.")
    return found


def find_version(document, version_id):
    """Return a Version, the last one without an id; Refused ``coffre.inconnu``."""
    if not version_id:
        return document.last
    for version in document.versions:
        if version.id == version_id:
            return version
    raise Refused("coffre.inconnu", "Cette version n’est plus au coffre-fort : rechargez la page.")


def used(company):
    """Return the bytes of all versions of all documents."""
    return sum(item.size for item in _vault(company).values())


def _record(company, fact, document, by, version=None):
    event = {"type": "coffre", "fait": fact, "document": document.id, "genre": document.kind, "par": by}
    if version is not None:
        event |= {"octets": version.size, "sha256": version.sha256}
    journal.record(company, event)


def add(company, by, kind, title, expires, name, data):
    """Put a new document in the vault; return it. ``expires`` as typed. Refused: the codes of ``rules``."""
    kind = rules.kind(kind)
    version = _version(by, kind, expires, name, data)
    rules.check_room(used(company), version.size, len(_vault(company)) + 1, 1)
    document = Document(kind, rules.title(title, kind), version)
    _vault(company, write=True)[document.id] = document
    plan(company, document)
    _record(company, "ajout", document, by, version)
    return document


def _version(by, kind, expires, name, data):
    expires = rules.expiry(expires, kind, today())
    name = files.clean_name(name)
    rules.check_file(name, data, kind)
    return Version(name, data, by, expires)


def renew(company, by, document, expires, name, data):
    """Add a newer version to a document; answers take it from now on. Refused: the codes of ``rules``."""
    version = _version(by, document.kind, expires, name, data)
    rules.check_room(used(company), version.size, len(_vault(company)), len(document.versions) + 1)
    document.versions = (*document.versions, version)
    document.told = None
    plan(company, document)
    _record(company, "version", document, by, version)
    return version


def drop_old(company, by, document):
    """Forget all versions but the last; return how many."""
    gone = len(document.versions) - 1
    if gone:
        document.versions = document.versions[-1:]
        _record(company, "anciennes-retirees", document, by)
    return gone


def remove(company, by, document):
    """Take a document and all its versions out of the vault."""
    _unplan(company, document)
    del _vault(company, write=True)[document.id]
    _record(company, "retrait", document, by)


def calendar(write=False):
    """Return the calendar of warnings of the site."""
    annotations = IAnnotations(getSite())
    kept = annotations.get(CALENDAR)
    if kept is None and write:
        kept = annotations[CALENDAR] = OOBTree()
    return kept if kept is not None else OOBTree()


def plan(company, document):
    """Write the next warning about a document into the calendar, in place of the one that stood there."""
    _unplan(company, document)
    found = rules.next_warning(document.last.expires, document.told, today())
    if found is not None:
        stage, day = found
        document.planned = (day.isoformat(), IUUID(company), document.id)
        calendar(write=True)[document.planned] = stage


def _unplan(company, document):
    kept = calendar()
    if document.planned is not None and document.planned in kept:
        del kept[document.planned]
    document.planned = None


def due(day: date):
    """Return ``[(company uid, document id, stage)]`` of the warnings to send on ``day`` or before."""
    kept = calendar()
    return [(uid, document, stage) for (_day, uid, document), stage in kept.items(max=(day.isoformat(), "~", "~"))]
