"""Acts that software of a collectivité drops into a folder the operator shares with it (``MEGALIS_ACTES_DEPOT``).

Each file becomes a draft, once: what was read is known by its SHA-256, so that a file given twice, or read again after a crash,
changes nothing. What may not be read goes to ``rejets`` with its reason, which is told by mail too. Nothing leaves for the préfecture
without a person.
"""

from BTrees.OOBTree import OOBTree
from hashlib import file_digest
from megalis.portal.actes import notices
from megalis.portal.actes import proposing
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.formats.actes import depot
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import dropping
from megalis.portal.kernel import settings
from megalis.portal.organisations import directory
from ZODB.POSException import ConflictError

import logging
import transaction


logger = logging.getLogger("megalis.actes")

ROOM = "actes.depot"
MAX_FILE = 300 * 1024 * 1024  # of a ZIP: what it holds is counted when it is read
PER_ROUND = 10  # acts of a collectivité a round: the exchange with the préfecture does not wait for them


def work(event):
    """Read what was dropped, when the worker has time (IWorkerTick)."""
    if not event.leisure:
        return
    for siren, path in dropping.shared(settings.acts_drop()):
        collectivite = directory.collectivite(siren)
        if collectivite is not None:
            _served(collectivite, dropping.Folders(path))


def _served(collectivite, folders):
    """Serve one collectivité; what breaks there must not keep the others waiting."""
    mark = transaction.savepoint(optimistic=True)
    try:
        folders.make()
        for path in dropping.waiting(folders.into)[:PER_ROUND]:
            take(collectivite, folders, path)
    except ConflictError:
        raise
    except Exception:
        mark.rollback()
        logger.exception("%s", folders.root)


def take(collectivite, folders, path):
    """Make a draft of one file; it is reported and moved once the transaction is committed."""
    mark = transaction.savepoint(optimistic=True)
    try:
        told, good = _taken(collectivite, path), True
    except (Refused, OSError) as error:
        mark.rollback()
        message = getattr(error, "message", "") or f"Le fichier ne se lit pas ({getattr(error, 'strerror', error)})."
        findings = getattr(error, "findings", ())
        told = {"code": getattr(error, "code", f"{ROOM}-fichier"), "message": message}
        if findings:
            told["erreurs"] = [{"code": item.code, "message": item.message} for item in findings]
        good = False
        notices.drop_refused(collectivite, path.name, message)
    told = {"fichier": path.name, "instant": clock.rfc3339(clock.now()), **told}

    def after(committed):
        if committed:
            dropping.report(folders, path, told, good)

    transaction.get().addAfterCommitHook(after)


def _taken(collectivite, path):
    with dropping.opened(path, MAX_FILE, ROOM) as stream:
        digest = file_digest(stream, "sha256").hexdigest()
        registre = registres.of(collectivite, make=True)
        acte = _known(registre, digest)
        if acte is not None:
            return _told(acte, "deja-recu")
        stream.seek(0)
        acte = _read(collectivite, path, stream)
    if registre.dropped is None:
        registre.dropped = OOBTree()
    registre.dropped[digest] = acte.getId()
    return _told(acte, "brouillon")


def _known(registre, digest):
    """Return the act that a file became, None when there is none or it was given up."""
    name = registre.dropped.get(digest) if registre.dropped is not None else None
    acte = registre.get(name) if name else None
    return acte if acte is not None and acte.etat != states.ABANDONNE else None


def _told(acte, result):
    left = [{"code": item.code, "message": item.message} for item in service.findings(acte)]
    return {"resultat": result, "acte": acte.getId(), "numero": acte.numero, "etat": acte.etat, "a_completer": left}


def _read(collectivite, path, stream):
    source = f"Reçu par le dossier de dépôt : {path.name[:100]}"
    if path.suffix.casefold() == ".pdf":
        values = proposing.guessed(path.name, rules.DELIBERATION, proposing.numbers(collectivite))
        return proposing.propose(collectivite, values, [proposing.Offered(path.name, stream.read())], source=source)
    if path.suffix.casefold() != ".zip":
        raise Refused(
            f"{ROOM}-format", f"« {path.name[:80]} » n’est ni un PDF, ni un ZIP avec sa fiche {depot.SHEET}.", path.name
        )
    with depot.opened(stream) as envoi:
        registre = registres.of(collectivite)
        said = rules.entered(envoi.fiche.textes, registres.classification_of(registre), service.today())
        if said.findings:
            refusal = Refused(said.findings[0].code, " ".join(item.message for item in said.findings))
            refusal.findings = said.findings
            raise refusal
        files = (
            proposing.Offered(item.nom.rpartition("/")[2], envoi.read(item), item.type_pj) for item in envoi.fichiers
        )
        acte = proposing.propose(collectivite, said.values, files, source=source)
        if envoi.fiche.demander and not service.findings(acte):
            service.submit(acte, "")
    return acte
