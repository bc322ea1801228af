"""What an award notice says beyond the notice of its consultation: results by lot, tenders, contracts, winners.

References are those of eForms: ``RES-0001`` results, ``TEN-0001`` tenders, ``TPA-0001`` tendering parties,
``CON-0001`` contracts, ``ORG-0001`` organisations.
"""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.eforms.model import Money
from megalis.portal.formats.eforms.model import Organisation


AWARDED, WITHOUT_WINNER, ONGOING = "selec-w", "clos-nw", "open-nw"
SIZES = ("micro", "small", "medium", "large")


@dataclass(frozen=True, slots=True)
class Winner:
    """An economic operator: its organisation, its size (BT-165), whether it is listed (BT-746)."""

    organisation: Organisation
    size: str = ""
    listed: bool | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Those who tender together (``ref`` TPA-0001): organisation refs, the first leads when there are several."""

    ref: str
    tenderers: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Revenue:
    """What a concession should bring in: paid by the buyer (BT-160), by users (BT-162), how that was reckoned (BT-163)."""

    buyer: Money
    users: Money
    method: str


@dataclass(frozen=True, slots=True)
class Tender:
    """A tender (``ref`` TEN-0001) of a party for a lot: identifier (BT-3201), value (BT-720), rank (BT-171).

    ``subcontracting`` is ``yes``, ``no`` or ``unknown`` (BT-773).
    """

    ref: str
    lot: str
    party: str
    identifier: str
    value: Money | None = None
    rank: int | None = None
    subcontracting: str = "no"
    variant: bool | None = None
    revenue: Revenue | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A contract (``ref`` CON-0001) on one or several tenders: identifier (BT-150), title (BT-721), dates, signatories.

    ``decided`` is the day of the choice (BT-1451), ``concluded`` that of the signature (BT-145).
    """

    ref: str
    identifier: str
    tenders: tuple[str, ...]
    signatories: tuple[str, ...]
    decided: date | None = None
    concluded: date | None = None
    title: str = ""
    framework: bool | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class LotResult:
    """The result of a lot (``ref`` RES-0001): ``outcome`` (BT-142), why there is no winner (BT-144), what was received.

    ``system_ends`` (BT-119): whether a dynamic system ends with this, None of any other contract.
    ``received`` is (kind, number) pairs of the list received-submission-type: ``tenders``, ``t-esubm``, ``t-sme``…
    """

    ref: str
    lot: str
    outcome: str
    received: tuple[tuple[str, int], ...] = ()
    tenders: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    reason: str = ""
    lowest: Money | None = None
    highest: Money | None = None
    framework_maximum: Money | None = None
    system_ends: bool | None = None


def received(tenders, micro=0, small=0, medium=0, large=0, other_eea=0, outside_eea=0, electronic=None):
    """Return ``LotResult.received`` for a number of tenders, of each size of tenderer, from other countries.

    The rules want every one of these numbers, zeros included; ``electronic`` is ``tenders`` unless told.
    """
    return (
        ("tenders", tenders),
        ("t-micro", micro),
        ("t-small", small),
        ("t-med", medium),
        ("t-large", large),
        ("t-oth-eea", other_eea),
        ("t-no-eea", outside_eea),
        ("t-esubm", tenders if electronic is None else electronic),
    )


@dataclass(frozen=True, slots=True)
class Direct:
    """Why a contract is awarded without a call (BT-136, code of direct-award-justification; BT-135, in words)."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ContractChange:
    """A modification of a contract: the notice it was published in (BT-1501), the contract, why (BT-200, BT-201), what.

    ``notice`` is the identifier and version of that notice (``uuid-01``) or its number in the OJ (``342558-2018``).
    """

    notice: str
    contract: str
    reason: str
    reason_text: str
    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What a contract came to once done: paid (BT-779), penalties (BT-782), how long it took (BT-781), in words (BT-780).

    The schema wants the words, even when there is little to say.
    """

    tender: str
    paid: Money
    penalties: Money
    period: str
    text: str


@dataclass(frozen=True, slots=True)
class Award:
    """The results of a procedure; ``total`` is the value of all its contracts (BT-161), frameworks apart."""

    results: tuple[LotResult, ...]
    tenders: tuple[Tender, ...] = ()
    parties: tuple[Party, ...] = ()
    contracts: tuple[Settled, ...] = ()
    winners: tuple[Winner, ...] = ()
    total: Money | None = None
    direct: Direct | None = None
    change: ContractChange | None = None
    completions: tuple[Completion, ...] = ()
