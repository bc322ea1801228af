"""What a notice says of a consultation, as plain values: read from content once, then composed, shown and compared.

Moments are aware UTC datetimes, codes those of the consultation (``formats.cpv``, ``formats.nuts``), texts as its agents
typed them: nothing here is typed for a notice alone.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Court:
    """The court that hears appeals, as a notice names it."""

    name: str = "Tribunal administratif de Rennes"
    street: str = "3, contour de la Motte"
    postcode: str = "35044"
    city: str = "Rennes Cedex"
    nuts: str = "FRH03"
    phone: str = "+33 223212828"
    email: str = "greffe.ta-rennes@juradm.fr"


@dataclass(frozen=True, slots=True)
class BuyerSaid:
    """The buyer. ``activity`` and ``utility`` are codes of BT-10 and BT-610, ``legal_type`` of BT-11."""

    name: str
    siret: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    nuts: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    contact: str = ""
    legal_type: str = "body-pl"
    activity: str = "gen-pub"
    utility: str = ""
    payment: str = ""
    court: Court = Court()


@dataclass(frozen=True, slots=True)
class LotSaid:
    """A lot; what is '' or () is as for the whole consultation."""

    number: str
    title: str
    description: str = ""
    nature: str = ""
    cpv: str = ""
    cpv_additional: tuple = ()
    places: tuple = ()
    duration: str = ""
    criteria: tuple = ()
    variants: str = ""
    tranches: tuple = ()
    renewals: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A consultation as its notice tells it. ``criteria`` are (name, points or None); ``formal``: beyond the threshold."""

    uid: str
    reference: str
    title: str
    buyer: BuyerSaid
    description: str = ""
    procedure: str = "procedure-adaptee"
    ground: str = "montant"
    formal: bool = False
    nature: str = ""
    cpv: str = ""
    cpv_additional: tuple = ()
    places: tuple = ()
    place_text: str = ""
    departments: tuple = ()
    duration: str = ""
    months: int | None = None
    criteria: tuple = ()
    conditions: str = ""
    variants: str = "not-allowed"
    visits: str = ""
    samples: str = ""
    questions_deadline: datetime | None = None
    deadline: datetime | None = None
    opening: datetime | None = None
    framework: str = ""
    framework_maximum: int | None = None
    framework_holders: int | None = None
    tranches: tuple = ()
    renewals: int | None = None
    urgent: bool = False
    urgent_reason: str = ""
    least: int | None = None  # candidates admitted to the second step, at least
    max_lots_bid: int | None = None
    max_lots_won: int | None = None
    url: str = ""
    documents_url: str = ""
    profile_url: str = ""
    lots: tuple = ()
    jury: tuple = ()
    prizes: tuple = ()  # lines of rules.contests
    jury_binding: bool = False
    contract_follows: bool = True
    partners: tuple = ()  # BuyerSaid of those who buy with it, the buyer itself coordinating
