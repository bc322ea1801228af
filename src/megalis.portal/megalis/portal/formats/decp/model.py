"""Données essentielles de la commande publique (DECP 2.0.3): contracts and concessions, as plain values.

The lists are those of the arrêté of 22 December 2022 on essential data. Amounts are euros excluding tax (Decimal, at
most two decimals), durations whole months, shares between 0 and 1. An id has 1 to 16 characters.
"""

# ruff: noqa: RUF009  (`member` is `dataclasses.field`, under a name the rule does not know)

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from megalis.portal.formats.decp.kinds import Choice
from megalis.portal.formats.decp.kinds import Choices
from megalis.portal.formats.decp.kinds import Day
from megalis.portal.formats.decp.kinds import Flag
from megalis.portal.formats.decp.kinds import Many
from megalis.portal.formats.decp.kinds import member
from megalis.portal.formats.decp.kinds import Number
from megalis.portal.formats.decp.kinds import One
from megalis.portal.formats.decp.kinds import Text


ID = Text(1, 16)
SIRET = Text(pattern="[0-9]{14}", form="14 chiffres")
CPV = Text(pattern="[0-9]{8}(-[0-9])?", form="huit chiffres, puis au besoin un tiret et la clé")
AMOUNT, SHARE = Number(1), Number(0, 1)
RANK = MONTHS = Number(1, whole=True)
IDENTIFIERS = ("SIRET", "TVA", "TAHITI", "RIDET", "FRWF", "IREP", "HORS-UE")
NATURES = ("Marché", "Marché de partenariat", "Marché de défense ou de sécurité")
NO_TECHNIQUE = "Sans objet"
TECHNIQUES = (
    "Accord-cadre",
    "Concours",
    "Système de qualification",
    "Système d'acquisition dynamique",
    "Catalogue électronique",
    "Enchère électronique",
    NO_TECHNIQUE,
)
MODALITIES = ("Tranches", "Bons de commande", "Marchés subséquents", "Sans objet")
CCAG = (
    "Travaux",
    "Maitrise d'œuvre",
    "Fournitures courantes et services",
    "Marchés industriels",
    "Prestations intellectuelles",
    "Techniques de l'information et de la communication",
    "Pas de CCAG",
)
GROUPS = ("Conjoint", "Solidaire", "Pas de groupement")
PROCEDURES = (
    "Procédure adaptée",
    "Appel d'offres ouvert",
    "Appel d'offres restreint",
    "Procédure avec négociation",
    "Marché passé sans publicité ni mise en concurrence préalable",
    "Dialogue compétitif",
)
PLACE_TYPES = (
    "Code postal",
    "Code commune",
    "Code arrondissement",
    "Code canton",
    "Code département",
    "Code région",
    "Code pays",
)
PRICE_TYPES = ("Définitif ferme", "Définitif actualisable", "Définitif révisable", "Provisoire")
PRICE_FORMS = ("Unitaire", "Forfaitaire", "Mixte")
VARIATIONS = ("Ferme", "Actualisable", "Révisable")
SOCIAL = ("Clause sociale", "Critère social", "Marché réservé", "Pas de considération sociale")
SOCIAL_CONCESSION = ("Clause sociale", "Critère social", "Concession réservée", "Pas de considération sociale")
ENVIRONMENT = ("Clause environnementale", "Critère environnemental", "Pas de considération environnementale")
CONCESSION_NATURES = (
    "Concession de travaux",
    "Concession de service",
    "Concession de service public",
    "Délégation de service public",
)
CONCESSION_PROCEDURES = (
    "Procédure négociée ouverte",
    "Procédure non négociée ouverte",
    "Procédure négociée restreinte",
    "Procédure non négociée restreinte",
)


class Record:
    """A record of the format; an unknown member is refused in JSON where the official schema refuses it (``CLOSED``)."""

    CLOSED = False


@dataclass(frozen=True)
class Buyer(Record):
    """A buyer, or the authority that grants a concession."""

    siret: str = member("id", SIRET)


@dataclass(frozen=True)
class Operator(Record):
    """A holder, concessionaire or subcontractor: ``id`` is of the kind ``kind`` (SIRET for a French one)."""

    kind: str = member("typeIdentifiant", Choice(IDENTIFIERS))
    id: str = member("id", Text())


@dataclass(frozen=True)
class Place(Record):
    """Where the contract is performed."""

    code: str = member("code", Text())
    kind: str = member("typeCode", Choice(PLACE_TYPES))


@dataclass(frozen=True)
class Subcontract(Record):
    """A subcontract declared (acte spécial)."""

    id: int = member("id", RANK)
    operator: Operator = member("sousTraitant", One(Operator))
    months: int = member("dureeMois", MONTHS)
    notified: date = member("dateNotification", Day())
    amount: Decimal = member("montant", AMOUNT)
    variation: str = member("variationPrix", Choice(VARIATIONS))
    published: date = member("datePublicationDonnees", Day())


@dataclass(frozen=True)
class SubcontractChange(Record):
    """A change of the subcontract of the same ``id``."""

    id: int = member("id", RANK)
    notified: date = member("dateNotificationModificationSousTraitance", Day())
    published: date = member("datePublicationDonnees", Day())
    months: int | None = member("dureeMois", MONTHS, optional=True)
    amount: Decimal | None = member("montant", AMOUNT, optional=True)


