"""Where a finding on a notice belongs in our model, so that a form can show it beside its field."""

from megalis.portal.formats.eforms.reading import NS
from megalis.portal.formats.eforms.wording import business_term

import re


_LOT = re.compile(r"^(/[^/]+/cac:ProcurementProjectLot(?:\[[0-9]+\])?)(?:/|$)")

# Business term -> attribute of ``Lot``, or of ``Notice`` when there is no lot.
_ATTRIBUTES = {
    "internal_id": "BT-22",
    "title": "BT-21",
    "description": "BT-24",
    "note": "BT-300",
    "nature": "BT-23",
    "additional_natures": "BT-531",
    "cpv": "BT-262 BT-26",
    "cpv_additional": "BT-263",
    "value": "BT-27",
    "framework_maximum": "BT-271",
    "places": "BT-5071 BT-5131 BT-5121 BT-5141 BT-5101 BT-727 BT-728",
    "duration": "BT-36",
    "duration_code": "BT-538",
    "start": "BT-536",
    "end": "BT-537",
    "options": "BT-54 BT-53",
    "renewals_max": "BT-58",
    "renewals": "BT-57",
    "sme_suitable": "BT-726",
    "objectives": "BT-06 BT-774 BT-775 BT-776 BT-777",
    "criteria": "BT-539 BT-540 BT-541 BT-734 BT-5421 BT-5422 BT-5423",
    "criteria_formula": "BT-543",
    "criteria_note": "BT-733",
    "deadline": "BT-131",
    "participation_deadline": "BT-1311",
    "interest_deadline": "BT-630",
    "question_deadline": "BT-13",
    "opening": "BT-132",
    "opening_place": "BT-133",
    "opening_note": "BT-134",
    "submission_url": "BT-18",
    "electronic_submission": "BT-17",
    "no_electronic_reason": "BT-19",
    "no_electronic_text": "BT-745",
    "documents": "BT-14 BT-15 BT-615 BT-707 BT-708 OPT-140",
    "languages": "BT-97",
    "variants": "BT-63",
    "multiple_tenders": "BT-769",
    "framework": "BT-765",
    "framework_operators": "BT-113",
    "framework_justification": "BT-109",
    "dps": "BT-766",
    "auction": "BT-767",
    "gpa": "BT-115",
    "reduction": "BT-52",
    "candidates_min": "BT-50",
    "candidates_max": "BT-51",
    "candidates_limited": "BT-661",
    "reserved": "BT-71",
    "reserved_execution": "BT-736",
    "selection_sources": "BT-821",
    "selection": "BT-809 BT-749 BT-750 BT-40",
    "guarantee_required": "BT-751",
    "guarantee": "BT-75",
    "payment_terms": "BT-77",
    "legal_form_required": "BT-761",
    "legal_form": "BT-76",
    "conditions": "BT-70 OPT-060",
    "e_invoicing": "BT-743",
    "e_catalogue": "BT-764",
    "e_signature": "BT-744",
    "e_ordering": "BT-92",
    "e_payment": "BT-93",
    "staff_names": "BT-79",
    "eu_funded": "BT-60",
    "recurring": "BT-94",
    "recurring_note": "BT-95",
    "validity": "BT-98",
    "no_negotiation": "BT-120",
    "review_deadline": "BT-99",
    "review_ref": "OPT-301",
    "procedure": "BT-105",
    "procedure_description": "BT-88",
    "accelerated": "BT-106",
    "accelerated_reason": "BT-1351",
    "contest": "BT-41 BT-42 BT-44 BT-45 BT-46 BT-644",
    "lots_all_required": "BT-763",
    "lots_max_awarded": "BT-33",
    "lots_max_submitted": "BT-31",
    "legal_basis": "BT-01",
    "exclusion_sources": "BT-806",
    "exclusions": "BT-67",
    "language": "BT-702",
    "dispatched": "BT-05",
    "requested_publication": "BT-738",
    "change": "BT-758 BT-140 BT-141 BT-762 BT-13716 BT-718 BT-719",
    "buyer_roles": "BT-10 BT-11 BT-508 BT-610 OPT-300",
    "organisations": "BT-500 BT-501 BT-502 BT-503 BT-505 BT-506 BT-507 BT-509 BT-510 BT-512 BT-513 BT-514 BT-16 OPT-200",
}
_BY_TERM = {term: name for name, terms in _ATTRIBUTES.items() for term in terms.split()}


def place(finding, root=None):
    """Return ``(attribute, lot)`` of a ``Finding``: the name in our model, '' when it has none; the id of the lot, or ''.

    ``root`` is the notice (lxml); without it the lot is not looked for.
    """
    match = _LOT.match(finding.path)
    lot = ""
    if match and root is not None:
        found = root.xpath("/*" + match[1][match[1].index("/", 1) :] + "/cbc:ID", namespaces=NS)
        lot = (found[0].text or "").strip() if found else ""
    return _BY_TERM.get(business_term(finding.field), ""), lot
