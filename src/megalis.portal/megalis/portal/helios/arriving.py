"""What comes from the Trésor: read by the worker, given to the flow or the register it is about, then acknowledged there.

Nothing is lost: what is about no known flow, or cannot be read, is kept for the operator with the reason.
"""

from datetime import timedelta
from hashlib import sha256
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import labels
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.pes import states
from megalis.portal.formats.pes import tables
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import archiving
from megalis.portal.helios import digest
from megalis.portal.helios import dropping
from megalis.portal.helios import examining
from megalis.portal.helios import gateway
from megalis.portal.helios import keys
from megalis.portal.helios import notices
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios import service
from megalis.portal.helios import transactions
from megalis.portal.helios.content import Retour
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import directory
from megalis.portal.transports import waiting
from megalis.portal.transports.outcomes import Failure
from persistent import Persistent
from plone import api
from tempfile import TemporaryDirectory

import logging
import transaction


logger = logging.getLogger("megalis.helios")

ORPHANS = "pes-orphelins"
SETTLE = timedelta(minutes=2)


class Orphan(Persistent):
    """An answer that found no flow: when it came, its name, why it was left aside, its file."""

    def __init__(self, at, subject, reason, file, digest):
        self.id = uuidhex()
        self.at = at
        self.subject = subject
        self.reason = reason
        self.file = file
        self.sha256 = digest


def tick(event):
    """Read the answers that wait and the files dropped (IWorkerTick), let the timers run out, make the digest of the day."""
    transport = gateway.transport()
    if transport is not None and (event.leisure or (gateway.is_near(transport) and _expected(event.now))):
        read(event.site, transport)
    if event.leisure:
        dropping.work()
        timers(event.now)
        digest.turn(event.now)
        archiving.turn(event.now)


def _expected(now):
    """Tell whether some flow waits for an answer, or had one a moment ago: a return may follow."""
    catalog = api.portal.get_tool("portal_catalog")
    if catalog.unrestrictedSearchResults(portal_type="FluxPES", pes_etat=states.WAITING):
        return True
    recent = {"query": now - SETTLE, "range": "min"}
    return bool(catalog.unrestrictedSearchResults(portal_type="FluxPES", pes_etat=states.ANSWERED, modified=recent))


def read(site, transport, limit=50):
    """Take in at most ``limit`` answers; each is acknowledged over there once this transaction is committed."""
    with TemporaryDirectory() as folder:
        taken = []
        try:
            for incoming in transport.fetch(folder, limit):
                take(site, incoming)
                taken.append(incoming)
        except Failure as failure:
            logger.warning("answers not read: %s", failure)
        if taken:
            # Committed first, acknowledged after: killed in between, the same answer comes again and changes nothing.
            transaction.commit()
            try:
                transport.acknowledge(*taken)
            except Failure as failure:
                logger.warning("answers not acknowledged: %s", failure)
    return len(taken)


def take(site, incoming):
    """Give each file of one ``Incoming`` to what it is about; keep aside what cannot be."""
    if incoming.problem:
        _keep_aside(site, incoming.subject, incoming.problem)
    for file in incoming.files:
        try:
            receive(site, file.name, file.path)
        except Refused as refusal:
            with file.path.open("rb") as stream:
                kept, _size, digest = service.stored(stream, file.name)
            _keep_aside(site, file.name, refusal.message, kept, digest)


def receive(site, name, path):
    """Give one file of the Trésor to what it is about; Refused when it is about nothing here, or cannot be read."""
    source = sources.look(path)
    kind = model.ROOTS.get(source.root)
    if kind == model.ACQUIT:
        _acquit(name, path, source)
    elif kind == model.RETOUR:
        _retour(name, path)
    elif kind == model.ALLER:
        raise Refused("pes.sens", "C’est un PES Aller, pas une réponse du Trésor.", name)
    else:
        raise Refused(
            "pes.racine", f"« {source.root[:60]} » n’est pas une réponse connue : elle est gardée.", source.root
        )


