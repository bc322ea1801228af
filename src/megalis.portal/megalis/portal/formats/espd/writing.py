"""The request a buyer publishes (ESPD request, XML), in the shape of version 3.3 of the model over UBL 2.3.

All grounds for exclusion are asked; selection criteria are those that fit the nature of the contract. A company opens the file
in a DUME service, answers, and joins the response to its candidature.
"""

from dataclasses import dataclass
from datetime import datetime
from lxml import etree
from megalis.portal.formats.espd import taxonomy
from megalis.portal.formats.refusal import Refused
from uuid import NAMESPACE_URL
from uuid import uuid5

import re


VERSION = "3.3.0"
DOCUMENT = "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationRequest-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
AGENCY = {"schemeAgencyID": "OP", "schemeVersionID": VERSION}
PROCEDURES = {
    "appel-offres-ouvert": "open", "appel-offres-restreint": "restricted", "procedure-negociation": "neg-w-call",
    "dialogue-competitif": "comp-dial", "partenariat-innovation": "innovation", "sans-publicite": "neg-wo-call",
}  # fmt: skip
SELECTION = ("prof-regist", "trade-regist", "gen-year-to", "indem-insu")
OF_NATURE = {
    "travaux": ("work-perform", "work-tech", "tech-equip"),
    "fournitures": ("supply-perform", "qu-certif-indep"),
    "services": ("service-perform", "qualification"),
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says. ``uuid``: 32 hex digits of the consultation; ``lots``: numbers; ``conditions``: in the buyer's words."""

    uuid: str
    reference: str
    title: str
    description: str
    procedure: str
    nature: str
    issued: datetime
    buyer: str
    buyer_siret: str
    profile: str
    lots: tuple[str, ...] = ()
    conditions: str = ""
    contact: str = ""
    email: str = ""
    phone: str = ""


def write(request):
    """Return the bytes of a Request; Refused ``dume.absent`` when it does not name buyer, reference and object."""
    for name, words in (("reference", "la référence"), ("title", "l’objet"), ("buyer", "l’acheteur")):
        if not getattr(request, name).strip():
            raise Refused("dume.absent", f"La demande de DUME ne dit pas {words} : complétez la consultation.", name)
    return etree.tostring(_Writer(request).root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


class _Writer:
    def __init__(self, request):
        self.request = request
        self.root = etree.Element(
            f"{{{DOCUMENT}}}{'QualificationApplicationRequest'}", nsmap={None: DOCUMENT, "cac": CAC, "cbc": CBC}
        )
        self._head()
        self._buyer()
        project = self._in(self.root, "ProcurementProject")
        self._put(project, "Name", request.title)
        self._put(project, "Description", request.description or request.title)
        for number in request.lots:
            self._put(self._in(self.root, "ProcurementProjectLot"), "ID", f"LOT-{number}", **AGENCY)
        for known in taxonomy.ROWS:
            if known.family == taxonomy.EXCLUSION:
                self._criterion(known, "La situation s’applique-t-elle à vous ?")
        for code in (*SELECTION, *OF_NATURE.get(request.nature, ())):
            self._criterion(taxonomy.BY_CODE[code], "Remplissez-vous ce critère ?", request.conditions)

    def _in(self, parent, name):
        return etree.SubElement(parent, f"{{{CAC}}}{name}")

    def _put(self, parent, name, text, **attributes):
        child = etree.SubElement(parent, f"{{{CBC}}}{name}", attributes)
        child.text = _CONTROL.sub("", str(text))
        return child

    def _name(self, *parts):
        """Return a UUID that is the same each time for the same thing of the same consultation."""
        return str(uuid5(NAMESPACE_URL, "/".join(("megalis:dume", self.request.uuid, *parts))))

    def _head(self):
        request, root = self.request, self.root
        self._put(root, "UBLVersionID", "2.3", schemeAgencyID="OASIS-UBL-TC")
        self._put(root, "ProfileExecutionID", f"ESPD-EDMv{VERSION}", **AGENCY)
        self._put(root, "ID", f"DUME-{request.uuid[:12].upper()}", schemeAgencyID=request.buyer_siret)
        self._put(root, "CopyIndicator", "false")
        self._put(root, "UUID", self._name("demande"), schemeID="ISO/IEC 9834-8:2008 - 4UUID", **AGENCY)
        self._put(root, "ContractFolderID", request.reference, schemeAgencyID=request.buyer_siret)
        self._put(root, "IssueDate", f"{request.issued:%Y-%m-%d}")
        self._put(root, "IssueTime", f"{request.issued:%H:%M:%S}")
        self._put(root, "VersionID", "1.0", **AGENCY)
        code = PROCEDURES.get(request.procedure)
        if code:
            self._put(root, "ProcedureCode", code, listID="procurement-procedure-type", listAgencyID="OP")

    def _buyer(self):
        request = self.request
        party = self._in(self.root, "ContractingParty")
        self._put(party, "BuyerProfileURI", request.profile)
        party = self._in(party, "Party")
        self._put(self._in(party, "PartyIdentification"), "ID", request.buyer_siret, schemeID="SIRET")
        self._put(self._in(party, "PartyName"), "Name", request.buyer)
        country = self._in(self._in(party, "PostalAddress"), "Country")
        self._put(country, "IdentificationCode", "FRA", listID="country", listAgencyID="OP")
        contact = [("Name", request.contact), ("Telephone", request.phone), ("ElectronicMail", request.email)]
        if any(text for _name, text in contact):
            element = self._in(party, "Contact")
            for name, text in contact:
                if text:
                    self._put(element, name, text)

    def _criterion(self, known, question, requirement=""):
        element = self._in(self.root, "TenderingCriterion")
        self._put(element, "ID", known.id, schemeID="criterion", **AGENCY)
        self._put(element, "CriterionTypeCode", known.code, listID="criterion", listAgencyID="OP")
        self._put(element, "Name", known.title)
        self._put(element, "Description", known.title)
        group = self._group(element, "TenderingCriterionPropertyGroup", "ON*", known.code, "1")
        if requirement:
            self._property(group, requirement[:4000], "REQUIREMENT", "NONE", known.code, "exigence")
        self._property(group, question, "QUESTION", "INDICATOR", known.code, "reponse")
        when = "ONTRUE" if known.family == taxonomy.EXCLUSION else "ON*"
        below = self._group(group, "SubsidiaryTenderingCriterionPropertyGroup", when, known.code, "2")
        self._property(below, "Précisez", "QUESTION", "DESCRIPTION", known.code, "precision")

    def _group(self, parent, name, code, *parts):
        group = self._in(parent, name)
        self._put(group, "ID", self._name("groupe", *parts), schemeID="criterion", **AGENCY)
        self._put(group, "PropertyGroupTypeCode", code, listID="property-group-type", listAgencyID="OP")
        return group

    def _property(self, group, text, kind, data, *parts):
        element = self._in(group, "TenderingCriterionProperty")
        self._put(element, "ID", self._name(*parts), schemeID="criterion", **AGENCY)
        self._put(element, "Description", text)
        self._put(element, "TypeCode", kind, listID="criterion-element-type", listAgencyID="OP")
        self._put(element, "ValueDataTypeCode", data, listID="response-data-type", listAgencyID="OP")
