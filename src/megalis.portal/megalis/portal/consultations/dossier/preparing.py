"""Making an archive, away from the visitor: every part in turn, each file measured as it is written, then the manifests."""

from datetime import timedelta
from hashlib import sha256
from hashlib import sha512
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.dce import archive
from megalis.portal.consultations.dce.transfer import parties
from megalis.portal.consultations.dossier import store
from megalis.portal.consultations.rules import files
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda import consultation as seda
from megalis.portal.formats.seda import manifest as transfers
from megalis.portal.formats.seda.model import Objet
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel import settings
from megalis.portal.kernel.interfaces import DossierFile
from megalis.portal.kernel.interfaces import IDossierPart
from megalis.portal.kernel.outbox import IOutboxHandler
from megalis.portal.kernel.outbox import Undeliverable
from megalis.portal.ledger import dossier as dossiers
from plone import api as plone_api
from ZODB.blob import Blob
from zope.component import getAdapters
from zope.interface import implementer

import zlib


KIND = "dossier"
STEP = 1 << 20
PATIENCE = timedelta(minutes=2)  # between two archives of one consultation


def parts(consultation, bids):
    """Return the parts of the archive in order; those of opened bids only with ``bids``."""
    found = [part for _name, part in getAdapters((consultation,), IDossierPart) if bids or not part.reads_bids]
    return sorted(found, key=lambda part: (part.order, part.folder, part.title))


def may_read_bids(consultation):
    """Tell whether the person here may have the files of the opened bids."""
    folder = consultation.get(api.OPENED_FOLDER)
    return folder is not None and plone_api.user.has_permission("View", obj=folder)


def ask(consultation, person):
    """Have an archive made for an agent; return the Prepared. Refused ``dossier.brouillon``, ``dossier.encours``."""
    if not (consultation.published_at or consultation.version):
        raise Refused("dossier.brouillon", "Ce brouillon n’a pas de dossier : publiez d’abord la consultation.")
    now = clock.now()
    for known in store.prepared(consultation):
        if known.state == store.ASKED and now - known.at < PATIENCE:
            raise Refused("dossier.encours", "Une archive est déjà en préparation : attendez qu’elle soit prête.")
    item = store.Prepared(person.userid, person.fullname, may_read_bids(consultation))
    store.add(consultation, item)
    payload = {"consultation": "/".join(consultation.getPhysicalPath()), "dossier": item.id}
    outbox.queue(KIND, payload, about=api.uuid(consultation))
    return item


@implementer(IOutboxHandler)
class Handler:
    """Makes the archive that a message asks for."""

    def send(self, site, message):
        consultation = site.unrestrictedTraverse(message.payload["consultation"], None)
        item = store.find(consultation, message.payload["dossier"]) if consultation is not None else None
        if item is None:
            raise Undeliverable("l’archive demandée n’est plus attendue")
        if item.state != store.READY:
            journal.merge(site)
            make(consultation, item)


def given_up(event):
    """Tell the agents that an archive will not come (GivenUp)."""
    message = event.message
    if message.kind != KIND:
        return
    site = plone_api.portal.get()
    consultation = site.unrestrictedTraverse(message.payload["consultation"], None)
    item = store.find(consultation, message.payload["dossier"]) if consultation is not None else None
    if item is not None:
        item.state = store.FAILED
        item.error = message.error


class Measured:
    """A binary stream that is measured as it is written: ``size, crc``, SHA-256 and SHA-512."""

    def __init__(self, out=None):
        self._out = out
        self.size = self.crc = 0
        self._first, self._second = sha256(), sha512()

    def write(self, data):
        if self._out is not None:
            self._out.write(data)
        self.size += len(data)
        self.crc = zlib.crc32(data, self.crc)
        self._first.update(data)
        self._second.update(data)
        return len(data)

    def digests(self):
        return self._first.hexdigest(), self._second.hexdigest()


