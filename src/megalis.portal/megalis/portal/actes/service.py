"""Making acts, giving them files, moving them through their life: the one way used by pages, by REST and by the worker.

``move`` is the only place where the state of an act changes: it asks the pure table (``formats.actes.lifecycle``), writes
the history and the journal, and carries out the effects, all in one transaction.
"""

from megalis.portal.actes import letters
from megalis.portal.actes import looking
from megalis.portal.actes import notices
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import signatures
from megalis.portal.actes import transactions
from megalis.portal.actes.history import remember
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import sending
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import uuidhex
from persistent.list import PersistentList
from plone.dexterity.utils import createContent
from plone.namedfile.utils import safe_basename
from plone.uuid.interfaces import IUUID

import re


KIND = "acte"
LARGEST = 150 * 1024 * 1024
FIELDS = ("numero", "date_decision", "nature", "matiere", "objet", "papier", *rules.VOTES)


def today():
    """Return the day in Paris: acts count in days."""
    return clock.paris(clock.now()).date()


def draft(collectivite, values, by=""):
    """Return a new draft Acte of a collectivité from values of ``rules.entered``; Refused ``actes.numero-double``."""
    registre = registres.of(collectivite, make=True)
    check_number(registre, values.get("numero"))
    name = uuidhex()
    made = createContent("Acte", id=name, **{field: values.get(field) for field in FIELDS if field in values})
    made.dossier = lifecycle.Dossier(states.BROUILLON, clock.now())
    made.pieces = PersistentList()
    made.history = PersistentList()
    made.prepared_by = by
    made.classification_date = registres.classification_of(registre).date
    registre._setObject(name, made)
    acte = registre[name]
    transactions.give(acte)
    _hold_number(registre, acte)
    remember(acte, "Brouillon créé", by=by)
    acte.reindexObject()
    return acte


def check_number(registre, number, acte=None):
    """Refuse a number that another act of the collectivité holds (``actes.numero-double``)."""
    held = registre.numbers.get(number) if number else None
    if held is not None and (acte is None or held != acte.getId()):
        raise Refused(
            "actes.numero-double",
            f"Le numéro « {number} » est déjà celui d’un autre acte : chaque acte a le sien. Donnez-en un autre.",
            number,
        )


def _hold_number(registre, acte, before=""):
    if before and registre.numbers.get(before) == acte.getId():
        del registre.numbers[before]
    if acte.numero:
        registre.numbers[acte.numero] = acte.getId()


def update(acte, values, by=""):
    """Change what an act says while it may still change; return the changed names."""
    check_editable(acte)
    registre = registres.around(acte)
    check_number(registre, values.get("numero"), acte)
    changed = [name for name in FIELDS if name in values and getattr(acte, name) != values[name]]
    if acte.etat != states.BROUILLON:
        move(acte, "correction", by=by)
    current = registres.classification_of(registre).date
    before = acte.numero
    if changed or acte.classification_date != current:
        for name in changed:
            setattr(acte, name, values[name])
        acte.classification_date = current
        acte.submitted_at = None
        _hold_number(registre, acte, before)
        _default_types(acte)
        acte.notifyModified()
        acte.reindexObject()
    return changed


def check_editable(acte):
    """Refuse (``actes.parti``) to change an act that is on its way or arrived."""
    if acte.etat not in rules.EDITABLE:
        label = rules.state_label(acte.etat)
        raise Refused(
            "actes.parti", f"L’acte est « {label} » : il ne se modifie plus. Annulez-le, ou faites-en un autre."
        )


def add_piece(acte, upload, type_pj="", by=""):
    """Keep an uploaded file (``filename``, binary stream) as the next piece of an act; the first one is the act itself.

    Refused: ``actes.fichier-…``, ``actes.format``, ``actes.pdf-…``.
    """
    check_editable(acte)
    name = safe_basename(upload.filename or "")[:180] or "document"
    upload.seek(0, 2)
    size = upload.tell()
    if not size:
        raise Refused("actes.fichier-vide", f"« {name} » est vide : vérifiez le fichier sur votre poste.", name)
    total = size + sum(piece.size for piece in acte.pieces)
    if total > LARGEST:
        raise Refused(
            "actes.taille",
            f"Avec « {name} », l’acte pèserait {total / 1048576:.0f} Mo ; l’envoi est limité à {LARGEST // 1048576} Mo. "
            "Allégez les fichiers, ou envoyez le reste sur papier.",
            size,
        )
    upload.seek(0)
    data = upload.read()
    made = looking.piece(acte, name, data, type_pj)
    acte.pieces.append(made)
    acte.submitted_at = None
    _default_types(acte)
    signatures.examine(acte)
    acte.notifyModified()
    return made


