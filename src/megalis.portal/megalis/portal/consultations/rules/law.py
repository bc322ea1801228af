"""The law as dated rows: what a procedure demands, from which amounts. Shipped with the product, completed by the site.

``data/procedures.json`` and ``data/seuils.json`` are what is shipped. An operator adds rows without code (see
``rules.amending``): they are of the same form and win over a shipped row on the days that both cover. Past its last row
the newest one of a procedure still applies, with advice that it is out of date, because refusing every publication on a
1st of January would be worse.
"""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from datetime import date
from functools import cache
from importlib.resources import files

import json


SHIPPED = "produit"
SITE = "site"
FRAMEWORK = "accord-cadre"  # a technique of purchase, not a procedure: its row is read beside that of the procedure
ROUND = "tour-negociation"
COMPLETION = "complement-candidature"
TECHNIQUES = {FRAMEWORK: "Accord-cadre", ROUND: "Tour de négociation", COMPLETION: "Compléments de candidature"}
NATURES = ("travaux", "fournitures", "services")
BUYERS = {
    "collectivite": "Collectivité ou établissement public local",
    "etat": "État ou établissement public de l’État",
    "reseaux": "Entité adjudicatrice (eau, énergie, transports)",
}
PROCEDURES = "procedures"
THRESHOLDS = "seuils"


@dataclass(frozen=True, slots=True)
class Delay:
    """The least time of a phase in calendar days; None where the law gives none or knows no such reduction."""

    days: int | None = None
    electronic: int | None = None
    urgent: int | None = None
    prior: int | None = None
    urgent_natures: tuple = ()  # urgency shortens it for these natures only; empty: for all

    @property
    def usual(self):
        """The least time here, where every answer is electronic."""
        return self.days if self.electronic is None else self.electronic


NONE = Delay()


@dataclass(frozen=True, slots=True)
class Procedure:
    """A row of the table of procedures."""

    id: str
    start: date
    end: date
    formal: bool
    phases: tuple
    delays: dict = field(hash=False)  # phase -> Delay
    advised_days: int | None
    envelopes: tuple
    standstill: int | None
    standstill_paper: int | None
    prior_days: tuple  # a prior notice counts when sent from .. to so many days before; () when none counts
    least_candidates: int | None
    bound_by: str  # the times bind from this threshold on; "": always
    anonymous: bool
    technique: bool
    max_months: int | None
    maximum_required: bool
    source: str
    origin: str = SHIPPED

    @property
    def first(self):
        """The Delay of the first phase."""
        return self.delays.get(self.phases[0], NONE)

    @property
    def min_days(self):
        return self.first.usual

    @property
    def urgent_days(self):
        return self.first.urgent

    @property
    def first_envelope_only(self):
        """True when companies apply first, and those chosen bid later."""
        return len(self.phases) > 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """A row of the table of thresholds: whole euros excluding tax by nature, None where the law of the time had none."""

    buyer: str
    start: date
    end: date
    formal: dict = field(hash=False)
    joue: dict = field(hash=False)
    boamp: dict = field(hash=False)
    dispense: dict = field(hash=False)
    small_lot: dict | None = field(hash=False)
    innovant: int | None
    social: int | None
    source: str
    origin: str = SHIPPED

    @property
    def id(self):
        return self.buyer


def procedure_row(row, origin=SHIPPED):
    """Return the Procedure of a JSON row; KeyError, ValueError or TypeError on a row that is none."""
    prior = tuple(row.get("prior_days") or ())
    if prior and len(prior) != 2:
        raise ValueError("prior_days")
    return Procedure(
        id=row["procedure"],
        start=date.fromisoformat(row["from"]),
        end=date.fromisoformat(row["to"]),
        formal=bool(row["formal"]),
        phases=tuple(row["phases"]),
        delays={
            name: Delay(
                delay["days"],
                delay.get("electronic"),
                delay.get("urgent"),
                delay.get("prior"),
                tuple(delay.get("urgent_natures") or ()),
            )
            for name, delay in row["delays"].items()
        },
        advised_days=row.get("advised_days"),
        envelopes=tuple(row["envelopes"]),
        standstill=row.get("standstill"),
        standstill_paper=row.get("standstill_paper"),
        prior_days=prior,
        least_candidates=row.get("least_candidates"),
        bound_by=row.get("bound_by") or "",
        anonymous=bool(row.get("anonymous")),
        technique=bool(row.get("technique")),
        max_months=row.get("max_months"),
        maximum_required=bool(row.get("maximum_required")),
        source=row["source"],
        origin=origin,
    )


def threshold_row(row, origin=SHIPPED):
    """Return the Threshold of a JSON row; KeyError, ValueError or TypeError on a row that is none."""
    return Threshold(
        buyer=row["buyer"],
        start=date.fromisoformat(row["from"]),
        end=date.fromisoformat(row["to"]),
        formal=dict(row["formal"]),
        joue=dict(row["joue"]),
        boamp=dict(row["boamp"]),
        dispense=dict(row["dispense"]),
        small_lot=dict(row["small_lot"]) if row.get("small_lot") else None,
        innovant=row.get("innovant"),
        social=row.get("social"),
        source=row["source"],
        origin=origin,
    )


READERS = {PROCEDURES: procedure_row, THRESHOLDS: threshold_row}


def to_json(row):
    """Return the JSON row of a Procedure or a Threshold: what its reader reads, to keep with what was published under it."""
    values = asdict(row)
    if isinstance(row, Procedure):
        values["procedure"] = values.pop("id")
    values["from"], values["to"] = values.pop("start").isoformat(), values.pop("end").isoformat()
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


@dataclass(frozen=True)
class Law:
    """Both tables; among rows of one name the later in the tuple wins on the days they share."""

    procedures: tuple
    thresholds: tuple

    def rows(self, table):
        return self.procedures if table == PROCEDURES else self.thresholds

    def procedure(self, name, day):
        """Return the Procedure ``name`` of a date; KeyError when the table has no such procedure."""
        return _in_force(self.procedures, name, day)

    def threshold(self, buyer, day):
        """Return the Threshold of a kind of buyer (key of BUYERS) at a date; KeyError when unknown."""
        return _in_force(self.thresholds, buyer, day)

    def covers(self, row, day):
        """True when the row is really of that date, and not the nearest for want of a better."""
        return row.start <= day <= row.end

    def completed(self, procedures=(), thresholds=()):
        """Return the Law with the rows (JSON objects) of a site over these."""
        return Law(
            (*self.procedures, *sorted((procedure_row(row, SITE) for row in procedures), key=_start)),
            (*self.thresholds, *sorted((threshold_row(row, SITE) for row in thresholds), key=_start)),
        )


def _start(row):
    return row.start


def _in_force(rows, name, day):
    rows = [row for row in rows if row.id == name]
    if not rows:
        raise KeyError(name)
    inside = [row for row in rows if row.start <= day <= row.end]
    if inside:
        return inside[-1]
    begun = [row for row in rows if row.start <= day]
    return max(begun, key=lambda row: row.end) if begun else min(rows, key=_start)


def shipped_rows(table):
    """Return the JSON rows that the product ships for a table (PROCEDURES or THRESHOLDS)."""
    return json.loads(files(__package__).joinpath(f"data/{table}.json").read_text("utf-8"))["rows"]


@cache
def shipped():
    """Return the Law the product ships."""
    return Law(
        tuple(sorted((procedure_row(row) for row in shipped_rows(PROCEDURES)), key=_start)),
        tuple(sorted((threshold_row(row) for row in shipped_rows(THRESHOLDS)), key=_start)),
    )
