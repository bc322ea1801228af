"""Every message of @CTES as a value, named after its root element; the trade knows them by their numbers, 1-1 to 7-3.

Source: ACTES 1.1 schema with its later additions (types of attachments, paper copy). A value that a message of the
préfecture lacks, or has wrong, is None or '': what is sent is complete, what is received is kept as it came.
"""

from dataclasses import dataclass
from datetime import date as Day
from megalis.portal.formats.actes.mapping import attr
from megalis.portal.formats.actes.mapping import DAY
from megalis.portal.formats.actes.mapping import FLAG
from megalis.portal.formats.actes.mapping import INSEE
from megalis.portal.formats.actes.mapping import INTEGER
from megalis.portal.formats.actes.mapping import leaf
from megalis.portal.formats.actes.mapping import many
from megalis.portal.formats.actes.mapping import one
from megalis.portal.formats.actes.mapping import TEXT
from megalis.portal.formats.actes.parts import codes
from megalis.portal.formats.actes.parts import Matiere
from megalis.portal.formats.actes.parts import Prefecture
from megalis.portal.formats.actes.parts import sender
from megalis.portal.formats.actes.parts import signature
from megalis.portal.formats.actes.parts import SignatureXML
from megalis.portal.formats.actes.parts import tree


COLLECTIVITE, PREFECTURE = "collectivité", "préfecture"


@dataclass(frozen=True, slots=True)
class Fichier:
    """A file named in a message, with its signature when it has a detached one."""

    nom: str = leaf("NomFichier")
    signature: str | SignatureXML = signature()


@dataclass(frozen=True, slots=True)
class Referent:
    """Whom to call or write to."""

    nom: str = leaf("Nom", required=False)
    telephone: str = leaf("Telephone", required=False)
    email: str = leaf("Email", required=False)


@dataclass(frozen=True, slots=True)
class Collectivite:
    """Who sends: SIREN, département in three characters, arrondissement in one digit, nature code in two digits."""

    siren: str = attr("SIREN", namespace=INSEE)
    departement: str = attr("Departement")
    arrondissement: str = attr("Arrondissement")
    nature: str = attr("Nature")


@dataclass(frozen=True, slots=True)
class EnveloppeCLMISILL:
    """The envelope of what a collectivité sends."""

    emetteur: Collectivite | None = one("IDCL", Collectivite, wrapper="Emetteur")
    referent: Referent | None = one("Referent", Referent, required=False, wrapper="Emetteur")
    adresses_retour: tuple[str, ...] = many("Email", TEXT, wrapper="AdressesRetour", least=1)
    formulaires: tuple[Fichier, ...] = many("Formulaire", Fichier, wrapper="FormulairesEnvoyes", least=1)


@dataclass(frozen=True, slots=True)
class EnveloppeMISILLCL:
    """The envelope of what a préfecture sends."""

    emetteur: Prefecture | None = sender()
    referent: Referent | None = one("Referent", Referent, required=False, wrapper="Emetteur")
    formulaires: tuple[Fichier, ...] = many("Formulaire", Fichier, wrapper="FormulairesEnvoyes", least=1)
    destinataire: str = attr("SIREN", on="Destinataire", namespace=INSEE)


@dataclass(frozen=True, slots=True)
class AnomalieEnveloppe:
    """An envelope was refused as a whole. ``nature`` is a number in three digits (``005``)."""

    date: Day | None = leaf("Date", DAY)
    nature: str = leaf("Nature")
    detail: str = leaf("Detail", required=False)
    enveloppe: EnveloppeCLMISILL | None = one("EnveloppeRecue", EnveloppeCLMISILL)


@dataclass(frozen=True, slots=True)
class Acte:
    """1-1: an act is transmitted."""

    date: Day | None = attr("Date", DAY)
    numero: str = attr("NumeroInterne")
    nature: int | None = attr("CodeNatureActe", INTEGER)
    matiere: tuple[int, ...] = codes()
    objet: str = leaf("Objet")
    precedent: str = attr("IDActe", required=False, on="PrecedentIdentifiantActe")
    classification: Day | None = leaf("ClassificationDateVersion", DAY)
    document: Fichier | None = one("Document", Fichier)
    annexes: tuple[Fichier, ...] = many("Annexe", Fichier, wrapper="Annexes", count="Nombre")
    papier: bool = leaf("DocumentPapier", FLAG, required=False)


