"""Writing of what a notice and its lots ask for: object, terms, calendar (``cac:ProcurementProjectLot``)."""

from megalis.portal.formats.eforms.codes import PARAMETER_LISTS


_CONDITION_LISTS = (
    ("reserved_execution", "reserved-execution"),
    ("e_invoicing", "einvoicing"),
    ("e_catalogue", "ecatalog-submission"),
    ("e_signature", "esignature-submission"),
)


def write_lot(build, root, lot):
    """Add one lot to the notice."""
    node = build.group(root, "cac:ProcurementProjectLot")
    build.put(node, "cbc:ID", lot.id, schemeName="Part" if lot.id.startswith("PAR-") else "Lot")
    _terms(build, build.group(node, "cac:TenderingTerms"), lot)
    _process(build, build.group(node, "cac:TenderingProcess"), lot)
    _plan(build, write_project(build, node, lot), lot)


def write_project(build, parent, scope):
    """Add ``cac:ProcurementProject`` for a notice or a lot and return it."""
    node = build.group(parent, "cac:ProcurementProject")
    build.put(node, "cbc:ID", scope.internal_id, schemeName="InternalID")
    build.say(node, "cbc:Name", scope.title)
    build.say(node, "cbc:Description", scope.description)
    build.code(node, "cbc:ProcurementTypeCode", scope.nature, "contract-nature")
    build.say(node, "cbc:Note", scope.note)
    build.put(node, "cbc:SMESuitableIndicator", getattr(scope, "sme_suitable", None))
    for code in scope.additional_natures:
        build.code(
            build.group(node, "cac:ProcurementAdditionalType"), "cbc:ProcurementTypeCode", code, "contract-nature"
        )
    for objective in getattr(scope, "objectives", ()):
        list_name, _, code = objective.code.partition(":")
        item = build.group(node, "cac:ProcurementAdditionalType")
        build.code(item, "cbc:ProcurementTypeCode", code, list_name)
        build.say(item, "cbc:ProcurementType", objective.text)
    total = build.group(node, "cac:RequestedTenderTotal")
    if scope.framework_maximum is not None:
        build.money(build.extension(total), "efbc:FrameworkMaximumAmount", scope.framework_maximum)
    build.money(total, "cbc:EstimatedOverallContractAmount", scope.value)
    main = build.group(node, "cac:MainCommodityClassification")
    build.code(main, "cbc:ItemClassificationCode", scope.cpv, "cpv")
    for code in scope.cpv_additional:
        item = build.group(node, "cac:AdditionalCommodityClassification")
        build.code(item, "cbc:ItemClassificationCode", code, "cpv")
    for place in scope.places:
        _place(build, build.group(node, "cac:RealizedLocation"), place)
    return node


def _place(build, node, place):
    build.say(node, "cbc:Description", place.description)
    address = build.group(node, "cac:Address")
    build.put(address, "cbc:StreetName", place.street)
    build.put(address, "cbc:CityName", place.city)
    build.put(address, "cbc:PostalZone", place.postcode)
    build.code(address, "cbc:CountrySubentityCode", place.nuts, "nuts-lvl3")
    build.put(address, "cbc:Region", place.region)
    build.code(build.group(address, "cac:Country"), "cbc:IdentificationCode", place.country, "country")


def _plan(build, node, lot):
    period = build.group(node, "cac:PlannedPeriod")
    build.day(period, "cbc:StartDate", lot.start)
    build.day(period, "cbc:EndDate", lot.end)
    if lot.duration is not None:
        build.put(period, "cbc:DurationMeasure", lot.duration.number, unitCode=lot.duration.unit)
    build.code(period, "cbc:DescriptionCode", lot.duration_code, "timeperiod")
    extension = build.group(node, "cac:ContractExtension")
    build.say(extension, "cbc:OptionsDescription", lot.options)
    build.put(extension, "cbc:MaximumNumberNumeric", lot.renewals_max)
    build.say(build.group(extension, "cac:Renewal/cac:Period"), "cbc:Description", lot.renewals)


