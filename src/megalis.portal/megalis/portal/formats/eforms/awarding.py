"""Writing of award notices (avis d’attribution): the notice of the consultation, its results added, its calls left out."""

from datetime import date
from lxml import etree
from megalis.portal.formats.eforms.building import Builder
from megalis.portal.formats.eforms.building import prune
from megalis.portal.formats.eforms.building import tag
from megalis.portal.formats.eforms.contests import contest_of
from megalis.portal.formats.eforms.contests import UNSAID_OF_LOTS
from megalis.portal.formats.eforms.model import Issue
from megalis.portal.formats.eforms.model import Money
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.reading import EXT
from megalis.portal.formats.eforms.reading import NS
from megalis.portal.formats.eforms.results import AWARDED
from megalis.portal.formats.eforms.results import ONGOING
from megalis.portal.formats.eforms.writer import blank
from megalis.portal.formats.eforms.writer import body
from megalis.portal.formats.eforms.writer import fitted
from megalis.portal.formats.eforms.writer import namespaces
from megalis.portal.formats.eforms.writer import SOCIAL
from megalis.portal.formats.eforms.writer import UNDERTAKINGS

import dataclasses


# Subtype of an award notice -> its notice type; subtype of the notice of the consultation -> that of its award notice.
SUBTYPES = {
    "25": ("dir-awa-pre", "veat"),
    "26": ("dir-awa-pre", "veat"),
    "29": ("result", "can-standard"),
    "30": ("result", "can-standard"),
    "32": ("result", "can-standard"),
    "33": ("result", "can-social"),
    "34": ("result", "can-social"),
    "36": ("result", "can-desg"),
    "37": ("result", "can-desg"),
    "38": ("cont-modif", "can-modif"),
    "39": ("cont-modif", "can-modif"),
    "40": ("cont-modif", "can-modif"),
    "E4": ("result", "can-standard"),
    "E5": ("completion", "compl"),
}
# Each for contracting authorities, then for entities of networks (2014/25/EU), then for concessions (2014/23/EU).
DIRECT, MODIFICATION, CONTEST = ("25", "26"), ("38", "39", "40"), ("36", "37")
COMPLETION, CONCESSION = "E5", "32"
# What notices of a direct award, and of a modification, say nothing of, lot by lot.
LEAN = {
    **dict.fromkeys(DIRECT, ("value", "auction", "framework_maximum")),
    **dict.fromkeys(MODIFICATION, ("value", "auction", "criteria", "criteria_formula", "criteria_note", "dps")),
}
# What is over once all is done.
DONE = ("duration", "duration_code", "gpa", "review_ref", "review_info_ref", "review_deadline", "mediation_ref")
AWARD_OF = {"16": "29", "17": "30", "19": "32", "20": "33", "21": "34", "23": "36", "24": "37", "E3": "E4"}
# UBL wants a date where eForms has none: the SDK's own notices bear this one.
NO_DATE = date(2000, 1, 1)
NO_TENDER = "no-rece"  # the rules forbid to count tenders then
# What calls for tenders, and an award notice may not repeat.
CALLS = (
    "deadline", "participation_deadline", "interest_deadline", "question_deadline", "opening", "opening_place",
    "opening_note", "submission_url", "electronic_submission", "no_electronic_reason", "no_electronic_text", "documents",
    "languages", "variants", "multiple_tenders", "framework_operators", "reduction", "candidates_min", "candidates_max",
    "candidates_limited", "reserved_execution", "selection_sources", "selection", "guarantee_required", "guarantee",
    "payment_terms", "legal_form_required", "legal_form", "conditions", "e_invoicing", "e_catalogue", "e_signature",
    "e_ordering", "e_payment", "staff_names", "recurring", "recurring_note", "validity", "no_negotiation",
    "recipient_ref", "reserved", "sme_suitable", "evaluation_ref", "documents_ref", "renewals_max", "renewals",
)  # fmt: skip


