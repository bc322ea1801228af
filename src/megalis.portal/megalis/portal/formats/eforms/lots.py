"""Reading of the lots of a contract notice: everything a bidder decides on.

Paths are those of ``fields.json`` of the eForms SDK 1.15, relative to ``cac:ProcurementProjectLot``; the names used up
to SDK 1.10 are read too where they differ, since published notices keep them.
"""

from megalis.portal.formats.eforms.codes import PARAMETER_KINDS
from megalis.portal.formats.eforms.model import Condition
from megalis.portal.formats.eforms.model import Criterion
from megalis.portal.formats.eforms.model import Document
from megalis.portal.formats.eforms.model import Duration
from megalis.portal.formats.eforms.model import Lot
from megalis.portal.formats.eforms.model import Parameter
from megalis.portal.formats.eforms.model import Place
from megalis.portal.formats.eforms.model import Selection
from megalis.portal.formats.eforms.reading import EXT

import re


MAX_LOTS = 2000
NATURE_CODES = ("works", "supplies", "services", "combined")
OBJECTIVES = (
    "strategic-procurement",
    "environmental-impact",
    "social-objective",
    "innovative-acquisition",
    "gpp-criteria",
)
UNITS = ("DAY", "WEEK", "MONTH", "YEAR")

_T = "cac:TenderingTerms"
_P = "cac:TenderingProcess"
_S = "cac:ProcurementProject"


def read_lots(reader, root):
    """Return the tuple of ``Lot`` of a notice, noting what is missing or double."""
    nodes = reader.nodes(root, "cac:ProcurementProjectLot[cbc:ID/@schemeName='Lot']")
    if not nodes:
        reader.refuse(
            "eforms.lots", "L’avis ne contient aucun lot (cac:ProcurementProjectLot) : il en faut au moins un.", root
        )
    if len(nodes) > MAX_LOTS:
        reader.refuse(
            "eforms.lots-nombre", f"L’avis a {len(nodes)} lots : {MAX_LOTS} au plus sont acceptés.", root, len(nodes)
        )
        return ()
    ids = []
    for node in nodes:
        ref = reader.code(node, "cbc:ID")
        if not re.fullmatch(r"LOT-[0-9]{4}", ref):
            reader.refuse(
                "eforms.lot-identifiant", f"« {ref[:40]} » n’est pas un identifiant de lot (LOT-0001).", node, ref
            )
        elif ref in ids:
            reader.refuse(
                "eforms.lot-double", f"Le lot {ref} figure deux fois : chaque lot a son identifiant.", node, ref
            )
        ids.append(ref)
    numbers = lot_numbers(ids)
    return tuple(read_lot(reader, node, ref, number) for node, ref, number in zip(nodes, ids, numbers, strict=True))


def lot_numbers(ids):
    """Return the numbers people know lots by: those of their identifiers, or ranks when one has none (LOT-0000)."""
    digits = [re.sub(r"^0+", "", ref[4:]) if re.fullmatch(r"LOT-[0-9]{4}", ref) else "" for ref in ids]
    return digits if all(digits) else [str(rank) for rank in range(1, len(ids) + 1)]


def filled(empty, items):
    """Return as a tuple the items that say something, that is, differ from ``empty``."""
    return tuple(item for item in items if item != empty)


def coded(items):
    """Return as a tuple the items that bear a code: a statement of a coded list says nothing without it."""
    return tuple(item for item in items if item.code)


