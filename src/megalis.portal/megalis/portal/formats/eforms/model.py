"""What a contract notice says, as plain values: the one model behind the import, the writer and the generator.

Names follow the business terms (BT) of the eForms regulation (EU) 2019/1780, as numbered in the eForms SDK. Texts
are in the reading language of the notice, lines separated by ``\\n``. Moments are aware UTC ``datetime``; days are
``date``. Codes are the raw codes of the SDK code lists; ``codes`` turns them into French.
"""

from dataclasses import dataclass
from dataclasses import field
from datetime import date
from datetime import datetime
from decimal import Decimal
from megalis.portal.formats.eforms import codes
from megalis.portal.formats.siren import is_siren
from megalis.portal.formats.siren import is_siret
from megalis.portal.formats.siren import siren_of


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong or doubtful in a notice.

    ``code`` is stable; ``message_fr`` says value, rule and remedy; ``xpath`` and ``line`` (1-based, 0 unknown) say
    where; ``value`` is what was read, cut to 200 characters.
    """

    code: str
    message_fr: str
    xpath: str = ""
    line: int = 0
    value: str = ""


class NoticeRefused(ValueError):
    """A file that cannot be taken as a contract notice; ``issues`` is a non-empty list of ``Issue``."""

    def __init__(self, issues):
        self.issues = list(issues)
        super().__init__("; ".join(f"{issue.code}: {issue.message_fr}" for issue in self.issues))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount (Decimal, never negative) and its ISO 4217 currency."""

    amount: Decimal
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation or one of its contact points (touch point), known in the notice by ``ref`` (ORG-0001, TPO-0001).

    ``company_ids`` are kept as written (BT-501); ``siren`` and ``siret`` give the valid French one, or ''. A touch
    point has no identifier of its own: ``parent`` is the ``ref`` of its organisation. ``group_lead`` tells, of those who buy
    together, whether it leads them (OPP-050); None of any other.
    """

    ref: str
    name: str
    company_ids: tuple[str, ...] = ()
    street: str = ""
    postcode: str = ""
    city: str = ""
    nuts: str = ""
    country: str = ""
    contact: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    endpoint: str = ""
    parent: str = ""
    group_lead: bool | None = None

    @property
    def company_id(self):
        """The first identifier, as written, or ''."""
        return self.company_ids[0] if self.company_ids else ""

    @property
    def siret(self):
        """The first valid SIRET (fourteen digits), or ''."""
        return next(("".join(filter(str.isdigit, text)) for text in self.company_ids if is_siret(text)), "")

    @property
    def siren(self):
        """The first valid SIREN, alone or at the head of a SIRET, or ''."""
        return next((siren_of(text) for text in self.company_ids if is_siren(text) or is_siret(text)), "")


@dataclass(frozen=True, slots=True)
class Buyer:
    """The part an organisation plays as a buyer: legal type (BT-11), activity (BT-10), buyer profile (BT-508).

    ``providers`` are the organisations that act for it: (role code, ``ref``), such as the sender of its notices.
    ``entity_activity`` is its activity as a contracting entity (BT-610: water, energy, transport, post), or ''; ``entity``
    whether it is one (BT-740), which notices of concessions say, None where it is not said.
    """

    ref: str
    legal_type: str = ""
    activity: str = ""
    entity_activity: str = ""
    profile_url: str = ""
    providers: tuple[tuple[str, str], ...] = ()
    entity: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place of performance: NUTS 3 code (BT-5071), city, postcode, country (alpha-3) or open region (BT-727)."""

    nuts: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    region: str = ""
    street: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number attached to an award criterion: ``kind`` weight, fixed or threshold; ``code`` of its own list."""

    kind: str
    code: str
    number: Decimal


@dataclass(frozen=True, slots=True)
class Criterion:
    """An award criterion: ``type`` price, cost or quality (BT-539), name, description, numbers (BT-541)."""

    type: str
    name: str = ""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()

    def _number(self, kind):
        return next((item.number for item in self.parameters if item.kind == kind), None)

    @property
    def weight(self):
        """The weight (Decimal) or None; ``parameters`` tells whether it is a percentage or points."""
        return self._number("weight")

    @property
    def threshold(self):
        """The threshold (Decimal) or None."""
        return self._number("threshold")

    @property
    def fixed(self):
        """The fixed value (Decimal) or None."""
        return self._number("fixed")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: ``number`` of ``unit`` (DAY, WEEK, MONTH or YEAR)."""

    number: int
    unit: str = "MONTH"