def _terms(build, node, lot):
    if lot.selection:
        ext = build.extension(node)
        for item in lot.selection:
            criterion = build.group(ext, "efac:SelectionCriteria")
            build.code(criterion, "cbc:TendererRequirementTypeCode", item.code, "selection-criterion")
            build.say(criterion, "cbc:Description", item.text)
            build.put(criterion, "efbc:SecondStageIndicator", item.second_stage)
    build.code(node, "cbc:VariantConstraintCode", lot.variants, "permission")
    build.code(node, "cbc:FundingProgramCode", lot.eu_funded, "eu-funded")
    build.code(node, "cbc:RequiredCurriculaCode", lot.staff_names, "requirement-stage")
    build.put(node, "cbc:RecurringProcurementIndicator", lot.recurring)
    build.say(node, "cbc:RecurringProcurementDescription", lot.recurring_note)
    build.code(node, "cbc:MultipleTendersCode", lot.multiple_tenders, "permission")
    guarantee = build.group(node, "cac:RequiredFinancialGuarantee")
    flag = {True: "true", False: "false", None: ""}[lot.guarantee_required]
    build.code(guarantee, "cbc:GuaranteeTypeCode", flag, "tender-guarantee-required")
    build.say(guarantee, "cbc:Description", lot.guarantee)
    for document in lot.documents:
        _document(build, build.group(node, "cac:CallForTendersDocumentReference"), document)
    build.say(build.group(node, "cac:PaymentTerms"), "cbc:Note", lot.payment_terms)
    _participation(build, node, lot)
    _execution(build, node, lot)
    _awarding(build, build.group(node, "cac:AwardingTerms"), lot)
    build.ref(node, "cac:AdditionalInformationParty", lot.information_ref)
    build.ref(node, "cac:DocumentProviderParty", lot.documents_ref)
    recipient = build.group(node, "cac:TenderRecipientParty")
    build.put(recipient, "cbc:EndpointID", lot.submission_url)
    build.ref(build.group(recipient, "cac:PartyIdentification"), "", lot.recipient_ref)
    build.ref(node, "cac:TenderEvaluationParty", lot.evaluation_ref)
    build.duration(node, "cac:TenderValidityPeriod", lot.validity)
    appeal = build.group(node, "cac:AppealTerms")
    build.say(build.group(appeal, "cac:PresentationPeriod"), "cbc:Description", lot.review_deadline)
    build.ref(appeal, "cac:AppealInformationParty", lot.review_info_ref)
    build.ref(appeal, "cac:AppealReceiverParty", lot.review_ref)
    build.ref(appeal, "cac:MediationParty", lot.mediation_ref)
    for language in lot.languages:
        build.put(build.group(node, "cac:Language"), "cbc:ID", language)
    after = build.group(node, "cac:PostAwardProcess")
    build.put(after, "cbc:ElectronicOrderUsageIndicator", lot.e_ordering)
    build.put(after, "cbc:ElectronicPaymentUsageIndicator", lot.e_payment)


def _document(build, node, document):
    if document.languages:
        official = build.group(build.extension(node), "efac:OfficialLanguages")
        for language in document.languages:
            build.put(build.group(official, "cac:Language"), "cbc:ID", language)
    build.put(node, "cbc:ID", document.id)
    build.put(node, "cbc:DocumentType", "restricted-document" if document.restricted else "non-restricted-document")
    build.put(build.group(node, "cac:Attachment/cac:ExternalReference"), "cbc:URI", document.url)


def _participation(build, node, lot):
    for codes, list_name in (
        (lot.reserved, "reserved-procurement"),
        (lot.selection_sources, "selection-criteria-source"),
    ):
        request = build.group(node, "cac:TendererQualificationRequest")
        for code in codes:
            item = build.group(request, "cac:SpecificTendererRequirement")
            build.code(item, "cbc:TendererRequirementTypeCode", code, list_name)
    if lot.legal_form_required is not None or lot.legal_form:
        request = build.group(node, "cac:TendererQualificationRequest")
        flag = {True: "true", False: "false", None: ""}[lot.legal_form_required]
        build.code(request, "cbc:CompanyLegalFormCode", flag, "required")
        build.say(request, "cbc:CompanyLegalForm", lot.legal_form)