def write_award(notice, award, subtype=""):
    """Return the eForms XML of the award notice of a consultation.

    ``notice`` is the ``Notice`` of the consultation with the identifiers of this new notice; ``award`` its results.
    ``subtype`` 25 (26) announces a direct award (``award.direct``), 38 (39, 40) a modification (``award.change``), E5 what was paid once
    all is done (``award.completions``); without it the notice is that of the result.
    Raise ``NoticeRefused`` (``eforms.sous-type``) for a consultation that has no award notice here.
    """
    subtype = subtype or AWARD_OF.get(notice.subtype, "")
    if subtype not in SUBTYPES:
        message = f"Pas d’avis d’attribution pour un avis de sous-type « {notice.subtype} » : {', '.join(AWARD_OF)}."
        raise NoticeRefused([Issue("eforms.sous-type", message, value=notice.subtype)])
    notice = _result_of(notice, award, subtype)
    build = Builder(notice.text_language)
    root = etree.Element(tag("can:ContractAwardNotice"), nsmap=namespaces("can"))
    body(build, root, notice, SUBTYPES[subtype])
    result = _results(build, notice, award)
    award = told(award, subtype)
    for add in (_lot_results, _tenders, _contracts, _parties):
        add(build, result, award)
    (extension,) = root.findall(EXT, NS)
    extension.insert(extension.index(extension.find("efac:NoticeSubType", NS)), result)
    if award.change is not None:
        extension.insert(0, _modification(build, award.change))
    if award.direct is not None:
        reason = build.group(root.find("cac:TenderingProcess", NS), "cac:ProcessJustification")
        build.code(reason, "cbc:ProcessReasonCode", award.direct.code, "direct-award-justification")
        build.say(reason, "cbc:ProcessReason", award.direct.text)
    if subtype == COMPLETION:
        _complete(build, root, result, award)
    for winner in award.winners:
        _winner(build, extension, winner)
    build.put(build.group(root, "cac:TenderResult"), "cbc:AwardDate", f"{NO_DATE.isoformat()}Z")
    prune(root)
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _result_of(notice, award, subtype):
    more = LEAN.get(subtype, ())
    lots = tuple(blank(lot, (*CALLS, *more)) for lot in notice.lots)
    known = {item.ref for item in notice.organisations}
    winners = tuple(item.organisation for item in award.winners if item.organisation.ref not in known)
    notice = blank(
        notice, ("exclusions", "exclusion_sources", "lots_all_required", "lots_max_submitted", "lots_max_awarded")
    )
    if more:
        notice = blank(notice, ("value", "accelerated", "accelerated_reason"))
    if subtype in DIRECT:
        roles = (
            role if role.legal_type in UNDERTAKINGS else dataclasses.replace(role, entity_activity="")
            for role in notice.buyer_roles
        )
        notice = dataclasses.replace(blank(notice, ("framework_maximum",)), buyer_roles=tuple(roles))
    if subtype in MODIFICATION:
        roles = tuple(type(role)(role.ref, providers=role.providers) for role in notice.buyer_roles)
        # the value of a framework stands with its result
        lots = tuple(blank(lot, ("framework_maximum",)) for lot in lots)
        notice = blank(notice, ("framework_maximum",))
        notice = dataclasses.replace(notice, procedure="", procedure_description="", buyer_roles=roles)
        changed = {item.lot for item in award.results}
        lots = tuple(lot for lot in lots if lot.id in changed)
    if subtype in CONTEST:
        lots = tuple(blank(lot, UNSAID_OF_LOTS) for lot in lots)
        notice = contest_of(notice, notice.subtype)
    if subtype == COMPLETION:
        done = _completed(award)
        lots = tuple(blank(lot, DONE) for lot in lots if lot.id in done or not done)
    organisations = notice.organisations + winners
    notice = fitted(dataclasses.replace(notice, subtype=subtype, lots=lots, organisations=organisations))
    return _named(notice, award) if subtype == COMPLETION or subtype in MODIFICATION else notice


def _named(notice, award):
    """Return the notice without the organisations nothing in it names any more: the rules refuse them."""
    refs = {ref for role in notice.buyer_roles for ref in (role.ref, *(ref for _kind, ref in role.providers))}
    refs |= {
        getattr(lot, item.name) for lot in notice.lots for item in dataclasses.fields(lot) if item.name.endswith("_ref")
    }
    refs |= {ref for party in award.parties for ref in party.tenderers}
    refs |= {ref for contract in award.contracts for ref in contract.signatories}
    refs |= {item.parent for item in notice.organisations if item.ref in refs}
    return dataclasses.replace(notice, organisations=tuple(item for item in notice.organisations if item.ref in refs))


