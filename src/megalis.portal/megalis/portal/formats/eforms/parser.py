"""Reading of a contract notice, so that an agent starts from the notice he already wrote instead of typing it again.

Source of the paths: ``fields.json`` of the eForms SDK 1.15 (OP-TED). Texts are taken in French when the notice has them
in French, else in its own language.
"""

from lxml import etree
from megalis.portal.formats import cpv
from megalis.portal.formats import siren
from megalis.portal.formats.eforms.codes import SUBTYPES
from megalis.portal.formats.eforms.lots import coded
from megalis.portal.formats.eforms.lots import filled
from megalis.portal.formats.eforms.lots import read_lots
from megalis.portal.formats.eforms.lots import read_scope
from megalis.portal.formats.eforms.model import Buyer
from megalis.portal.formats.eforms.model import Change
from megalis.portal.formats.eforms.model import Condition
from megalis.portal.formats.eforms.model import Notice
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.model import Organisation
from megalis.portal.formats.eforms.reading import EXT
from megalis.portal.formats.eforms.reading import load
from megalis.portal.formats.eforms.reading import NS
from megalis.portal.formats.eforms.reading import Reader
from megalis.portal.formats.eforms.reading import refuse
from megalis.portal.formats.refusal import Refused

import re


MAX_ORGANISATIONS = 2000

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PARTY_ID = "cac:PartyIdentification/cbc:ID"
_LANGUAGE = re.compile(r"[A-Z]{3}")


def parse(data, nomenclature=None):
    """Return the ``Notice`` of an eForms contract notice (bytes of XML).

    ``nomenclature`` is the ``cpv.Nomenclature`` codes are checked against; by default the installed one. Raises
    ``NoticeRefused`` with every reason found when the file is not a contract notice of subtype 16, 17 or E3 that can be
    taken; ``Notice.remarks`` holds the doubts that did not stop it.
    """
    root = load(data)
    subtype = _check_root(root)
    language = (root.findtext("cbc:NoticeLanguageCode", "", NS) or "").strip().upper()
    others = [(item.text or "").strip().upper() for item in root.findall("cac:AdditionalNoticeLanguage/cbc:ID", NS)]
    others = tuple(dict.fromkeys(item for item in others if _LANGUAGE.fullmatch(item) and item != language))
    languages = list(dict.fromkeys(["FRA", language, *others]))
    reader = Reader(root, languages, cpv.default() if nomenclature is None else nomenclature)
    if not _LANGUAGE.fullmatch(language):
        reader.refuse(
            "eforms.langue", f"La langue de l’avis « {language[:20]} » n’est pas un code de trois lettres (FRA).", root
        )
    notice = _notice(reader, root, subtype, language, others)
    if reader.issues:
        raise NoticeRefused(reader.issues)
    return notice


def _check_root(root):
    name = etree.QName(root)
    if name.namespace != NS["cn"] or name.localname != "ContractNotice":
        known = {"ContractAwardNotice": "un avis d’attribution", "PriorInformationNotice": "un avis de préinformation"}
        what = known.get(name.localname, f"un document « {name.localname[:60]} »")
        refuse(
            "eforms.racine",
            f"Le fichier est {what}, pas un avis de marché (ContractNotice). Choisissez l’avis de marché.",
            root.tag,
            root.sourceline or 0,
        )
    subtype = (root.findtext(f"{EXT}/efac:NoticeSubType/cbc:SubTypeCode", "", NS) or "").strip()
    if subtype not in SUBTYPES:
        refuse(
            "eforms.sous-type",
            f"L’avis est du sous-type « {subtype[:20]} » : seuls les avis de marché 16, 17 et E3 sont repris.",
            subtype,
            root.sourceline or 0,
        )
    return subtype


