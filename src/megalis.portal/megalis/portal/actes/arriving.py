"""What comes from the préfectures: read by the worker, given to the act it is about, kept whole, then acknowledged there.

Nothing is lost: what is about no known act, or cannot be read, is kept for the operator with the reason.
"""

from datetime import timedelta
from megalis.portal.actes import gateway
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import deadlines
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import directory
from megalis.portal.transports.outcomes import Failure
from persistent import Persistent
from plone import api
from plone.namedfile.file import NamedBlobFile
from tempfile import TemporaryDirectory

import logging
import transaction


logger = logging.getLogger("megalis.actes")

ORPHANS = "actes-orphelins"
MONTHS = timedelta(days=59)  # the shortest two months


class Orphan(Persistent):
    """An answer that found no act: when it came, what it said, why it was left aside, and its files."""

    def __init__(self, at, subject, reason, files):
        self.id = uuidhex()
        self.at = at
        self.subject = subject
        self.reason = reason
        self.files = tuple(files)


def tick(event):
    """Read the answers that wait (IWorkerTick) and let the timers run out."""
    transport = gateway.transport()
    if transport is None:
        return
    if event.leisure or gateway.is_near(transport):
        read(event.site, transport)
    if event.leisure:
        timers(event.site)


def read(site, transport, limit=50):
    """Take in at most ``limit`` answers; each is acknowledged over there once this transaction is committed."""
    with TemporaryDirectory() as folder:
        taken = []
        try:
            for incoming in transport.fetch(folder, limit):
                receive(site, incoming)
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


def receive(site, incoming):
    """Give the messages of one ``Incoming`` to what they are about; keep aside what cannot be."""
    files = [(file.name, file.path.read_bytes()) for file in incoming.files]
    messages, others, problems = [], [], []
    for name, data in files:
        try:
            found = codec.parse(data) if name.lower().endswith(".xml") else None
        except Refused as refusal:
            problems.append(f"{name} : {refusal.message}")
            continue
        if found is None:
            others.append((name, data))
        elif isinstance(found.message, model.ENVELOPES) and not isinstance(found.message, model.AnomalieEnveloppe):
            messages.insert(0, (name, data, found.message))
        else:
            messages.append((name, data, found.message))
    envelope = next(
        (message for _name, _data, message in messages if isinstance(message, model.EnveloppeMISILLCL)), None
    )
    used = 0
    for name, data, message in messages:
        if message is envelope:
            continue
        try:
            _deliver(site, name, data, message, envelope, others)
            used += 1
        except Refused as refusal:
            problems.append(f"{name} : {refusal.message}")
    if incoming.problem:
        problems.append(incoming.problem)
    if not used and not problems:
        problems.append("aucun message @CTES dans cet envoi")
    if problems:
        _keep_aside(site, incoming.subject, " ; ".join(problems), files)


def _keep_aside(site, subject, reason, files):
    kept = facts_for_write(site, ORPHANS)
    stored = tuple((name, NamedBlobFile(data=data, filename=name)) for name, data in files)
    found = Orphan(clock.now(), subject, reason[:1000], stored)
    kept[found.id] = found
    logger.warning("answer kept aside: %s", reason)


def orphans(site):
    """Return the answers that found no act, the newest first."""
    kept = facts(site, ORPHANS)
    return sorted(kept.values(), key=lambda item: item.at, reverse=True) if kept is not None else []


def _deliver(site, name, data, message, envelope, others):
    if isinstance(message, model.RetourClassification | model.ReponseClassificationSansChangement):
        registre = _registre_of(site, envelope, name)
        if isinstance(message, model.RetourClassification):
            registres.keep_classification(registre, data)
        registre.asked = None
        return
    acte = act_of(site, name, message)
    wanted = {item.nom for item in model.files_of(message) if hasattr(item, "nom")}
    files = [(name, data)] + [(other, content) for other, content in others if other in wanted or len(others) == 1]
    stored = tuple((item, NamedBlobFile(data=content, filename=item)) for item, content in files)
    service.move(acte, "", message=message, files=stored)


def _registre_of(site, envelope, name):
    siren = envelope.destinataire if envelope is not None else _siren(name, "")
    collectivite = directory.collectivite(siren) if siren else None
    registre = registres.of(collectivite) if collectivite is not None else None
    if registre is None:
        raise Refused(
            "actes.siren", f"Le SIREN « {siren[:20]} » n’est celui d’aucun registre : vérifiez l’envoi.", siren
        )
    return registre


def act_of(site, name, message):
    """Return the Acte a message is about; Refused ``actes.inconnu`` when no register knows it."""
    identifier = _identifier(name, message)
    envelope = name.removeprefix("ANO_") if isinstance(message, model.AnomalieEnveloppe) else ""
    siren = _siren(identifier, envelope)
    collectivite = directory.collectivite(siren) if siren else None
    registre = registres.of(collectivite) if collectivite is not None else None
    if registre is not None:
        found = registre.identifiers.get(identifier) or registre.sendings.get(envelope)
        if found and found in registre.objectIds():
            return registre[found]
    raise Refused(
        "actes.inconnu",
        f"Aucun acte n’a l’identifiant « {(identifier or envelope)[:60]} » : la réponse est gardée.",
        identifier,
    )


def _siren(identifier, envelope):
    for text in (identifier, envelope.replace("--", "-")):
        parts = text.split("-")
        if len(parts) > 1 and len(parts[1]) == 9:
            return parts[1]
    return ""


def _identifier(name, message):
    found = getattr(message, "id_acte", "")
    if found:
        return found
    try:
        parsed = names.parse_name(name)
    except Refused:
        return ""
    act = getattr(parsed, "act_id", None)
    return str(act) if act else ""


def timers(site):
    """Tell what has waited too long: four hours without an answer, the end of the two months of contrôle."""
    catalog = api.portal.get_tool("portal_catalog")
    now = clock.now()
    # Nothing is due on an acknowledged act before two months: the others are not woken at each round.
    old = {"query": now - MONTHS, "range": "max"}
    queries = ({"acte_etat": states.TRANSMIS}, {"acte_etat": states.ACQUITTE, "modified": old})
    for brain in (
        brain for query in queries for brain in catalog.unrestrictedSearchResults(portal_type="Acte", **query)
    ):
        acte = brain._unrestrictedGetObject()
        for name in deadlines.due(acte.dossier, now):
            service.move(acte, name)
