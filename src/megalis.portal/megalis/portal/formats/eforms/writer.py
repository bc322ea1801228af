"""Writing of a contract notice as an eForms file (subtypes 16, 17, 19, 20, 21 and E3, and their change notices).

The result is meant to be valid against the XML schemas and the business rules (Schematron) of the eForms SDK 1.15, as
far as the notice holds what they ask for; ``parse`` reads back an equal notice (16, 17, E3). Award notices:
``awarding``; prior information: ``planning``; design contests: ``contests``.
"""

from dataclasses import fields
from dataclasses import replace
from lxml import etree
from megalis.portal.formats.eforms.building import Builder
from megalis.portal.formats.eforms.building import prune
from megalis.portal.formats.eforms.building import tag
from megalis.portal.formats.eforms.model import Issue
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.reading import NS
from megalis.portal.formats.eforms.scope import write_lot
from megalis.portal.formats.eforms.scope import write_project


ROOTS = ("cn", "can", "pin")
CONCESSION_LAW = "32014L0023"
# Subtype of a notice of this model -> its form type and its notice type.
WRITTEN = {
    "16": ("competition", "cn-standard"),
    "17": ("competition", "cn-standard"),
    "19": ("competition", "cn-standard"),
    "20": ("competition", "cn-social"),
    "21": ("competition", "cn-social"),
    "E3": ("competition", "cn-standard"),
}
SOCIAL = ("20", "21", "33", "34")
CHANGED_CONCESSION = "40"
CONCESSIONS = ("19", "32", CHANGED_CONCESSION)
# What the directive on concessions does not know (2014/23/EU), lot by lot.
UNKNOWN_TO_CONCESSIONS = (
    "e_catalogue", "framework", "framework_operators", "framework_maximum", "framework_justification", "dps", "reduction",
    "candidates_min", "candidates_max", "candidates_limited",
)  # fmt: skip
# The legal types of those who may say what they do as a contracting entity there.
UNDERTAKINGS = ("pub-undert", "pub-undert-cga", "pub-undert-la", "pub-undert-ra", "spec-rights-entity")


def namespaces(root):
    """Return the namespaces of a notice whose root element is in that of the prefix ``root``."""
    return {None: NS[root], **{prefix: uri for prefix, uri in NS.items() if prefix not in ROOTS}}


def write(notice):
    """Return the eForms XML (UTF-8 bytes) of a ``Notice``; raise ``NoticeRefused`` for another subtype."""
    if notice.subtype not in WRITTEN:
        message = f"Le sous-type « {notice.subtype} » ne s’écrit pas : {', '.join(WRITTEN)}."
        raise NoticeRefused([Issue("eforms.sous-type", message, value=notice.subtype)])
    notice = fitted(notice)
    build = Builder(notice.text_language)
    root = etree.Element(tag("cn:ContractNotice"), nsmap=namespaces("cn"))
    body(build, root, notice, WRITTEN[notice.subtype])
    prune(root)
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def fitted(notice):
    """Return the notice without what the light regime of social and other specific services, or that of concessions, ignores."""
    if notice.subtype in CONCESSIONS:
        return _concession(notice)
    if notice.subtype not in SOCIAL:
        return notice
    lots = tuple(replace(lot, gpa=None) for lot in notice.lots)
    roles = tuple(replace(role, entity_activity="") for role in notice.buyer_roles)
    return replace(notice, accelerated=None, accelerated_reason="", lots=lots, buyer_roles=roles)


def _concession(notice):
    lots = tuple(blank(lot, UNKNOWN_TO_CONCESSIONS) for lot in notice.lots)
    roles = tuple(
        replace(
            role,
            entity=None if notice.subtype == CHANGED_CONCESSION else bool(role.entity_activity),
            entity_activity=role.entity_activity if role.legal_type in UNDERTAKINGS else "",
        )
        for role in notice.buyer_roles
    )
    notice = blank(notice, ("accelerated", "accelerated_reason", "framework_maximum"))
    return replace(notice, lots=lots, buyer_roles=roles, legal_basis=CONCESSION_LAW)


def blank(value, names):
    """Return a value of the model with some of its attributes as if they were not said."""
    defaults = {item.name: item.default for item in fields(value)}
    return replace(value, **{name: defaults[name] for name in names})


def body(build, root, notice, kind):
    """Fill the root element of a notice; ``kind`` is its form type and its notice type."""
    _extension(build, root, notice)
    _header(build, root, notice, kind)
    for role in notice.buyer_roles:
        _buyer(build, root, role)
    _terms(build, root, notice)
    _process(build, root, notice)
    write_project(build, root, notice)
    for lot in notice.lots:
        write_lot(build, root, lot)


def _extension(build, root, notice):
    ext = build.extension(root)
    build.moment(ext, "Transmission", notice.transmitted, prefix="efbc")
    if notice.change is not None:
        change = notice.change
        node = build.group(ext, "efac:Changes")
        build.put(node, "efbc:ChangedNoticeIdentifier", change.notice)
        for section in change.sections:
            item = build.group(node, "efac:Change")
            build.say(item, "efbc:ChangeDescription", section.text)
            for ref in section.code.split():
                build.put(build.group(item, "efac:ChangedSection"), "efbc:ChangedSectionIdentifier", ref)
        reason = build.group(node, "efac:ChangeReason")
        build.code(reason, "cbc:ReasonCode", change.reason, "change-corrig-justification")
        build.say(reason, "efbc:ReasonDescription", change.text)
    build.code(build.group(ext, "efac:NoticeSubType"), "cbc:SubTypeCode", notice.subtype, "notice-subtype")
    organisations = build.group(ext, "efac:Organizations")
    for item in notice.organisations:
        if not item.parent:
            node = build.group(organisations, "efac:Organization")
            build.put(node, "efbc:GroupLeadIndicator", item.group_lead)
            _party(build, build.group(node, "efac:Company"), item)
            for point in notice.organisations:
                if point.parent == item.ref:
                    _party(build, build.group(node, "efac:TouchPoint"), point)
    publication = build.group(ext, "efac:Publication")
    build.put(publication, "efbc:NoticePublicationID", notice.publication_id, schemeName="ojs-notice-id")
    build.put(publication, "efbc:GazetteID", notice.gazette_id, schemeName="ojs-id")
    build.day(publication, "efbc:PublicationDate", notice.published)