class Maker:
    """Writes the entries of an archive, one after the other."""

    def __init__(self, pack, stream):
        self._pack, self._stream = pack, stream
        self._offset = 0
        self._ranks = {}
        self.entries = []

    def add(self, folder, item, part=""):
        """Add a DossierFile; return its Entry."""
        path = self._path(f"{folder}/{item.path}" if folder else item.path)
        blob, offset = self._pack, self._offset
        if isinstance(item.data, Blob):
            blob, offset = item.data, 0
            found = Measured()
            with blob.open("r") as stream:
                while block := stream.read(STEP):
                    found.write(block)
        else:
            found = Measured(self._stream)
            if callable(item.data):
                item.data(found)
            else:
                found.write(item.data)
            self._offset += found.size
        entry = store.Entry(path, found.size, found.crc, *found.digests(), item.title or path, part, blob, offset)
        self.entries.append(entry)
        return entry

    def _path(self, path):
        """Return a path that stays in the folder where it is unpacked and that no other file has."""
        steps = [archive.safe_name(files.clean_name(step)) for step in path.split("/") if step not in ("", ".", "..")]
        folder, name = "/".join(steps[:-1]), steps[-1]
        path = f"{folder}/{name}" if folder else name
        while (rank := self._ranks.get(path.casefold())) is not None:
            self._ranks[path.casefold()] = rank + 1
            stem, dot, extension = path.rpartition(".")
            path = f"{stem} ({rank}){dot}{extension}" if dot else f"{path} ({rank})"
        self._ranks[path.casefold()] = 2
        return path


def make(consultation, item, now=None):
    """Make the archive ``item`` (Prepared) of a consultation; a part that fails makes the whole fail."""
    now = now or clock.now()
    pack = Blob()
    with pack.open("w") as stream:
        maker = Maker(pack, stream)
        for part in parts(consultation, item.bids):
            for file in part():
                maker.add(part.folder, file, part.title)
        _manifests(consultation, item, maker, now)
    item.entries = tuple(maker.entries)
    item.ready = now
    found = archive_of(item)
    item.size, item.etag = found.length, found.etag
    item.state = store.READY
    tell(consultation, "préparée", item, item.fullname)


def _manifests(consultation, item, maker, now):
    buyer = api.buyer(consultation)
    rows = [(entry.path, entry.size, entry.sha256, entry.title) for entry in maker.entries]
    said = {"uuid": api.uuid(consultation), "reference": consultation.reference, "objet": consultation.title}
    data = dossiers.manifest(clock.rfc3339(now), said, {"siret": buyer.siret, "nom": buyer.title}, rows)
    item.manifest = maker.add("", DossierFile(dossiers.MANIFEST, data, "Manifeste de l’archive")).sha256
    grouped = {}
    for entry in maker.entries:
        known = Objet(entry.path, entry.path.rpartition("/")[2], entry.size, entry.sha512)
        grouped.setdefault(entry.part or "Manifeste", []).append((entry.title, known))
    transfer = seda.versement(
        f"{buyer.siret}-{item.id}",
        now,
        consultation.title,
        consultation.reference,
        [(title, tuple(found)) for title, found in grouped.items()],
        *parties(buyer),
        clock.paris(consultation.published_at).date() if consultation.published_at else None,
        accord=settings.archive_agreement(),
    )
    maker.add("", DossierFile(dossiers.TRANSFER, transfers.write(transfer), "Transfert SEDA 2.1"))


def archive_of(item, opener=None):
    """Return the Archive of a Prepared; ``opener(entry)`` gives the function that opens an entry's bytes."""
    when = clock.paris(item.ready).replace(microsecond=0)
    members = [
        archive.Member(entry.path, entry.size, entry.crc, opener(entry) if opener else None, when)
        for entry in item.entries
    ]
    return archive.Archive(members)


def tell(consultation, fact, item, by):
    """Write into the journal what happened to an archive."""
    event = {
        "type": "dossier",
        **workflow.identity(consultation),
        "fait": fact,
        "dossier": item.id,
        "detail": f"{len(item.entries)} fichiers, empreinte du manifeste {item.manifest[:16]}…",
        "manifeste": item.manifest,
        "octets": item.size,
        "plis": item.bids,
        "par": by,
    }
    journal.record(consultation, event)
