"""The results of a consultation as an award notice tells them: from the decisions on its lots to eForms results."""

from collections import Counter
from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from decimal import Decimal
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.rules import decisions
from megalis.portal.formats import countries
from megalis.portal.formats import eforms
from megalis.portal.formats import nuts
from megalis.portal.formats import operators
from megalis.portal.formats.eforms import results
from megalis.portal.formats.refusal import Refused


CONCESSION = "19"  # the subtype of its call
SIZES = {"0": "micro", "1-9": "micro", "10-49": "small", "50-249": "medium", "250-4999": "large", "5000": "large"}


@dataclass(frozen=True, slots=True)
class Operator:
    """A company that won, alone or within a group: its organisation, its size (a key of SIZES, "" unknown)."""

    organisation: eforms.Organisation
    size: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a contract on a lot: ``amount`` in euros or None; the first of ``operators`` leads those of a group."""

    operators: tuple
    amount: object = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided on a lot (number, "" when undivided); ``amount`` in euros or None.

    ``holders`` in their order: an accord-cadre has several (R. 2162-9). ``sizes`` are those of the companies that answered in
    time (keys of SIZES, "" when one did not say): their number is that of the tenders. The rules want them all sorted by size,
    so that one of unknown size counts among the smallest. ``origins`` are their countries (three letters), "" unknown: France.
    """

    lot: str
    decision: str
    sizes: tuple = ()
    amount: object = None
    holders: tuple = ()
    decided: date | None = None
    concluded: date | None = None
    origins: tuple = ()


def is_told(organisation, formal=False):
    """Tell whether a notice can speak of an organisation: it has a number, a country, and where ``formal`` an address.

    Not all countries have postcodes, and few have subdivisions: the rules forbid what a country has not (BT-507, BT-512).
    """
    where = countries.find(organisation.country)
    if not organisation.company_id or where is None:
        return False
    return not formal or bool(
        organisation.city and (organisation.postcode or not where.postcode) and (organisation.nuts or not where.nuts)
    )


def untold(outcomes, formal=False):
    """Return the organisations that won and of whom a notice cannot speak yet: no number, or where ``formal`` no address."""
    return untold_of([holder for outcome in outcomes for holder in outcome.holders], formal)


def untold_of(holders, formal=False):
    """Return those of some holders, as ``untold`` does."""
    named = {operator.organisation.name: operator.organisation for holder in holders for operator in holder.operators}
    return [known for known in named.values() if not is_told(known, formal)]


def holders_at(outcomes, lot, place):
    """Return the Holder of a lot at a place, from 0, in a list; [] for none."""
    return [holder for outcome in outcomes if outcome.lot == lot for holder in _winning(outcome)[place : place + 1]]


def completed(outcomes, told):
    """Return the outcomes with what was told since of who won.

    ``told`` are (name, number, postcode, city, country, subdivision), "" as known; older ones end with the city.
    """
    by_name = {name: rest for name, *rest in told}

    def complete(operator):
        return replace(
            operator, organisation=told_since(operator.organisation, *by_name.get(operator.organisation.name, ()))
        )

    return [
        replace(
            outcome,
            holders=tuple(
                replace(holder, operators=tuple(map(complete, holder.operators))) for holder in outcome.holders
            ),
        )
        for outcome in outcomes
    ]


def told_since(known, number="", postcode="", city="", country="", subdivision=""):
    """Return an organisation with what was told of it since: what was known stands."""
    numbers = known.company_ids or ((number,) if number else ())
    by_number = operators.country(numbers[0]) if numbers else None
    where = countries.find(known.country) or by_number or countries.find(country)
    postcode = known.postcode or postcode
    department = nuts.departement_of(postcode) if postcode and where is countries.FRANCE else None
    return replace(
        known,
        company_ids=numbers,
        postcode=postcode,
        city=known.city or city,
        nuts=known.nuts or subdivision or (department.nuts3 if department else ""),
        country=where.alpha3 if where is not None else "",
    )