def _notice(reader, root, subtype, language, others):
    notice_id = reader.code(root, "cbc:ID[@schemeName='notice-id' or not(@schemeName)]")
    if not notice_id:
        reader.refuse("eforms.identifiant", "L’avis n’a pas d’identifiant (BT-701).", root)
    elif not _UUID.fullmatch(notice_id):
        reader.remark("eforms.identifiant", f"L’identifiant « {notice_id[:60]} » n’est pas un UUID.", root, notice_id)
    ext = f"{EXT}/efac:Publication"
    distribution = "cac:TenderingTerms/cac:LotDistribution"
    accelerated = (
        "cac:TenderingProcess/cac:ProcessJustification[cbc:ProcessReasonCode/@listName='accelerated-procedure']"
    )
    organisations = _organisations(reader, root)
    return Notice(
        notice_id=notice_id,
        version=reader.code(root, "cbc:VersionID"),
        procedure_id=reader.code(root, "cbc:ContractFolderID"),
        subtype=subtype,
        sdk_version=reader.code(root, "cbc:CustomizationID").removeprefix("eforms-sdk-"),
        language=language,
        other_languages=others,
        legal_basis=reader.code(root, "cbc:RegulatoryDomain"),
        organisations=organisations,
        buyer_roles=_buyers(reader, root, organisations),
        lots=read_lots(reader, root),
        **read_scope(reader, root, "avis"),
        dispatched=reader.moment(root, ".", part="Issue"),
        transmitted=reader.moment(root, EXT, part="Transmission"),
        requested_publication=reader.day(root, "cbc:RequestedPublicationDate"),
        published=reader.day(root, f"{ext}/efbc:PublicationDate"),
        publication_id=reader.code(root, f"{ext}/efbc:NoticePublicationID"),
        gazette_id=reader.code(root, f"{ext}/efbc:GazetteID"),
        local_legal_basis=coded(
            Condition(reader.code(item, "cbc:ID"), reader.text(item, "cbc:DocumentDescription"))
            for item in reader.nodes(root, "cac:TenderingTerms/cac:ProcurementLegislationDocumentReference[cbc:ID]")
        ),
        procedure=reader.code(root, "cac:TenderingProcess/cbc:ProcedureCode"),
        procedure_description=reader.text(root, "cac:TenderingProcess/cbc:Description"),
        accelerated=reader.flag(root, f"{accelerated}/cbc:ProcessReasonCode"),
        accelerated_reason=reader.text(root, f"{accelerated}/cbc:ProcessReason"),
        lots_all_required=reader.code(root, "cac:TenderingProcess/cbc:PartPresentationCode"),
        lots_max_submitted=reader.integer(root, f"{distribution}/cbc:MaximumLotsSubmittedNumeric"),
        lots_max_awarded=reader.integer(root, f"{distribution}/cbc:MaximumLotsAwardedNumeric"),
        **_exclusions(reader, root),
        change=_change(reader, root),
        remarks=tuple(reader.remarks),
    )


def _exclusions(reader, root):
    requirement = "cac:TenderingTerms/cac:TendererQualificationRequest/cac:SpecificTendererRequirement"
    code = "cbc:TendererRequirementTypeCode"
    return {
        "exclusion_sources": reader.codes(root, f"{requirement}/{code}[@listName='exclusion-grounds-source']"),
        "exclusions": coded(
            Condition(reader.code(item, code), reader.text(item, "cbc:Description"))
            for item in reader.nodes(root, f"{requirement}[{code}/@listName='exclusion-ground']")
        ),
    }


def _change(reader, root):
    node = next(iter(reader.nodes(root, f"{EXT}/efac:Changes[efbc:ChangedNoticeIdentifier]")), None)
    notice = reader.code(node, "efbc:ChangedNoticeIdentifier") if node is not None else ""
    if not notice:
        return None
    return Change(
        notice=notice,
        reason=reader.code(node, "efac:ChangeReason/cbc:ReasonCode"),
        text=reader.text(node, "efac:ChangeReason/efbc:ReasonDescription"),
        sections=filled(
            Condition(""),
            (
                Condition(
                    " ".join(reader.codes(item, "efac:ChangedSection/efbc:ChangedSectionIdentifier")),
                    reader.text(item, "efbc:ChangeDescription"),
                )
                for item in reader.nodes(node, "efac:Change")
            ),
        ),
    )


