"""Writing of prior information notices (avis de préinformation): what a buyer means to buy, before any call.

Below the thresholds they are E2, and E1 asks the market what it can do (sourçage, articles R. 2111-1 and R. 2111-2 of the
Code de la commande publique). Subtype 10 (11) is itself a call: companies say they are interested, and no other notice follows.
"""

from dataclasses import replace
from datetime import datetime
from datetime import time
from lxml import etree
from megalis.portal.formats.eforms.awarding import CALLS
from megalis.portal.formats.eforms.building import Builder
from megalis.portal.formats.eforms.building import offset
from megalis.portal.formats.eforms.building import prune
from megalis.portal.formats.eforms.building import tag
from megalis.portal.formats.eforms.model import Issue
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.reading import NS
from megalis.portal.formats.eforms.reading import PARIS
from megalis.portal.formats.eforms.writer import blank
from megalis.portal.formats.eforms.writer import body
from megalis.portal.formats.eforms.writer import namespaces


# Subtype -> form type and notice type: information only, information that shortens time limits, call, consultation.
SUBTYPES = {
    "4": ("planning", "pin-only"),
    "5": ("planning", "pin-only"),
    "7": ("planning", "pin-rtl"),
    "8": ("planning", "pin-rtl"),
    "10": ("competition", "pin-cfc-standard"),
    "11": ("competition", "pin-cfc-standard"),
    "E1": ("consultation", "pmc"),
    "E2": ("planning", "pin-only"),
}
INFORMATION, CALLING, CONSULTATION = "4", ("10", "11"), "E1"
# Those that speak of parts, since the lots are not decided.
IN_PARTS = (INFORMATION, "5", "E2")
# What is decided later, and what a notice that shortens time limits tells already.
LATER = ("exclusions", "exclusion_sources", "lots_all_required", "lots_max_submitted", "lots_max_awarded")
KEPT = ("reserved", "languages", "reserved_execution", "selection_sources", "selection")
# What the invitation tells to those who said they were interested.
INVITED = (
    "deadline", "participation_deadline", "question_deadline", "opening", "opening_place", "opening_note", "validity",
    "recurring", "recurring_note", "no_negotiation",
)  # fmt: skip
# What a consultation of the market keeps of a call: how to answer, and in which language.
ASKED = ("languages", "submission_url", "electronic_submission", "documents", "documents_ref", "recipient_ref")
UNASKED = (
    "criteria", "criteria_formula", "criteria_note", "framework", "framework_maximum", "framework_justification", "dps",
    "auction", "review_deadline", "review_info_ref", "options", "eu_funded",
)  # fmt: skip


def write_prior(notice, subtype=INFORMATION, planned=None, answers=None):
    """Return the eForms XML of the prior information notice of a consultation that is being prepared.

    ``planned`` is the day the call is expected (BT-127); a notice that is the call has none. ``answers``, an aware datetime, is when companies must have said
    their interest (subtypes 10 and 11, BT-630) or answered (E1, BT-800). Raise ``NoticeRefused`` (``eforms.sous-type``) for another
    subtype.
    """
    if subtype not in SUBTYPES:
        message = f"« {subtype} » n’est pas un avis de préinformation : {', '.join(SUBTYPES)}."
        raise NoticeRefused([Issue("eforms.sous-type", message, value=subtype)])
    notice = _prior(notice, subtype, answers)
    build = Builder(notice.text_language)
    root = etree.Element(tag("pin:PriorInformationNotice"), nsmap=namespaces("pin"))
    body(build, root, notice, SUBTYPES[subtype])
    if subtype == CONSULTATION and answers is not None:
        for process in root.findall("cac:ProcurementProjectLot/cac:TenderingProcess", NS):
            period = build.group(build.extension(process), "efac:AnswerReceptionPeriod")
            build.moment(period, "End", answers)
            process.insert(0, process.find("ext:UBLExtensions", NS))
    if planned is not None and subtype not in CALLING:
        element = etree.Element(tag("cbc:PlannedDate"))
        element.text = planned.isoformat() + offset(datetime.combine(planned, time(12), PARIS))
        root.find("cbc:RegulatoryDomain", NS).addprevious(element)
    prune(root)
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _prior(notice, subtype, answers):
    if subtype in CALLING:
        lots = tuple(replace(blank(lot, INVITED), interest_deadline=answers) for lot in notice.lots)
        notice = blank(notice, ("accelerated", "accelerated_reason"))
        return replace(notice, subtype=subtype, lots=lots)
    notice = blank(replace(notice, procedure_id=""), ("accelerated", "accelerated_reason"))
    if subtype in IN_PARTS:
        lots = tuple(replace(blank(lot, CALLS), id=lot.id.replace("LOT-", "PAR-")) for lot in notice.lots)
    elif subtype == CONSULTATION:
        silent = [name for name in CALLS if name not in ASKED]
        lots = tuple(blank(lot, (*silent, *UNASKED)) for lot in notice.lots)
    else:
        lots = tuple(blank(lot, [name for name in CALLS if name not in KEPT]) for lot in notice.lots)
    if subtype in (*IN_PARTS, CONSULTATION):
        notice = blank(notice, (*LATER, "procedure", "procedure_description", "framework_maximum"))
    return replace(notice, subtype=subtype, lots=lots)
