"""Writing of design contest notices (concours, subtype 23): a notice of the consultation, its jury and its prizes."""

from dataclasses import dataclass
from dataclasses import replace
from lxml import etree
from megalis.portal.formats.eforms.building import Builder
from megalis.portal.formats.eforms.building import prune
from megalis.portal.formats.eforms.building import tag
from megalis.portal.formats.eforms.model import Money
from megalis.portal.formats.eforms.reading import NS
from megalis.portal.formats.eforms.writer import blank
from megalis.portal.formats.eforms.writer import body
from megalis.portal.formats.eforms.writer import namespaces


SUBTYPE = "23"
KIND = ("competition", "cn-desg")
# What a contest does not say: it chooses a project, the contract comes later.
UNSAID = ("value", "framework_maximum")
UNSAID_OF_LOTS = (
    *UNSAID, "framework", "framework_operators", "framework_justification", "dps", "auction", "gpa", "opening",
    "opening_place", "opening_note", "options", "renewals", "renewals_max", "duration", "duration_code", "start", "end",
    "legal_form_required", "legal_form", "conditions", "reserved", "reserved_execution", "sme_suitable", "e_invoicing", "guarantee_required",
    "guarantee", "e_catalogue", "payment_terms", "staff_names", "e_ordering", "e_payment", "recurring", "recurring_note",
    "validity", "no_negotiation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prize:
    """A prize (BT-44, BT-644, BT-45): ``rank`` from 1, its value, in words."""

    rank: int
    value: Money
    text: str = ""


@dataclass(frozen=True, slots=True)
class Contest:
    """What a contest says: does a contract follow (BT-41), does the jury bind the buyer (BT-42), jury, prizes, invited.

    ``jury`` (BT-46) and ``participants`` already chosen (BT-47) are names. Their anonymity is that of the projects, not of
    the competitors: the notice names those whom the buyer has invited, never who made which project.
    """

    follow_up: bool
    binding: bool
    jury: tuple[str, ...] = ()
    prizes: tuple[Prize, ...] = ()
    participants: tuple[str, ...] = ()


def write_contest(notice, contest):
    """Return the eForms XML of the notice of a design contest, from the ``Notice`` of its consultation and a ``Contest``."""
    notice = contest_of(notice, notice.subtype)
    build = Builder(notice.text_language)
    root = etree.Element(tag("cn:ContractNotice"), nsmap=namespaces("cn"))
    body(build, root, notice, KIND)
    say_contest(build, root, contest)
    prune(root)
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def say_contest(build, root, contest):
    """Say in each lot what the contest says: whether a contract follows, whether the jury binds, jury, prizes, invited."""
    for terms in root.findall("cac:ProcurementProjectLot/cac:TenderingTerms", NS):
        _awarding(build, terms.find("cac:AwardingTerms", NS), contest)
        for name in contest.participants:
            party = build.group(terms, "cac:EconomicOperatorShortList/cac:PreSelectedParty/cac:PartyName")
            build.say(party, "cbc:Name", name)


def contest_of(notice, subtype=SUBTYPE):
    """Return the notice without what a contest does not say."""
    lots = tuple(blank(lot, UNSAID_OF_LOTS) for lot in notice.lots)
    notice = blank(notice, (*UNSAID, "accelerated", "accelerated_reason"))
    return replace(notice, subtype=subtype, lots=lots)


def _awarding(build, node, contest):
    first = list(node)
    build.put(node, "cbc:FollowupContractIndicator", contest.follow_up)
    build.put(node, "cbc:BindingOnBuyerIndicator", contest.binding)
    # The schema wants both before the criteria.
    for element in first:
        node.append(element)
    for name in contest.jury:
        build.put(build.group(node, "cac:TechnicalCommitteePerson"), "cbc:FamilyName", name)
    for prize in contest.prizes:
        item = build.group(node, "cac:Prize")
        build.put(item, "cbc:RankCode", prize.rank)
        build.money(item, "cbc:ValueAmount", prize.value)
        build.say(item, "cbc:Description", prize.text)
