"""Depositing flows and moving them through their life: the one way used by pages, programs, drop folders and the worker.

``move`` and ``receive`` are the only places where the state of a flow changes: the pure table says what follows, the history
and the journal are written, the effects carried out, all in one transaction.
"""

from hashlib import file_digest
from hashlib import sha256
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import lifecycle
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import outcome
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding
from megalis.portal.helios import examining
from megalis.portal.helios import keys
from megalis.portal.helios import notices
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios import transactions
from megalis.portal.helios.content import Reponse
from megalis.portal.helios.history import remember
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import uuidhex
from persistent.list import PersistentList
from plone.dexterity.utils import createContent
from plone.namedfile.file import NamedBlobFile
from plone.namedfile.utils import safe_basename
from plone.uuid.interfaces import IUUID


KIND = "pes"
CHUNK = 1 << 20
REMARKS = {
    lifecycle.TWICE: "déjà reçu, rien n’a changé",
    lifecycle.LATE: "le flux n’est pas parti d’ici, rien n’a changé",
    lifecycle.GONE: "les fichiers du flux sont détruits, rien n’a changé",
}


def stored(stream, name, largest=None):
    """Return ``(NamedBlobFile, size, SHA-256)`` of a stream, copied slice by slice; ``largest(size)`` refuses."""
    file = NamedBlobFile(data=b"", filename=name, contentType="application/xml")
    digest, size = sha256(), 0
    with file._blob.open("w") as out:
        while data := stream.read(CHUNK):
            size += len(data)
            if largest is not None:
                largest(size)
            digest.update(data)
            out.write(data)
    return file, size, digest.hexdigest()


def deposit(collectivite, upload, by="", origin="navigateur"):
    """Keep an uploaded file (``filename``, binary stream) as a flow; return it, checked or left to the worker.

    Refused: ``pes.taille``, what cannot be read as a PES Aller (``pes.xml``, ``pes.dtd``, …), ``pes.flux-double``.
    """
    name = safe_basename(upload.filename or "")[:180] or "flux.xml"
    upload.seek(0)
    file, size, digest = stored(upload, name, lambda size: rules.too_large(name, size))
    with file.open() as stream:
        entete = _head(stream.name)
    registre = registres.of(collectivite, make=True)
    _make_room(entete, registre, by)
    keys.check(entete, collectivite)
    ident = uuidhex()
    made = createContent("FluxPES", id=ident)
    made.entete, made.filename, made.file = entete, name, file
    made.size, made.sha256, made.origin, made.prepared_by = size, digest, origin, by
    made.deposited_at = clock.now()
    made.history, made.answers = PersistentList(), PersistentList()
    registre._setObject(ident, made)
    flux = registre[ident]
    keys.hold(flux)
    transactions.give(flux)
    remember(flux, f"Déposé ({origin})", by=by)
    _record(flux, "depot", {"empreinte": digest, "octets": size})
    if size <= rules.AT_ONCE:
        examined(flux)
    else:
        examining.later(flux)
        flux.reindexObject()
    return flux


def _make_room(entete, registre, by):
    """Give up a flow of the same name that could not leave: its corrected version takes its place."""
    former = keys.flow(entete)
    wrong = former is not None and former.lecture is not None and former.lecture.errors
    if (
        wrong
        and former.etat == states.DEPOSE
        and registres.around(former).getPhysicalPath() == registre.getPhysicalPath()
    ):
        abandon(former, by)
        remember(former, "Remplacé par un nouveau dépôt du même nom", by=by)


def _head(path):
    source = sources.look(path)
    kind = model.ROOTS.get(source.root)
    if kind in (model.ACQUIT, model.RETOUR):
        raise Refused(
            "pes.sens",
            "Ce fichier vient du Trésor (acquittement ou retour) : ici se dépose un PES Aller, celui de votre logiciel.",
            source.root,
        )
    if kind is None:
        raise reading.unknown(source)
    return reading.head(source)


def examined(flux):
    """Read a deposited flow; it may then leave, at once when that was wanted and nothing is wrong."""
    examining.examine(flux)
    count = len(flux.lecture.errors)
    move(flux, "controle", words=f"Contrôles faits : {_points(count)}")
    if flux.transmit_after:
        by, flux.transmit_after = flux.transmit_after, ""
        if findings(flux):
            remember(flux, "N’est pas parti de lui-même : des points sont à corriger")
            notices.asked(flux)
        else:
            transmit(flux, by, checked=True)
    elif flux.ask_after:
        by, flux.ask_after = flux.ask_after, ""
        if not findings(flux):
            submit(flux, by)


def _points(count):
    return "rien à corriger" if not count else f"{count} point{'s' if count > 1 else ''} à corriger"


def findings(flux):
    """Return what keeps a flow from leaving; nothing when it may."""
    if flux.lecture is None:
        return [Finding("pes.controle", "Le flux est encore en contrôle : attendez quelques secondes.")]
    kept = registres.reglages(registres.around(flux))
    return [*examining.blocking(flux.lecture), *rules.header_findings(flux.entete, kept["destination"])]


