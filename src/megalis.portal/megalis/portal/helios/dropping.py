"""Flows that software of a collectivité drops into a folder the operator shares with it (``MEGALIS_PES_DEPOT``).

Each file becomes a flow; read again after a crash, it is told that its flow is already there. Acknowledgements are put back in
``sortie``. Nothing leaves without a person, unless the collectivité wants it so.
"""

from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios import service
from megalis.portal.kernel import clock
from megalis.portal.kernel import dropping
from megalis.portal.kernel import settings
from megalis.portal.organisations import directory
from ZODB.POSException import ConflictError

import logging
import transaction


logger = logging.getLogger("megalis.helios")

ORIGIN = "dossier"
ROOM = "pes.depot"


class Dropped:
    """A file of a folder as ``service`` takes an upload: a name and a stream."""

    def __init__(self, name, stream):
        self.filename = name
        self.seek, self.read = stream.seek, stream.read


def work():
    """Read what was dropped for every collectivité that has a folder."""
    for siren, path in dropping.shared(settings.flows_drop()):
        collectivite = directory.collectivite(siren)
        if collectivite is not None:
            _served(collectivite, dropping.Folders(path))


def _served(collectivite, folders):
    """Serve one collectivité; what breaks there must not keep the others waiting."""
    mark = transaction.savepoint(optimistic=True)
    try:
        folders.make()
        for path in dropping.waiting(folders.into):
            take(collectivite, folders, path)
    except ConflictError:
        raise
    except Exception:
        mark.rollback()
        logger.exception("%s", folders.root)


def take(collectivite, folders, path):
    """Make a flow of one file; it is reported and moved once the transaction is committed."""
    mark = transaction.savepoint(optimistic=True)
    try:
        with dropping.opened(path, rules.LARGEST, ROOM) as stream:
            flux = service.deposit(collectivite, Dropped(path.name, stream), origin=ORIGIN)
        told, good = _let_go(flux), True
    except (Refused, OSError) as error:
        mark.rollback()
        message = getattr(error, "message", "") or f"Le fichier ne se lit pas ({getattr(error, 'strerror', error)})."
        told, good = {"code": getattr(error, "code", f"{ROOM}.fichier"), "message": message}, False
    told = {"fichier": path.name, "instant": clock.rfc3339(clock.now()), **told}

    def after(committed):
        if committed:
            dropping.report(folders, path, told, good)

    transaction.get().addAfterCommitHook(after)


def _let_go(flux):
    """Send a flow at once where the collectivité wants it so; return its report."""
    automatic = registres.reglages(registres.around(flux))["automatique"]
    found = service.findings(flux) if flux.lecture is not None else []
    if automatic and flux.lecture is None:
        flux.transmit_after = ORIGIN
    elif automatic and not found:
        service.transmit(flux, ORIGIN)
    return {
        "flux": flux.absolute_url(),
        "nomfic": flux.entete.nomfic,
        "etat": flux.etat,
        "erreurs": [item.as_json() for item in found],
    }


def give(flux, file):
    """Put an acknowledgement in the folder of whoever dropped its flow, once the transaction is committed."""
    root = settings.flows_drop()
    if root is None or flux.origin != ORIGIN:
        return
    folder = root / registres.collectivite_of(flux).siren / dropping.OUT
    stem = dropping.safe(flux.filename).removesuffix(".xml")
    target = folder / f"{stem}.acquit-{len(flux.answers)}.xml"

    def after(committed):
        if committed and folder.is_dir():
            with file.open() as stream:
                dropping.write(target, stream.read())

    transaction.get().addAfterCommitHook(after)
