"""What OCDS tells of a consultation, as dated facts: published, changed, cancelled, awarded, signed, amended.

Nothing here is ever rewritten: the first deadline stands in the process and the later ones in its changes, so that the
releases of a consultation can be made again at any time and never differ. Instants are aware ``datetime``, days ``date``;
amounts are Decimal euros without tax.
"""

from dataclasses import dataclass
from datetime import date
from datetime import datetime
from decimal import Decimal


# Our procedures (``eforms.codes.PROCEDURES``) in the closed list of OCDS. A call that not everyone may answer is selective.
METHODS = {
    "procedure-adaptee": "open",
    "appel-offres-ouvert": "open",
    "appel-offres-restreint": "selective",
    "procedure-negociation": "selective",
    "dialogue-competitif": "selective",
    "concours": "selective",
    "systeme-acquisition-dynamique": "selective",
    "marche-subsequent": "selective",
    "partenariat-innovation": "selective",
    "concession": "open",
    "sans-publicite": "direct",
    "autre": "limited",
}
CATEGORIES = {"travaux": "works", "fournitures": "goods", "services": "services"}
AWARD_STATUSES = ("active", "unsuccessful", "cancelled")


@dataclass(frozen=True, slots=True)
class Organisation:
    """A buyer or a supplier: ``scheme`` is the register its ``id`` is of."""

    id: str
    name: str
    scheme: str = "FR-SIRET"
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "France"
    email: str = ""
    phone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document anyone may read: ``type`` of the list documentType (``tenderNotice``, ``biddingDocuments``…)."""

    id: str
    type: str
    title: str
    url: str
    published: datetime | None = None
    format: str = ""


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot: ``id`` is its number; ``cpv`` its main code, eight digits."""

    id: str
    title: str
    description: str = ""
    cpv: str = ""
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the consultation while it is open (rectificatif), and the deadline it sets, if any."""

    id: str
    at: datetime
    description: str
    rationale: str = ""
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The whole consultation given up (sans suite), and why."""

    at: datetime
    rationale: str
    description: str = "Procédure déclarée sans suite"


@dataclass(frozen=True, slots=True)
class Award:
    """A decision on one or several lots: ``active`` has suppliers; ``unsuccessful`` is infructueux, ``cancelled`` sans suite."""

    id: str
    at: datetime
    lots: tuple[str, ...] = ()
    suppliers: tuple[Organisation, ...] = ()
    value: Decimal | None = None
    title: str = ""
    status: str = "active"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A modification of a contract (avenant): what it changes only."""

    id: str
    at: datetime
    description: str
    rationale: str = ""
    value: Decimal | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract signed after an award, as signed; ``at`` is when the signature is made public."""

    id: str
    award: str
    at: datetime
    signed: date
    title: str = ""
    value: Decimal | None = None
    start: date | None = None
    end: date | None = None
    amendments: tuple[Amendment, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """A consultation from its publication on. ``uuid`` makes its ocid; ``framework`` is that of its accord-cadre."""

    uuid: str
    reference: str
    title: str
    buyer: Organisation
    published: datetime
    procedure: str
    nature: str
    description: str = ""
    procedure_name: str = ""
    cpv: str = ""
    value: Decimal | None = None
    deadline: datetime | None = None
    question_deadline: datetime | None = None
    electronic: bool = True
    lots: tuple[Lot, ...] = ()
    documents: tuple[Document, ...] = ()
    changes: tuple[Change, ...] = ()
    cancellation: Cancellation | None = None
    awards: tuple[Award, ...] = ()
    contracts: tuple[Contract, ...] = ()
    framework: str = ""
    framework_title: str = ""
