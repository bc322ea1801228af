"""Retention: dated rows say how long a sort of document is kept and what becomes of it; plain functions count the days.

Nothing here destroys anything: these functions only tell what the law has stopped asking for.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from megalis.portal.marches.rules.deadlines import months_after

import json


BIDS, REJECTED, RETAINED, DCE, PROCEDURE, CONTRACT = (
    "plis", "offres-ecartees", "offres-retenues", "dce", "procedure", "contrat",
)  # fmt: skip
TITLES = {
    BIDS: "Plis chiffrés des entreprises non retenues",
    REJECTED: "Candidatures et offres non retenues (fichiers ouverts)",
    RETAINED: "Candidatures et offres retenues (fichiers ouverts et plis)",
    DCE: "Dossier de consultation (DCE)",
    PROCEDURE: "Registres, procès-verbaux, journal",
    CONTRACT: "Contrats et données essentielles",
}
ELIMINATION, SORTING, KEEPING, PLATFORM = "elimination", "tri", "conservation", "plateforme"
FATES = {
    ELIMINATION: "Élimination après visa",
    SORTING: "Tri, puis élimination après visa",
    KEEPING: "Conservation définitive",
    PLATFORM: "Gardé par la plateforme",
}
GOES = (ELIMINATION, SORTING)
NOTIFIED, EXECUTED = "notification", "execution"
SINCE = {NOTIFIED: "la notification, ou la fin de la procédure", EXECUTED: "la fin de l’exécution"}
PROPOSED, ENDORSED, DONE, GIVEN_UP = "propose", "vise", "execute", "abandonne"
STATES = {
    PROPOSED: "À viser",
    ENDORSED: "Visé, à confirmer",
    DONE: "Exécuté",
    GIVEN_UP: "Abandonné",
}


@dataclass(frozen=True)
class Rule:
    """A dated row: documents of ``sort`` whose count begins between ``first`` and ``last`` are kept ``years``."""

    sort: str
    first: date
    last: date | None
    years: int
    since: str
    fate: str
    source: str


@cache
def rules():
    """Return every Rule, in the order of the table."""
    rows = json.loads(files(__package__).joinpath("data", "durees.json").read_text("utf-8"))["durees"]
    return tuple(
        Rule(
            row["sorte"],
            date.fromisoformat(row["du"]),
            date.fromisoformat(row["au"]) if row["au"] else None,
            row["annees"],
            row["depuis"],
            row["sort"],
            row["source"],
        )
        for row in rows
    )


def rule_of(sort, start):
    """Return the Rule for documents whose count begins on ``start`` (None: today's row)."""
    found = [rule for rule in rules() if rule.sort == sort]
    if start is None:
        return found[-1]
    return next((r for r in found if r.first <= start and (r.last is None or start <= r.last)), found[0])


def kept_until(sort, start):
    """Return the last day on which documents must be kept, None while their count has not begun."""
    if start is None:
        return None
    return months_after(start, 12 * rule_of(sort, start).years)


def may_go(sort, start, today, frozen=False):
    """Tell whether documents may be proposed for elimination: their time is over, their fate allows it, nothing holds them."""
    until = kept_until(sort, start)
    return not frozen and until is not None and until < today and rule_of(sort, start).fate in GOES


def end_of_execution(contracts, today):
    """Return the day the last of ``(notified, months in force)`` ends, None when one is not known or not over."""
    ends = []
    for notified, months in contracts:
        if notified is None or not isinstance(months, int):
            return None
        ends.append(months_after(notified, months))
    last = max(ends, default=None)
    return last if last is not None and last <= today else None
