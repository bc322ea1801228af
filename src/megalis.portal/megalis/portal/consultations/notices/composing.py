"""From what a consultation says to its notice in the model of eForms: one composition, whatever prints or sends it."""

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import typed
from megalis.portal.consultations.rules import contests
from megalis.portal.consultations.rules import techniques
from megalis.portal.formats import eforms
from megalis.portal.formats import nuts
from megalis.portal.formats.eforms import phrases
from megalis.portal.formats.eforms.contests import Contest
from megalis.portal.formats.eforms.contests import Prize
from megalis.portal.formats.eforms.writer import UNDERTAKINGS

import re
import uuid


SDK = "1.15"
GENERAL, UTILITIES, OTHER = "32014L0024", "32014L0025", "other"
NATURES = {"travaux": "works", "fournitures": "supplies", "services": "services"}
PROCEDURES = {
    "appel-offres-ouvert": "open",
    "appel-offres-restreint": "restricted",
    "procedure-negociation": "neg-w-call",
    "dialogue-competitif": "comp-dial",
    "partenariat-innovation": "innovation",
    "systeme-acquisition-dynamique": "restricted",
    "sans-publicite": "neg-wo-call",
    "concours": "restricted",
    "procedure-adaptee": "open",
    "concession": "oth-mult",
}
TWO_STEPS = ("restricted", "neg-w-call", "comp-dial", "innovation", "oth-mult")
NEGOTIATED = ("neg-w-call", "comp-dial", "innovation")
# No accelerated form of these; the rules want networks to say so.
UNHURRIED = {"16": ("comp-dial", "innovation", "neg-wo-call"), "17": ("neg-wo-call",)}
SECTORAL = {"4": "5", "7": "8", "10": "11", "16": "17", "23": "24", "25": "26", "38": "39"}
LEAST = {"restricted": 5}  # candidates, where the procedure does not tell (R. 2142-15)
CONTEST, CONCESSION, SOCIAL_GROUND, DIRECT, DYNAMIC = (
    "concours",
    "concession",
    "services-sociaux",
    "sans-publicite",
    "systeme-acquisition-dynamique",
)
FRAMEWORKS = {techniques.ORDERS: "fa-wo-rc", techniques.CALLS: "fa-w-rc", techniques.BOTH: "fa-mix"}
EXECUTION = (
    "Conditions d’exécution, dont celles qui tiennent compte de l’environnement, dans les pièces de la consultation."
)
CHANGED, CANCELLED = "update-add", "cancel"


