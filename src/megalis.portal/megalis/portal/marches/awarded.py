"""From an award to the contracts to complete: one record a lot and a group of holders, made once, when the lot is notified."""

from Acquisition import aq_base
from dataclasses import replace
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations.meeting import IJointPurchase
from megalis.portal.consultations.restricted.following import stages
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import suites
from megalis.portal.formats import operators
from megalis.portal.kernel import clock
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.origins import home
from megalis.portal.marches.origins import root
from megalis.portal.marches.rules import holders_of
from megalis.portal.marches.rules import notified_name
from megalis.portal.marches.rules import prefill
from plone import api as plone_api
from plone.uuid.interfaces import IUUID
from zope.component import queryAdapter


OFFERS = frozenset(suites.OFFERS)


def when_notified(event):
    """Prepare the contracts of every lot awarded (IConsultationNotified)."""
    consultation = event.object
    if _untold(consultation):
        return
    for number, kept in gathering.in_order(consultation, api.decisions(consultation)):
        groups = [
            ((item["siret"], *(siret for _name, siret in item["members"])), item["amount"])
            for item in decisions.holders_of(kept)
        ]
        if groups:
            names = unnumbered(((item["name"], item["siret"]), *item["members"]) for item in decisions.holders_of(kept))
            prepare(consultation, number, groups, event.instant, names)


def when_lot_notified(event):
    """Prepare the contracts of one lot (ILotNotified): one a holder, alone or with the members of its group."""
    if _untold(event.object):
        return
    alone = len(event.holders) == 1
    groups = [
        (
            (item.siret, *(siret for _name, siret in item.members)),
            event.amount if item.amount is None and alone else item.amount,
        )
        for item in event.holders
    ]
    names = unnumbered(((item.name, item.siret), *item.members) for item in event.holders)
    prepare(event.object, event.lot, groups, event.date, names)
    settle(event.object, event.lot, event.holders, event.date)


def _untold(consultation):
    """Tell whether no contract comes of it: a room of trials, or the choice of who may bid."""
    return bool(getattr(aq_base(api.buyer(consultation)), "simulation", False)) or (
        api.is_restricted(consultation) and consultation.relation == suites.COMPLEMENT
    )


def prepare(consultation, number, groups, notified, names=None):
    """Make the records of a lot that are not there yet; return the new ones.

    ``groups``: list of ``(SIRET of the holders, amount or None)``, one a contract; ``names``: what ``unnumbered`` returns.
    """
    origin = f"{api.uuid(home(consultation))}/{number}"
    known = store.of_origin(plone_api.portal.get(), origin)
    return [
        record
        for buyer, owed in _by_buyer(consultation, number, groups)
        for record in _of_buyer(
            consultation,
            number,
            owed,
            notified,
            buyer,
            [item for item in known if item.buyer == IUUID(buyer)],
            names or {},
        )
    ]


def _by_buyer(consultation, number, groups):
    """Return ``[(buyer, groups)]``: the consultation's own, or each who buys by it with its part of the amounts."""
    joint = queryAdapter(home(consultation), IJointPurchase)
    found = {}
    for holders, amount in groups:
        parts = joint.purchasers(number, amount) if joint is not None else []
        for buyer, part in parts or [(api.buyer(consultation), amount)]:
            found.setdefault(IUUID(buyer), (buyer, []))[1].append((holders, part))
    return list(found.values())


def _of_buyer(consultation, number, groups, notified, buyer, known, names):
    origin = f"{api.uuid(home(consultation))}/{number}"
    bidders = {tuple(sorted(item["id"] for item in holders_of(record.kind, record.raw))) for record in known}
    made = []
    for holders, amount in groups:
        award = award_of(consultation, number, holders, amount, notified, buyer)
        award = replace(award, form=_form(consultation, number, holders))
        kind, raw = prefill.raw_of(award, len(known) + len(made) if len(groups) > 1 else 0)
        signature = tuple(sorted(item["id"] for item in holders_of(kind, raw)))
        if signature in bidders or (not signature and known):
            continue
        bidders.add(signature)
        record = recording.add(buyer, kind, raw, origin)
        record.unnumbered = names.get(tuple(holders), ())
        record.expected = len(holders) if record.unnumbered else 0
        made.append(record)
    return made


