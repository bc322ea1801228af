"""From an eForms notice to the values of a draft consultation: what is taken, what is only told.

A notice of one lot is a contract that is not divided. Award criteria that all lots share stand on the consultation.
Texts beyond the size of our fields are cut, and said to be.
"""

from dataclasses import dataclass
from dataclasses import field
from megalis.portal.formats import nuts
from megalis.portal.formats import siren
from megalis.portal.formats.eforms import codes
from megalis.portal.formats.refusal import Refused


TITLE = 400
TEXT = 10_000
REFERENCE = 60
LOTS = 200


@dataclass(frozen=True)
class Remark:
    """Something of the notice that was changed or left out: stable ``code`` and French ``message``."""

    code: str
    message: str


@dataclass
class Draft:
    """The values of IConsultation (``fields``, with ``reference`` and ``title``) and of its lots (dicts of ILot)."""

    fields: dict
    lots: list
    remarks: list = field(default_factory=list)
    buyer_siret: str = ""
    buyer_siren: str = ""
    buyer_name: str = ""


def draft_of(notice):
    """Return the Draft of a ``formats.eforms.Notice``; Refused ``avis.lots`` beyond 200 lots."""
    if len(notice.lots) > LOTS:
        raise Refused("avis.lots", f"L’avis a {len(notice.lots)} lots : une consultation en a {LOTS} au plus.")
    remarks = [Remark(issue.code, issue.message_fr) for issue in notice.remarks]
    buyer = notice.buyers[0] if notice.buyers else None
    first = notice.lots[0]
    fields = {
        "reference": _reference(notice),
        "title": _cut(notice.title or first.title, TITLE, "objet", remarks),
        "description": _cut(notice.description or first.description, TEXT, "description", remarks),
        "procedure": notice.procedure_fr,
        "nature": codes.nature(notice.nature) or None,
        "cpv": notice.cpv or first.cpv or None,
        "cpv_additional": tuple(notice.cpv_additional)[:40],
        "places": _places(notice),
        "place_text": _place_text(notice)[:300],
        "duration": _duration(first)[:300],
        "estimated_value": _euros(notice.value, remarks, "le marché"),
        "urgent": bool(notice.accelerated),
        "urgent_reason": (notice.accelerated_reason or "")[:2000],
        "conditions": _cut(_conditions(notice), TEXT, "conditions", remarks),
        "variants": first.variants if first.variants in codes.PERMISSIONS else "not-allowed",
        "questions_deadline": _first(lot.question_deadline for lot in notice.lots),
        "deadline": notice.deadline,
        "planned_opening": _first(lot.opening for lot in notice.lots),
        "external_id": f"eforms:{notice.notice_id}-{notice.version}"[:120],
        **_contact(buyer),
    }
    criteria = [_criteria(lot) for lot in notice.lots]
    divided = len(notice.lots) > 1
    shared = all(group == criteria[0] for group in criteria)
    fields["criteria"] = criteria[0] if shared or not divided else ()
    lots = [_lot(lot, () if shared else group, remarks) for lot, group in zip(notice.lots, criteria, strict=True)]
    if notice.deadline is None:
        remarks.append(Remark("avis.sans-date", "L’avis ne porte pas de date limite : fixez-la."))
    deadlines = {moment for lot in notice.lots for moment in [lot.deadline] if moment}
    if len(deadlines) > 1:
        remarks.append(Remark("avis.dates", "Les dates limites des lots diffèrent : la première vaut pour tous."))
    if fields["nature"] is None:
        remarks.append(Remark("avis.nature", "La nature du marché n’est pas dite : choisissez-la."))
    return Draft(
        fields,
        lots if divided else [],
        remarks,
        buyer.siret if buyer else "",
        buyer.siren if buyer else "",
        buyer.name if buyer else "",
    )


