"""What leaves for the préfecture: the handler of outbox messages of kind ``acte``.

A message that was begun by a worker that died is not sent again blindly: the transport is asked whether it has it, and
where it cannot tell, the act says so and a person decides.
"""

from contextlib import suppress
from datetime import date
from megalis.portal.actes import gateway
from megalis.portal.actes import notices
from megalis.portal.actes import pace
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.actes.history import remember
from megalis.portal.actes.interfaces import IActe
from megalis.portal.formats.actes import archive
from megalis.portal.formats.actes import assembly
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import numbering
from megalis.portal.kernel import outbox
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from pathlib import Path
from plone.namedfile.file import NamedBlobFile
from tempfile import TemporaryDirectory
from zope.interface import implementer

import transaction


FIRST = "1-1"
CLASSIFICATION = "7-1"


@implementer(outbox.IOutboxHandler)
class Sender:
    """Sends one message of the exchange. Commits between its steps: what was begun is known before the first byte."""

    def send(self, site, message):
        transport = gateway.transport()
        if transport is None:
            raise LookupError(
                "aucun transport n’est configuré pour les actes (MEGALIS_ACTES_URL ou MEGALIS_ACTES_SORTIE)"
            )
        content = site.unrestrictedTraverse(str(message.payload["path"]), None)
        if content is None:
            raise outbox.Undeliverable("l’acte n’existe plus")
        first = IActe.providedBy(content) and message.payload["part"] == FIRST
        if first and content.etat not in (states.A_TRANSMETTRE, states.EN_ENVOI):
            raise outbox.Undeliverable(f"l’acte est « {content.etat} » : il n’a plus à partir")
        self._wait(site, content, message, first)
        with TemporaryDirectory() as folder:
            try:
                sending, envelope, texts = prepare(site, content, message, Path(folder))
            except Refused as refusal:
                self._refused(content, first, refusal.message)
            self._carry(transport, content, message, sending, envelope, first, texts)

    def _wait(self, site, content, message, first):
        """Let the message have its turn; what was begun already is looked after at once."""
        if message.payload["begun"]:
            return
        size = sum(piece.size for piece in content.pieces) if first else 0
        try:
            pace.turn(site, message.id, size, pace.hours_of(registres.around(content)) if first else ())
        except outbox.Later as later:
            if first:
                content.leaves_at = later.moment
            raise

    def _carry(self, transport, content, message, sending, envelope, first, texts):
        begun = message.payload["begun"]
        if begun and self._was_seen(transport, sending):
            self._sent(content, message, first, texts)
            return
        if begun and first and content.etat == states.EN_ENVOI:
            service.move(content, "arret")
            transaction.commit()
            raise outbox.Undeliverable("envoi coupé : on ne sait pas si la préfecture a l’acte")
        message.payload["begun"] = True
        registres.around(content).sendings[envelope] = content.getId() if IActe.providedBy(content) else ""
        if first:
            content.envelope = envelope
            content.leaves_at = None
            service.move(content, "envoi")
        transaction.commit()
        try:
            transport.send(sending)
        except TryLater as failure:
            message.payload["begun"] = False
            if first:
                service.move(content, "envoi-echoue")
            transaction.commit()
            raise failure
        except Refusal as failure:
            self._refused(content, first, str(failure))
        except Unknown as failure:
            if not first:
                raise
            service.move(content, "arret")
            transaction.commit()
            raise outbox.Undeliverable(str(failure)) from failure
        self._sent(content, message, first, texts)

    def _was_seen(self, transport, sending):
        try:
            return transport.seen(sending)
        except TryLater:
            return None

    def _sent(self, content, message, first, texts):
        if not IActe.providedBy(content):
            return
        if first:
            if content.etat == states.EN_ENVOI:  # an answer may have come before we learnt that it had left
                service.move(content, "transmis", files=texts)
            return
        part, letter = message.payload["part"], None
        if message.payload.get("letter"):
            event = lifecycle.Evenement(part, clock.now(), None, date.fromisoformat(message.payload["letter"]))
            letter = lifecycle.letter_of(content.dossier, event)
        if part in ("3-2", "4-2"):
            with suppress(Refused):  # the letter was answered meanwhile: its acknowledgement left all the same
                content.dossier = lifecycle.advance(content.dossier, event).dossier
        remember(content, notices.LEFT[part], files=texts, letter=letter)

    def _refused(self, content, first, words):
        if first:
            if content.etat == states.A_TRANSMETTRE:
                service.move(content, "envoi")
            service.move(content, "envoi-refuse")
            remember(content, words[:500])
        elif IActe.providedBy(content):
            remember(content, f"Le message n’est pas parti : {words}"[:500])
        transaction.commit()
        raise outbox.Undeliverable(words)


