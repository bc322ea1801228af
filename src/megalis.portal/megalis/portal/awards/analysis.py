"""The analysis of the bids, lot by lot: the bids that stand after the closing, sealed here or entered in the register of
paper, and those an agent adds (variants), what agents wrote of each, what the rules make of it.
"""

from hashlib import sha256
from megalis.portal.awards import store
from megalis.portal.awards.rules import bid
from megalis.portal.awards.rules import lowprice
from megalis.portal.awards.rules import scoring
from megalis.portal.awards.rules import typed
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import ranking
from megalis.portal.consultations.interfaces import ILot
from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import opening
from megalis.portal.deposits import store as deposits
from megalis.portal.deposits.grouping import store as grouping
from megalis.portal.formats import operators


def lot_of(consultation, number):
    """Return the ILot of a number, or None; looked for without putting 200 lots in order."""
    return next((item for item in consultation.objectValues() if number and _is(item, number)), None)


def _is(item, number):
    return ILot.providedBy(item) and item.number == number


def criteria(consultation, lot):
    """Return the scoring.Criterion tuple of a lot: its own criteria, or those of the consultation."""
    own = getattr(lot_of(consultation, lot), "criteria", ())
    return scoring.criteria_of(own or consultation.criteria, store.method(consultation)["price"])


def estimate(consultation, lot):
    """Return the estimate of a lot in euros, or None."""
    if not lot:
        return consultation.estimated_value
    return getattr(lot_of(consultation, lot), "estimated_value", None)


def obstacle(consultation):
    """Return why there is nothing to analyse yet, or ''."""
    state = api.state(consultation)
    if state in (*phase.DRAFTS, phase.PUBLIEE, phase.CLOSE):
        return "L’analyse commence quand les plis sont ouverts : ils restent scellés jusque-là."
    if state == phase.ANNULEE:
        return "La consultation est annulée : ses plis restent scellés."
    if ranking.names_hidden(consultation):
        return "Les candidats restent anonymes jusqu’au classement du jury : l’analyse par entreprise le suit."
    return ""


def is_open(consultation):
    """True while agents may write in the analysis."""
    return api.state(consultation) == phase.ANALYSE and not obstacle(consultation)


def received(consultation):
    """Return ``{lot: [Line]}`` of the bids that stand, in the order of their arrival; nothing while they are unknown."""
    if obstacle(consultation):
        return {}
    every = {deposit.id: deposit for deposit in deposits.deposits(consultation)}
    joint = grouping.shown(consultation)
    found, lots_of = {}, {}
    for row in opening.rows(consultation):
        if row["enveloppe"] == "candidature" or row["etat"] not in ("a-ouvrir", "attente", "ecarte"):
            continue
        lot, deposit = row["lot"] or "", every[row["depot"]]
        lots_of.setdefault(deposit.company, {})[lot] = True
        line = found.setdefault(lot, {}).get(deposit.id)
        if line is None:
            line = found[lot][deposit.id] = bid.Line(
                deposit.id, lot, deposit.name, operators.known(deposit.siret), deposit.company, deposit.id
            )
            line.values["members"] = _members(joint.get(deposit.id), lot)
            line.form = joint[deposit.id].get("forme", "") if line.values["members"] else ""
        line.state = _worse(line.state, _state(row))
    for lines in found.values():
        for line in lines.values():
            line.lots = tuple(lot for lot in lots_of[line.company] if lot)
    found = {lot: list(lines.values()) for lot, lines in found.items()}
    for line in _on_paper(consultation):
        found.setdefault(line.lot, []).append(line)
    return found


def _on_paper(consultation):
    """Return the Lines of those who answered on paper alone, as the register of paper names them."""
    rows = [row for row in api.paper_candidates(consultation) if row["envelopes"] != {"candidature"}]
    lots_of = {}
    for row in rows:
        lots_of.setdefault(row["candidate"], []).append(row["lot"])
    found = []
    for row in rows:
        key = sha256(f"papier {row['candidate']}".encode()).hexdigest()[:32]
        line = bid.Line(key, row["lot"], row["name"], operators.known(row["siret"]), state=bid.ON_PAPER)
        line.lots = tuple(lot for lot in lots_of[row["candidate"]] if lot)
        if api.is_rejected(consultation, row["candidate"], row["lot"]):
            line.state = bid.SEALED
        elif row["closed"]:
            line.state = bid.WAITING
        found.append(line)
    return found