@dataclass(frozen=True, slots=True)
class Document:
    """A way to the procurement documents: ``url``, and whether access to it is restricted (BT-15, BT-615)."""

    url: str
    restricted: bool = False
    id: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A coded statement with its text: exclusion ground, execution condition, objective."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection criterion (BT-809): its code, its text, whether it serves to shortlist candidates (BT-40)."""

    code: str
    text: str = ""
    second_stage: bool | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot (or the whole contract when there is only one). See the module for the units; '' or None is "not said"."""

    id: str
    number: str
    title: str
    description: str
    nature: str
    cpv: str
    additional_natures: tuple[str, ...] = ()
    cpv_additional: tuple[str, ...] = ()
    internal_id: str = ""
    note: str = ""
    value: Money | None = None
    framework_maximum: Money | None = None
    places: tuple[Place, ...] = ()
    duration: Duration | None = None
    duration_code: str = ""
    start: date | None = None
    end: date | None = None
    options: str = ""
    renewals_max: int | None = None
    renewals: str = ""
    sme_suitable: bool | None = None
    objectives: tuple[Condition, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    criteria_formula: str = ""
    criteria_note: str = ""
    deadline: datetime | None = None
    participation_deadline: datetime | None = None
    interest_deadline: datetime | None = None
    question_deadline: datetime | None = None
    opening: datetime | None = None
    opening_place: str = ""
    opening_note: str = ""
    submission_url: str = ""
    electronic_submission: str = ""
    no_electronic_reason: str = ""
    no_electronic_text: str = ""
    documents: tuple[Document, ...] = ()
    languages: tuple[str, ...] = ()
    variants: str = ""
    multiple_tenders: str = ""
    framework: str = ""
    framework_operators: int | None = None
    framework_justification: str = ""
    dps: str = ""
    auction: bool | None = None
    gpa: bool | None = None
    reduction: bool | None = None
    candidates_min: int | None = None
    candidates_max: int | None = None
    candidates_limited: bool | None = None
    reserved: tuple[str, ...] = ()
    reserved_execution: str = ""
    selection_sources: tuple[str, ...] = ()
    selection: tuple[Selection, ...] = ()
    guarantee_required: bool | None = None
    guarantee: str = ""
    payment_terms: str = ""
    legal_form_required: bool | None = None
    legal_form: str = ""
    conditions: tuple[Condition, ...] = ()
    e_invoicing: str = ""
    e_catalogue: str = ""
    e_signature: bool | None = None
    e_ordering: bool | None = None
    e_payment: bool | None = None
    staff_names: str = ""
    eu_funded: str = ""
    recurring: bool | None = None
    recurring_note: str = ""
    validity: Duration | None = None
    no_negotiation: bool | None = None
    review_deadline: str = ""
    review_ref: str = ""
    review_info_ref: str = ""
    mediation_ref: str = ""
    information_ref: str = ""
    documents_ref: str = ""
    recipient_ref: str = ""
    evaluation_ref: str = ""

    @property
    def documents_url(self):
        """The address of the procurement documents, the free one first, or ''."""
        ordered = sorted(self.documents, key=lambda item: item.restricted)
        return ordered[0].url if ordered else ""

    @property
    def is_framework(self):
        """True when the lot is a framework agreement (accord-cadre)."""
        return self.framework.startswith("fa-")

    @property
    def is_reserved(self):
        """True when taking part is reserved (sheltered workshops, public service)."""
        return any(code != "none" for code in self.reserved)


@dataclass(frozen=True, slots=True)
class Change:
    """What a change notice says of itself: the notice it changes, the reason, the changed sections."""

    notice: str
    reason: str = ""
    text: str = ""
    sections: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A contract notice (avis de marché): subtype 16, 17 or E3."""

    notice_id: str
    version: str
    procedure_id: str
    subtype: str
    sdk_version: str
    language: str
    legal_basis: str
    title: str
    description: str
    nature: str
    cpv: str
    organisations: tuple[Organisation, ...]
    buyer_roles: tuple[Buyer, ...]
    lots: tuple[Lot, ...]
    other_languages: tuple[str, ...] = ()
    dispatched: datetime | None = None
    transmitted: datetime | None = None
    requested_publication: date | None = None
    published: date | None = None
    publication_id: str = ""
    gazette_id: str = ""
    local_legal_basis: tuple[Condition, ...] = ()
    internal_id: str = ""
    note: str = ""
    additional_natures: tuple[str, ...] = ()
    cpv_additional: tuple[str, ...] = ()
    value: Money | None = None
    framework_maximum: Money | None = None
    places: tuple[Place, ...] = ()
    procedure: str = ""
    procedure_description: str = ""
    accelerated: bool | None = None
    accelerated_reason: str = ""
    lots_all_required: str = ""
    lots_max_submitted: int | None = None
    lots_max_awarded: int | None = None
    exclusion_sources: tuple[str, ...] = ()
    exclusions: tuple[Condition, ...] = ()
    change: Change | None = None
    remarks: tuple[Issue, ...] = field(default=(), compare=False)

    def organisation(self, ref):
        """Return the ``Organisation`` known as ``ref``, or None."""
        return next((item for item in self.organisations if item.ref == ref), None)

    @property
    def buyers(self):
        """The buying ``Organisation`` objects, in the order of the notice."""
        return tuple(filter(None, (self.organisation(role.ref) for role in self.buyer_roles)))

    @property
    def review(self):
        """The ``Organisation`` that hears appeals (first lot that names one), or None."""
        return next(filter(None, (self.organisation(lot.review_ref) for lot in self.lots)), None)

    @property
    def text_language(self):
        """The language texts are given in: French when the notice has it, else its own (ISO 639-2/T, upper case)."""
        return "FRA" if "FRA" in (self.language, *self.other_languages) else self.language

    @property
    def procedure_fr(self):
        """The procedure in our vocabulary: a key of ``codes.PROCEDURES``."""
        return codes.procedure(self.procedure, self.subtype)

    @property
    def deadline(self):
        """The first moment by which something must be received (offers, else requests to take part), or None."""
        offers = [lot.deadline for lot in self.lots if lot.deadline]
        requests = [lot.participation_deadline or lot.interest_deadline for lot in self.lots]
        return min(offers or [moment for moment in requests if moment], default=None)
