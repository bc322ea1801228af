"""Reading the DUME of a company (ESPD response, XML): what it says in words, and what a buyer should look at.

Elements are found by their local names: version 2.0 had namespaces of its own, 2.1 to 4 those of UBL 2.2 and 2.3.
"""

from collections import Counter
from datetime import date
from lxml import etree
from megalis.portal.formats import safexml
from megalis.portal.formats.espd import taxonomy
from megalis.portal.formats.espd.model import Answer
from megalis.portal.formats.espd.model import Criterion
from megalis.portal.formats.espd.model import Party
from megalis.portal.formats.espd.model import Response
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding


ROOT = "QualificationApplicationResponse"
REQUEST = "QualificationApplicationRequest"
MAX_BYTES = 8 * 1024 * 1024
MAX_ELEMENTS = 120_000
MAX_CRITERIA = 500
MAX_TEXT = 2_000
KINDS = {
    "ResponseIndicator": "oui-non", "Description": "texte", "ResponseAmount": "montant", "ResponseDate": "date",
    "ResponseQuantity": "quantité", "ResponseMeasure": "quantité", "ResponseNumeric": "nombre", "ResponseCode": "code",
    "ResponseID": "identifiant", "ResponseURI": "adresse", "ResponseTime": "heure",
}  # fmt: skip
ROLES = {"sole-contractor": "Seul", "group-lead": "Mandataire du groupement", "group-mem": "Membre du groupement",
         "ent-relied": "Entité dont les capacités sont utilisées", "not-relied": "Sous-traitant", "SCLE": "Seul",
         "LEAD": "Mandataire du groupement", "MEMB": "Membre du groupement"}  # fmt: skip


def is_response(head):
    """Tell from the first bytes of a file whether it looks like a DUME, cheaply."""
    return ROOT.encode() in head[:4096]


def read(data):
    """Return the Response of XML bytes; Refused ``dume.…`` (``.xml``, ``.dtd``, ``.taille``, ``.racine``, ``.version``...)."""
    root = safexml.load(data, "dume", MAX_BYTES, MAX_ELEMENTS).root
    name = etree.QName(root).localname
    if name == REQUEST:
        raise Refused("dume.demande", "Ce fichier est la demande de DUME de l’acheteur : joignez votre réponse.", name)
    if name == "ESPDResponse":
        raise Refused(
            "dume.version", "Ce DUME est de la version 1, abandonnée : refaites-le avec le service DUME.", name
        )
    if name != ROOT:
        raise Refused("dume.racine", f"La racine « {name[:60]} » n’est pas celle d’un DUME.", name)
    return _Reader(root).response()


def _children(element, *names):
    found = [element]
    for name in names:
        found = [child for one in found for child in one if etree.QName(child).localname == name]
    return found


def _text(element, *names):
    found = _children(element, *names)
    return _clean(found[0].text) if found else ""


def _clean(text):
    return " ".join((text or "").split())[:MAX_TEXT]


