"""The archive of an act (SEDA 2.1), and the end of its files here when their time is over.

The archive: the act and its annexes, all that was exchanged about it, and what is ours, in one ZIP; how it is made and sent is
shared with the other archives (``consultations.dce.transfer``), the rule of the end is ``kernel.keeping``.

The register of acts is permanent (CGCT, R. 2121-9): the line of the act, its dates, its identifier, its history and its bordereau
never go. What was published stays on the public register, whose addresses are permanent: only what is not public goes.
"""

from datetime import timedelta
from megalis.portal.actes import posting
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.actes.content import digest_of
from megalis.portal.actes.history import remember
from megalis.portal.consultations.dce.transfer import Maker
from megalis.portal.consultations.dce.transfer import parties
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import deadlines
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda import actes as seda
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.keeping import Keeping
from megalis.portal.kernel.keeping import UNARCHIVED
from plone.uuid.interfaces import IUUID


ENVELOPES = (model.EnveloppeCLMISILL, model.EnveloppeMISILLCL)
ANSWERS = tuple(code for letter in lifecycle.LETTRES.values() for code in letter.reponses)
ARCHIVABLE = (states.CONTROLE_ECHU, states.ENVOYE_SAE, states.RECU_SAE, states.ARCHIVE)
EVENTS = {states.ARCHIVE: "archive", states.DETRUIT: "detruit"}
CASE = "5-1"  # the déféré


def make(acte):
    """Return the ``Made`` archive of an act; Refused ``seda.acquittement`` before the préfecture has it, ``seda.…`` otherwise."""
    check_whole(acte)
    instant = acte.history[-1].at
    maker = Maker(clock.paris(instant).replace(microsecond=0, tzinfo=None))
    exchanges, message = _exchanges(acte, maker)
    if message is None or acte.reception is None:
        raise Refused(
            "seda.acquittement",
            f"L’acte « {acte.numero} » ne s’archive qu’une fois acquitté par la préfecture : attendez son acquittement.",
            acte.numero,
        )
    collectivite = registres.collectivite_of(acte)
    branch = registres.classification_of(registres.around(acte)).branch(acte.matiere)
    document, *annexes = [
        maker.add("acte" if rank == 0 else f"annexes/{rank:03}", piece.name, piece.file)
        for rank, piece in enumerate(acte.pieces)
    ]
    stamped = acte.pieces[0].stamped
    found = seda.DossierActe(
        acte.identifier,
        message,
        branch.titre if branch else acte.matiere,
        document,
        tuple(annexes),
        exchanges,
        clock.paris(acte.sent_at).date(),
        acte.reception,
        clock.paris(acte.published_at).date() if acte.published_at else None,
        maker.add("bordereau", acte.slip.filename, acte.slip) if acte.slip is not None else None,
        maker.add("tamponne", stamped.filename, stamped) if stamped is not None else None,
    )
    transfer = seda.versement(
        found,
        f"{acte.identifier}-{len(acte.history)}",
        instant,
        *parties(collectivite),
        accord=settings.archive_agreement(),
    )
    return maker.end(transfer, acte.identifier)


def _exchanges(acte, maker):
    """Return ``(tuple of Echange, the Acte message of the 1-1 or None)``: each message that left or came, in order."""
    found, act = [], None
    for rank, moment in enumerate(acte.history):
        read = [(name, file, _message(name, file)) for name, file in moment.files]
        messages = [item for item in read if item[2] is not None]
        others = [(name, file) for name, file, message in read if message is None]
        for name, file, message in messages:
            code = model.code_of(message) or lifecycle.ANO_ENVELOPPE
            folder = f"echange/{rank:03}-{code}"
            others += _answered(acte, code, moment.letter)
            files = tuple(maker.add(folder, other, kept) for other, kept in others)
            found.append(seda.Echange(code, clock.paris(moment.at).date(), maker.add(folder, name, file), files))
            others = []
            act = message if code == "1-1" else act
    return tuple(found), act


def _message(name, file):
    """Return the message of an XML file, None for an envelope or anything else."""
    if not name.lower().endswith(".xml"):
        return None
    try:
        message = codec.parse(file.data).message
    except Refused:
        return None
    return None if isinstance(message, ENVELOPES) else message


def _answered(acte, code, letter):
    """Return the documents of our last answer of that number to a letter: they were kept when it was decided."""
    if code not in ANSWERS:
        return []
    lines = [
        moment for moment in acte.history if moment.code == code and moment.files and moment.letter in (None, letter)
    ]
    return list(lines[-1].files) if lines else []


