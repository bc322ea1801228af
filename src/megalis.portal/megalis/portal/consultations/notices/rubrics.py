"""A notice as people read it: rubrics with words, each knowing the page that edits it and the findings it earned.

What was sent is kept as the same rubrics, so that a later edit shows as a difference and proposes a change notice.
"""

from dataclasses import dataclass
from dataclasses import field
from megalis.portal.consultations.rules import contests
from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.vocabularies import NATURES
from megalis.portal.consultations.vocabularies import PERMISSIONS
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.eforms.places import place
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.theme import words


STEP = "@@modifier?etape="
BUYER, LOTS, PIECES, RECTIFY = "../@@annonces", "@@lots", "@@pieces", "@@rectifier"
OTHER = "autre"
# key: (title, page that edits it, attributes of the model of eForms that it shows)
TABLE = {
    "acheteur": ("Acheteur", BUYER, "organisations buyer_roles payment_terms"),
    "objet": ("Objet", f"{STEP}objet", "title internal_id"),
    "description": ("Description", f"{STEP}objet", "description note"),
    "nature": ("Nature", f"{STEP}objet", "nature additional_natures"),
    "cpv": ("Codes CPV", f"{STEP}objet", "cpv cpv_additional"),
    "lieu": ("Lieu d’exécution", f"{STEP}objet", "places"),
    "duree": ("Durée", f"{STEP}objet", "duration duration_code start end"),
    "options": ("Options et reconductions", f"{STEP}procedure", "options renewals renewals_max"),
    "procedure": (
        "Procédure",
        f"{STEP}procedure",
        "procedure procedure_description legal_basis candidates_min candidates_max candidates_limited reduction "
        "no_negotiation dps",
    ),
    "accord-cadre": (
        "Accord-cadre",
        f"{STEP}procedure",
        "framework framework_maximum framework_operators framework_justification",
    ),
    "concours": ("Concours", f"{STEP}procedure", "contest"),
    "urgence": ("Urgence", f"{STEP}dates", "accelerated accelerated_reason"),
    "criteres": ("Critères d’attribution", f"{STEP}criteres", "criteria criteria_formula criteria_note"),
    "variantes": ("Variantes", f"{STEP}criteres", "variants multiple_tenders"),
    "conditions": (
        "Conditions de participation",
        f"{STEP}criteres",
        "selection selection_sources exclusions exclusion_sources reserved guarantee_required conditions",
    ),
    "visites": ("Visite du site", f"{STEP}reponse", ""),
    "echantillons": ("Échantillons", f"{STEP}reponse", ""),
    "date-limite": ("Date limite", f"{STEP}dates", "deadline participation_deadline interest_deadline"),
    "questions": ("Fin des questions", f"{STEP}dates", "question_deadline"),
    "ouverture": ("Ouverture des plis", f"{STEP}dates", "opening opening_place opening_note"),
    "dossier": ("Dossier", PIECES, "documents documents_ref"),
    "depot": ("Dépôt des plis", f"{STEP}reponse", "submission_url electronic_submission languages"),
    "lots": ("Lots", LOTS, "lots_max_submitted lots_max_awarded lots_all_required"),
    "decision": ("Décision", "", ""),
    "modification": ("Modification", "", ""),
    "achevement": ("Achèvement", "", ""),
    "recours": ("Recours", BUYER, "review_ref review_info_ref review_deadline"),
    OTHER: ("Autres informations", "", ""),
}
_OF_ATTRIBUTE = {name: key for key, (_title, _page, names) in TABLE.items() for name in names.split()}
# Once published, the fields of the form of rectification; nothing else changes.
RECTIFIED = (
    *(
        "objet",
        "description",
        "conditions",
        "visites",
        "echantillons",
        "questions",
        "date-limite",
        "ouverture",
        "dossier",
    ),
)
LATER = ("concours",)  # notices that left before it was kept say nothing of it, and nothing changes it once published
LONGEST = 400


@dataclass
class Rubric:
    """``words`` are lines; ``lot`` the number of the lot it speaks of, "" for all; ``findings`` what the rules say of it."""

    key: str
    title: str
    words: tuple
    page: str = ""
    lot: str = ""
    findings: list = field(default_factory=list)

    @property
    def text(self):
        return "\n".join(self.words)


def of(call):
    """Return the Rubric list of a Call, those without words left out."""
    buyer = call.buyer
    town = " ".join(filter(None, (buyer.postcode, buyer.city)))
    rows = {
        "acheteur": (
            buyer.name,
            f"SIRET {buyer.siret}" if buyer.siret else "",
            ", ".join(filter(None, (buyer.street.replace("\n", ", "), town))),
            ", ".join(filter(None, (buyer.contact, buyer.email, buyer.phone))),
            _partners(call.partners),
        ),
        "objet": (call.title, f"Référence {call.reference}"),
        "description": call.description.splitlines(),
        "nature": (NATURES.get(call.nature, ""),),
        "cpv": tuple(map(_cpv, filter(None, (call.cpv, *call.cpv_additional)))),
        "lieu": (_places(call.places), call.place_text),
        "duree": (f"{call.months} mois" if call.months else call.duration,),
        "options": _options(call.tranches, call.renewals),
        "procedure": (PROCEDURES.get(call.procedure, call.procedure),),
        "accord-cadre": _framework(call),
        "concours": [f"{term} : {text}" for term, text in contests.told(call) if text] if _is_contest(call) else (),
        "urgence": (f"Délais réduits : {call.urgent_reason}",) if call.urgent else (),
        "criteres": tuple(_criterion(*row) for row in call.criteria),
        "variantes": (PERMISSIONS.get(call.variants, ""),),
        "conditions": call.conditions.splitlines(),
        "visites": call.visits.splitlines(),
        "echantillons": call.samples.splitlines(),
        "date-limite": (_moment(call.deadline),),
        "questions": (_moment(call.questions_deadline),),
        "ouverture": (_moment(call.opening),),
        "dossier": (call.documents_url,),
        "depot": (call.url,),
        "lots": _limits(call),
        "recours": (
            ", ".join(filter(None, (buyer.court.name, buyer.court.street, buyer.court.postcode, buyer.court.city))),
        ),
    }
    found = [rubric(key, words) for key, words in rows.items()]
    for lot in call.lots:
        found.append(rubric("lots", _lot(lot), lot.number))
    return [item for item in found if item.words]