def candidate(line):
    """Return what tells who made a bid that came otherwise than by the platform: IDepositFacts' ``candidate``."""
    return operators.company(line.siret) or line.name.casefold()


def _members(composition, lot):
    """Return the members of a group as the composition found in its pli tells them: the agents need not type them again."""
    if composition is None or (lot and composition["lots"] and lot not in composition["lots"]):
        return ()
    return tuple((row["nom"], row["siret"]) for row in composition["membres"])


def _state(row):
    if row["etat"] == "ecarte":
        return bid.SEALED
    if row["verdict"] is None:
        return bid.WAITING
    return bid.OPENED if row["verdict"]["verdict"] == "intact" else bid.UNREADABLE


def _worse(one, other):
    order = (bid.OPENED, bid.WAITING, bid.UNREADABLE, bid.SEALED)
    return max(one, other, key=order.index)


def lines(consultation, lot, known=None):
    """Return the Lines of a lot, judged; ``known`` is ``received`` when the caller has it already."""
    known = received(consultation) if known is None else known
    written = store.rows(consultation, lot)
    if obstacle(consultation):
        return []
    found = _without_doubles(known.get(lot, ()), written)
    by_key = {line.key: line for line in found}
    for key, row in written.items():
        line = by_key.get(key)
        if line is None:
            line = _added(key, lot, row.values, by_key)
            found.append(line)
        line.values = {**bid.EMPTY, **{name: row.values[name] for name in bid.EMPTY if name in row.values}}
        line.by, line.at = row.by, row.at
    selected, concluded = api.selection(consultation)
    for line in found:
        if line.values["admissible"] is None and concluded is not None:
            verdict = selected.get((line.company or candidate(line), line.lot), {})
            line.values = {**line.values, "admissible": verdict.get("admitted")}
    judge(consultation, lot, found)
    return found


def _without_doubles(known, written):
    """Return the Lines but those on paper that an agent had added by hand before: his row has what he wrote."""
    by_hand = {
        operators.company(row.values.get("siret", "")) or row.values["name"].casefold()
        for row in written.values()
        if row.values.get("name") and not row.values.get("of")
    }
    return [line for line in known if line.deposit or candidate(line) not in by_hand]


def _added(key, lot, values, known):
    base = known.get(values.get("of", ""))
    line = bid.Line(
        key, lot, values["name"], values.get("siret", ""), state=bid.BY_HAND, variant=values.get("variant", "")
    )
    if base is not None:
        line.name, line.siret, line.company, line.deposit = base.name, base.siret, base.company, base.deposit
        line.lots, line.state = base.lots, base.state
    return line


def judge(consultation, lot, found):
    """Give each Line its verdict and its suspicion."""
    how = store.method(consultation)
    asked = criteria(consultation, lot)
    bids = [
        scoring.Bid(line.key, store.compared(line.values, how["options"]), line.values["marks"], line.standing)
        for line in found
    ]
    verdicts = scoring.judge(asked, bids, how["formula"], how["scale"])
    prices = {one.key: one.price for one in bids if one.standing and one.price}
    low = lowprice.suspicions(prices, estimate(consultation, lot), how["ratio"], how["against"])
    for line in found:
        line.verdict = verdicts.get(line.key, scoring.Verdict())
        line.low = low.get(line.key)


def summary(consultation, numbers=None):
    """Return one dict a lot (all, or those of ``numbers``): ``lot, title, bids, standing, priced, first, low, done``."""
    known = received(consultation)
    titles = {lot.number: lot.title for lot in api.lots(consultation)}
    found = []
    for number in gathering.decision_numbers(consultation) if numbers is None else numbers:
        rows = lines(consultation, number, known)
        standing = [line for line in rows if line.standing]
        first = [line for line in standing if line.rank == 1]
        found.append(
            {
                "lot": number,
                "title": titles.get(number, consultation.title),
                "bids": len(rows),
                "standing": len(standing),
                "priced": sum(line.values["amount"] is not None for line in standing),
                "first": first,
                "low": [line for line in standing if line.low is not None and not line.values["low"]],
                "done": bool(standing) and all(line.rank for line in standing),
            }
        )
    return found


def told_marks(consultation, line):
    """Return ``Prix 52,5/60, Technique 30/40`` of a judged Line."""
    found = []
    for criterion, points in zip(criteria(consultation, line.lot), line.verdict.points, strict=False):
        if points is not None:
            top = f"/{typed.shown(criterion.weight)}" if criterion.weight is not None else ""
            found.append(f"{criterion.name} : {typed.shown(points)}{top}")
    return ", ".join(found)