@dataclass(frozen=True)
class Modification(Record):
    """A modification of a contract (avenant): what it changes only."""

    id: int = member("id", RANK)
    notified: date = member("dateNotificationModification", Day())
    published: date = member("datePublicationDonneesModification", Day())
    months: int | None = member("dureeMois", MONTHS, optional=True)
    amount: Decimal | None = member("montant", AMOUNT, optional=True)
    holders: tuple[Operator, ...] = member("titulaires", Many("titulaire", Operator), optional=True)


@dataclass(frozen=True)
class Contract(Record):
    """A contract notified (marché), its subcontracts and modifications."""

    CLOSED = True

    id: str = member("id", ID)
    buyer: Buyer = member("acheteur", One(Buyer))
    nature: str = member("nature", Choice(NATURES))
    title: str = member("objet", Text(0, 1000))
    cpv: str = member("codeCPV", CPV)
    procedure: str = member("procedure", Choice(PROCEDURES))
    place: Place = member("lieuExecution", One(Place))
    months: int = member("dureeMois", MONTHS)
    notified: date = member("dateNotification", Day())
    published: date = member("datePublicationDonnees", Day())
    amount: Decimal = member("montant", AMOUNT)
    price_form: str = member("formePrix", Choice(PRICE_FORMS))
    holders: tuple[Operator, ...] = member("titulaires", Many("titulaire", Operator))
    social: tuple[str, ...] = member("considerationsSociales", Choices("considerationSociale", SOCIAL))
    environment: tuple[str, ...] = member(
        "considerationsEnvironnementales", Choices("considerationEnvironnementale", ENVIRONMENT)
    )
    techniques: tuple[str, ...] = member("techniques", Choices("technique", TECHNIQUES))
    modalities: tuple[str, ...] = member("modalitesExecution", Choices("modaliteExecution", MODALITIES))
    price_types: tuple[str, ...] = member("typesPrix", Choices("typePrix", PRICE_TYPES))
    innovative: bool = member("marcheInnovant", Flag())
    ccag: str = member("ccag", Choice(CCAG))
    bids: int = member("offresRecues", Number(1, whole=True))
    advance: bool = member("attributionAvance", Flag())
    grouping: str = member("typeGroupementOperateurs", Choice(GROUPS))
    subcontracting: bool = member("sousTraitanceDeclaree", Flag())
    framework_id: str | None = member("idAccordCadre", ID, optional=True)
    advance_rate: Decimal | None = member("tauxAvance", SHARE, optional=True)
    eu_share: Decimal | None = member("origineUE", SHARE, optional=True)
    french_share: Decimal | None = member("origineFrance", SHARE, optional=True)
    subcontracts: tuple[Subcontract, ...] = member(
        "actesSousTraitance", Many("acteSousTraitance", Subcontract), optional=True
    )
    subcontract_changes: tuple[SubcontractChange, ...] = member(
        "modificationsActesSousTraitance",
        Many("modificationActeSousTraitance", SubcontractChange, xml_item="modificationActesSousTraitance"),
        optional=True,
    )
    modifications: tuple[Modification, ...] = member("modifications", Many("modification", Modification), optional=True)


@dataclass(frozen=True)
class Tariff(Record):
    """A tariff charged to users."""

    title: str = member("intituleTarif", Text(0, 256))
    amount: Decimal = member("tarif", Number(0))


@dataclass(frozen=True)
class Execution(Record):
    """The yearly data of a concession."""

    published: date = member("datePublicationDonneesExecution", Day())
    investment: Decimal = member("depensesInvestissement", Number(0))
    tariffs: tuple[Tariff, ...] = member("tarifs", Many("tarif", Tariff))


@dataclass(frozen=True)
class ConcessionModification(Record):
    """A modification of a concession: what it changes only."""

    id: int = member("id", RANK)
    notified: date = member("dateSignatureModification", Day())
    published: date = member("datePublicationDonneesModification", Day())
    months: int | None = member("dureeMois", MONTHS, optional=True)
    amount: Decimal | None = member("valeurGlobale", AMOUNT, optional=True)


@dataclass(frozen=True)
class Concession(Record):
    """A concession signed, its yearly data and modifications."""

    CLOSED = True

    id: str = member("id", ID)
    buyer: Buyer = member("autoriteConcedante", One(Buyer))
    nature: str = member("nature", Choice(CONCESSION_NATURES))
    title: str = member("objet", Text(0, 1000))
    procedure: str = member("procedure", Choice(CONCESSION_PROCEDURES))
    months: int = member("dureeMois", MONTHS)
    notified: date = member("dateSignature", Day())
    published: date = member("datePublicationDonnees", Day())
    started: date = member("dateDebutExecution", Day())
    amount: Decimal = member("valeurGlobale", AMOUNT)
    subsidy: Decimal = member("montantSubventionPublique", Number(0))
    holders: tuple[Operator, ...] = member("concessionnaires", Many("concessionnaire", Operator))
    social: tuple[str, ...] = member("considerationsSociales", Choices("considerationSociale", SOCIAL_CONCESSION))
    environment: tuple[str, ...] = member(
        "considerationsEnvironnementales", Choices("considerationEnvironnementale", ENVIRONMENT)
    )
    execution: tuple[Execution, ...] = member(
        "donneesExecution", Many("donneesAnnuelles", Execution, empty=True), optional=True
    )
    modifications: tuple[ConcessionModification, ...] = member(
        "modifications", Many("modification", ConcessionModification), optional=True
    )
