"""From what people entered to what travels: names given to files, messages, envelope, archive.

An envelope may carry several messages; answers of a préfecture are made here too, for whoever plays one.
"""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes.classification import sendable_date
from megalis.portal.formats.actes.codec import build
from megalis.portal.formats.actes.latin import latin1
from megalis.portal.formats.actes.latin import one_line


@dataclass(frozen=True, slots=True)
class Part:
    """One message to send: its value, its name in the envelope, and the files it names as ``(name, content)``."""

    message: object
    nom: str
    fichiers: tuple = ()


@dataclass(frozen=True, slots=True)
class Expediteur:
    """Who sends, as the envelope says it, with the trigram of the operator."""

    collectivite: model.Collectivite
    referent: model.Referent | None
    adresses_retour: tuple[str, ...]
    trigramme: str
    test: bool = False


@dataclass(frozen=True, slots=True)
class Emission:
    """What goes out: the name of the archive, that of the envelope, and ``(name, content)`` for ``archive.write``."""

    archive: str
    enveloppe: str
    fichiers: tuple

    @property
    def noms(self):
        """The names in the archive, in order."""
        return tuple(name for name, _content in self.fichiers)


def act_part(projet, contenus, classification, collectivite, papier=False, precedent="", signatures=()):
    """Return ``(ActId, Part)`` of an act; raise ``Refused`` when a value may not be sent.

    ``projet``: ``sending.Projet``; ``contenus``: bytes or path of each of its pieces, in order; ``signatures``: their
    detached signatures, in order, '' for none (missing ones are none).
    """
    nature = classification.nature(projet.nature)
    identifier = names.act_id(collectivite.departement, collectivite.siren, projet.date, projet.numero, nature.abrege)
    signed = dict(enumerate(signatures))
    files = tuple(
        model.Fichier(
            names.file_name(piece.type_pj, identifier, "1-1", rank + 1, piece.extension), signed.get(rank, "")
        )
        for rank, piece in enumerate(projet.pieces)
    )
    message = model.Acte(
        projet.date,
        projet.numero,
        nature.code,
        classification.codes(projet.matiere),
        latin1(one_line(projet.objet)),
        precedent,
        sendable_date(classification),
        files[0] if files else None,
        files[1:],
        papier,
    )
    contents = tuple((item.nom, content) for item, content in zip(files, contenus, strict=True))
    return identifier, Part(message, names.message_name(identifier, "1-1"), contents)


def answer_part(kind, letter, contenus=()):
    """Return the ``Part`` of an answer to a letter: ``kind`` is its class, ``letter`` the message of the préfecture.

    ``contenus``: ``(extension, content)`` of each document; none for an automatic acknowledgement (3-2, 4-2).
    """
    code = model.code_of(kind)
    identifier = names.parse_act_id(letter.id_acte)
    named = tuple(
        (f"{identifier}-{code}_{rank}.{extension.lower()}", content)
        for rank, (extension, content) in enumerate(contenus, 1)
    )
    files = tuple(model.Fichier(name) for name, _content in named)
    values = {"documents": files} if kind is model.PieceComplementaire else {"document": files[0]} if files else {}
    message = kind(id_acte=letter.id_acte, date_courrier=letter.date_courrier, **values)
    return Part(message, names.message_name(identifier, code), named)


def cancel_part(id_acte):
    """Return the ``Part`` that cancels the transmission of an act (6-1)."""
    return Part(model.Annulation(id_acte), names.message_name(names.parse_act_id(id_acte), "6-1"))


def classification_part(collectivite, known=None):
    """Return the ``Part`` that asks for the classification (7-1); ``known`` is the date of the one we have."""
    name = names.classification_name(collectivite.departement, collectivite.siren)
    return Part(model.DemandeClassification(known), name)


def emission(parts, expediteur, serie, jour):
    """Return the ``Emission`` of parts, sent by ``expediteur`` on the day ``jour`` under the number ``serie``."""
    if not isinstance(jour, date):
        raise TypeError("jour must be a date")
    siren = expediteur.collectivite.siren
    envelope = model.EnveloppeCLMISILL(
        expediteur.collectivite,
        expediteur.referent,
        expediteur.adresses_retour,
        tuple(model.Fichier(part.nom) for part in parts),
    )
    name = names.envelope_name(siren, jour, serie, expediteur.test)
    archive = names.archive_name(expediteur.trigramme, siren, jour, serie, expediteur.test)
    return Emission(archive, name, ((name, build(envelope)), *_files(parts)))


def reply(parts, prefecture, siren, serie, jour, test=False, strict=True):
    """Return ``((name, bytes), …)`` of what a ``Prefecture`` answers to a collectivité: envelope, messages, letters."""
    envelope = model.EnveloppeMISILLCL(prefecture, None, tuple(model.Fichier(part.nom) for part in parts), siren)
    name = names.answer_name(prefecture, siren, jour, serie, test)
    return ((name, build(envelope, strict=strict)), *_files(parts, strict))


def _files(parts, strict=True):
    for part in parts:
        yield part.nom, build(part.message, strict=strict)
        yield from part.fichiers
