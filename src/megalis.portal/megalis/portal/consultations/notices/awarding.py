"""The results of a consultation as an award notice tells them: from the decisions on its lots to eForms results."""

from collections import Counter
from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from decimal import Decimal
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.rules import decisions
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms import results
from megalis.portal.formats.refusal import Refused


CONCESSION = "19"  # the subtype of its call
SIZES = {"0": "micro", "1-9": "micro", "10-49": "small", "50-249": "medium", "250-4999": "large", "5000": "large"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided on a lot (number, "" when undivided); ``amount`` in euros or None.

    ``sizes`` are those of the companies that answered in time (keys of SIZES, "" when one did not say): their number is that of
    the tenders. The rules want them all sorted by size, so that one of unknown size counts among the smallest.
    """

    lot: str
    decision: str
    sizes: tuple = ()
    amount: object = None
    winner: eforms.Organisation | None = None
    size: str = ""
    decided: date | None = None
    concluded: date | None = None


def award_of(call, outcomes):
    """Return the ``results.Award`` of the Outcome of each lot; Refused ``avis.decision`` when one is missing."""
    numbers = [lot.number for lot in call.lots] or [""]
    by_lot = {item.lot: item for item in outcomes}
    missing = [number for number in numbers if number not in by_lot]
    if missing:
        where = f"Le lot {missing[0]}" if missing[0] else "La consultation"
        raise Refused(
            "avis.decision", f"{where} n’a pas de décision : l’avis d’attribution les dit toutes.", missing[0]
        )
    award = {"results": [], "tenders": [], "parties": [], "contracts": [], "winners": []}
    refs, total = {}, Decimal(0)
    framework = bool(call.framework)
    for rank, number in enumerate(numbers, 1):
        outcome, lot = by_lot[number], f"LOT-{rank:04d}"
        if outcome.decision != decisions.ATTRIBUE or outcome.winner is None:
            received = _received(outcome.sizes) if outcome.sizes else ()
            reason = "all-rej" if outcome.decision == decisions.INFRUCTUEUX else "other"
            reason = reason if outcome.sizes else "no-rece"
            award["results"].append(
                results.LotResult(f"RES-{rank:04d}", lot, results.WITHOUT_WINNER, received, reason=reason)
            )
            continue
        party = _party(award, refs, outcome)
        value = eforms.Money(Decimal(outcome.amount)) if outcome.amount is not None else None
        total += value.amount if value else 0
        tender, contract = f"TEN-{rank:04d}", f"CON-{rank:04d}"
        award["tenders"].append(
            results.Tender(tender, lot, party, f"Offre {number or 1}", value, rank=1, variant=False)
        )
        award["contracts"].append(
            results.Settled(
                contract,
                f"{call.reference}-{number}" if number else call.reference,
                (tender,),
                ("ORG-0001",),
                outcome.decided,
                outcome.concluded,
                call.title if not number else next(item.title for item in call.lots if item.number == number),
                False if framework else None,  # BT-768, where a framework is asked: it is made here, not carried out
            )
        )
        award["results"].append(
            results.LotResult(
                f"RES-{rank:04d}",
                lot,
                results.AWARDED,
                _received(outcome.sizes or (outcome.size,)),
                (tender,),
                (contract,),
                framework_maximum=(value if call.lots else _maximum(call)) if framework else None,
            )
        )
    return results.Award(**{name: tuple(rows) for name, rows in award.items()}, total=eforms.Money(total))


def _maximum(call):
    return eforms.Money(Decimal(call.framework_maximum)) if call.framework_maximum is not None else None


def _received(sizes):
    counted = Counter(SIZES.get(size, "micro") for size in sizes)
    return results.received(len(sizes), **counted)


def _party(award, refs, outcome):
    name = outcome.winner.company_id or outcome.winner.name.casefold()
    if name not in refs:
        rank = len(refs) + 1
        refs[name] = f"TPA-{rank:04d}"
        organisation = replace(outcome.winner, ref=f"ORG-{rank + 8:04d}")
        award["parties"].append(results.Party(refs[name], (organisation.ref,)))
        award["winners"].append(results.Winner(organisation, SIZES.get(outcome.size, "micro"), False))
    return refs[name]


def write(call, outcomes, dispatched, rank=1, version="01", subtype="", direct=None, extra=None):
    """Return the XML of the award notice of a Call; ``direct`` says why there was no call, where there was none.

    ``extra``: the ``special.Extra`` that says what a concession should bring in.
    """
    base = "16" if direct is not None else None
    notice = replace(
        composing.notice_of(call, dispatched, version, subtype=base),
        notice_id=composing.notice_id(call.uid, lifecycle.AWARD, rank),
    )
    award = replace(award_of(call, outcomes), direct=direct)
    if notice.subtype == CONCESSION:
        award = with_revenues(call, award, extra)
    return eforms.write_award(notice, award, subtype)


def with_revenues(call, award, extra):
    """Return the Award with what each concession should bring in; Refused ``avis.recettes`` when that is not said."""
    told = {lot: (buyer, users) for lot, buyer, users in extra.revenues} if extra is not None else {}
    method = " ".join(extra.method.split()) if extra is not None else ""
    numbers = [lot.number for lot in call.lots] or [""]
    tenders = []
    for tender in award.tenders:
        number = numbers[int(tender.lot.removeprefix("LOT-")) - 1]
        if number not in told or not method:
            where = f" du lot {number}" if number else ""
            raise Refused(
                "avis.recettes",
                f"L’avis d’attribution d’une concession dit ce qu’en paieront l’acheteur et les usagers, et comment c’est "
                f"calculé : indiquez les recettes{where} et la méthode.",
                number,
            )
        buyer, users = (eforms.Money(Decimal(amount)) for amount in told[number])
        tenders.append(replace(tender, revenue=results.Revenue(buyer, users, method)))
    return replace(award, tenders=tuple(tenders))