class _Reader:
    def __init__(self, root):
        self.root = root
        self.warnings = []
        self.answers = {}
        for item in _children(root, "TenderingCriterionResponse"):
            key = _text(item, "ValidatedCriterionPropertyID")
            if key:
                self.answers.setdefault(key, []).append(item)

    def warn(self, code, message, field=""):
        self.warnings.append(Finding(f"dume.{code}", message, field=field))

    def response(self):
        root = self.root
        wanted = _children(root, "TenderingCriterion")
        if not wanted:
            raise Refused("dume.criteres", "Ce DUME n’a aucun critère : exportez-le de nouveau depuis le service DUME.")
        if len(wanted) > MAX_CRITERIA:
            raise Refused("dume.criteres", f"Ce DUME a {len(wanted)} critères : {MAX_CRITERIA} au plus.")
        criteria = tuple(map(self._criterion, wanted))
        operators = _children(root, "EconomicOperatorParty")
        operator = self._party(operators[0]) if operators else Party()
        if operators and (roles := _children(operators[0], "EconomicOperatorRole")):
            code = _text(roles[0], "RoleCode")
            size = _text(operators[0], "Party", "IndustryClassificationCode")
            operator = Party(
                *(getattr(operator, n) for n in ("name", "identifiers", "address", "contact")),
                ROLES.get(code, code),
                size,
            )
        buyers = _children(root, "ContractingParty")
        lots = tuple(filter(None, (_text(lot, "ID") for lot in _children(root, "ProcurementProjectLot"))))
        found = Response(
            _text(root, "ProfileExecutionID").removeprefix("ESPD-EDMv") or f"UBL {_text(root, 'UBLVersionID')}",
            _text(root, "UUID") or _text(root, "ID"),
            _text(root, "ContractFolderID"),
            _date(_text(root, "IssueDate")),
            self._party(buyers[0]) if buyers else Party(),
            operator,
            lots,
            criteria,
            tuple(filter(None, (_text(item, "Name") or _text(item, "ID") for item in _children(root, "Evidence")))),
        )
        self._look(found)
        return Response(*(getattr(found, name) for name in Response.__slots__[:-1]), tuple(self.warnings))

    def _party(self, holder):
        found = _children(holder, "Party")
        if not found:
            return Party()
        party = found[0]
        address = [_text(party, "PostalAddress", name) for name in ("StreetName", "PostalZone", "CityName")] + [
            _text(party, "PostalAddress", "Country", "IdentificationCode")
        ]
        contact = [_text(party, "Contact", name) for name in ("Name", "ElectronicMail", "Telephone")]
        return Party(
            _text(party, "PartyName", "Name"),
            tuple(filter(None, (_clean(item.text) for item in _children(party, "PartyIdentification", "ID")))),
            ", ".join(filter(None, address)),
            ", ".join(filter(None, contact)),
        )

    def _criterion(self, element):
        code = _text(element, "CriterionTypeCode")
        known = taxonomy.known(_text(element, "ID"), code)
        title = known.title if known else _text(element, "Name") or code
        family = known.family if known else taxonomy.family(code)
        answers = []
        for group in (
            *_children(element, "TenderingCriterionPropertyGroup"),
            *_children(element, "SubTenderingCriterion", "TenderingCriterionPropertyGroup"),
        ):
            self._group(group, 0, answers)
        first = next((item.value for item in answers if item.kind == "oui-non" and item.depth == 0), None)
        met = None if first is None else (first == "oui") != (family == taxonomy.EXCLUSION)
        return Criterion(family, known.code if known else code, title, met, tuple(answers))

    def _group(self, group, depth, answers):
        for item in _children(group, "TenderingCriterionProperty"):
            question = _text(item, "Description") or _text(item, "Name")
            for given in self.answers.get(_text(item, "ID"), ()):
                answers += [Answer(question, kind, value, depth) for kind, value in _values(given)]
        for below in _children(group, "SubsidiaryTenderingCriterionPropertyGroup"):
            self._group(below, depth + 1, answers)

    def _look(self, found):
        if not found.operator.name:
            self.warn("operateur", "L’opérateur économique n’est pas nommé.", "EconomicOperatorParty")
        if not found.reference:
            self.warn("reference", "Le DUME ne dit pas à quelle consultation il répond.", "ContractFolderID")
        silent = [item.title for item in found.criteria if item.family == taxonomy.EXCLUSION and item.met is None]
        if silent:
            names = ", ".join(silent[:5])
            count = f"{len(silent)} motifs d’exclusion sont" if len(silent) > 1 else "Un motif d’exclusion est"
            self.warn("sans-reponse", f"{count} sans réponse : {names}.")
        for item in found.criteria:
            if item.family == taxonomy.EXCLUSION and item.met is False:
                self.warn(
                    "exclusion",
                    f"Motif d’exclusion déclaré : {item.title}. Lisez ce que l’opérateur en dit.",
                    item.code,
                )
            if item.family == taxonomy.SELECTION and item.met is False:
                self.warn("selection", f"L’opérateur déclare ne pas remplir : {item.title}.", item.code)
        twice = [code for code, count in Counter(item.code for item in found.criteria).items() if count > 1 and code]
        if twice:
            self.warn("double", f"Des critères figurent deux fois : {', '.join(twice[:5])}.")


def _date(text):
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _values(given):
    """Yield ``(kind, words)`` of one response."""
    for value in _children(given, "ResponseValue"):
        for child in value:
            kind = KINDS.get(etree.QName(child).localname)
            text = _clean(child.text)
            if kind and text:
                yield kind, _said(kind, text, child)
    for period in _children(given, "ApplicablePeriod"):
        yield "période", f"du {_day(_text(period, 'StartDate'))} au {_day(_text(period, 'EndDate'))}"
    for evidence in _children(given, "EvidenceSupplied"):
        yield "justificatif", _text(evidence, "ID")


def _said(kind, text, element):
    if kind == "oui-non":
        return "oui" if text in ("true", "1") else "non"
    if kind == "montant":
        return f"{text} {element.get('currencyID', '')}".strip()
    if kind == "quantité":
        return f"{text} {element.get('unitCode', '')}".strip()
    return _day(text) if kind == "date" else text


def _day(text):
    found = _date(text)
    return f"{found:%d/%m/%Y}" if found else text
