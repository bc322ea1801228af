"""From consultations and their contracts to the processes of OCDS: dated facts, so that a release told is never told otherwise."""

from Acquisition import aq_base
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from megalis.portal.consultations import api
from megalis.portal.consultations import reached
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.search import source
from megalis.portal.formats import operators
from megalis.portal.formats import siren
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.ocds import model
from megalis.portal.kernel import clock
from megalis.portal.marches import store
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import amount_name
from megalis.portal.marches.rules import holders_of
from megalis.portal.marches.rules import notified_name
from megalis.portal.organisations import directory
from megalis.portal.organisations import vocabularies
from plone import api as plone_api


TOLD = (phase.NOTIFIEE, phase.ARCHIVEE)
DECIDED = (phase.DECIDEE, *TOLD)
STATUSES = {decisions.INFRUCTUEUX: "unsuccessful", decisions.SANS_SUITE: "cancelled"}
TOGETHER = 50  # consultations after which what was read is let go


def rows(site, slug="", year=None):
    """Return the search rows of the published consultations of a buyer (of all) and a year (of all), oldest first."""
    picture = source.snapshot(site)
    found = (picture.rows[place] for _published, _uid, place in picture.by_birth)
    return [
        row
        for row in found
        if (not slug or row.buyer_slug == slug) and (year is None or clock.paris(row.published).year == year)
    ]


def processes(site, found):
    """Yield the Process of each row, with the memory of a few consultations."""
    for rank, row in enumerate(found, 1):
        consultation = site.unrestrictedTraverse(row.path, None)
        if consultation is not None:
            yield process_of(consultation)
        if rank % TOGETHER == 0 and site._p_jar is not None:
            site._p_jar.cacheGC()


def process_of(consultation):
    """Return the Process of a published consultation."""
    history = api.history(consultation)
    lots = api.lots(consultation)
    instants = reached.of(consultation)
    contracts = _contracts(consultation)
    return model.Process(
        uuid=api.uuid(consultation),
        reference=consultation.reference,
        title=consultation.title,
        description=consultation.description or "",
        buyer=_buyer(api.buyer(consultation)),
        published=consultation.published_at,
        procedure=consultation.procedure,
        procedure_name=PROCEDURES.get(consultation.procedure, ""),
        nature=consultation.nature or "services",
        cpv=_cpv(consultation.cpv),
        deadline=history[0]["deadline"] if history else consultation.deadline,
        question_deadline=consultation.questions_deadline,
        lots=tuple(model.Lot(lot.number, lot.title, lot.description or "", _cpv(lot.cpv)) for lot in lots),
        documents=_documents(consultation),
        changes=tuple(_change(entry, before) for before, entry in pairwise(history)),
        cancellation=_cancellation(consultation, instants),
        awards=_awards(consultation, lots, instants, contracts),
        contracts=tuple(
            _contract(record, award, decided) for record, award, decided in _tied(contracts, consultation, instants)
        ),
    )


def _cpv(code):
    return (code or "").partition("-")[0]


def _buyer(buyer):
    value = lambda name: getattr(aq_base(buyer), name, None) or ""  # noqa: E731
    return model.Organisation(
        id=value("siret"),
        name=buyer.title,
        street=" ".join(value("street").split()),
        postcode=value("postal_code"),
        city=value("city"),
        email=value("email"),
        phone=value("phone"),
        url=value("website") if value("website").startswith("http") else "",
    )


def _documents(consultation):
    url = consultation.absolute_url()
    at = consultation.published_at
    return (
        model.Document("avis", "tenderNotice", "Avis de consultation", url, at, "text/html"),
        model.Document("dce", "biddingDocuments", "Dossier de consultation", f"{url}/@@dce.zip", at, "application/zip"),
    )


def _change(entry, before):
    told = ", ".join(item["label"] for item in entry["changes"])
    return model.Change(
        id=str(entry["version"]),
        at=entry["at"],
        description=f"Version {entry['version']}{f' : {told}' if told else ''}",
        rationale=entry["reason"],
        deadline=entry["deadline"] if entry["deadline"] != before["deadline"] else None,
    )


def _cancellation(consultation, instants):
    at = instants.get(phase.ANNULEE)
    return model.Cancellation(at, consultation.cancelled_reason or "Sans motif") if at else None


def _contracts(consultation):
    """Return the records of its contracts that stand published."""
    found = store.of_origin(plone_api.portal.get(), api.uuid(consultation))
    return [record for record in found if record.published]