@dataclass(frozen=True, slots=True)
class ARActe:
    """1-2: the act is received; ``date_reception`` is the day that counts in law."""

    id_acte: str = attr("IDActe")
    date_reception: Day | None = attr("DateReception", DAY)
    acte: Acte | None = one("ActeRecu", Acte)
    classification_en_cours: Day | None = leaf("ClassificationDateVersionEnCours", DAY)


@dataclass(frozen=True, slots=True)
class AnomalieActe:
    """1-3: the act is refused. ``nature`` is a number in three digits (``002``)."""

    date: Day | None = leaf("Date", DAY)
    nature: str = leaf("Nature")
    detail: str = leaf("Detail", required=False)
    acte: Acte | None = one("ActeRecu", Acte)
    classification_en_cours: Day | None = leaf("ClassificationDateVersionEnCours", DAY)


@dataclass(frozen=True, slots=True)
class _Courrier:
    id_acte: str = attr("IDActe")
    date_courrier: Day | None = attr("DateCourrierPref", DAY)


@dataclass(frozen=True, slots=True)
class _CourrierDocument(_Courrier):
    document: Fichier | None = one("Document", Fichier)


@dataclass(frozen=True, slots=True)
class _ARReponse:
    id_acte: str = attr("IDActe", on="InfosCourrierPref")
    date_courrier: Day | None = attr("DateCourrierPref", DAY, on="InfosCourrierPref")
    date_reception: Day | None = attr("DateReception", DAY)


@dataclass(frozen=True, slots=True)
class CourrierSimple(_CourrierDocument):
    """2-1: a plain letter of the préfecture."""


@dataclass(frozen=True, slots=True)
class ReponseCourrierSimple(_CourrierDocument):
    """2-2: the answer to a plain letter."""


@dataclass(frozen=True, slots=True)
class DemandePieceComplementaire(_Courrier):
    """3-1: the préfecture asks for documents that are missing."""

    description: str = leaf("DescriptionPieces")
    document: Fichier | None = one("Document", Fichier)


@dataclass(frozen=True, slots=True)
class ARDemandePieceComplementaire(_Courrier):
    """3-2: the request is received (sent by itself)."""


@dataclass(frozen=True, slots=True)
class RefusPieceComplementaire(_CourrierDocument):
    """3-3: the documents are refused, with the reasons."""


@dataclass(frozen=True, slots=True)
class PieceComplementaire(_Courrier):
    """3-4: the documents are sent."""

    documents: tuple[Fichier, ...] = many("Document", Fichier, wrapper="Documents", least=1)


@dataclass(frozen=True, slots=True)
class ARPieceComplementaire(_ARReponse):
    """3-5: the préfecture has the documents, or the refusal."""


@dataclass(frozen=True, slots=True)
class LettreObservations(_Courrier):
    """4-1: the préfecture objects to the act."""

    motif: str = leaf("Motif")
    document: Fichier | None = one("Document", Fichier)


@dataclass(frozen=True, slots=True)
class ARLettreObservations(_Courrier):
    """4-2: the objection is received (sent by itself)."""


@dataclass(frozen=True, slots=True)
class RejetLettreObservations(_CourrierDocument):
    """4-3: the objection is rejected, with the reasons."""


@dataclass(frozen=True, slots=True)
class ReponseLettreObservations(_CourrierDocument):
    """4-4: the objection is answered."""


@dataclass(frozen=True, slots=True)
class ARReponseRejetLettreObservations(_ARReponse):
    """4-5: the préfecture has the answer, or the rejection."""


@dataclass(frozen=True, slots=True)
class DefereTA:
    """5-1: the act is brought before the administrative court."""

    id_acte: str = attr("IDActe")
    date_depot: Day | None = leaf("DateDepot", DAY)
    nature_illegalite: str = leaf("NatureIllegalite")
    pieces: tuple[Fichier, ...] = many("PieceJointe", Fichier, wrapper="PiecesJointes")