def _default_types(acte):
    """Give every piece without a type, or with one that its nature does not admit, the one that suits it."""
    classification = registres.classification_of(registres.around(acte))
    try:
        admitted = {item.code for item in classification.types(acte.nature)}
        usual = classification.default_type(acte.nature)
    except Refused:
        return
    for rank, piece in enumerate(acte.pieces):
        if piece.type_pj not in admitted:
            piece.type_pj = usual if rank == 0 or usual in admitted else ""


def piece(acte, name):
    """Return the piece of that id; Refused ``actes.piece`` when it is gone."""
    found = next((item for item in acte.pieces if item.id == name), None)
    if found is None:
        raise Refused("actes.piece", "Ce fichier n’est plus dans l’acte : rechargez la page.", name)
    return found


def remove_piece(acte, name):
    """Take a piece out of a draft; return its name."""
    check_editable(acte)
    found = piece(acte, name)
    acte.pieces.remove(found)
    acte.submitted_at = None
    signatures.examine(acte)
    acte.notifyModified()
    return found.name


def set_types(acte, types):
    """Give pieces their types: ``{piece id: code}``; the rules look at them before sending."""
    check_editable(acte)
    for name, code in types.items():
        found = piece(acte, name)
        if found.type_pj != code:
            found.type_pj = code
            acte.notifyModified()


def make_first(acte, name):
    """Make a piece the document of the act, the others its annexes."""
    check_editable(acte)
    found = piece(acte, name)
    acte.pieces.remove(found)
    acte.pieces.insert(0, found)
    _default_types(acte)


def findings(acte):
    """Return every reason not to send the act now, as a list of Finding."""
    registre = registres.around(acte)
    classification = registres.classification_of(registre)
    project = projet(acte)
    found = []
    if acte.date_decision is None:
        found.append(Finding("actes.date", "La date de décision manque : écrivez le jour où l’acte a été pris."))
    else:
        found += sending.findings(project, classification, today())
    found += signatures.findings(acte)
    if not registres.ready(registre):
        found.append(
            Finding(
                "actes.reglages",
                "Les réglages de télétransmission ne sont pas complets : un administrateur les remplit sur « Réglages ».",
            )
        )
    return found


def projet(acte):
    """Return the ``sending.Projet`` of an act."""
    pieces = tuple(item.as_sent() for item in acte.pieces)
    return sending.Projet(
        acte.numero or "", acte.date_decision, acte.nature, acte.matiere or "", acte.objet or "",
        acte.classification_date, pieces,
    )  # fmt: skip


def submit(acte, by):
    """Ask those who may transmit to do it; Refused when the act is not ready."""
    _refuse_first(findings(acte))
    check_editable(acte)
    if acte.etat != states.BROUILLON:
        move(acte, "correction", by=by)
    acte.submitted_at = clock.now()
    acte.reindexObject()
    remember(acte, "Transmission demandée", by=by)
    notices.asked(acte)


def transmit(acte, by):
    """Send an act that is ready; it leaves with the worker’s next round.

    Refused: each finding, ``actes.meme-personne`` where two people are wanted, ``actes.transition``.
    """
    registre = registres.around(acte)
    if registres.reglages(registre)["deux_personnes"] and by and by == acte.prepared_by:
        raise Refused(
            "actes.meme-personne",
            "Votre collectivité veut deux personnes : qui a préparé l’acte ne le transmet pas. Demandez-le à un collègue.",
        )
    if acte.etat == states.REFUSE_CONTROLE:
        move(acte, "correction", by=by)
    _refuse_first(findings(acte))
    move(acte, "poste", by=by)
    move(acte, "controle", by=by)


def _refuse_first(found):
    if found:
        refusal = Refused(found[0].code, " ".join(item.message for item in found))
        refusal.findings = found
        raise refusal


def resend(acte, by):
    """Send again what was refused, or left without an answer; a person decides, and it is written."""
    move(acte, "renvoi", by=by)


def abandon(acte, by):
    """Give up an act that never left; its number is free again."""
    move(acte, "refus", by=by)
    registre = registres.around(acte)
    if registre.numbers.get(acte.numero) == acte.getId():
        del registre.numbers[acte.numero]


def cancel(acte, by):
    """Ask the préfecture to cancel an act it has received (6-1)."""
    move(acte, lifecycle.CANCEL, by=by)


