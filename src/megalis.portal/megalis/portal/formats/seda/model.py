"""A transfer to an archive service (SAE) as plain values: units that describe, files that are described.

Source: Standard d’échange de données pour l’archivage, version 2.1 (NF Z44-022, ISO 20614). A unit holds other units and
files; a rule says how long it is kept or closed to the public, from which day. What is shared by acts, PES flows and
consultations is here; what is particular to one stands beside (``seda.actes``).
"""

from dataclasses import dataclass
from datetime import date
from datetime import datetime


LEVELS = ("Fonds", "Series", "RecordGrp", "SubGrp", "File", "Item")
KEEP, DESTROY = "Keep", "Destroy"


@dataclass(frozen=True, slots=True)
class Objet:
    """A file of the transfer: its path in the package, original name, size in bytes, SHA-512 in hex, MIME type.

    ``format_id`` is the PRONOM identifier (``fmt/276``) when it was told.
    """

    chemin: str
    nom: str
    taille: int
    sha512: str
    mime: str = ""
    format_id: str = ""


@dataclass(frozen=True, slots=True)
class Regle:
    """A rule of management: its code in the agreement, the day it runs from; for the final fate, ``KEEP`` or ``DESTROY``."""

    code: str = ""
    debut: date | None = None
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Unite:
    """One unit of description."""

    titre: str
    niveau: str = "Item"
    description: str = ""
    identifiant: str = ""
    type_document: str = ""
    mots: tuple[str, ...] = ()
    cree: date | None = None
    envoye: date | None = None
    recu: date | None = None
    enregistre: date | None = None
    conservation: Regle | None = None
    acces: Regle | None = None
    fichiers: tuple[Objet, ...] = ()
    sous: tuple["Unite", ...] = ()


@dataclass(frozen=True, slots=True)
class Versement:
    """A transfer. Services are named by an identifier the archive service knows (a SIRET, or its own)."""

    identifiant: str
    date: datetime
    commentaire: str
    service_archives: str
    service_versant: str
    producteur: str
    unites: tuple[Unite, ...]
    accord: str = ""
    profil: str = ""
    niveau_service: str = ""