def rubric(key, words, lot=""):
    """Return the Rubric of a key of TABLE, its empty lines left out; that of a lot bears its number."""
    title, page, _names = TABLE[key]
    if lot:
        title, page = f"Lot {lot}", LOTS
    return Rubric(key, title, tuple(line.strip() for line in words if line and line.strip()), page, lot)


def _moment(value):
    return f"{clock.french(value, seconds=True)} (heure de Paris)" if value else ""


def _cpv(code):
    try:
        return f"{code}, {cpv.label(code)}".rstrip(", ")
    except Refused:
        return code


def _places(codes):
    names = []
    for code in codes:
        try:
            names.append(nuts.label(code))
        except Refused:
            names.append(code)
    return ", ".join(names)


def _options(tranches, renewals):
    return (*tranches, f"Reconductible {renewals} fois" if renewals else "")


def _framework(call):
    if not call.framework:
        return ()
    maximum = f"Maximum {words.euros(call.framework_maximum)} HT" if call.framework_maximum is not None else ""
    holders = f"Titulaires : {call.framework_holders}" if call.framework_holders else ""
    return techniques.FRAMEWORKS[call.framework], maximum, holders


def _is_contest(call):
    return call.procedure == "concours"


def _partners(partners):
    names = ", ".join(item.name for item in partners)
    return f"Coordonne un groupement de commandes avec : {names}" if names else ""


def _criterion(name, weight):
    return name if weight is None else f"{name} : {format(weight.normalize(), 'f').replace('.', ',')} points"


def _limits(call):
    most = f"Une entreprise peut répondre à {call.max_lots_bid} lots au plus." if call.max_lots_bid else ""
    won = f"Une entreprise peut en obtenir {call.max_lots_won} au plus." if call.max_lots_won else ""
    return most, won


def _lot(lot):
    yield lot.title
    yield from lot.description.splitlines()
    yield from map(_cpv, filter(None, (lot.cpv, *lot.cpv_additional)))
    yield _places(lot.places)
    yield lot.duration
    yield from _options(lot.tranches, lot.renewals)
    for row in lot.criteria:
        yield _criterion(*row)


def with_findings(rubrics, findings, root, lots=()):
    """Put each finding (formats.verdict.Finding) beside the rubric it speaks of; return the rubrics, one more for the rest.

    ``root`` is the notice (lxml) or None, ``lots`` the numbers of the lots in the order of the notice.
    """
    by_key = {(item.key, item.lot): item for item in rubrics}
    order = {key: rank for rank, key in enumerate(TABLE)}
    for finding in findings:
        attribute, lot_id = place(finding, root)
        key = _OF_ATTRIBUTE.get(attribute, OTHER)
        rank = int(lot_id[4:]) - 1 if lot_id[4:].isdigit() else -1
        lot = lots[rank] if 0 <= rank < len(lots) and len(lots) > 1 else ""
        wanted = ("lots", lot) if lot and ("lots", lot) in by_key and key != "acheteur" else (key, "")
        if wanted not in by_key:
            by_key[wanted] = Rubric(key, TABLE[key][0], ("(rien)",), TABLE[key][1])
            rubrics = [*rubrics, by_key[wanted]]
        if all((item.code, item.message) != (finding.code, finding.message) for item in by_key[wanted].findings):
            by_key[wanted].findings.append(finding)
    return sorted(rubrics, key=lambda item: order[item.key])


def page_of(rubric, draft):
    """Return the page that edits a rubric, relative to the consultation; "" when nothing does in its present state."""
    if draft or rubric.page == BUYER:
        return rubric.page
    return RECTIFY if rubric.key in RECTIFIED and not rubric.lot else ""


def kept(rubrics):
    """Return rubrics as they are kept with what was sent: a tuple of ``(key, lot, title, text)``."""
    return tuple((item.key, item.lot, item.title, item.text) for item in rubrics)


def changes(before, after):
    """Return what changed between two ``kept`` tuples: list of dicts ``lot, title, before, after``."""
    old = {(key, lot): (title, text) for key, lot, title, text in before}
    new = {(key, lot): (title, text) for key, lot, title, text in after}
    found = []
    for name in dict.fromkeys((*old, *new)):
        if name[0] in LATER and name not in old:
            continue
        one, other = old.get(name), new.get(name)
        if _bare(one) != _bare(other):
            title = (other or one)[0]
            found.append({"lot": name[1], "title": title, "before": _short(one), "after": _short(other)})
    return found


def _bare(item):
    """Return the words without their spaces: how a figure is spaced changes nothing of what was published."""
    return "".join(item[1].split()) if item else None


def sentence(change):
    """Return ``Date limite : avant … ; maintenant …``."""
    return f"{change['title']} : au lieu de « {change['before']} », lire « {change['after']} »."


def _short(item):
    text = " ".join((item[1] if item else "").split()) or "(rien)"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