@dataclass(frozen=True, slots=True)
class Annulation:
    """6-1: a transmission is cancelled."""

    id_acte: str = attr("IDActe")


@dataclass(frozen=True, slots=True)
class ARAnnulation:
    """6-2: the cancellation is received."""

    id_acte: str = attr("IDActe")
    date_reception: Day | None = attr("DateReception", DAY)


@dataclass(frozen=True, slots=True)
class DemandeClassification:
    """7-1: the classification is asked for; ``date`` is the version already known, None the first time."""

    date: Day | None = leaf("DateClassification", DAY, required=False)


@dataclass(frozen=True, slots=True)
class TypePJ:
    """A type of file, by its code (``99_DE``)."""

    code: str = attr("CodeTypePJ")
    libelle: str = attr("Libelle")


@dataclass(frozen=True, slots=True)
class NatureActe:
    """A nature of act, with the types of files it admits."""

    code: int | None = attr("CodeNatureActe", INTEGER)
    libelle: str = attr("Libelle")
    abrege: str = attr("TypeAbrege")
    types_pj: tuple[TypePJ, ...] = many("TypePJNatureActe", TypePJ, least=1)


@dataclass(frozen=True, slots=True)
class RetourClassification:
    """7-2: natures, types of files and subjects that the préfecture admits from ``date`` on."""

    date: Day | None = leaf("DateClassification", DAY)
    natures: tuple[NatureActe, ...] = many("NatureActe", NatureActe, wrapper="NaturesActes", least=1)
    matieres: tuple[Matiere, ...] = tree()


@dataclass(frozen=True, slots=True)
class ReponseClassificationSansChangement:
    """7-3: the classification that is known is still the one in force."""

    date: Day | None = leaf("DateClassification", DAY)


CODES = {
    "1-1": Acte,
    "1-2": ARActe,
    "1-3": AnomalieActe,
    "2-1": CourrierSimple,
    "2-2": ReponseCourrierSimple,
    "3-1": DemandePieceComplementaire,
    "3-2": ARDemandePieceComplementaire,
    "3-3": RefusPieceComplementaire,
    "3-4": PieceComplementaire,
    "3-5": ARPieceComplementaire,
    "4-1": LettreObservations,
    "4-2": ARLettreObservations,
    "4-3": RejetLettreObservations,
    "4-4": ReponseLettreObservations,
    "4-5": ARReponseRejetLettreObservations,
    "5-1": DefereTA,
    "6-1": Annulation,
    "6-2": ARAnnulation,
    "7-1": DemandeClassification,
    "7-2": RetourClassification,
    "7-3": ReponseClassificationSansChangement,
}
ENVELOPES = (EnveloppeCLMISILL, EnveloppeMISILLCL, AnomalieEnveloppe)
ROOTS = {model.__name__: model for model in (*CODES.values(), *ENVELOPES)}

_CODE_OF = {model: code for code, model in CODES.items()}
_FROM_PREFECTURE = {"1-2", "1-3", "2-1", "3-1", "3-5", "4-1", "4-5", "5-1", "6-2", "7-2", "7-3"}


def code_of(message):
    """Return the number of a message (``1-1``), '' for an envelope or its anomaly."""
    return _CODE_OF.get(message if isinstance(message, type) else type(message), "")


def sender_of(message):
    """Return who sends such a message: ``COLLECTIVITE`` or ``PREFECTURE``."""
    model = message if isinstance(message, type) else type(message)
    from_prefecture = code_of(model) in _FROM_PREFECTURE or model in (EnveloppeMISILLCL, AnomalieEnveloppe)
    return PREFECTURE if from_prefecture else COLLECTIVITE


def files_of(message):
    """Return the ``Fichier`` values a message names itself, in order: document, then annexes or other files."""
    named = []
    for field in ("document", "annexes", "documents", "pieces", "formulaires"):
        value = getattr(message, field, None)
        named += value if isinstance(value, tuple) else [value] if value is not None else []
    return tuple(named)