def read_scope(reader, node, what):
    """Return, as a dict, what a procedure and a lot say alike of their object (``cac:ProcurementProject``)."""
    title = reader.title(node, f"{_S}/cbc:Name")
    description = reader.text(node, f"{_S}/cbc:Description")
    if not title:
        code = "eforms.titre" if what == "avis" else "eforms.lot-titre"
        reader.refuse(code, f"Le titre manque ({what}) : donnez l’objet en quelques mots.", node)
    if not description:
        reader.remark("eforms.description", f"La description manque ({what}).", node)
    nature = reader.code(node, f"{_S}/cbc:ProcurementTypeCode[@listName='contract-nature' or not(@listName)]")
    if nature not in NATURE_CODES:
        reader.refuse(
            "eforms.nature",
            f"La nature « {nature[:40]} » ({what}) n’est pas connue : "
            "travaux (works), fournitures (supplies) ou services.",
            node,
            nature,
        )
    main = reader.cpv(node, f"{_S}/cac:MainCommodityClassification/cbc:ItemClassificationCode")
    if not main and not reader.nodes(node, f"{_S}/cac:MainCommodityClassification/cbc:ItemClassificationCode[text()]"):
        reader.refuse("eforms.cpv-manquant", f"Le code CPV principal manque ({what}).", node)
    return {
        "title": title,
        "description": description,
        "nature": nature,
        "additional_natures": reader.codes(
            node, f"{_S}/cac:ProcurementAdditionalType/cbc:ProcurementTypeCode[@listName='contract-nature']"
        ),
        "cpv": main[0] if main else "",
        "cpv_additional": reader.cpv(
            node,
            f"{_S}/cac:AdditionalCommodityClassification/cbc:ItemClassificationCode[not(@listName) or @listName='cpv']",
        ),
        "internal_id": reader.code(node, f"{_S}/cbc:ID"),
        "note": reader.text(node, f"{_S}/cbc:Note"),
        "value": reader.money(node, f"{_S}/cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount"),
        "framework_maximum": reader.money(node, f"{_S}/cac:RequestedTenderTotal/{EXT}/efbc:FrameworkMaximumAmount"),
        "places": filled(Place(), (_place(reader, item) for item in reader.nodes(node, f"{_S}/cac:RealizedLocation"))),
    }


def _place(reader, node):
    streets = [reader.code(node, f"cac:Address/{path}") for path in ("cbc:StreetName", "cbc:AdditionalStreetName")]
    streets += reader.codes(node, "cac:Address/cac:AddressLine/cbc:Line")
    return Place(
        nuts=reader.code(node, "cac:Address/cbc:CountrySubentityCode"),
        city=reader.code(node, "cac:Address/cbc:CityName"),
        postcode=reader.code(node, "cac:Address/cbc:PostalZone"),
        country=reader.code(node, "cac:Address/cac:Country/cbc:IdentificationCode"),
        region=reader.code(node, "cac:Address/cbc:Region"),
        street=", ".join(filter(None, streets)),
        description=reader.text(node, "cbc:Description"),
    )


def read_lot(reader, node, ref, number):
    """Return the ``Lot`` of one ``cac:ProcurementProjectLot`` element."""
    return Lot(
        id=ref,
        number=number,
        **read_scope(reader, node, f"lot {number}"),
        **_period(reader, node),
        **_criteria(reader, node),
        **_dates(reader, node),
        **_submission(reader, node),
        **_techniques(reader, node),
        **_participation(reader, node),
        **_execution(reader, node),
        **_roles(reader, node),
    )


def read_duration(reader, node, path):
    """Return the ``Duration`` at ``path``, or None; an unknown unit is refused (``eforms.duree``)."""
    number = reader.integer(node, path)
    if number is None:
        return None
    item = reader.nodes(node, path)[0]
    unit = (item.get("unitCode") or "").strip().upper()
    if unit not in UNITS:
        reader.refuse(
            "eforms.duree", f"L’unité de durée « {unit[:20]} » n’est pas connue ({', '.join(UNITS)}).", item, unit
        )
        return None
    return Duration(number, unit)


def _period(reader, node):
    extension = f"{_S}/cac:ContractExtension"
    start = reader.day(node, f"{_S}/cac:PlannedPeriod/cbc:StartDate")
    end = reader.day(node, f"{_S}/cac:PlannedPeriod/cbc:EndDate")
    if start and end and end < start:
        reader.remark("eforms.periode", f"La fin prévue ({end}) précède le début ({start}).", node, end)
    return {
        "duration": read_duration(reader, node, f"{_S}/cac:PlannedPeriod/cbc:DurationMeasure"),
        "duration_code": reader.code(node, f"{_S}/cac:PlannedPeriod/cbc:DescriptionCode"),
        "start": start,
        "end": end,
        "options": reader.text(node, f"{extension}/cbc:OptionsDescription"),
        "renewals_max": reader.integer(node, f"{extension}/cbc:MaximumNumberNumeric"),
        "renewals": reader.text(node, f"{extension}/cac:Renewal/cac:Period/cbc:Description"),
        "sme_suitable": reader.flag(node, f"{_S}/cbc:SMESuitableIndicator"),
        "objectives": tuple(
            Condition(f"{kind}:{code}", reader.text(item, "cbc:ProcurementType"))
            for kind in OBJECTIVES
            for item in reader.nodes(
                node, f"{_S}/cac:ProcurementAdditionalType[cbc:ProcurementTypeCode/@listName='{kind}']"
            )
            if (code := reader.code(item, f"cbc:ProcurementTypeCode[@listName='{kind}']"))
        ),
    }


