"""When essential data are due, and whether they are: the law as dated rows, the calendar as plain functions."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from megalis.portal.marches.rules import amount_name
from megalis.portal.marches.rules import notified_name

import json


@dataclass(frozen=True)
class Rule:
    """One dated row: data of contracts of ``kind`` from ``threshold`` euros on are due ``months`` after their date.

    ``before`` names the date (a field of the data) that comes first when it is earlier.
    """

    kind: str
    first: date
    last: date | None
    threshold: int
    months: int
    before: str
    source: str


@cache
def rules():
    """Return every Rule, in the order of the table."""
    rows = json.loads(files(__package__).joinpath("data", "publication.json").read_text("utf-8"))["regles"]
    return tuple(
        Rule(
            row["genre"],
            date.fromisoformat(row["du"]),
            date.fromisoformat(row["au"]) if row["au"] else None,
            row["seuil"],
            row["mois"],
            row.get("avant", ""),
            row["source"],
        )
        for row in rows
    )


def day_of(text):
    """Return the date in raw data, or None when there is none or it is none."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def rule_of(kind, day):
    """Return the Rule for a contract of this kind dated ``day``, or None when the law asked nothing then."""
    return next((r for r in rules() if r.kind == kind and r.first <= day and (r.last is None or day <= r.last)), None)


def months_after(day, months):
    """Return the same day ``months`` later, the last of the month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due(kind, raw):
    """Return the last day on which the data may be published, or None while the contract has no date."""
    day = day_of(raw.get(notified_name(kind)))
    rule = rule_of(kind, day) if day else None
    if rule is None:
        return None
    limit = months_after(day, rule.months)
    earlier = day_of(raw.get(rule.before)) if rule.before else None
    return min(limit, earlier) if earlier and earlier >= day else limit


def is_due(kind, raw):
    """Tell whether the law asks for the publication: True, False below the threshold; True while nothing tells."""
    day = day_of(raw.get(notified_name(kind)))
    rule = rule_of(kind, day) if day else None
    amount = raw.get(amount_name(kind))
    if rule is None or isinstance(amount, bool) or not isinstance(amount, int | float | Decimal):
        return True
    return amount >= rule.threshold
