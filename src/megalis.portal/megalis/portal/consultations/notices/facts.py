"""From content to what a notice says of it; the only place where the two meet."""

from dataclasses import replace
from decimal import Decimal
from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations import reached
from megalis.portal.consultations.meeting import IJointPurchase
from megalis.portal.consultations.notices import identity
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices.awarding import completed
from megalis.portal.consultations.notices.awarding import Holder
from megalis.portal.consultations.notices.awarding import Operator
from megalis.portal.consultations.notices.awarding import Outcome
from megalis.portal.consultations.notices.values import BuyerSaid
from megalis.portal.consultations.notices.values import Call
from megalis.portal.consultations.notices.values import LotSaid
from megalis.portal.consultations.restricted import following
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import thresholds
from megalis.portal.formats import countries
from megalis.portal.formats import eforms
from megalis.portal.formats import nuts
from megalis.portal.formats import operators
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.organisations import directory
from megalis.portal.organisations.interfaces import IEtablissement
from zope.component import queryAdapter


CANDIDATURE = "candidature"  # the envelope that is no tender


def call_of(consultation, applied=None):
    """Return the values.Call of a consultation."""
    found = applied or legal.applied(consultation)
    url = consultation.absolute_url()
    return Call(
        uid=api.uuid(consultation),
        reference=consultation.reference or "",
        title=consultation.title or "",
        buyer=buyer_of(consultation),
        description=consultation.description or "",
        procedure=consultation.procedure,
        ground=consultation.ground or thresholds.AMOUNT,
        formal=is_formal(consultation, found),
        nature=consultation.nature or "",
        cpv=consultation.cpv or "",
        cpv_additional=tuple(consultation.cpv_additional or ()),
        places=tuple(consultation.places or ()),
        place_text=consultation.place_text or "",
        departments=tuple(api.departments(consultation)),
        duration=consultation.duration or "",
        months=consultation.months,
        criteria=_criteria(consultation.criteria),
        conditions=consultation.conditions or "",
        variants=consultation.variants or "not-allowed",
        visits=consultation.visits or "",
        samples=consultation.samples or "",
        questions_deadline=consultation.questions_deadline,
        deadline=consultation.deadline,
        opening=consultation.planned_opening,
        framework=consultation.framework or "",
        framework_maximum=consultation.framework_maximum,
        framework_holders=consultation.framework_holders,
        tranches=tuple(consultation.tranches or ()),
        renewals=consultation.renewals,
        urgent=bool(consultation.urgent),
        urgent_reason=consultation.urgent_reason or "",
        least=found.procedure.least_candidates,
        max_lots_bid=consultation.max_lots_bid,
        max_lots_won=consultation.max_lots_won,
        url=url,
        documents_url=f"{url}/@@dce" if api.pieces_count(consultation) else "",
        profile_url=settings.public_url(),
        lots=tuple(map(_lot, api.lots(consultation))),
        jury=tuple(consultation.jury or ()),
        prizes=tuple(consultation.prizes or ()),
        jury_binding=bool(consultation.jury_binding),
        contract_follows=bool(consultation.contract_follows),
        partners=tuple(map(partner_of, _partners(consultation))),
    )


def is_formal(consultation, found=None):
    """True when the notice is one of the European rules: the amount is not below the threshold that calls for them.

    ``found``: the legal.Applied of the consultation, when the caller has it.
    """
    found = found or legal.applied(consultation)
    if consultation.procedure == thresholds.MAPA:
        return any(group == (thresholds.JOUE,) for group in found.demanded)
    return not thresholds.is_below(found.threshold, legal.purchase_of(consultation, found.amount))


def _criteria(rows):
    return tuple(
        (row["name"], None if row.get("weight") is None else Decimal(str(row["weight"]))) for row in rows or ()
    )


def _lot(lot):
    return LotSaid(
        number=lot.number,
        title=lot.title,
        description=lot.description or "",
        nature=lot.nature or "",
        cpv=lot.cpv or "",
        cpv_additional=tuple(lot.cpv_additional or ()),
        places=tuple(lot.places or ()),
        duration=lot.duration or "",
        criteria=_criteria(lot.criteria),
        variants=lot.variants or "",
        tranches=tuple(lot.tranches or ()),
        renewals=lot.renewals,
    )


