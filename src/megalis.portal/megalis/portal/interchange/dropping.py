"""Files dropped by the software of a collectivité and files written for it, in folders the operator shares with it.

Under ``MEGALIS_INTERCHANGE``, a folder a collectivité (its SIREN) with ``entree``, ``sortie``, ``traites`` and ``rejets``. Only
plain files of ``entree`` whose name is that of no temporary file are read, a bounded number at a time; each gets a report of
its own in ``sortie``. A file is moved away once its records are committed: a crash in between reads it again, which changes
nothing. What is written appears under its name whole or not at all.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations.rules import phase
from megalis.portal.formats.interchange.flavours import FLAVOURS
from megalis.portal.formats.interchange.flavours import of_file
from megalis.portal.formats.refusal import Refused
from megalis.portal.interchange import giving
from megalis.portal.interchange import keys
from megalis.portal.interchange import receiving
from megalis.portal.interchange import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import dropping
from megalis.portal.kernel import settings
from megalis.portal.organisations import directory
from zipfile import BadZipFile
from zipfile import ZipFile
from ZODB.POSException import ConflictError

import logging
import shutil
import tempfile
import transaction
import zlib


logger = logging.getLogger("megalis.interchange")

MAX_FILE = 10 * 1024 * 1024
MAX_ZIP = 512 * 1024 * 1024
MAX_MEMBERS = 500
OVER = (phase.ARCHIVEE, phase.ANNULEE)  # nothing will follow
CHOICE = "format.txt"  # in the folder of a collectivité: the format of what is written for it


class Folders(dropping.Folders):
    """The folders of a collectivité, and the format it wants."""

    @property
    def flavour(self):
        """The format of the files written: the one named in ``format.txt``, else JSON."""
        try:
            name = _bytes(self.root / CHOICE, 100).decode().strip()
        except (OSError, Refused, UnicodeDecodeError):
            name = "json"
        return FLAVOURS.get(name, FLAVOURS["json"])


def work(event):
    """Read what was dropped and write what is new, when the worker has time (IWorkerTick)."""
    root = settings.interchange()
    if not event.leisure:
        return
    for siren, path in dropping.shared(root):
        collectivite = directory.collectivite(siren)
        if collectivite is not None and not keys.is_suspended(collectivite):
            _served(collectivite, Folders(path))


def _served(collectivite, folders):
    """Serve one collectivité; what breaks there must not keep the others waiting."""
    mark = transaction.savepoint(optimistic=True)
    try:
        serve(collectivite, folders)
    except ConflictError:
        raise
    except Exception:
        mark.rollback()
        logger.exception("%s", folders.root)


def serve(collectivite, folders):
    """Serve one collectivité: files in, then registers out."""
    folders.make()
    for path in dropping.waiting(folders.into):
        take(collectivite, folders, path)
    give(collectivite, folders)


def _bytes(path, limit):
    with dropping.opened(path, limit, "echange") as stream:
        return stream.read(limit)


def take(collectivite, folders, path):
    """Read one file into the platform; its report is written and the file moved once the transaction is committed."""
    by = f"dépôt de fichiers, {path.name}"[:120]
    mark = transaction.savepoint(optimistic=True)
    try:
        outcomes, pieces = _taken(collectivite, path, by)
        report = {
            "fichier": path.name,
            "recues": sum(item.status < 300 for item in outcomes),
            "refusees": sum(item.status >= 300 for item in outcomes),
            "consultations": [item.as_json() for item in outcomes],
            "pieces": pieces,
        }
        good = not report["refusees"] and not any("code" in piece for piece in pieces)
    except (Refused, OSError) as error:
        mark.rollback()
        code = getattr(error, "code", "echange.fichier")
        message = getattr(error, "message", "") or f"Le fichier ne se lit pas ({getattr(error, 'strerror', error)})."
        report, good = {"fichier": path.name, "code": code, "message": message}, False
    report["instant"] = clock.rfc3339(clock.now())

    def after(committed):
        if committed:
            dropping.report(folders, path, report, good)

    transaction.get().addAfterCommitHook(after)


def _taken(collectivite, path, by):
    """Return ``(outcomes, reports of the pieces)`` of a file: a document, or a ZIP of one document and its pieces."""
    if path.suffix.casefold() != ".zip":
        flavour = of_file(path.name)
        if flavour is None:
            raise Refused("echange.format", f"« {path.name[:80]} » n’est ni .json, ni .xml, ni .csv, ni .zip.")
        return [receiving.receive(collectivite, item, by) for item in flavour.read(_bytes(path, MAX_FILE))], []
    try:
        with dropping.opened(path, MAX_ZIP, "echange") as stream, ZipFile(stream) as archive:
            return _unpacked(collectivite, archive, by)
    except (BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        raise Refused("echange.zip", f"L’archive ne se lit pas ({error}).") from error


def _unpacked(collectivite, archive, by):
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_ZIP:
        raise Refused(
            "echange.zip",
            f"L’archive a plus de {MAX_MEMBERS} fichiers ou {MAX_ZIP // 1024**2} Mio : faites-en plusieurs.",
        )
    documents = [
        info for info in infos if of_file(info.filename) and info.filename.casefold().startswith("consultation.")
    ]
    if len(documents) != 1:
        raise Refused(
            "echange.zip", "L’archive contient un document, nommé consultation.json, .xml ou .csv, et ses pièces."
        )
    (document,) = documents
    if document.file_size > MAX_FILE:
        raise Refused("echange.taille", f"Le document pèse {document.file_size} octets : {MAX_FILE} au plus.")
    records = of_file(document.filename).read(archive.read(document))
    if len(records) != 1:
        raise Refused("echange.nombre", "Une archive porte une seule consultation, avec ses pièces.")
    outcome = receiving.receive(collectivite, records[0], by)
    pieces = []
    if outcome.status < 300 and outcome.result != receiving.SAME:
        pieces = [_piece(collectivite, outcome.external, archive, info, by) for info in infos if info is not document]
    elif outcome.result == receiving.SAME:
        pieces = [{"nom": info.filename, "resultat": "inchangee"} for info in infos if info is not document]
    return [outcome], pieces


def _piece(collectivite, external, archive, info, by):
    mark = transaction.savepoint(optimistic=True)
    name = info.filename.rpartition("/")[2]
    try:
        with archive.open(info) as stream, tempfile.TemporaryFile() as data:
            shutil.copyfileobj(stream, data, 1 << 20)
            piece, _status = receiving.receive_piece(collectivite, external, name, data, by)
    except Refused as refused:
        mark.rollback()
        return {"nom": name, "code": refused.code, "message": refused.message}
    return {"nom": piece.filename, "resultat": "recue", "octets": piece.size, "sha256": piece.sha256}


def give(collectivite, folders):
    """Write what is new of the registers and of the results of each consultation that came by this room.

    The file is written before its cursor is committed and named after where it begins: cut in between, it is written again
    with the same rows and perhaps more.
    """
    flavour = folders.flavour
    for external in list(store.records(collectivite)):
        record, consultation = store.find(collectivite, external)
        if consultation is None or record.cursors.get("fini") or not api.is_public(consultation):
            continue
        for kind in giving.TYPES:
            cursor = record.cursors.get(kind, 0)
            found = giving.register(consultation, external, kind, cursor, giving.MOST)
            if found.rows:
                name = f"{dropping.safe(external)}.{kind}.{cursor:010}.{flavour.EXTENSION}"
                dropping.write(folders.root / dropping.OUT / name, flavour.write(found))
                record.cursors[kind] = int(found.cursor)
                receiving.tell(
                    consultation, f"registre des {kind} transmis", f"{len(found.rows)} lignes", "dépôt de fichiers"
                )
        found = giving.results(consultation, external)
        mark = ":".join([found.state, found.notified, *(row["notification"] for row in found.rows)])
        if found.rows and record.cursors.get("resultats") != mark:
            dropping.write(
                folders.root / dropping.OUT / f"{dropping.safe(external)}.resultats.{found.state}.{flavour.EXTENSION}",
                flavour.write(found),
            )
            record.cursors["resultats"] = mark
            receiving.tell(consultation, "résultats transmis", found.state, "dépôt de fichiers")
        if found.state in OVER:
            record.cursors["fini"] = True
