"""The rubrics of a notice that follows the decisions: who won what, what was modified, what was paid in the end."""

from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import rubrics
from megalis.portal.consultations.notices import special
from megalis.portal.consultations.rules import decisions
from megalis.portal.theme import words


AFTER = (lifecycle.AWARD, lifecycle.INTENTION, lifecycle.MODIFICATION, lifecycle.COMPLETION)


def rows(call, kind, outcomes=(), extra=special.NOTHING):
    """Return the Rubric list of a notice of a kind: what the consultation says, then what was decided since."""
    found = rubrics.of(call)
    if kind not in AFTER:
        return found
    own = {lifecycle.MODIFICATION: _modification, lifecycle.COMPLETION: _completion}.get(kind)
    own = [own(call, extra)] if own is not None and extra is not special.NOTHING else []
    ranks = {lot.number: rank for rank, lot in enumerate(call.lots)}
    decided = sorted(outcomes, key=lambda item: ranks.get(item.lot, len(ranks)))
    return found + [_decision(item) for item in decided] + [item for item in own if item.words]


def _decision(outcome):
    lines = [decisions.DECISIONS.get(outcome.decision, outcome.decision)]
    for holder in outcome.holders:
        lines.append(" et ".join(_company(item.organisation) for item in holder.operators))
        lines[-1] += f" : {words.euros(holder.amount)} HT" if holder.amount is not None else ""
    if outcome.sizes:
        lines.append(words.plural(len(outcome.sizes), "offre reçue", "offres reçues"))
    title = f"Décision, lot {outcome.lot}" if outcome.lot else "Décision"
    return rubrics.Rubric("decision", title, tuple(lines), lot=outcome.lot)


def _company(organisation):
    return ", ".join(filter(None, (organisation.name, words.company(organisation.company_id), organisation.city)))


def _modification(call, extra):
    return rubrics.rubric(
        "modification", (_contract(extra), special.reasons_of(call.procedure).get(extra.cause, ""), extra.text)
    )


def _completion(_call, extra):
    paid = f"Payé : {words.euros(extra.paid)} HT" if extra.paid is not None else ""
    kept = f"Pénalités : {words.euros(extra.penalties)}" if extra.penalties else ""
    return rubrics.rubric("achevement", (_contract(extra), paid, kept, extra.period, extra.text))


def _contract(extra):
    return f"Lot {extra.lot}" if extra.lot else ""