def _criteria(reader, node):
    base = f"{_T}/cac:AwardingTerms/cac:AwardingCriterion"
    return {
        "criteria": filled(
            Criterion(""),
            (
                Criterion(
                    type=reader.code(item, "cbc:AwardingCriterionTypeCode"),
                    name=reader.title(item, "cbc:Name"),
                    description=reader.text(item, "cbc:Description"),
                    parameters=_parameters(reader, item),
                )
                for item in reader.nodes(node, f"{base}/cac:SubordinateAwardingCriterion")
            ),
        ),
        "criteria_formula": reader.text(node, f"{base}/cbc:CalculationExpression"),
        "criteria_note": reader.text(node, f"{base}/cbc:Description"),
        "no_negotiation": reader.flag(node, f"{_T}/cac:AwardingTerms/cbc:NoFurtherNegotiationIndicator"),
    }


def _parameters(reader, node):
    found = []
    for item in reader.nodes(node, f"{EXT}/efac:AwardCriterionParameter"):
        number = reader.number(item, "efbc:ParameterNumeric")
        name = next((code.get("listName") for code in reader.nodes(item, "efbc:ParameterCode")), "")
        code = reader.code(item, "efbc:ParameterCode")
        if number is not None and code and name in PARAMETER_KINDS:
            found.append(Parameter(PARAMETER_KINDS[name], code, number))
    return tuple(found)


def _dates(reader, node):
    return {
        "deadline": reader.moment(node, f"{_P}/cac:TenderSubmissionDeadlinePeriod", strict=True),
        "participation_deadline": reader.moment(node, f"{_P}/cac:ParticipationRequestReceptionPeriod", strict=True),
        "interest_deadline": reader.moment(node, f"{_P}/{EXT}/efac:InterestExpressionReceptionPeriod", strict=True),
        "question_deadline": reader.moment(node, f"{_P}/cac:AdditionalInformationRequestPeriod"),
        "opening": reader.moment(node, f"{_P}/cac:OpenTenderEvent", part="Occurrence"),
        "opening_place": reader.text(node, f"{_P}/cac:OpenTenderEvent/cac:OccurenceLocation/cbc:Description"),
        "opening_note": reader.text(node, f"{_P}/cac:OpenTenderEvent/cbc:Description"),
    }


def _submission(reader, node):
    documents = []
    for item in reader.nodes(node, f"{_T}/cac:CallForTendersDocumentReference"):
        url = reader.url(item, "cac:Attachment/cac:ExternalReference/cbc:URI")
        if url:
            documents.append(
                Document(
                    url=url,
                    restricted=reader.code(item, "cbc:DocumentType") == "restricted-document",
                    id=reader.code(item, "cbc:ID"),
                    languages=reader.codes(item, f"{EXT}/efac:OfficialLanguages/cac:Language/cbc:ID"),
                )
            )
    justification = f"{_P}/cac:ProcessJustification"
    return {
        "submission_url": reader.url(node, f"{_T}/cac:TenderRecipientParty/cbc:EndpointID"),
        "electronic_submission": reader.code(node, f"{_P}/cbc:SubmissionMethodCode[@listName='esubmission']"),
        "no_electronic_reason": reader.code(
            node, f"{justification}/cbc:ProcessReasonCode[@listName='no-esubmission-justification']"
        ),
        "no_electronic_text": reader.text(node, f"{justification}/cbc:Description"),
        "documents": tuple(documents),
        "languages": reader.codes(node, f"{_T}/cac:Language/cbc:ID"),
        "variants": reader.code(node, f"{_T}/cbc:VariantConstraintCode"),
        "multiple_tenders": reader.code(node, f"{_T}/cbc:MultipleTendersCode"),
        "validity": read_duration(reader, node, f"{_T}/cac:TenderValidityPeriod/cbc:DurationMeasure"),
    }


