"""What a PES flow tells, as values: budget, bordereaux, pièces, lines, tiers, attachments. Amounts are ``Decimal``.

Texts are as the file gives them, "" when it does not; dates stay ISO texts, since real files hold impossible ones.
``line`` counts from 1 in the file, 0 when unknown. What comes by hundreds of thousands is a tuple: made in half the time
of a dataclass, and of no concern to the garbage collector.
"""

from dataclasses import dataclass
from dataclasses import field
from decimal import Decimal
from typing import NamedTuple


ALLER, ACQUIT, RETOUR = "aller", "acquit", "retour"
ROOTS = {"PES_Aller": ALLER, "PES_ACQUIT": ACQUIT, "PES_Retour": RETOUR}


@dataclass(frozen=True, slots=True)
class Entete:
    """Who sends, for which budget: ``nomfic`` with ``cod_col`` is the key an acknowledgement comes back under."""

    version: str = ""
    typfic: str = ""
    nomfic: str = ""
    emetteur: str = ""
    date: str = ""
    poste: str = ""
    collectivite: str = ""
    cod_col: str = ""
    cod_bud: str = ""
    budget: str = ""

    @property
    def key(self):
        """Return the key that must be unique on a platform."""
        return self.nomfic, self.cod_col


class Tiers(NamedTuple):
    """A creditor or a debtor."""

    nom: str = ""
    identifiant: str = ""
    reference: str = ""
    iban: str = ""


class Ligne(NamedTuple):
    """A line of a pièce; ``etat`` and ``observation`` come in a Retour only."""

    numero: str = ""
    nature: str = ""
    fonction: str = ""
    libelle: str = ""
    montant_ht: Decimal | None = None
    montant_tva: Decimal | None = None
    tiers: tuple[Tiers, ...] = ()
    etat: str = ""
    observation: str = ""


class Reference(NamedTuple):
    """The mention of an attachment by a pièce; support 01 is with the flow, 02 on a disc, 03 on paper."""

    unique: str = ""
    nom: str = ""
    support: str = ""
    line: int = 0


class Piece(NamedTuple):
    """A mandat (dépense) or a titre (recette)."""

    numero: str = ""
    type: str = ""
    nature: str = ""
    objet: str = ""
    lignes: tuple[Ligne, ...] = ()
    references: tuple[Reference, ...] = ()
    etat: str = ""
    observation: str = ""
    line: int = 0


@dataclass(slots=True)
class Bordereau:
    """A bordereau with its pièces; ``signatures`` counts those it holds."""

    domaine: str
    id: str = ""
    exercice: str = ""
    numero: str = ""
    date: str = ""
    type: str = ""
    nombre: str = ""
    montant_ht: Decimal | None = None
    montant_tva: Decimal | None = None
    cumul: Decimal | None = None
    pieces: list[Piece] = field(default_factory=list)
    signatures: int = 0
    line: int = 0

    @property
    def lignes(self):
        """Return the number of lines."""
        return sum(len(piece.lignes) for piece in self.pieces)

    @property
    def somme(self):
        """Return the sum of the amounts of its lines, before tax."""
        return sum(
            (ligne.montant_ht for piece in self.pieces for ligne in piece.lignes if ligne.montant_ht is not None),
            Decimal(0),
        )


@dataclass(slots=True)
class Domaine:
    """The block of dépenses or of recettes."""

    nom: str
    id_ver: str = ""
    dematerialisee: bool = False
    bordereaux: list[Bordereau] = field(default_factory=list)
    line: int = 0


@dataclass(frozen=True, slots=True)
class PieceJointe:
    """An attachment: its size and digest once unpacked, or ``code`` and ``probleme`` (French) when it does not unpack."""

    unique: str = ""
    nom: str = ""
    type: str = ""
    description: str = ""
    mime: str = ""
    taille: int = 0
    sha256: str = ""
    code: str = ""
    probleme: str = ""
    line: int = 0


@dataclass(slots=True)
class Flux:
    """A PES Aller or a PES Retour, read."""

    kind: str
    entete: Entete = field(default_factory=Entete)
    domaines: list[Domaine] = field(default_factory=list)
    pieces_jointes: list[PieceJointe] = field(default_factory=list)
    factures: int = 0
    marches: int = 0
    signatures: int = 0
    lines: int = 0

    @property
    def bordereaux(self):
        """Return every bordereau, in the order of the file."""
        return [bordereau for domaine in self.domaines for bordereau in domaine.bordereaux]

    def summary(self):
        """Return the figures of the flow as a JSON object."""
        bordereaux = self.bordereaux
        entete = self.entete
        return {
            "nomfic": entete.nomfic,
            "codcol": entete.cod_col,
            "collectivite": entete.collectivite,
            "budget": {"code": entete.cod_bud, "libelle": entete.budget},
            "date": entete.date,
            "exercices": sorted({item.exercice for item in bordereaux if item.exercice}),
            "bordereaux": len(bordereaux),
            "pieces": sum(len(item.pieces) for item in bordereaux),
            "lignes": sum(item.lignes for item in bordereaux),
            "montant_ht": str(
                sum((item.somme if item.montant_ht is None else item.montant_ht for item in bordereaux), Decimal(0))
            ),
            "pieces_jointes": len(self.pieces_jointes),
            "factures": self.factures,
            "marches": self.marches,
        }
