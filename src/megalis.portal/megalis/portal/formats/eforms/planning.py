"""Writing of prior information notices (avis de préinformation): what a buyer means to buy, before any call."""

from dataclasses import replace
from datetime import datetime
from datetime import time
from lxml import etree
from megalis.portal.formats.eforms.awarding import blank
from megalis.portal.formats.eforms.awarding import CALLS
from megalis.portal.formats.eforms.building import Builder
from megalis.portal.formats.eforms.building import offset
from megalis.portal.formats.eforms.building import prune
from megalis.portal.formats.eforms.building import tag
from megalis.portal.formats.eforms.model import Issue
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.reading import NS
from megalis.portal.formats.eforms.reading import PARIS
from megalis.portal.formats.eforms.writer import body
from megalis.portal.formats.eforms.writer import namespaces


# Subtype -> form type and notice type: information only, information that shortens time limits.
SUBTYPES = {"4": ("planning", "pin-only"), "7": ("planning", "pin-rtl")}
INFORMATION = "4"
# What is decided later, and what a notice that shortens time limits tells already.
LATER = ("exclusions", "exclusion_sources", "lots_all_required", "lots_max_submitted", "lots_max_awarded")
KEPT = ("reserved", "languages", "reserved_execution", "selection_sources", "selection")


def write_prior(notice, subtype=INFORMATION, planned=None):
    """Return the eForms XML of the prior information notice of a consultation that is being prepared.

    ``planned`` is the day the call is expected (BT-127). Raise ``NoticeRefused`` (``eforms.sous-type``) for a subtype
    other than 4 and 7.
    """
    if subtype not in SUBTYPES:
        message = f"« {subtype} » n’est pas un avis de préinformation : {', '.join(SUBTYPES)}."
        raise NoticeRefused([Issue("eforms.sous-type", message, value=subtype)])
    notice = _prior(notice, subtype)
    build = Builder(notice.text_language)
    root = etree.Element(tag("pin:PriorInformationNotice"), nsmap=namespaces("pin"))
    body(build, root, notice, SUBTYPES[subtype])
    if planned is not None:
        element = etree.Element(tag("cbc:PlannedDate"))
        element.text = planned.isoformat() + offset(datetime.combine(planned, time(12), PARIS))
        root.find("cbc:RegulatoryDomain", NS).addprevious(element)
    prune(root)
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _prior(notice, subtype):
    notice = blank(replace(notice, procedure_id=""), ("accelerated", "accelerated_reason"))
    if subtype == INFORMATION:
        lots = tuple(replace(blank(lot, CALLS), id=lot.id.replace("LOT-", "PAR-")) for lot in notice.lots)
        notice = blank(notice, (*LATER, "procedure", "procedure_description"))
    else:
        lots = tuple(blank(lot, [name for name in CALLS if name not in KEPT]) for lot in notice.lots)
    return replace(notice, subtype=subtype, lots=lots)