def notice_id(uid, kind, rank=1):
    """Return the identifier (UUID of version 4) of the notice of a kind of a consultation: the same each time."""
    digest = sha256(f"avis/{uid}/{kind}/{rank}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def procedure_id(uid):
    """Return the identifier of the procedure (BT-04) of a consultation, the same in all its notices."""
    return str(uuid.UUID(hex=uid))


def subtype_of(call):
    """Return the subtype of the call for tenders of a consultation; Refused ``avis.sous-type`` where eForms are not written."""
    if is_concession(call):
        return "19"
    if call.procedure == DIRECT:
        return sectoral("25", call)
    if call.procedure == CONTEST:
        return sectoral("23", call)
    if not call.formal:
        return "E3"
    if call.ground == SOCIAL_GROUND:
        return "21" if call.buyer.utility else "20"
    return sectoral("16", call)


def sectoral(subtype, call):
    """Return a subtype, or that of the same notice for the entities of networks (2014/25/EU) when the buyer is one."""
    return SECTORAL.get(subtype, subtype) if call.buyer.utility else subtype


def is_concession(call):
    """True of a concession beyond the threshold, which has notices of its own."""
    return call.procedure == CONCESSION and call.formal


def is_framework(call):
    """True of an accord-cadre; a concession is none, whatever its draft says."""
    return bool(call.framework) and call.procedure != CONCESSION


def is_short(call):
    """True when the national notice is the short one: a procédure adaptée below the formal threshold."""
    return not call.formal and call.procedure not in (CONTEST, DIRECT)


def notice_of(call, dispatched, version="01", change=None, subtype=None, rank=1):
    """Return the ``eforms.Notice`` of a Call, sent at the aware datetime ``dispatched``.

    ``change``: an ``eforms.Change`` makes it a change notice. What the consultation lacks is left out: the rules of the
    SDK tell it, beside its field. Refused: ``avis.sous-type``.
    """
    subtype = subtype or subtype_of(call)
    social = subtype in ("20", "21")
    formal = subtype != "E3"
    procedure = PROCEDURES.get(call.procedure, "")
    hurried = subtype in UNHURRIED and procedure not in UNHURRIED[subtype]
    return eforms.Notice(
        notice_id=notice_id(call.uid, lifecycle.CALL, rank),
        version=version,
        procedure_id=procedure_id(call.uid),
        subtype=subtype,
        sdk_version=SDK,
        language="FRA",
        legal_basis=(UTILITIES if call.buyer.utility else GENERAL) if formal else OTHER,
        title=call.title,
        description=described(call),
        nature=NATURES.get(call.nature, ""),
        cpv=call.cpv,
        cpv_additional=tuple(call.cpv_additional),
        organisations=(
            _buyer(call.buyer, lead=True if call.partners else None),
            _court(call.buyer.court),
            *_partners(call),
        ),
        buyer_roles=tuple(_role(buyer, ref, call.profile_url, formal) for ref, buyer in _buyers(call)),
        lots=tuple(_lots(call, procedure, formal)),
        dispatched=dispatched,
        local_legal_basis=() if formal else (eforms.Condition("LocalLegalBasis", phrases.LEGAL_E3),),
        internal_id=call.reference,
        framework_maximum=_money(call.framework_maximum) if is_framework(call) else None,
        places=_places(call.places, call.place_text),
        procedure=procedure,
        procedure_description="Procédure adaptée ouverte (article R. 2123-1 du Code de la commande publique)."
        if social
        else "",
        accelerated=call.urgent if hurried else None,
        accelerated_reason=call.urgent_reason if hurried and call.urgent else "",
        lots_max_submitted=call.max_lots_bid or (len(call.lots) if len(call.lots) > 1 else None),
        lots_max_awarded=call.max_lots_won if len(call.lots) > 1 else None,
        exclusion_sources=("epo-procurement-document",),
        change=change,
    )


def contest_of(call):
    """Return the ``contests.Contest`` of a Call; Refused ``concours.prime``."""
    return Contest(
        follow_up=call.contract_follows,
        binding=call.jury_binding,
        jury=tuple(call.jury),
        prizes=tuple(Prize(item.rank, eforms.Money(item.amount), item.text) for item in contests.prizes(call.prizes)),
    )


def change_of(call, previous, reason, told, cancelled=False):
    """Return the ``eforms.Change`` of the notice ``previous`` (identifier and version, ``uuid-01``).

    ``told``: list of ``(lot number or "", sentence)`` that say what changes.
    """
    known = {lot.number: f"LOT-{rank:04d}" for rank, lot in enumerate(call.lots, 1)} or {"": "LOT-0001"}
    sections = {}
    for number, sentence in told:
        sections.setdefault(known.get(number, "PROCEDURE"), []).append(sentence)
    return eforms.Change(
        previous,
        CANCELLED if cancelled else CHANGED,
        reason,
        tuple(eforms.Condition(ref, "\n".join(lines)) for ref, lines in sections.items()),
    )


def described(call):
    """Return the description of the notice: that of the consultation, then what companies must know to answer."""
    parts = [call.description.strip()]
    for name, text in (
        ("Conditions de participation", call.conditions),
        ("Visite du site", call.visits),
        ("Échantillons", call.samples),
    ):
        if text.strip():
            parts.append(f"{name} : {text.strip()}")
    return "\n".join(filter(None, parts)) or call.title


FIRST_PARTNER = 3  # the number of its organisation: the coordinator is 1, the court 2


def _buyers(call):
    """Yield ``(ref, BuyerSaid)`` of all who buy, the coordinator first."""
    yield "ORG-0001", call.buyer
    for rank, buyer in enumerate(call.partners, FIRST_PARTNER):
        yield f"ORG-{rank:04d}", buyer


def _partners(call):
    return tuple(_buyer(buyer, ref, lead=False) for ref, buyer in _buyers(call) if buyer is not call.buyer)


def _role(buyer, ref, profile, formal):
    return eforms.Buyer(
        ref=ref,
        legal_type=buyer.legal_type,
        activity=buyer.activity,
        entity_activity=buyer.utility if formal or buyer.legal_type in UNDERTAKINGS else "",
        profile_url=profile,
    )


def _buyer(buyer, ref="ORG-0001", lead=None):
    return eforms.Organisation(
        ref=ref,
        name=buyer.name,
        company_ids=(buyer.siret,) if buyer.siret else (),
        street=_line(buyer.street),
        postcode=buyer.postcode,
        city=buyer.city,
        nuts=buyer.nuts,
        country="FRA",
        contact=buyer.contact,
        email=buyer.email,
        phone=typed.phone(buyer.phone),
        website=buyer.website,
        group_lead=lead,
    )


def _court(court):
    return eforms.Organisation(
        ref="ORG-0002",
        name=court.name,
        company_ids=(re.sub(r"[^A-Z]+", "-", court.name.upper())[:40].strip("-") or "TRIBUNAL",),
        street=_line(court.street),
        postcode=court.postcode,
        city=court.city,
        nuts=court.nuts,
        country="FRA",
        email=court.email,
        phone=typed.phone(court.phone),
    )


def _line(text):
    return ", ".join(part.strip() for part in (text or "").splitlines() if part.strip())


def _money(amount):
    return eforms.Money(Decimal(amount)) if amount is not None else None


def _places(codes, text=""):
    found = []
    for code in codes:
        level = code if len(code) == 5 else ""
        inside = [item.nuts3 for item in nuts.departements() if item.nuts3.startswith(code)] if not level else [code]
        found += [eforms.Place(nuts=item, country="FRA") for item in inside]
    if text and len(found) == 1:
        found = [replace(found[0], description=_line(text))]
    return tuple(dict.fromkeys(found))


def _criteria(rows):
    ranked = all(weight is None for _name, weight in rows)
    return tuple(
        eforms.Criterion(
            _criterion_type(name),
            name,
            name,
            (eforms.Parameter("weight", "ord-imp" if ranked else "per-exa", Decimal(rank) if ranked else weight),)
            if ranked or weight is not None
            else (),
        )
        for rank, (name, weight) in enumerate(rows, 1)
    )


def _criterion_type(name):
    words = name.casefold()
    if "prix" in words or "tarif" in words or "montant" in words:
        return "price"
    return "cost" if "coût" in words else "quality"


def _lots(call, procedure, formal):
    if not call.lots:
        yield _lot(call, None, 1, procedure, formal)
    for rank, lot in enumerate(call.lots, 1):
        yield _lot(call, lot, rank, procedure, formal)


def _lot(call, lot, rank, procedure, formal):
    own = lot or call
    two = procedure in TWO_STEPS
    criteria = _criteria(own.criteria or call.criteria)
    duration = typed.duration_of(
        own.duration or call.duration, call.months if lot is None or not lot.duration else None
    )
    renewals = typed.renewals_of(
        own.duration or call.duration, own.renewals if own.renewals is not None else call.renewals
    )
    framework = FRAMEWORKS.get(call.framework, "none") if call.procedure != CONCESSION else "none"
    dynamic = call.procedure == DYNAMIC
    negotiated = procedure in NEGOTIATED
    nature = NATURES.get(own.nature or call.nature, "")
    return eforms.Lot(
        id=f"LOT-{rank:04d}",
        number=lot.number if lot else "1",
        title=own.title,
        description=(lot.description.strip() if lot else call.description.strip()) or own.title,
        nature=nature,
        cpv=own.cpv or call.cpv,
        cpv_additional=tuple(own.cpv_additional),
        internal_id=f"{call.reference}-{lot.number}" if lot else call.reference,
        framework_maximum=_money(call.framework_maximum) if framework != "none" and not call.lots else None,
        places=_places(own.places or call.places, "" if lot else call.place_text),
        duration=duration,
        options=" ; ".join(own.tranches or call.tranches),
        renewals_max=renewals,
        renewals=f"Le contrat peut être reconduit {renewals} fois." if renewals else "",
        criteria=criteria,
        deadline=None if two else call.deadline,
        participation_deadline=call.deadline if two else None,
        question_deadline=call.questions_deadline,
        submission_url=call.url,
        electronic_submission="required",
        documents=(eforms.Document(call.documents_url, id=f"DCE-{call.reference}", languages=("FRA",)),)
        if call.documents_url
        else (),
        languages=("FRA",),
        variants=(lot.variants if lot else "") or call.variants,
        framework=framework,
        framework_operators=call.framework_holders if framework != "none" else None,
        dps="dps-list" if dynamic else "none",
        auction=False,
        # the agreement covers concessions of works, not those of services
        gpa=not (is_concession(call) and nature == "services") if formal else None,
        reduction=False if negotiated else None,
        candidates_limited=False if two else None,
        candidates_min=(1 if dynamic else call.least or LEAST.get(procedure, 3)) if two else None,
        reserved=("none",),
        reserved_execution="no",
        selection_sources=("epo-procurement-document",),
        guarantee_required=False if formal else None,
        payment_terms=call.buyer.payment or phrases.PAYMENT,
        legal_form_required=False if formal else None,
        conditions=(eforms.Condition("performance", EXECUTION),),
        e_invoicing="required",
        e_catalogue="not-allowed",
        e_signature=False,
        e_ordering=True if formal else None,
        e_payment=True if formal else None,
        staff_names="not-requ" if call.buyer.utility and formal else "",
        eu_funded="no-eu-funds",
        recurring=False,
        validity=None if two else eforms.Duration(4, "MONTH"),
        no_negotiation=False if procedure == "neg-w-call" and not call.buyer.utility else None,
        review_deadline=phrases.REVIEW,
        review_ref="ORG-0002",
        review_info_ref="ORG-0002",
        information_ref="ORG-0001",
        recipient_ref="ORG-0001",
    )