def prepare(site, content, message, folder):
    """Return (``Sending``, name of the envelope, its XML) of an outbox message; its archive is written in ``folder``.

    Its serial is drawn once and kept, so that a second try carries the same name and the same bytes.
    """
    registre = registres.around(content)
    payload = message.payload
    if not payload["serial"]:
        siren = registres.collectivite_of(registre).siren
        payload["serial"] = numbering.next_number(site, f"actes-{siren}-{clock.paris(clock.now()):%Y%m%d}")
        payload["day"] = clock.paris(clock.now()).date().isoformat()
    part = _part(content, registre, payload, folder)
    made = assembly.emission(
        [part], registres.expediteur(registre), payload["serial"], date.fromisoformat(payload["day"])
    )
    path = folder / made.archive
    with path.open("xb") as stream:
        archive.write(stream, made.fichiers)
    texts = [(name, data) for name, data in made.fichiers if isinstance(data, bytes) and name.endswith(".xml")]
    return (
        Sending(made.archive, path),
        made.enveloppe,
        [(name, NamedBlobFile(data=data, filename=name)) for name, data in texts],
    )


def _part(content, registre, payload, folder):
    code = payload["part"]
    if code == CLASSIFICATION:
        known = registres.classification_of(registre).date
        return assembly.classification_part(registres.sender(registre), known)
    if code == FIRST:
        return _act(content, registre, folder)
    if code == lifecycle.CANCEL:
        return assembly.cancel_part(content.identifier)
    letter = _Letter(content.identifier, date.fromisoformat(payload["letter"]))
    files = payload.get("files", ())
    documents = [
        (name.rpartition(".")[2] or "pdf", _spooled(file, folder, rank)) for rank, (name, file) in enumerate(files)
    ]
    return assembly.answer_part(model.CODES[code], letter, documents)


class _Letter:
    """What an answer says of the letter it answers."""

    def __init__(self, id_acte, date_courrier):
        self.id_acte = id_acte
        self.date_courrier = date_courrier


def _spooled(file, folder, rank):
    """Write a NamedBlobFile as a file of ``folder``; return its path (the archive reads it from there)."""
    path = folder / f"piece-{rank}"
    with path.open("xb") as target, file.open() as source:
        while data := source.read(1 << 20):
            target.write(data)
    return path


def _act(acte, registre, folder):
    classification = registres.classification_of(registre)
    contents = [_spooled(item.file, folder, rank) for rank, item in enumerate(acte.pieces)]
    identifier, part = assembly.act_part(
        service.projet(acte), contents, classification, registres.sender(registre), papier=bool(acte.papier)
    )
    acte.identifier = str(identifier)
    registre.identifiers[acte.identifier] = acte.getId()
    for item, (name, _content) in zip(acte.pieces, part.fichiers, strict=True):
        item.sent_as = name
    return part


def ask_classification(registre):
    """Ask the préfecture for its classification (7-1); it leaves with the worker’s next round."""
    registres.sender(registre)
    registre.asked = clock.now()
    payload = {"path": "/".join(registre.getPhysicalPath()), "part": CLASSIFICATION, "serial": 0, "begun": False}
    return outbox.queue(service.KIND, payload)
