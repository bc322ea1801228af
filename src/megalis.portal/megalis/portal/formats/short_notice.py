"""The short notice of a procédure adaptée, drawn from the model of eForms: what the national notice and newspapers print.

Nothing is typed twice: what stands here comes from the notice of the consultation. A moment is an aware datetime, a
percentage or a number of points a Decimal, a code CPV eight digits.
"""

from dataclasses import dataclass
from datetime import date
from datetime import datetime
from decimal import Decimal
from megalis.portal.formats.eforms import codes
from megalis.portal.formats.refusal import Refused

import re


KINDS = ("initial", "rectificatif", "annulation")
UNITS = ("jours", "semaines", "mois", "ans")
_CANCEL = "cancel"
_POSTCODE = re.compile(r"(97[1-8]|98[4-8]|20|[0-9]{2})[0-9]{2,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Contact:
    """An organisation as printed: the buyer, or the court that hears appeals."""

    name: str
    siret: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    service: str = ""
    email: str = ""
    phone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ShortCriterion:
    """A criterion and its weight, None when the consultation file tells it."""

    name: str
    weight: Decimal | None = None
    percent: bool = True


@dataclass(frozen=True, slots=True)
class ShortLot:
    """A lot as printed."""

    number: str
    title: str
    description: str = ""
    cpv: str = ""


@dataclass(frozen=True, slots=True)
class ShortNotice:
    """The notice: ``kind`` initial, rectificatif (``changes`` says what) or annulation; ``previous`` is what it follows."""

    id: str
    version: str
    kind: str
    reference: str
    buyer: Contact
    title: str
    description: str
    nature: str
    procedure: str
    departments: tuple[str, ...]
    cpv: str = ""
    place: str = ""
    lots: tuple[ShortLot, ...] = ()
    framework: bool = False
    duration: int | None = None
    duration_unit: str = "mois"
    start: date | None = None
    criteria: tuple[ShortCriterion, ...] = ()
    variants: bool | None = None
    reserved: bool = False
    deadline: datetime | None = None
    question_deadline: datetime | None = None
    documents_url: str = ""
    submission_url: str = ""
    review: Contact | None = None
    previous: str = ""
    changes: str = ""
    sent: datetime | None = None


def short_of(notice, departments=()):
    """Return the ``ShortNotice`` of an eForms ``Notice``; ``departments`` defaults to that of the buyer.

    Raise ``Refused`` (``avis.…``) for what a reader of the notice could not do without: a buyer, a title, a department,
    an address of the documents and a deadline, unless the consultation is given up.
    """
    buyer = next(iter(notice.buyers), None)
    if buyer is None:
        raise Refused("avis.acheteur", "L’avis n’a pas d’acheteur : renseignez-le.", notice.notice_id)
    if not notice.title.strip():
        raise Refused("avis.titre", "L’avis n’a pas de titre : donnez l’objet en quelques mots.", notice.notice_id)
    kind = _kind(notice)
    first = notice.lots[0] if notice.lots else None
    cancelled = kind == "annulation"
    documents = first.documents_url if first else ""
    if not cancelled and not documents:
        message = "L’avis ne dit pas où trouver le dossier : publiez le DCE, son adresse vient de là."
        raise Refused("avis.dossier", message, notice.notice_id)
    if not cancelled and notice.deadline is None:
        raise Refused("avis.echeance", "L’avis n’a pas de date limite : fixez-la.", notice.notice_id)
    change = notice.change
    told = [change.text, *(item.text for item in change.sections)] if change else []
    return ShortNotice(
        id=notice.notice_id,
        version=notice.version,
        kind=kind,
        reference=notice.internal_id,
        buyer=_contact(buyer, next((role.profile_url for role in notice.buyer_roles if role.ref == buyer.ref), "")),
        title=_line(notice.title),
        description=_lines(notice.description),
        nature=codes.nature(notice.nature),
        procedure=codes.PROCEDURES[notice.procedure_fr],
        departments=_departments(departments, buyer),
        cpv=notice.cpv,
        place=_place(notice),
        lots=tuple(
            ShortLot(lot.number, _line(lot.title), _lines(lot.description), lot.cpv)
            for lot in (notice.lots if len(notice.lots) > 1 else ())
        ),
        framework=any(lot.is_framework for lot in notice.lots),
        **(_first(first) if first else {}),
        deadline=notice.deadline,
        documents_url=documents,
        review=_contact(notice.review) if notice.review else None,
        previous=change.notice if change else "",
        changes="\n".join(dict.fromkeys(filter(None, map(_lines, told)))),
        sent=notice.dispatched,
    )


def _kind(notice):
    if notice.change is None:
        return "initial"
    return "annulation" if notice.change.reason == _CANCEL else "rectificatif"


def _first(lot):
    """Return what the short notice says once for all lots, as the first one has it."""
    criteria = tuple(
        ShortCriterion(
            _line(item.name) or codes.CRITERION_TYPES.get(item.type, item.type),
            item.weight,
            any(parameter.code in codes.PERCENTAGES for parameter in item.parameters) or item.weight is None,
        )
        for item in lot.criteria
    )
    return {
        "duration": lot.duration.number if lot.duration else None,
        "duration_unit": codes.DURATION_UNITS[lot.duration.unit] if lot.duration else "mois",
        "start": lot.start,
        "criteria": criteria,
        "variants": {"allowed": True, "required": True, "not-allowed": False}.get(lot.variants),
        "reserved": lot.is_reserved,
        "question_deadline": lot.question_deadline,
        "submission_url": lot.submission_url,
    }


def _contact(item, url=""):
    return Contact(
        _line(item.name), item.siret, _line(item.street), item.postcode, _line(item.city), _line(item.contact), item.email,
        item.phone, url or item.website,
    )  # fmt: skip


def _place(notice):
    places = notice.places or tuple(place for lot in notice.lots for place in lot.places)
    names = [
        " ".join(filter(None, (place.postcode, _line(place.city)))) or _line(place.description) for place in places
    ]
    return ", ".join(dict.fromkeys(filter(None, names)))


def _departments(given, buyer):
    """Return the departments to publish in, the two digits (or three overseas, 2A and 2B) people know them by."""
    found = tuple(dict.fromkeys(given)) or tuple(filter(None, [department(buyer.postcode)]))
    if not found:
        message = f"« {buyer.postcode[:20]} » ne dit pas le département de publication : choisissez-le."
        raise Refused("avis.departement", message, buyer.postcode)
    for code in found:
        if not re.fullmatch(r"0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-8]|98[4-8]", code, re.ASCII):
            raise Refused("avis.departement", f"« {code[:20]} » n’est pas un département (35, 2A, 974).", code)
    return found


def department(postcode):
    """Return the department of a French postcode, or ''."""
    found = _POSTCODE.fullmatch(postcode.strip())
    if not found or len(postcode.strip()) != 5:
        return ""
    if found[1] == "20":
        # Corsica: 200 and 201 are in the south.
        return "2A" if postcode.strip()[:3] in ("200", "201") else "2B"
    return "" if found[1] in ("00", "96", "99") else found[1]


def _line(text):
    return " ".join(text.split())


def _lines(text):
    return "\n".join(filter(None, map(_line, text.splitlines())))