def submit(flux, by):
    """Ask those who may transmit to do it; Refused when the flow is not ready."""
    rules.first_refused(findings(flux))
    if flux.etat != states.DEPOSE:
        raise Refused("pes.transition", "Le flux n’attend plus d’être transmis : rechargez la page.")
    flux.submitted_at = clock.now()
    flux.reindexObject()
    remember(flux, "Transmission demandée", by=by)
    notices.asked(flux)


def transmit(flux, by, checked=False):
    """Send a flow that is ready; it leaves with the worker’s next round.

    ``checked``: what the collectivité wants of two people was looked at before. Refused: each finding, ``pes.meme-personne``.
    """
    two = registres.reglages(registres.around(flux))["deux_personnes"]
    if two and not checked and by and by == flux.prepared_by:
        raise Refused(
            "pes.meme-personne",
            "Votre collectivité veut deux personnes : qui a déposé le flux ne le transmet pas. Demandez-le à un collègue.",
        )
    rules.first_refused(findings(flux))
    move(flux, "transmission", by=by)


def transmit_when_ready(flux, by):
    """Send a flow at once, or as soon as the worker has checked it."""
    if flux.lecture is None:
        flux.transmit_after = by
    else:
        transmit(flux, by)


def submit_when_ready(flux, by):
    """Ask for its transmission at once, or as soon as the worker has checked it and nothing is wrong."""
    if flux.lecture is None:
        flux.ask_after = by
    else:
        submit(flux, by)


def resend(flux, by):
    """Send again what was refused, cut, or left without an answer; a person decides, and it is written."""
    move(flux, "renvoi", by=by)


def abandon(flux, by):
    """Give up a flow that never left; its name may be used again."""
    move(flux, "abandon", by=by)
    keys.release(flux)


def intact(flux):
    """Tell whether the file still has the SHA-256 of its deposit."""
    with flux.file.open() as stream:
        return file_digest(stream, "sha256").hexdigest() == flux.sha256


def move(flux, name, words="", by="", files=(), when=None):
    """Apply the event ``name`` to a flow; return the ``Suite``. Refused ``pes.transition``."""
    when = when or clock.now()
    suite = lifecycle.advance(flux.etat, name)
    flux.etat = suite.etat
    remember(flux, words or notices.WORDS[name], by=by, files=files, when=when)
    _record(flux, name)
    if suite.etat == states.TRANSMIS:
        flux.sent_at = flux.sent_at or when
        keys.sends_for(flux.entete.collectivite, registres.around(flux))
    _carry_out(flux, suite, name)
    flux.reindexObject()
    return suite


def receive(flux, name, data_file, digest, found, when=None):
    """Give an acknowledgement (``acquit.Acquit``, its file and SHA-256) to the flow it answers; return the ``Suite``."""
    when = when or clock.now()
    known = any(answer.sha256 == digest or answer.elements == tuple(found.elements) for answer in flux.answers)
    elements = (*flux.elements, *found.elements)
    if flux.destroyed_at is not None:
        suite = lifecycle.Suite(flux.etat, (lifecycle.TELL_OPERATOR,), lifecycle.GONE)
    else:
        suite = lifecycle.answered(flux.etat, outcome.whole(elements), known)
    if not suite.remarque:
        flux.answers.append(Reponse(when, name, data_file, digest, found.elements))
        flux.answered_at = when
        flux.sent_at = flux.sent_at or when
    flux.etat = suite.etat
    words = _said(found)
    if suite.remarque:
        words = f"{words} ({REMARKS[suite.remarque]})"
    remember(flux, words, files=((name, data_file),), when=when)
    told = {"resultat": found.outcome, "empreinte": digest}
    _record(flux, lifecycle.ACQUIT, told | ({"remarque": suite.remarque} if suite.remarque else {}))
    _carry_out(flux, suite, lifecycle.ACQUIT)
    flux.reindexObject()
    return suite


def _said(found):
    refused = sum(not element.accepte for element in found.elements)
    labels = {
        acquit.ACCEPTED: "tout est accepté",
        acquit.REFUSED: "refusé",
        acquit.MIXED: f"{refused} refus sur {len(found.elements)} réponses",
        acquit.UNANSWERED: "reçu, sans détail",
    }
    return f"Acquittement du Trésor : {labels[found.outcome]}"


def _record(flux, event, more=None):
    told = {"type": "pes", "flux": IUUID(flux), "evenement": event, "etat": flux.etat, "nomfic": flux.entete.nomfic}
    journal.record(flux, told | (more or {}))


def _carry_out(flux, suite, event):
    for effect in suite.effets:
        if effect == lifecycle.SEND:
            payload = {"path": "/".join(flux.getPhysicalPath()), "begun": False}
            outbox.queue(KIND, payload, about=IUUID(flux))
        elif effect == lifecycle.TELL_DEPOSITOR:
            notices.tell(flux, event)
        elif effect == lifecycle.TELL_OPERATOR:
            notices.tell_operator(flux, event)