def move(acte, name, message=None, by="", files=(), when=None):
    """Apply the event ``name`` (or that which ``message`` is) to an act; return the ``Suite``.

    Raises Refused when a person asks for what is not possible. What changes nothing is remembered with its remark.
    """
    when = when or clock.now()
    event = lifecycle.event_of(message, when) if message is not None else lifecycle.Evenement(name, when)
    suite = lifecycle.advance(acte.dossier, event)
    before = acte.etat
    acte.dossier = suite.dossier
    code = event.nom if re.fullmatch(r"[0-9]-[0-9]|ANO", event.nom) else ""
    words = notices.words(event.nom, suite, message)
    judged = signatures.judged(files) if message is not None else ()
    letter = lifecycle.letter_of(acte.dossier, event)
    if event.nom in lifecycle.LETTRES and suite.remarque != lifecycle.TWICE:
        letters.arrived(acte, letter)
    remember(acte, words, code=code, by=by, files=files, when=when, signatures=judged, letter=letter)
    if acte.etat != before or code:
        told = {"type": "acte", "acte": IUUID(acte), "evenement": event.nom, "etat": acte.etat}
        if acte.identifier:
            told["identifiant"] = acte.identifier
        if suite.remarque:
            told["remarque"] = suite.remarque
        journal.record(acte, told)
    if acte.etat == states.TRANSMIS and before != states.TRANSMIS:
        acte.sent_at = acte.sent_at or when
    for effect in suite.effets:
        _carry_out(acte, effect, event, message)
    acte.reindexObject()
    return suite


def _carry_out(acte, effect, event, message):
    if effect == lifecycle.SEND:
        part = lifecycle.CANCEL if event.nom == lifecycle.CANCEL else "1-1"
        queue(acte, part)
    elif effect.startswith(f"{lifecycle.SEND}:"):
        queue(acte, effect.partition(":")[2], event)
    elif effect == lifecycle.STAMP:
        outcome.stamp(acte)
    elif effect == lifecycle.SLIP:
        outcome.write_slip(acte)
    elif effect == lifecycle.UNPUBLISH:
        outcome.withdraw(acte, "La transmission de l’acte a été annulée.")
    elif effect == lifecycle.TELL_DEPOSITOR:
        notices.tell(acte, event, message)
    elif effect == lifecycle.TELL_OPERATOR:
        notices.tell_operator(acte, event)


def queue(acte, part, event=None, files=()):
    """Write the outbox message that carries one message of the exchange about an act."""
    payload = {"path": "/".join(acte.getPhysicalPath()), "part": part, "serial": 0, "begun": False}
    if event is not None and event.date_courrier is not None:
        payload["letter"] = event.date_courrier.isoformat()
    if files:
        payload["files"] = tuple(files)
    return outbox.queue(KIND, payload, IUUID(acte))


def letter_of(acte, code, day=None):
    """Return (rank, Courrier) of a letter of the préfecture; Refused ``actes.courrier`` when there is none."""
    for rank, item in enumerate(acte.dossier.courriers):
        if item.code == code and day in (None, item.date):
            return rank, item
    raise Refused("actes.courrier", "Ce courrier n’est pas dans l’acte : rechargez la page.", code)


def answer(acte, code, day, answer_code, uploads, by):
    """Answer a letter of the préfecture with documents; it leaves with the worker’s next round.

    ``uploads``: uploaded files. Refused: ``actes.reponse-…``, ``actes.transition``.
    """
    letter_of(acte, code, day)
    if answer_code not in lifecycle.LETTRES[code].reponses:
        raise Refused("actes.reponse-genre", "Choisissez le sens de la réponse.", answer_code)
    kept = []
    for upload in uploads:
        name = safe_basename(upload.filename or "")[:180]
        upload.seek(0)
        data = upload.read(LARGEST + 1)
        if not data:
            raise Refused("actes.fichier-vide", f"« {name} » est vide : vérifiez le fichier sur votre poste.", name)
        if len(data) > LARGEST:
            raise Refused("actes.taille", f"« {name} » pèse plus de {LARGEST // 1048576} Mo : allégez-le.", name)
        kept.append(looking.piece(acte, name, data, ""))
    if not kept:
        raise Refused("actes.reponse-document", "Joignez le document de la réponse : un PDF suffit.")
    if answer_code != "3-4" and len(kept) > 1:
        raise Refused("actes.reponse-document", "Cette réponse tient en un seul document : réunissez-les en un PDF.")
    files = tuple((item.name, item.file) for item in kept)
    judged = signatures.judged(files)
    _refuse_first(signatures.broken(judged))
    when = clock.now()
    event = lifecycle.Evenement(answer_code, when, None, day)
    suite = lifecycle.advance(acte.dossier, event)
    acte.dossier = suite.dossier
    letter = lifecycle.letter_of(acte.dossier, event)
    letters.mark_read(acte, letter)
    remember(acte, notices.words(answer_code, suite, None), answer_code, by, files, when, judged, letter)
    journal.record(acte, {"type": "acte", "acte": IUUID(acte), "evenement": answer_code, "etat": acte.etat})
    queue(acte, answer_code, event, files)
    acte.reindexObject()
