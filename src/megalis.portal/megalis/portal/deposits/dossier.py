"""What the secure exchanges put into the archive of a consultation; nobody is named there before he may be."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import ranking
from megalis.portal.consultations.dossier.parts import Kept
from megalis.portal.consultations.dossier.parts import Made
from megalis.portal.consultations.dossier.parts import Part
from megalis.portal.consultations.dossier.parts import step
from megalis.portal.consultations.dossier.parts import Table
from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import documents
from megalis.portal.deposits import filing
from megalis.portal.deposits import naming
from megalis.portal.deposits import receipts
from megalis.portal.deposits import register
from megalis.portal.deposits import store
from megalis.portal.formats import jcs
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import DossierFile
from megalis.portal.ledger.extract import write_extract
from zope.component.hooks import getSite

import hashlib
import json


NAMING_EVENTS = (
    "depot",
    "refus",
    "retrait-pli",
    "verdict",
    "lecture",
    "lecture-fichier",
    "versement",
    "selection",
    "papier",
)
MOST = 300  # receipts also given as PDF; beyond, as the JSON that proves


def may_name(consultation):
    """Tell whether the archive may name the bidders."""
    return register.may_name(consultation) and not ranking.names_hidden(consultation)


class Register(Table):
    """The register of deposits."""

    title = "Registre des dépôts"
    order = 32
    name = "depots"
    columns = register.COLUMNS

    def rows(self):
        found = register.Deposits(self.consultation, register.may_name(self.consultation))
        return list(map(register.cells, found.rows()))


class Receipts(Part):
    """What each bidder received as a proof."""

    title = "Accusés de dépôt"
    folder = "accuses"
    order = 50

    def _deposits(self):
        return store.deposits(self.consultation) if may_name(self.consultation) else []

    def weigh(self):
        count = len(self._deposits())
        return count + min(count, MOST), 0

    def __call__(self):
        for rank, deposit in enumerate(self._deposits(), 1):
            name = f"{rank:04}-{step(deposit.name)}"
            data = json.dumps(receipts.receipt(deposit), ensure_ascii=False).encode()
            yield DossierFile(
                f"{name}.json", data, f"Accusé {deposit.number}, {deposit.name} (preuve)", deposit.received
            )
            if rank <= MOST:
                yield DossierFile(
                    f"{name}.pdf", documents.receipt_pdf(deposit), f"Accusé {deposit.number}, {deposit.name}"
                )


class Minutes(Made):
    """The minutes of the opening."""

    title = "Procès-verbal d’ouverture"
    folder = "ouverture"
    order = 60

    def is_due(self):
        return api.state(self.consultation) in (
            phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE,
        )  # fmt: skip

    def files(self):
        yield DossierFile("pv-ouverture.pdf", documents.minutes_pdf(self.consultation), self.title)


class Bids(Kept):
    """The documents of opened bids that a key holder filed."""

    title = "Plis ouverts versés au dossier"
    folder = "plis"
    order = 70
    reads_bids = True

    @cached_property
    def names(self):
        return {
            item.deposit: naming.bidder_of(self.consultation, item.deposit)[0] or item.deposit[:12]
            for item in self.found()
        }

    def found(self):
        return filing.filed(self.consultation)

    def size(self, item):
        return item.size

    def file(self, _rank, item):
        name = self.names[item.deposit]
        lot = f"lot-{item.lot}" if item.lot else "marche"
        path = f"{lot}/{item.envelope}/{step(name)}/{step(item.title)}"
        return DossierFile(path, item.file._blob, f"{name} : {item.title}")


class Journal(Part):
    """The events of the consultation, each with its proof against the signed checkpoint."""

    title = "Extrait du journal et preuves"
    folder = "journal"
    order = 80

    def weigh(self):
        return 2, 0

    def __call__(self):
        site = getSite()
        note = journal.checkpoint(site)
        if note is None:
            return
        yield DossierFile("extrait.jsonl", lambda stream: self._write(site, note, stream), self.title)
        yield DossierFile("point-de-controle.txt", note.encode(), "Point de contrôle signé du journal")

    def _write(self, site, note, stream):
        kept = journal.journal_of(site)
        tree = kept.tree
        named = may_name(self.consultation)

        def rows():
            for key, kind, data, salt in journal.raw(self.consultation):
                index = kept.places.get(key)
                if index is None:
                    continue
                path = tree.inclusion_proof(index, kept.size)
                leaf = hashlib.sha256(salt + data).digest()
                shown = named or kind not in NAMING_EVENTS
                yield index, leaf, path, jcs.loads(data) if shown else None, salt if shown else None

        write_extract(stream, api.uuid(self.consultation), note, journal.signer().verifier, rows())