def _organisations(reader, root):
    found = {}
    nodes = reader.nodes(root, f"{EXT}/efac:Organizations/efac:Organization")
    if len(nodes) > MAX_ORGANISATIONS:
        message = f"L’avis décrit {len(nodes)} organisations : {MAX_ORGANISATIONS} au plus sont acceptées."
        reader.refuse("eforms.organisations-nombre", message, root, len(nodes))
        return ()
    for node in nodes:
        company = next(iter(reader.nodes(node, "efac:Company")), None)
        if company is None:
            continue
        lead = reader.flag(node, "efbc:GroupLeadIndicator")
        parent = _organisation(reader, company, group_lead=lead)
        if not parent.ref or parent.ref in found:
            continue
        found[parent.ref] = parent
        for point in reader.nodes(node, "efac:TouchPoint"):
            item = _organisation(reader, point, parent=parent.ref)
            if item.ref:
                found.setdefault(item.ref, item)
    return tuple(found.values())


def _organisation(reader, node, parent="", group_lead=None):
    address = "cac:PostalAddress"
    streets = [reader.code(node, f"{address}/{path}") for path in ("cbc:StreetName", "cbc:AdditionalStreetName")]
    streets += reader.codes(node, f"{address}/cac:AddressLine/cbc:Line")
    return Organisation(
        ref=reader.code(node, "cac:PartyIdentification/cbc:ID"),
        name=reader.title(node, "cac:PartyName/cbc:Name"),
        company_ids=reader.codes(node, "cac:PartyLegalEntity/cbc:CompanyID"),
        street=", ".join(filter(None, streets)),
        postcode=reader.code(node, f"{address}/cbc:PostalZone"),
        city=reader.code(node, f"{address}/cbc:CityName"),
        nuts=reader.code(node, f"{address}/cbc:CountrySubentityCode"),
        country=reader.code(node, f"{address}/cac:Country/cbc:IdentificationCode"),
        contact=reader.code(node, "cac:Contact/cbc:Name"),
        email=reader.code(node, "cac:Contact/cbc:ElectronicMail"),
        phone=reader.code(node, "cac:Contact/cbc:Telephone"),
        website=reader.url(node, "cbc:WebsiteURI"),
        endpoint=reader.url(node, "cbc:EndpointID"),
        parent=parent,
        group_lead=group_lead,
    )


def _buyers(reader, root, organisations):
    by_ref = {item.ref: item for item in organisations}
    found = {}
    for node in reader.nodes(root, "cac:ContractingParty"):
        ref = reader.code(node, f"cac:Party/{_PARTY_ID}")
        activity = "cac:ContractingActivity/cbc:ActivityTypeCode"
        role = Buyer(
            ref=ref,
            legal_type=reader.code(node, "cac:ContractingPartyType/cbc:PartyTypeCode[@listName='buyer-legal-type']"),
            activity=reader.code(node, f"{activity}[@listName='authority-activity']"),
            entity_activity=reader.code(node, f"{activity}[@listName='entity-activity']"),
            profile_url=reader.url(node, "cbc:BuyerProfileURI"),
            providers=filled(
                ("", ""),
                (
                    (reader.code(item, "cbc:ServiceTypeCode"), reader.code(item, f"cac:Party/{_PARTY_ID}"))
                    for item in reader.nodes(node, "cac:Party/cac:ServiceProviderParty")
                ),
            ),
        )
        buyer = by_ref.get(ref)
        if buyer is None:
            reader.refuse(
                "eforms.acheteur-inconnu",
                f"L’acheteur « {ref[:40]} » n’est pas décrit parmi les organisations de l’avis.",
                node,
                ref,
            )
            continue
        if not buyer.name and not (buyer.parent and by_ref[buyer.parent].name):
            reader.refuse("eforms.acheteur-nom", f"L’acheteur {ref} n’a pas de nom (BT-500).", node, ref)
        if ref not in found:
            found[ref] = role
            _check_french_number(reader, node, buyer)
    if not found and not reader.issues:
        reader.refuse("eforms.acheteur", "L’avis ne nomme aucun acheteur (cac:ContractingParty) : il en faut un.", root)
    return tuple(found.values())


def _check_french_number(reader, node, buyer):
    if buyer.country != "FRA" or buyer.siren or buyer.parent:
        return
    try:
        siren.siren_of(buyer.company_id)
    except Refused as refusal:
        reader.remark(refusal.code, f"Acheteur « {buyer.name[:80]} ». {refusal.message}", node, buyer.company_id)
