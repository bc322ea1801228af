"""The flavour « SIS Marchés »: XML, one ``consultation`` element each.

The files that SIS Marchés and buyer profiles exchange are agreed between vendors and not public: this mapping is ours, made
from what the software is known to hold (passation in steps, lots, registers it imports). It is small on purpose: where the
real one becomes known, this module alone changes.
"""

from lxml import etree
from megalis.portal.formats import safexml
from megalis.portal.formats.interchange import neutral
from megalis.portal.formats.refusal import Refused

import re


NAME = "sis"
TITLE = "SIS Marchés (XML)"
EXTENSION = "xml"
MEDIA = "application/xml"
PROCEDURES = {
    "MAPA": "procedure-adaptee",
    "AOO": "appel-offres-ouvert",
    "AOR": "appel-offres-restreint",
    "PN": "procedure-negociation",
    "DC": "dialogue-competitif",
    "CONCOURS": "concours",
    "SAD": "systeme-acquisition-dynamique",
    "CONCESSION": "concession",
    "SANS_PUB": "sans-publicite",
}
NATURES = {"TRAVAUX": "travaux", "FOURNITURES": "fournitures", "SERVICES": "services"}
# element -> neutral field
TEXTS = {
    "numero": "reference", "objet": "objet", "description": "description", "cpv": "cpv", "duree": "duree",
    "conditions": "conditions", "serviceContact": "contact_service", "courrielContact": "contact_courriel",
    "telephoneContact": "contact_telephone", "dateLimiteRemise": "date_limite", "dateLimiteQuestions": "date_limite_questions",
    "dateOuverture": "date_ouverture",
}  # fmt: skip
_AMOUNT = re.compile(r"([0-9]{1,14})(?:\.[0-9]{1,2})?")  # the model counts whole euros
STEPS = {
    "elaboration": "PCA", "a-valider": "PCA", "publiee": "PLA", "close": "PLA", "ouverture": "POU", "analyse": "PAN",
    "decidee": "PAT", "notifiee": "PNO", "archivee": "PNO", "annulee": "ANN",
}  # fmt: skip


def read(data):
    """Return the Received of each consultation; Refused with the codes of ``safexml`` or ``echange.sis``."""
    root = safexml.load(data, "echange").root
    if etree.QName(root).localname != "echangeMarches":
        raise Refused("echange.sis", "La racine n’est pas « echangeMarches » : ce n’est pas un envoi de SIS Marchés.")
    return neutral.records([_consultation(element) for element in _all(root, "consultation")])


def _all(element, *names):
    found = [element]
    for name in names:
        found = [child for one in found for child in one if etree.QName(child).localname == name]
    return found


def _text(element, name):
    found = _all(element, name)
    return (found[0].text or "").strip() or None if found else None


def _number(text):
    if text is None:
        return None
    found = _AMOUNT.fullmatch(text.replace(" ", "").replace("\u00a0", ""))
    return int(found[1]) if found else text


def _consultation(element):
    found = {
        "reference_externe": element.get("identifiant"),
        **{to: _text(element, name) for name, to in TEXTS.items()},
    }
    procedure, nature = _text(element, "procedure"), _text(element, "nature")
    found["procedure"] = PROCEDURES.get(procedure, procedure)
    found["nature"] = NATURES.get(nature, nature)
    found["valeur_estimee"] = _number(_text(element, "montantEstime"))
    found["cpv_secondaires"] = [child.text or "" for child in _all(element, "cpvSecondaire")]
    found["lieux"] = [child.text or "" for child in _all(element, "lieuExecution")]
    found["criteres"] = [
        {"nom": child.get("libelle"), "points": _number(child.get("ponderation"))}
        for child in _all(element, "criteres", "critere")
    ]
    found["lots"] = [
        {
            "numero": child.get("numero"),
            "intitule": _text(child, "intitule"),
            "description": _text(child, "description"),
            "cpv": _text(child, "cpv"),
            "valeur_estimee": _number(_text(child, "montantEstime")),
        }
        for child in _all(element, "lots", "lot")
    ]
    found["pieces"] = [
        {
            "nom": child.get("fichier"),
            "titre": child.get("libelle"),
            "nature": child.get("type"),
            "lots": (child.get("lots") or "").split(),
            "sha256": child.get("sha256"),
        }
        for child in _all(element, "dce", "piece")
    ]
    return found


def write(register):
    """Return the bytes of a Register: ``registre`` with a ``ligne`` a row, its lots as elements."""
    root = etree.Element("echangeMarches", version="1")
    head = etree.SubElement(
        root, "registre", type=register.kind, consultation=register.external, numero=register.reference,
        etape=STEPS.get(register.state, ""),
    )  # fmt: skip
    if register.kind == "resultats":
        if register.notified:
            head.set("dateNotification", register.notified)
    else:
        head.set("curseur", register.cursor)
        head.set("suite", "oui" if register.more else "non")
    for row in register.rows:
        line = etree.SubElement(head, "ligne")
        for name, value in row.items():
            if isinstance(value, list):
                for item in value:
                    etree.SubElement(line, name.removesuffix("s")).text = _safe(item)
            elif value not in (None, ""):
                etree.SubElement(line, name).text = _safe(value)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _safe(value):
    text = ("oui" if value else "non") if isinstance(value, bool) else str(value)
    return "".join(
        sign
        for sign in text
        if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff" and sign < "\ufffe")
    )
