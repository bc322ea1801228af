"""What a procedure demands at a date: minimum times, envelopes, standstill. The law changes: this is dated data.

The table is ``data/procedures.json``; past its last row the newest row of a procedure still applies, with advice that
it is out of date, because refusing every publication on a 1st of January would be worse.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import Missing
from megalis.portal.kernel import clock

import json


DATES = "@@modifier?etape=dates"


@dataclass(frozen=True, slots=True)
class Procedure:
    """A row of the table. Times in calendar days, None where the law gives none."""

    id: str
    start: date
    end: date
    formal: bool
    min_days: int | None
    urgent_days: int | None
    advised_days: int | None
    first_envelope_only: bool
    envelopes: tuple
    standstill: int | None
    source: str


@cache
def table():
    """Return all rows, oldest first."""
    data = json.loads(files(__package__).joinpath("data/procedures.json").read_text("utf-8"))
    rows = [
        Procedure(
            row["procedure"],
            date.fromisoformat(row["from"]),
            date.fromisoformat(row["to"]),
            row["formal"],
            row["min_days"],
            row["urgent_days"],
            row["advised_days"],
            row["first_envelope_only"],
            tuple(row["envelopes"]),
            row["standstill"],
            row["source"],
        )
        for row in data["rows"]
    ]
    return sorted(rows, key=lambda row: row.start)


def procedure(name, day):
    """Return the Procedure ``name`` in force on a date; the nearest in time outside the table; KeyError if unknown."""
    rows = [row for row in table() if row.id == name]
    if not rows:
        raise KeyError(name)
    inside = [row for row in rows if row.start <= day <= row.end]
    if inside:
        return inside[-1]
    return rows[-1] if day > rows[-1].end else rows[0]


def days_between(sent, deadline):
    """Return the full calendar days a bidder has: the day of sending does not count (Règlement CEE 1182/71, art. 3)."""
    return (clock.paris(deadline).date() - clock.paris(sent).date()).days


def time_findings(name, sent, deadline, urgent=False, urgent_reason=""):
    """Return the findings about the time left to bidders by a notice sent at ``sent`` (aware datetimes).

    A formal procedure below its minimum: blocking. A MAPA below the advised time: advice, the time having only to be
    sufficient (R. 2151-1).
    """
    row = procedure(name, clock.paris(sent).date())
    found = []
    if clock.paris(sent).date() > row.end:
        found.append(
            Missing(
                "procedure.table",
                f"La table des délais s’arrête au {row.end:%d/%m/%Y} : faites vérifier les délais.",
                DATES,
                ADVICE,
                row.source,
            )
        )
    if deadline is None:
        return found
    days = days_between(sent, deadline)
    needed = row.min_days
    if urgent and needed is not None:
        if row.urgent_days is None:
            found.append(
                Missing(
                    "urgence.impossible",
                    "Cette procédure ne connaît pas de délai réduit pour urgence : décochez l’urgence.",
                    DATES,
                    BLOCKING,
                    row.source,
                )
            )
        elif not urgent_reason.strip():
            found.append(
                Missing(
                    "urgence.motif",
                    "L’urgence doit être justifiée : écrivez pourquoi le délai normal est impossible.",
                    DATES,
                    BLOCKING,
                    row.source,
                )
            )
        else:
            needed = row.urgent_days
    if needed is not None and days < needed:
        found.append(
            Missing(
                "delai.minimum",
                f"Les entreprises n’auraient que {days} jours : cette procédure en demande au moins {needed}. "
                "Reculez la date limite.",
                DATES,
                BLOCKING,
                row.source,
            )
        )
    if row.advised_days is not None and 0 <= days < row.advised_days:
        found.append(
            Missing(
                "delai.conseille",
                f"Les entreprises n’auraient que {days} jours ; {row.advised_days} sont conseillés. "
                "Le délai doit rester suffisant au regard de l’achat.",
                DATES,
                ADVICE,
                row.source,
            )
        )
    return found