def buyer_remarks(draft, buyer_siret, buyer_title):
    """Return the remarks on the buyer the notice names, when the draft is made for the buyer of ``buyer_siret``."""
    if not draft.buyer_siren:
        name = draft.buyer_name or "un acheteur sans nom"
        message = f"L’avis nomme « {name} » sans SIRET : il est pris pour {buyer_title}."
        return [Remark("avis.acheteur-sans-siret", message)]
    if draft.buyer_siren != siren.siren_of(buyer_siret):
        return [
            Remark(
                "avis.acheteur-autre",
                f"L’avis est de « {draft.buyer_name} » ({siren.format_siren(draft.buyer_siren)}), pas de "
                f"{buyer_title} : vérifiez que vous en avez la charge.",
            )
        ]
    return []


def _reference(notice):
    text = " ".join((notice.internal_id or "").split())
    if not any(char.isalnum() for char in text):
        text = f"avis {notice.notice_id[:8]}"
    return text[:REFERENCE]


def _cut(text, limit, what, remarks):
    text = (text or "").strip()
    if len(text) <= limit:
        return text
    remarks.append(Remark(f"avis.{what}-long", f"Le texte « {what} » fait {len(text)} signes : coupé à {limit}."))
    return text[: limit - 1] + "…"


def _first(moments):
    return min((moment for moment in moments if moment), default=None)


def _nuts(places):
    found = []
    for place in places:
        try:
            code = nuts.normalize(place.nuts)
        except Refused:
            continue
        if code not in found:
            found.append(code)
    return found


def _places(notice):
    found = _nuts(notice.places)
    for lot in notice.lots:
        found += [code for code in _nuts(lot.places) if code not in found]
    return tuple(found[:40])


def _place_text(notice):
    for place in (*notice.places, *(place for lot in notice.lots for place in lot.places)):
        text = " ".join(part for part in (place.street, place.postcode, place.city) if part).strip()
        if text:
            return " ".join(text.split())
    return ""


def _duration(lot):
    if lot.duration is None:
        return ""
    unit = codes.DURATION_UNITS.get(lot.duration.unit, "mois")
    if lot.duration.number == 1:
        unit = {"jours": "jour", "semaines": "semaine", "ans": "an"}.get(unit, unit)
    return f"{lot.duration.number} {unit}"


def _euros(money, remarks, what):
    if money is None:
        return None
    if money.currency != "EUR":
        message = f"La valeur de {what} est en {money.currency} ({money.amount}) : elle n’est pas reprise."
        remarks.append(Remark("avis.devise", message))
        return None
    return int(money.amount)


def _contact(buyer):
    if buyer is None:
        return {}
    return {
        "contact_name": (buyer.contact or buyer.name)[:200],
        "contact_email": buyer.email[:200],
        "contact_phone": buyer.phone[:40],
    }


def _conditions(notice):
    parts = []
    for lot in notice.lots:
        texts = [item.text for item in (*lot.selection, *lot.conditions) if item.text]
        texts += [text for text in (lot.guarantee, lot.payment_terms, lot.legal_form) if text]
        if lot.is_reserved:
            texts += [codes.RESERVED[code] for code in lot.reserved if code != "none" and code in codes.RESERVED]
        parts += [text for text in texts if text not in parts]
    return "\n\n".join(parts)


def _criteria(lot):
    found = []
    for item in lot.criteria[:30]:
        name = " ".join((item.name or item.description or "").split())
        name = name or codes.CRITERION_TYPES.get(item.type, "Critère")
        found.append({"name": name[:200], "weight": item.weight})
    return tuple(found)


def _lot(lot, criteria, remarks):
    return {
        "number": lot.number,
        "title": _cut(lot.title or f"Lot {lot.number}", TITLE, "lot", remarks),
        "description": _cut(lot.description, TEXT, "lot-description", remarks),
        "nature": codes.nature(lot.nature) or None,
        "cpv": lot.cpv or None,
        "cpv_additional": tuple(lot.cpv_additional)[:40],
        "places": tuple(_nuts(lot.places)[:40]),
        "estimated_value": _euros(lot.value, remarks, f"le lot {lot.number}"),
        "duration": _duration(lot)[:300],
        "criteria": criteria,
    }