def _form(consultation, number, holders):
    """Return the form of the group that holds a lot by these numbers, "" when nothing told it."""
    kept = decisions.holders_of(api.decisions(consultation).get(number, {}))
    same = (
        item["form"] for item in kept if (item["siret"], *(siret for _n, siret in item["members"])) == tuple(holders)
    )
    return next(same, "")


def unnumbered(groups):
    """Return ``{numbers of a group: names of those in it that have none}``; ``groups``: (name, number or "") each."""
    return {
        tuple(number for _name, number in group): tuple(name for name, number in group if name and not number)
        for group in groups
    }


def settle(consultation, number, holders, date):
    """Give the drafts of a lot the day of their own notification: the letter was read, or counts as read, after it left."""
    days = {
        operators.known(item.siret): clock.paris(item.date or date).date().isoformat() for item in holders if item.siret
    }
    for record in store.of_origin(plone_api.portal.get(), f"{api.uuid(home(consultation))}/{number}"):
        found = [days[item["id"]] for item in holders_of(record.kind, record.raw) if item.get("id") in days]
        if found and not record.versions:
            recording.save(record, {**record.raw, notified_name(record.kind): found[0]})


def award_of(consultation, number, holders, amount, notified, buyer):
    """Return the Award of a lot ("" for an undivided contract) to a buyer."""
    first = root(consultation)
    lot = next((item for item in api.lots(consultation) if item.number == number), None)
    subsequent = api.is_restricted(consultation) and consultation.relation == suites.SUBSEQUENT
    return prefill.Award(
        reference=consultation.reference,
        lot=number,
        title=consultation.title,
        lot_title=lot.title if lot is not None else "",
        buyer=getattr(buyer, "siret", "") or "",
        procedure=first.procedure,
        cpv=(lot.cpv if lot is not None else "") or consultation.cpv or "",
        places=tuple((lot.places if lot is not None else ()) or consultation.places or ()),
        department=getattr(aq_base(buyer), "department", None) or "",
        duration=(lot.duration if lot is not None else "") or consultation.duration or "",
        months=consultation.months,
        framework="" if subsequent else consultation.framework or "",
        under=_framework_id(api.origin(consultation), number, holders, buyer) if subsequent else "",
        tranches=bool((lot.tranches if lot is not None else ()) or consultation.tranches),
        bids=bids(consultation, number),
        holders=tuple(holders),
        amount=amount,
        notified=clock.paris(notified).date() if notified is not None else None,
    )


def bids(consultation, number):
    """Return how many companies bid for a lot in time, on paper too, in whichever stage of the procedure took the offers."""
    found = {
        row["company"] or row["siret"] or row["name"].casefold()
        for stage in stages(home(consultation))
        for row in (*api.candidates(stage), *api.paper_candidates(stage))
        if (row["lot"] or "") == number and row["envelopes"] & OFFERS
    }
    return len(found)


def _framework_id(origin, number, holders, buyer):
    """Return the identifier of the contract of the accord-cadre: that of the same buyer and the same holder first, or ""."""
    known = store.of_origin(plone_api.portal.get(), api.uuid(origin)) if origin is not None else []
    known = [record for record in known if record.buyer == IUUID(buyer)] or known
    known = [record for record in known if record.lot == number] or known
    wanted = {operators.company(siret) for siret in holders if siret}
    own = [r for r in known if wanted & {operators.company(item.get("id", "")) for item in holders_of(r.kind, r.raw)}]
    return next((record.raw.get("id", "") for record in (*own, *known)), "")