class Acts(Keeping):
    """Acts: what the préfecture received is archived first, what was given up or cancelled only waits."""

    portal_type, registry, key = "Acte", "RegistreActes", "megalis.actes.destructions"
    gone = "Les fichiers de cet acte ont été détruits"
    not_ended = "L’acte n’est pas terminé : ses fichiers restent ici."
    not_archivable = "Un acte s’archive une fois écoulé le délai du contrôle de légalité : attendez-en la fin."
    endless = "Votre collectivité garde ses actes sans terme : une durée se choisit sur la page « Réglages »."
    bad_day = (
        "La date de prise en charge va du dernier échange avec la préfecture à aujourd’hui : vérifiez-la. Ce qui est venu après un "
        "versement se verse à nouveau."
    )

    def settings(self, content):
        return registres.reglages(registres.around(content))

    def ended_at(self, acte):
        return acte.dossier.depuis if acte.etat in (states.ARCHIVE, *rules.GIVEN_UP) else None

    def pending(self, acte):
        if acte.etat == states.CONTROLE_ECHU:
            return UNARCHIVED
        if acte.etat != states.ACQUITTE:
            return self.not_ended
        last = deadlines.controle(acte.reception, acte.dossier.courriers).dernier_jour
        return f"Le contrôle de légalité court jusqu’au {last:%d/%m/%Y} : la prise en charge se note ici ensuite."

    def least(self, day):
        return day + timedelta(days=1)

    def needs_archive(self, acte):
        return acte.etat not in rules.GIVEN_UP

    def first_archivable(self, acte):
        return clock.paris(_last_exchange(acte)).date() if acte.etat in ARCHIVABLE else None

    def is_stale(self, acte):
        return acte.archived is not None and _last_exchange(acte) > acte.archived_at

    def warning(self, acte):
        if all(letter.code != CASE for letter in acte.dossier.courriers):
            return ""
        return "Cet acte a été déféré au tribunal administratif : ses fichiers ne se détruisent qu’une fois l’affaire jugée."

    def more_obstacles(self, acte, day):
        found = []
        if acte.etat in rules.GIVEN_UP:
            return found
        last = deadlines.controle(acte.reception, acte.dossier.courriers).dernier_jour
        if day <= last:
            found.append(f"Le contrôle de légalité court jusqu’au {last:%d/%m/%Y}.")
        last = rules.recours_until(posting.made_public(acte))
        if last is not None and day <= last:
            found.append(f"Un recours est possible jusqu’au {last:%d/%m/%Y}.")
        if self.is_stale(acte):
            found.append("L’échange avec la préfecture a continué depuis le versement : versez l’acte à nouveau.")
        return found

    def drop(self, acte):
        public = acte.published_at is not None and not acte.unpublished_reason
        prints = []
        for piece in acte.pieces:
            prints += _drop_piece(piece, public and piece.published)
        for moment in acte.history:
            if moment.files:
                prints += [digest_of(file) for _name, file in moment.files]
                moment.files = ()
        return prints

    def note(self, acte, words, by):
        wanted = states.ARCHIVE if acte.destroyed_at is None else states.DETRUIT
        if wanted == states.ARCHIVE:
            acte.archived_at = clock.now()
        # What was given up or cancelled stays so: counts and lists go on telling it from what the préfecture had.
        if acte.etat not in (wanted, *rules.GIVEN_UP):
            service.move(acte, EVENTS[wanted], by=by)
        remember(acte, words, by=by)

    def told(self, acte):
        told = {"type": "acte", "acte": IUUID(acte), "etat": acte.etat, "numero": acte.numero or ""}
        return told | {"identifiant": acte.identifier} if acte.identifier else told

    def ended(self):
        return {"acte_etat": (states.ARCHIVE, *rules.GIVEN_UP)}


def _last_exchange(acte):
    """Return the instant of the last message that left or came."""
    return max((moment.at for moment in acte.history if moment.code), default=acte.dossier.depuis)


def _drop_piece(piece, public):
    """Take away the files of a piece, those the public register shows apart; return the digests of what went."""
    prints = []
    if not (public and piece.anonymised is None):
        if piece.file is not None:
            prints.append(piece.sha256)
        piece.file = piece.stamped = None
    if not public and piece.anonymised is not None:
        prints.append(piece.anonymised_sha256)
        piece.anonymised = piece.anonymised_stamped = None
    return prints


def drop_withdrawn(acte):
    """Take away what the register showed of an act that is taken off it after its other files went."""
    if acte.destroyed_at is not None:
        for piece in acte.pieces:
            _drop_piece(piece, False)


def tick(event):
    """Destroy what has to go by itself (IWorkerTick)."""
    if event.leisure:
        turn(event.now)


KEEPING = Acts()
accepted, check_whole, destroy = KEEPING.accepted, KEEPING.check_whole, KEEPING.destroy
obstacles, turn, until = KEEPING.obstacles, KEEPING.turn, KEEPING.until