def _awards(consultation, lots, instants, contracts):
    state = api.state(consultation)
    if state not in DECIDED:
        return ()
    numbers = [lot.number for lot in lots]
    found = []
    for number, kept in sorted(api.decisions(consultation).items()):
        about = (number,) if number in numbers else ()
        if kept["decision"] in STATUSES:
            at = max(instants.get(phase.DECIDEE, kept["at"]), consultation.published_at)
            status, reason = STATUSES[kept["decision"]], kept.get("reason", "")
            found.append(model.Award(_award_id(number), at, about, (), None, consultation.title, status, reason))
        elif kept["decision"] == decisions.ATTRIBUE and state in TOLD:
            at = _notified(consultation, instants)
            for place, held in enumerate(_held(kept, [record for record in contracts if record.lot == number])):
                if held.suppliers:
                    award = _award_id(number, place)
                    found.append(model.Award(award, at, about, held.suppliers, held.value, consultation.title))
    return tuple(found)


def _award_id(number, place=0):
    """Return the id of the award of a lot to the holder at ``place``, from 0: those of an accord-cadre have each their own."""
    return "-".join(filter(None, ("attribution", number, str(place + 1) if place else "")))


def _notified(consultation, instants):
    return max(instants.get(phase.NOTIFIEE, consultation.published_at), consultation.published_at)


@dataclass(frozen=True)
class _Held:
    """What a holder of a lot has: its ``suppliers``, itself and those of its group; ``value`` or None; its contracts."""

    suppliers: tuple
    value: Decimal | None
    records: tuple


def _held(kept, records):
    """Return the _Held of each holder of a lot, in their order; a contract is that of the holder whose number it bears."""
    holders = decisions.holders_of(kept)
    groups = [((item["name"], item["siret"]), *item["members"]) for item in holders]
    known = [{operators.company(number) for _name, number in group if number} for group in groups]
    own = [[] for _group in groups]
    for record in records:
        numbers = {operators.company(item["id"]) for item in _first_holders(record)}
        own[next((place for place, mine in enumerate(known) if numbers & mine), 0)].append(record)
    return [
        _Held(_suppliers(group, mine), None if item["amount"] is None else Decimal(str(item["amount"])), tuple(mine))
        for item, group, mine in zip(holders, groups, own, strict=True)
    ]


def _first_holders(record):
    return holders_of(record.kind, record.versions[0].raw)


def _suppliers(group, records):
    """Return a holder and those of its group, as far as a number names them: that of the contracts, else of the decision."""
    told = {operators.known(number): name for name, number in group if number}
    if not records:
        found = told
    else:
        numbers = dict.fromkeys(operators.known(item["id"]) for record in records for item in _first_holders(record))
        left = [number for number in numbers if number not in told]
        told |= dict(zip(left, records[0].unnumbered, strict=False))
        found = {number: told.get(number, "") for number in numbers}
    named = (pair for pair in found.items() if operators.is_foreign(pair[0]) or siren.is_siret(pair[0]))
    return tuple(_supplier(number, name) for number, name in named)


def _supplier(number, name):
    where, kind = operators.country(number), operators.kind_of(number)
    return model.Organisation(
        number,
        name or name_of(number),
        "FR-SIRET" if kind == "SIRET" else f"{where.code}-{'VAT' if kind == 'TVA' else 'REG'}",
        country=dict(vocabularies.countries())[where.code],
    )


def name_of(number):
    """Return the name of a company the platform knows, else its number in words."""
    company = directory.company_of(number)
    return company.title if company is not None else operators.worded(number)


def _tied(records, consultation, instants):
    """Yield ``(record, award id, instant of the award)`` of the contracts whose award is told."""
    if api.state(consultation) not in TOLD:
        return
    kept = api.decisions(consultation)
    for record in sorted(records, key=lambda item: (item.versions[0].at, item.key)):
        same = [item for item in records if item.lot == record.lot]
        for place, held in enumerate(_held(kept.get(record.lot, {}), same)):
            if record in held.records:
                yield record, _award_id(record.lot, place), _notified(consultation, instants)


def _contract(record, award, decided):
    first = record.versions[0]
    raw = first.raw
    at = max(first.at, decided)
    return model.Contract(
        id=record.key,
        award=award,
        at=at,
        signed=date.fromisoformat(raw[notified_name(record.kind)]),
        title=raw["objet"],
        value=_money(raw[amount_name(record.kind)]),
        amendments=tuple(_amendments(record, at)),
    )


def _money(value):
    return round(Decimal(str(value)), 2)


def _amendments(record, at):
    """Yield each modification as first published."""
    known = set()
    for version in record.versions:
        for change in amending.listed(record.kind, version.raw, amending.MODIFICATION):
            if change["id"] in known:
                continue
            known.add(change["id"])
            value = change.get(amount_name(record.kind))
            yield model.Amendment(
                id=str(change["id"]),
                at=max(version.at, at),
                description=f"Modification n° {change['id']}",
                rationale=version.reason,
                value=_money(value) if value is not None else None,
            )