def _acquit(name, path, source):
    found = acquit.read(source)[0]
    flux = keys.flow(found.entete)
    if flux is None:
        raise Refused(
            "pes.inconnu",
            f"Aucun flux n’a le nom « {found.entete.nomfic[:80]} » et le code {found.entete.cod_col[:10]} : gardé.",
            found.entete.nomfic,
        )
    with path.open("rb") as stream:
        file, _size, digest = service.stored(stream, name)
    service.receive(flux, name, file, digest, found)
    dropping.give(flux, file)


def register_for(siret):
    """Return the register a SIRET is of: that of its collectivité, or that which sent flows for it; None of neither."""
    collectivite = directory.collectivite(siret[:9]) if siret else None
    registre = registres.of(collectivite) if collectivite is not None else None
    return registre if registre is not None else keys.register_of(siret)


def _retour(name, path):
    with path.open("rb") as stream:
        file, _size, digest = service.stored(stream, name)
    flux, lecture = examining.read(file)
    if flux is None:
        raise Refused(*lecture.errors[0][:2])
    entete = flux.entete
    registre = register_for(entete.collectivite)
    if registre is None:
        raise Refused(
            "pes.siret-inconnu",
            f"Le SIRET « {entete.collectivite[:14]} » n’est d’aucune collectivité d’ici : le retour est gardé.",
            entete.collectivite,
        )
    if any(item.sha256 == digest for item in registre.retours.values()):
        return
    with lecture.rows.open() as stream:
        counts = rules.became(_states(stream, lecture.tetes))
    made = Retour(clock.now(), name, file, digest, entete, lecture, counts)
    transactions.give_retour(registre, made)
    registre.retours[made.id] = made
    told = {"type": "pes", "evenement": "retour", "nomfic": entete.nomfic, "empreinte": digest}
    journal.record(registres.collectivite_of(registre), told)
    notices.returned(registre, made, words(counts))


def words(counts):
    """Return what became of the pièces of a return: « 3 payées, 1 rejetée »."""
    names = (
        (labels.PAID, "payée"), (labels.TAKEN, "prise en charge"), (labels.PENDING, "en instance"),
        (labels.REJECTED, "rejetée"), (labels.CANCELLED, "annulée"), ("", "sans état connu"),
    )  # fmt: skip
    told = [f"{counts[key]} {_plural(word, counts[key])}" for key, word in names if counts.get(key)]
    return ", ".join(told) or "aucune pièce"


def _plural(word, count):
    first, blank, rest = word.partition(" ")
    return f"{first}s{blank}{rest}" if count > 1 and first.endswith("e") else word


def _states(stream, tetes):
    for tete in tetes:
        seen = -1
        for page in range(1, len(tete.pages) + 1):
            for row in tables.read(stream, tete, page):
                if row.rang != seen:
                    seen = row.rang
                    yield tete.domaine, row.piece.etat


def _keep_aside(site, subject, reason, file=None, digest=""):
    kept = facts_for_write(site, ORPHANS)
    if digest and any(item.sha256 == digest for item in kept.values()):
        return
    digest = digest or sha256(f"{subject}{reason}".encode()).hexdigest()
    found = Orphan(clock.now(), subject, reason[:1000], file, digest)
    kept[found.id] = found
    logger.warning("answer kept aside: %s", reason)


def orphans(site):
    """Return the answers that found no flow, the newest first."""
    kept = facts(site, ORPHANS)
    return sorted(kept.values(), key=lambda item: item.at, reverse=True) if kept is not None else []


def timers(now):
    """Tell what has waited too long: 48 hours without an acknowledgement."""
    catalog = api.portal.get_tool("portal_catalog")
    for brain in catalog.unrestrictedSearchResults(portal_type="FluxPES", pes_etat=states.TRANSMIS):
        sent = brain.pes_resume["transmis"]
        if sent is not None and waiting.overdue(waiting.PES, sent, now):
            service.move(brain._unrestrictedGetObject(), "48h")