def _execution(build, node, lot):
    for condition in lot.conditions:
        item = build.group(node, "cac:ContractExecutionRequirement")
        build.code(item, "cbc:ExecutionRequirementCode", condition.code, "conditions")
        build.say(item, "cbc:Description", condition.text)
    for attribute, list_name in _CONDITION_LISTS:
        value = getattr(lot, attribute)
        if isinstance(value, bool):
            value = "true" if value else "false"
        item = build.group(node, "cac:ContractExecutionRequirement")
        build.code(item, "cbc:ExecutionRequirementCode", value, list_name)


def _awarding(build, node, lot):
    build.put(node, "cbc:NoFurtherNegotiationIndicator", lot.no_negotiation)
    award = build.group(node, "cac:AwardingCriterion")
    build.say(award, "cbc:Description", lot.criteria_note)
    build.say(award, "cbc:CalculationExpression", lot.criteria_formula)
    for criterion in lot.criteria:
        item = build.group(award, "cac:SubordinateAwardingCriterion")
        if criterion.parameters:
            ext = build.extension(item)
            for parameter in criterion.parameters:
                number = build.group(ext, "efac:AwardCriterionParameter")
                build.code(number, "efbc:ParameterCode", parameter.code, PARAMETER_LISTS[parameter.kind])
                build.put(number, "efbc:ParameterNumeric", parameter.number)
        build.code(item, "cbc:AwardingCriterionTypeCode", criterion.type, "award-criterion-type")
        build.say(item, "cbc:Name", criterion.name)
        build.say(item, "cbc:Description", criterion.description)


def _process(build, node, lot):
    if lot.interest_deadline is not None:
        period = build.group(build.extension(node), "efac:InterestExpressionReceptionPeriod")
        build.moment(period, "End", lot.interest_deadline)
    build.code(node, "cbc:SubmissionMethodCode", lot.electronic_submission, "esubmission")
    build.put(node, "cbc:CandidateReductionConstraintIndicator", lot.reduction)
    build.put(node, "cbc:GovernmentAgreementConstraintIndicator", lot.gpa)
    build.moment(build.group(node, "cac:TenderSubmissionDeadlinePeriod"), "End", lot.deadline)
    build.moment(build.group(node, "cac:ParticipationRequestReceptionPeriod"), "End", lot.participation_deadline)
    build.moment(build.group(node, "cac:AdditionalInformationRequestPeriod"), "End", lot.question_deadline)
    reason = build.group(node, "cac:ProcessJustification")
    build.code(reason, "cbc:ProcessReasonCode", lot.no_electronic_reason, "no-esubmission-justification")
    build.say(reason, "cbc:Description", lot.no_electronic_text)
    short = build.group(node, "cac:EconomicOperatorShortList")
    build.put(short, "cbc:LimitationDescription", lot.candidates_limited)
    build.put(short, "cbc:MaximumQuantity", lot.candidates_max)
    build.put(short, "cbc:MinimumQuantity", lot.candidates_min)
    opening = build.group(node, "cac:OpenTenderEvent")
    build.moment(opening, "Occurrence", lot.opening)
    build.say(opening, "cbc:Description", lot.opening_note)
    build.say(build.group(opening, "cac:OccurenceLocation"), "cbc:Description", lot.opening_place)
    build.put(build.group(node, "cac:AuctionTerms"), "cbc:AuctionConstraintIndicator", lot.auction)
    framework = build.group(node, "cac:FrameworkAgreement")
    build.put(framework, "cbc:MaximumOperatorQuantity", lot.framework_operators)
    build.say(framework, "cbc:Justification", lot.framework_justification)
    for value, list_name in ((lot.framework, "framework-agreement"), (lot.dps, "dps-usage")):
        build.code(build.group(node, "cac:ContractingSystem"), "cbc:ContractingSystemTypeCode", value, list_name)