class _Award:
    """The parts of a ``results.Award``, each company and each group named once."""

    def __init__(self, first):
        self.first = first  # number of the first organisation that is not in the notice yet
        self.results, self.tenders, self.parties, self.contracts, self.winners = [], [], [], [], []
        self.refs, self.groups = {}, {}

    def organisation(self, operator):
        known = operator.organisation
        name = known.company_id or known.name.casefold()
        if name not in self.refs:
            self.refs[name] = f"ORG-{self.first + len(self.refs):04d}"
            placed = replace(known, ref=self.refs[name])
            self.winners.append(results.Winner(placed, SIZES.get(operator.size, "micro"), False))
        return self.refs[name]

    def party(self, holder):
        refs = tuple(dict.fromkeys(map(self.organisation, holder.operators)))
        if refs not in self.groups:
            self.groups[refs] = f"TPA-{len(self.groups) + 1:04d}"
            names = ", ".join(operator.organisation.name for operator in holder.operators)
            self.parties.append(
                results.Party(self.groups[refs], refs, f"Groupement : {names}"[:400] if len(refs) > 1 else "")
            )
        return self.groups[refs]

    def settle(self, call, number, lot, place, outcome, holder):
        """Add the tender and the contract of a holder; return their refs."""
        rank = len(self.tenders) + 1
        tender, contract = f"TEN-{rank:04d}", f"CON-{rank:04d}"
        after = f"-{place}" if place > 1 else ""
        value = eforms.Money(Decimal(holder.amount)) if holder.amount is not None else None
        self.tenders.append(
            results.Tender(
                tender, lot, self.party(holder), f"Offre {number or 1}{after}", value, rank=place, variant=False
            )
        )
        self.contracts.append(
            results.Settled(
                contract,
                f"{call.reference}-{number}{after}" if number else f"{call.reference}{after}",
                (tender,),
                ("ORG-0001",),
                outcome.decided,
                outcome.concluded,
                call.title if not number else next(item.title for item in call.lots if item.number == number),
                False
                if composing.is_framework(call)
                else None,  # BT-768, where a framework is asked: it is made here, not carried out
            )
        )
        return tender, contract


def numbers_of(call):
    """Return the numbers of the lots in their order, ``[""]`` when the contract is not divided."""
    return [lot.number for lot in call.lots] or [""]


def settled_rank(call, outcomes, lot, place=0):
    """Return the number, from 1, of the tender and of the contract of the holder of a lot at ``place`` (from 0); 0 for none."""
    by_lot = {item.lot: _winning(item) for item in outcomes}
    numbers = numbers_of(call)
    if lot not in numbers or not 0 <= place < len(by_lot.get(lot, ())):
        return 0
    return sum(len(by_lot.get(number, ())) for number in numbers[: numbers.index(lot)]) + place + 1


def _winning(outcome):
    return outcome.holders if outcome.decision == decisions.ATTRIBUE else ()


def award_of(call, outcomes):
    """Return the ``results.Award`` of the Outcome of each lot: a tender and a contract for each holder.

    Refused ``avis.decision`` when the decision of a lot is missing, ``avis.titulaire`` when a company bears no number (no address).
    """
    decided = _in_order(call, outcomes)
    _need_all(untold(outcomes, call.formal), call.formal)
    return _award(call, decided)


def award_of_contract(call, outcomes, rank, formal):
    """Return the ``results.Award`` with nothing but the contract of a rank (``settled_rank``); of the others nothing is asked.

    ``formal``: its notice gives addresses too. Refused as ``award_of``.
    """
    decided = _in_order(call, outcomes)
    won = [holder for outcome in decided for holder in _winning(outcome)]
    _need_all(untold_of([won[rank - 1]], formal), formal)
    return only(_award(call, decided), rank)


def _in_order(call, outcomes):
    by_lot = {item.lot: item for item in outcomes}
    numbers = numbers_of(call)
    missing = [number for number in numbers if number not in by_lot]
    if missing:
        where = f"Le lot {missing[0]}" if missing[0] else "La consultation"
        raise Refused(
            "avis.decision", f"{where} n’a pas de décision : l’avis d’attribution les dit toutes.", missing[0]
        )
    return [by_lot[number] for number in numbers]