def _techniques(reader, node):
    system = f"{_P}/cac:ContractingSystem/cbc:ContractingSystemTypeCode"
    return {
        "framework": reader.code(node, f"{system}[@listName='framework-agreement']"),
        "framework_operators": reader.integer(node, f"{_P}/cac:FrameworkAgreement/cbc:MaximumOperatorQuantity"),
        "framework_justification": reader.text(node, f"{_P}/cac:FrameworkAgreement/cbc:Justification"),
        "dps": reader.code(node, f"{system}[@listName='dps-usage']"),
        "auction": reader.flag(node, f"{_P}/cac:AuctionTerms/cbc:AuctionConstraintIndicator"),
        "gpa": reader.flag(node, f"{_P}/cbc:GovernmentAgreementConstraintIndicator"),
        "reduction": reader.flag(node, f"{_P}/cbc:CandidateReductionConstraintIndicator"),
        "candidates_min": reader.integer(node, f"{_P}/cac:EconomicOperatorShortList/cbc:MinimumQuantity"),
        "candidates_max": reader.integer(node, f"{_P}/cac:EconomicOperatorShortList/cbc:MaximumQuantity"),
        "candidates_limited": reader.flag(node, f"{_P}/cac:EconomicOperatorShortList/cbc:LimitationDescription"),
        "recurring": reader.flag(node, f"{_T}/cbc:RecurringProcurementIndicator"),
        "recurring_note": reader.text(node, f"{_T}/cbc:RecurringProcurementDescription"),
    }


def _participation(reader, node):
    request = f"{_T}/cac:TendererQualificationRequest"
    code = f"{request}/cac:SpecificTendererRequirement/cbc:TendererRequirementTypeCode"
    return {
        "reserved": reader.codes(node, f"{code}[@listName='reserved-procurement']"),
        "selection_sources": reader.codes(node, f"{code}[@listName='selection-criteria-source']"),
        "selection": filled(
            Selection(""),
            (
                Selection(
                    reader.code(item, "cbc:TendererRequirementTypeCode | cbc:CriterionTypeCode"),
                    reader.text(item, "cbc:Description"),
                    reader.flag(item, "efbc:SecondStageIndicator"),
                )
                for item in reader.nodes(node, f"{_T}/{EXT}/efac:SelectionCriteria")
            ),
        ),
        "guarantee_required": reader.flag(
            node, f"{_T}/cac:RequiredFinancialGuarantee/cbc:GuaranteeTypeCode[@listName='tender-guarantee-required']"
        ),
        "guarantee": reader.text(node, f"{_T}/cac:RequiredFinancialGuarantee/cbc:Description"),
        "legal_form_required": reader.flag(node, f"{request}/cbc:CompanyLegalFormCode"),
        "legal_form": reader.text(node, f"{request}/cbc:CompanyLegalForm"),
        "staff_names": reader.code(node, f"{_T}/cbc:RequiredCurriculaCode"),
    }


def _execution(reader, node):
    base = f"{_T}/cac:ContractExecutionRequirement"
    code = f"{base}/cbc:ExecutionRequirementCode"
    return {
        "reserved_execution": reader.code(node, f"{code}[@listName='reserved-execution']"),
        "payment_terms": reader.text(node, f"{_T}/cac:PaymentTerms/cbc:Note"),
        "conditions": coded(
            Condition(reader.code(item, "cbc:ExecutionRequirementCode"), reader.text(item, "cbc:Description"))
            for item in reader.nodes(node, f"{base}[cbc:ExecutionRequirementCode/@listName='conditions']")
        ),
        "e_invoicing": reader.code(node, f"{code}[@listName='einvoicing']"),
        "e_catalogue": reader.code(node, f"{code}[@listName='ecatalog-submission']"),
        "e_signature": reader.flag(node, f"{code}[@listName='esignature-submission']"),
        "e_ordering": reader.flag(node, f"{_T}/cac:PostAwardProcess/cbc:ElectronicOrderUsageIndicator"),
        "e_payment": reader.flag(node, f"{_T}/cac:PostAwardProcess/cbc:ElectronicPaymentUsageIndicator"),
        "eu_funded": reader.code(node, f"{_T}/cbc:FundingProgramCode[@listName='eu-funded']"),
    }


def _roles(reader, node):
    party = "cac:PartyIdentification/cbc:ID"
    appeal = f"{_T}/cac:AppealTerms"
    return {
        "review_deadline": reader.text(node, f"{appeal}/cac:PresentationPeriod/cbc:Description"),
        "review_ref": reader.code(node, f"{appeal}/cac:AppealReceiverParty/{party}"),
        "review_info_ref": reader.code(node, f"{appeal}/cac:AppealInformationParty/{party}"),
        "mediation_ref": reader.code(node, f"{appeal}/cac:MediationParty/{party}"),
        "information_ref": reader.code(node, f"{_T}/cac:AdditionalInformationParty/{party}"),
        "documents_ref": reader.code(node, f"{_T}/cac:DocumentProviderParty/{party}"),
        "recipient_ref": reader.code(node, f"{_T}/cac:TenderRecipientParty/{party}"),
        "evaluation_ref": reader.code(node, f"{_T}/cac:TenderEvaluationParty/{party}"),
    }