def _party(build, node, item):
    build.put(node, "cbc:WebsiteURI", item.website)
    build.put(node, "cbc:EndpointID", item.endpoint)
    build.ref(build.group(node, "cac:PartyIdentification"), "", item.ref)
    build.say(build.group(node, "cac:PartyName"), "cbc:Name", item.name)
    address = build.group(node, "cac:PostalAddress")
    build.put(address, "cbc:StreetName", item.street)
    build.put(address, "cbc:CityName", item.city)
    build.put(address, "cbc:PostalZone", item.postcode)
    build.code(address, "cbc:CountrySubentityCode", item.nuts, "nuts-lvl3")
    build.code(build.group(address, "cac:Country"), "cbc:IdentificationCode", item.country, "country")
    for number in item.company_ids:
        build.put(build.group(node, "cac:PartyLegalEntity"), "cbc:CompanyID", number)
    contact = build.group(node, "cac:Contact")
    build.put(contact, "cbc:Name", item.contact)
    build.put(contact, "cbc:Telephone", item.phone)
    build.put(contact, "cbc:ElectronicMail", item.email)


def _header(build, root, notice, kind):
    build.put(root, "cbc:UBLVersionID", "2.3")
    build.put(root, "cbc:CustomizationID", f"eforms-sdk-{notice.sdk_version}" if notice.sdk_version else "")
    build.put(root, "cbc:ID", notice.notice_id, schemeName="notice-id")
    build.put(root, "cbc:ContractFolderID", notice.procedure_id)
    build.moment(root, "Issue", notice.dispatched)
    build.put(root, "cbc:VersionID", notice.version)
    build.day(root, "cbc:RequestedPublicationDate", notice.requested_publication)
    build.put(root, "cbc:RegulatoryDomain", notice.legal_basis)
    form, notice_type = kind
    build.code(root, "cbc:NoticeTypeCode", notice_type, form)
    build.put(root, "cbc:NoticeLanguageCode", notice.language)
    for language in notice.other_languages:
        build.put(build.group(root, "cac:AdditionalNoticeLanguage"), "cbc:ID", language)


def _buyer(build, root, role):
    node = build.group(root, "cac:ContractingParty")
    build.put(node, "cbc:BuyerProfileURI", role.profile_url)
    build.code(build.group(node, "cac:ContractingPartyType"), "cbc:PartyTypeCode", role.legal_type, "buyer-legal-type")
    if role.entity is not None:
        kind = "cont-ent" if role.entity else "not-cont-ent"
        build.code(build.group(node, "cac:ContractingPartyType"), "cbc:PartyTypeCode", kind, "buyer-contracting-type")
    for code, list_name in ((role.activity, "authority-activity"), (role.entity_activity, "entity-activity")):
        build.code(build.group(node, "cac:ContractingActivity"), "cbc:ActivityTypeCode", code, list_name)
    party = build.group(node, "cac:Party")
    build.ref(build.group(party, "cac:PartyIdentification"), "", role.ref)
    for kind, ref in role.providers:
        provider = build.group(party, "cac:ServiceProviderParty")
        build.code(provider, "cbc:ServiceTypeCode", kind, "organisation-role")
        build.ref(provider, "cac:Party", ref)


def _terms(build, root, notice):
    node = build.group(root, "cac:TenderingTerms")
    for item in notice.local_legal_basis:
        law = build.group(node, "cac:ProcurementLegislationDocumentReference")
        build.put(law, "cbc:ID", item.code)
        build.say(law, "cbc:DocumentDescription", item.text)
    sources = build.group(node, "cac:TendererQualificationRequest")
    for code in notice.exclusion_sources:
        item = build.group(sources, "cac:SpecificTendererRequirement")
        build.code(item, "cbc:TendererRequirementTypeCode", code, "exclusion-grounds-source")
    grounds = build.group(node, "cac:TendererQualificationRequest")
    for ground in notice.exclusions:
        item = build.group(grounds, "cac:SpecificTendererRequirement")
        build.code(item, "cbc:TendererRequirementTypeCode", ground.code, "exclusion-ground")
        build.say(item, "cbc:Description", ground.text)
    lots = build.group(node, "cac:LotDistribution")
    build.put(lots, "cbc:MaximumLotsAwardedNumeric", notice.lots_max_awarded)
    build.put(lots, "cbc:MaximumLotsSubmittedNumeric", notice.lots_max_submitted)


def _process(build, root, notice):
    node = build.group(root, "cac:TenderingProcess")
    build.say(node, "cbc:Description", notice.procedure_description)
    build.code(node, "cbc:ProcedureCode", notice.procedure, "procurement-procedure-type")
    build.code(node, "cbc:PartPresentationCode", notice.lots_all_required, "tenderlot-presentation")
    if notice.accelerated is not None or notice.accelerated_reason:
        reason = build.group(node, "cac:ProcessJustification")
        flag = {True: "true", False: "false", None: ""}[notice.accelerated]
        build.code(reason, "cbc:ProcessReasonCode", flag, "accelerated-procedure")
        build.say(reason, "cbc:ProcessReason", notice.accelerated_reason)