def _need_all(unknown, formal):
    if not unknown:
        return
    names = ", ".join(f"« {one.name} »" for one in unknown[:5]) + (" et d’autres" if len(unknown) > 5 else "")
    address = ", le pays, le code postal, la ville et, hors de France, la subdivision NUTS" if formal else ""
    raise Refused(
        "avis.titulaire",
        f"L’avis nomme chaque titulaire et chaque membre d’un groupement par son numéro{' et son adresse' * formal} "
        f"(BT-501) : indiquez le numéro{address} de {names}.",
        unknown[0].name,
    )


def _award(call, decided):
    award, total = _Award(9 + len(call.partners)), Decimal(0)
    framework, ends = composing.is_framework(call), False if call.procedure == composing.DYNAMIC else None
    for rank, outcome in enumerate(decided, 1):
        number, lot = outcome.lot, f"LOT-{rank:04d}"
        if not _winning(outcome):
            received = _received(outcome.sizes, outcome.origins) if outcome.sizes else ()
            reason = "all-rej" if outcome.decision == decisions.INFRUCTUEUX else "other"
            reason = reason if outcome.sizes else "no-rece"
            award.results.append(
                results.LotResult(
                    f"RES-{rank:04d}", lot, results.WITHOUT_WINNER, received, reason=reason, system_ends=ends
                )
            )
            continue
        made = [
            award.settle(call, number, lot, place, outcome, holder) for place, holder in enumerate(outcome.holders, 1)
        ]
        total += sum(Decimal(holder.amount) for holder in outcome.holders if holder.amount is not None)
        value = eforms.Money(Decimal(outcome.amount)) if outcome.amount is not None else None
        award.results.append(
            results.LotResult(
                f"RES-{rank:04d}",
                lot,
                results.AWARDED,
                _received(
                    outcome.sizes or tuple(holder.operators[0].size for holder in outcome.holders),
                    outcome.origins or tuple(holder.operators[0].organisation.country for holder in outcome.holders),
                ),
                tuple(tender for tender, _contract in made),
                tuple(contract for _tender, contract in made),
                framework_maximum=(value if call.lots else _maximum(call)) if framework else None,
                system_ends=ends,
            )
        )
    parts = ("results", "tenders", "parties", "contracts", "winners")
    return results.Award(**{name: tuple(getattr(award, name)) for name in parts}, total=eforms.Money(total))


def only(award, rank):
    """Return the Award with nothing but the contract of a rank (``settled_rank``): the others go on, or end another day."""
    tender = award.tenders[rank - 1]
    party = next(item for item in award.parties if item.ref == tender.party)
    contract = award.contracts[rank - 1]
    return replace(
        award,
        results=tuple(
            replace(item, tenders=(tender.ref,), contracts=(contract.ref,))
            for item in award.results
            if item.lot == tender.lot
        ),
        tenders=(tender,),
        contracts=(contract,),
        parties=(party,),
        winners=tuple(item for item in award.winners if item.organisation.ref in party.tenderers),
        total=tender.value,
    )


def _maximum(call):
    return eforms.Money(Decimal(call.framework_maximum)) if call.framework_maximum is not None else None


def _received(sizes, origins=()):
    counted = Counter(SIZES.get(size, "micro") for size in sizes)
    areas = Counter(_area(countries.find(origin)) for origin in origins)
    return results.received(len(sizes), **counted, other_eea=areas["eea"], outside_eea=areas["beyond"])


def _area(where):
    if where is None or where is countries.FRANCE:
        return ""
    return "eea" if where.area else "beyond"


def write(call, outcomes, dispatched, rank=1, version="01", subtype="", direct=None, extra=None):
    """Return the XML of the award notice of a Call; ``direct`` says why there was no call, where there was none.

    ``extra``: the ``special.Extra`` that says what a concession should bring in.
    """
    base = composing.sectoral("16", call) if direct is not None else None
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
    numbers = numbers_of(call)
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