def told(award, subtype):
    """Return the results without what notices of a subtype do not tell."""
    if subtype in SOCIAL or subtype in LEAN:
        award = _each(award, "results", ("lowest", "highest"))
    if subtype in LEAN:
        results = tuple(dataclasses.replace(item, outcome="", received=(), system_ends=None) for item in award.results)
        award = dataclasses.replace(award, results=results)
        award = _each(award, "tenders", ("variant",))
    if subtype in DIRECT:
        award = _each(award, "contracts", ("concluded", "framework"))
    if subtype in MODIFICATION:
        award = _each(award, "winners", ("size", "listed"))
    if subtype == CONCESSION:
        award = _each(award, "tenders", ("rank",))
    if subtype == COMPLETION:
        done = _completed(award)
        award = dataclasses.replace(
            award, results=tuple(item for item in award.results if item.lot in done or not done)
        )
    if subtype in CONTEST:
        # A contest ends with projects chosen: what they cost comes with the contract.
        tenders = tuple(dataclasses.replace(item, value=None, subcontracting="") for item in award.tenders)
        contracts = tuple(
            dataclasses.replace(item, identifier="", framework=None, signatories=()) for item in award.contracts
        )
        award = dataclasses.replace(award, tenders=tenders, contracts=contracts)
        award = _each(award, "results", ("lowest", "highest", "framework_maximum"))
    return award


def _completed(award):
    """Return the lots that were carried out: those that failed have no part in what was paid."""
    tenders = {item.tender for item in award.completions}
    return {item.lot for item in award.tenders if item.ref in tenders}


def _each(award, name, unsaid):
    return dataclasses.replace(award, **{name: tuple(blank(item, unsaid) for item in getattr(award, name))})


def _id(build, parent, path, ref, scheme):
    build.put(build.group(parent, path) if path else parent, "cbc:ID", ref, schemeName=scheme)


def _results(build, notice, award):
    node = etree.Element(tag("efac:NoticeResult"))
    if notice.subtype in CONTEST:
        return node
    frameworks = {lot.id for lot in notice.lots if lot.is_framework}
    awarded = {item.lot for item in award.results if item.outcome == AWARDED}
    if awarded - frameworks or any(item.framework for item in award.contracts):
        build.money(node, "cbc:TotalAmount", award.total)
    maxima = [item.framework_maximum for item in award.results if item.framework_maximum and item.lot in awarded]
    if maxima:
        total = sum(item.amount for item in maxima)
        build.money(node, "efbc:OverallMaximumFrameworkContractsAmount", Money(total, maxima[0].currency))
    return node


def _lot_results(build, node, award):
    for item in award.results:
        _lot_result(build, build.group(node, "efac:LotResult"), item)


def _tenders(build, node, award):
    for item in award.tenders:
        _tender(build, build.group(node, "efac:LotTender"), item)


def _contracts(build, node, award):
    for item in award.contracts:
        _contract(build, build.group(node, "efac:SettledContract"), item)


def _parties(build, node, award):
    for item in award.parties:
        party = build.group(node, "efac:TenderingParty")
        _id(build, party, "", item.ref, "tendering-party")
        build.put(party, "cbc:Name", item.name)
        for rank, ref in enumerate(item.tenderers):
            tenderer = build.group(party, "efac:Tenderer")
            _id(build, tenderer, "", ref, "organization")
            if len(item.tenderers) > 1:
                build.put(tenderer, "efbc:GroupLeadIndicator", rank == 0)


def _modification(build, change):
    node = etree.Element(tag("efac:ContractModification"))
    scheme = "notice-id-ref" if len(change.notice) > 20 else "ojs-notice-id"
    build.put(node, "efbc:ChangedNoticeIdentifier", change.notice, schemeName=scheme)
    build.put(node, "efbc:ModifiedContractIdentifier", change.contract, schemeName="contract")
    build.say(build.group(node, "efac:Change"), "efbc:ChangeDescription", change.text)
    reason = build.group(node, "efac:ChangeReason")
    build.code(reason, "cbc:ReasonCode", change.reason, "modification-justification")
    build.say(reason, "efbc:ReasonDescription", change.reason_text)
    return node