def _partners(consultation):
    """Return the collectivités that buy by a consultation besides its own; a stage is bought by those of its origin."""
    while api.is_restricted(consultation) and api.origin(consultation) is not None:
        consultation = api.origin(consultation)
    joint = queryAdapter(consultation, IJointPurchase)
    return joint.partners() if joint is not None else ()


def buyer_of(consultation):
    """Return the values.BuyerSaid of a consultation: its collectivité, and whom to write to about it."""
    said = partner_of(api.buyer(consultation))
    return replace(
        said,
        phone=consultation.contact_phone or said.phone,
        email=consultation.contact_email or said.email,
        contact=consultation.contact_name or "",
    )


def partner_of(buyer):
    """Return the values.BuyerSaid of a collectivité, as it tells of itself."""
    return BuyerSaid(
        name=buyer.title or "",
        siret=buyer.siret or "",
        street=buyer.street or "",
        postcode=buyer.postal_code or "",
        city=buyer.city or "",
        nuts=_nuts(buyer.department or buyer.postal_code or ""),
        phone=buyer.phone or "",
        email=buyer.email or "",
        website=str(buyer.website or ""),
        legal_type=identity.legal_type(buyer.legal_category),
        **identity.told(buyer),
    )


def _nuts(department):
    found = nuts.departement_of(department)
    return found.nuts3 if found else ""


def tenders_of(consultation):
    """Return ``{lot: rows}`` of who sent a tender in time, whichever stage took it; a candidature alone is none."""
    found = {}
    for stage in following.stages(consultation):
        for row in api.candidates(stage):
            if row["envelopes"] - {CANDIDATURE}:
                found.setdefault(row["lot"] or "", {})[row["company"]] = row
    return {lot: list(rows.values()) for lot, rows in found.items()}


def outcomes_of(consultation):
    """Return the awarding.Outcome of each decision taken."""
    received, signed = tenders_of(consultation), reached.of(consultation).get(phase.NOTIFIEE)
    found = []
    for number, kept in api.decisions(consultation).items():
        rows = received.get(number, [])
        decided = clock.paris(kept["at"]).date() if kept.get("at") else None
        found.append(
            Outcome(
                number,
                kept["decision"],
                tuple(_size(row["siret"]) for row in rows),
                kept.get("amount"),
                tuple(_holder(holder, rows) for holder in decisions.holders_of(kept) if holder["name"]),
                decided,
                clock.paris(signed).date() if signed else clock.paris(clock.now()).date(),
                tuple(_country(row["siret"]) for row in rows),
            )
        )
    told = [pair for record in store.every(consultation) for pair in getattr(record, "companies", ())]
    return completed(found, told)


def _company(siret):
    return directory.company_of(siret) if siret else None


def _size(siret):
    return getattr(_company(siret), "size", None) or ""


def _country(siret):
    """Return the three letters of the country of a company, "" when its number does not tell: it has none, or is unknown."""
    found = operators.country(siret)
    return found.alpha3 if found is not None else ""


def _holder(holder, rows):
    companies = ((holder["name"], holder["siret"]), *holder["members"])
    return Holder(tuple(_operator(name, siret, rows) for name, siret in companies), holder["amount"])


def _operator(name, siret, rows):
    """Return the awarding.Operator of a company that a decision names; ``siret`` is "" when nobody told it."""
    number = operators.company(siret)
    row = next((row for row in rows if number and operators.company(row["siret"]) == number), None)
    company = _company(siret)
    place = (
        next((item for item in company.objectValues() if IEtablissement.providedBy(item)), None) if company else None
    )
    said = {field: _said(field, place, company) for field in ("street", "postal_code", "city", "phone", "email")}
    country = _country(siret)
    organisation = eforms.Organisation(
        ref="",
        name=name,
        company_ids=(operators.known(siret),) if siret else (),
        street=" ".join(said["street"].split()),
        postcode=said["postal_code"],
        city=said["city"],
        nuts=_nuts(said["postal_code"]) if country == countries.FRANCE.alpha3 else "",
        country=country,
        email=said["email"] or (row["email"] if row else ""),
        phone=said["phone"],
    )
    return Operator(organisation, _size(siret))


def _said(name, *contents):
    return next((str(getattr(item, name)) for item in contents if item is not None and getattr(item, name, "")), "")