def _complete(build, root, result, award):
    """Add what was paid for each tender, and how long each lot took."""
    for item in award.completions:
        for node in result.findall("efac:LotTender", NS):
            if node.findtext("cbc:ID", "", NS) == item.tender:
                amounts = build.group(node, "efac:AggregatedAmounts")
                build.money(amounts, "cbc:PaidAmount", item.paid)
                build.say(amounts, "efbc:PaidAmountDescription", item.text)
                build.money(amounts, "efbc:PenaltiesAmount", item.penalties)
                node.find("cac:LegalMonetaryTotal", NS).addnext(amounts)
    periods = {
        tender.lot: item.period for item in award.completions for tender in award.tenders if tender.ref == item.tender
    }
    for lot in root.findall("cac:ProcurementProjectLot", NS):
        period = lot.find("cac:ProcurementProject/cac:PlannedPeriod", NS)
        build.say(period, "cbc:Description", periods.get(lot.findtext("cbc:ID", "", NS), ""))


def _lot_result(build, node, item):
    _id(build, node, "", item.ref, "result")
    build.money(node, "cbc:HigherTenderAmount", item.highest)
    build.money(node, "cbc:LowerTenderAmount", item.lowest)
    build.code(node, "cbc:TenderResultCode", item.outcome, "winner-selection-status")
    build.put(node, "efbc:DPSTerminationIndicator", item.system_ends)
    build.code(
        build.group(node, "efac:DecisionReason"), "efbc:DecisionReasonCode", item.reason, "non-award-justification"
    )
    for ref in item.tenders:
        _id(build, node, "efac:LotTender", ref, "tender")
    values = build.group(node, "efac:FrameworkAgreementValues")
    build.money(values, "cbc:MaximumValueAmount", item.framework_maximum)
    nothing = item.outcome == ONGOING or item.reason == NO_TENDER
    for kind, number in () if nothing else item.received:
        statistics = build.group(node, "efac:ReceivedSubmissionsStatistics")
        build.code(statistics, "efbc:StatisticsCode", kind, "received-submission-type")
        build.put(statistics, "efbc:StatisticsNumeric", number)
    for ref in item.contracts:
        _id(build, node, "efac:SettledContract", ref, "contract")
    _id(build, node, "efac:TenderLot", item.lot, "Lot")


def _tender(build, node, item):
    _id(build, node, "", item.ref, "tender")
    build.put(node, "cbc:RankCode", item.rank)
    if item.rank is not None:
        build.put(node, "efbc:TenderRankedIndicator", True)
    build.put(node, "efbc:TenderVariantIndicator", item.variant)
    build.money(build.group(node, "cac:LegalMonetaryTotal"), "cbc:PayableAmount", item.value)
    if item.revenue is not None:
        revenue = build.group(node, "efac:ConcessionRevenue")
        build.money(revenue, "efbc:RevenueBuyerAmount", item.revenue.buyer)
        build.money(revenue, "efbc:RevenueUserAmount", item.revenue.users)
        build.say(revenue, "efbc:ValueDescription", item.revenue.method)
    build.code(build.group(node, "efac:SubcontractingTerm"), "efbc:TermCode", item.subcontracting, "applicability")
    _id(build, node, "efac:TenderingParty", item.party, "tendering-party")
    _id(build, node, "efac:TenderLot", item.lot, "Lot")
    build.put(build.group(node, "efac:TenderReference"), "cbc:ID", item.identifier)


def _contract(build, node, item):
    _id(build, node, "", item.ref, "contract")
    build.day(node, "cbc:AwardDate", item.decided)
    build.day(node, "cbc:IssueDate", item.concluded)
    build.say(node, "cbc:Title", item.title)
    build.put(node, "cbc:URI", item.url)
    build.put(node, "efbc:ContractFrameworkIndicator", item.framework)
    for ref in item.signatories:
        build.ref(node, "cac:SignatoryParty", ref)
    build.put(build.group(node, "efac:ContractReference"), "cbc:ID", item.identifier)
    for ref in item.tenders:
        _id(build, node, "efac:LotTender", ref, "tender")


def _winner(build, extension, winner):
    for node in extension.findall("efac:Organizations/efac:Organization", NS):
        company = node.find("efac:Company", NS)
        if company.findtext("cac:PartyIdentification/cbc:ID", "", NS) == winner.organisation.ref:
            build.code(company, "efbc:CompanySizeCode", winner.size, "economic-operator-size")
            build.put(node, "efbc:ListedOnRegulatedMarketIndicator", winner.listed)
            for parent, name in ((company, "efbc:CompanySizeCode"), (node, "efbc:ListedOnRegulatedMarketIndicator")):
                found = parent.find(name, NS)
                if found is not None:
                    parent.insert(0, found)
