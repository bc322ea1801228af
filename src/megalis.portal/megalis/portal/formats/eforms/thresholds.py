"""European thresholds of public contracts, as dated rows: the law changes them every second year.

Amounts in euros without tax, for local authorities (directive 2014/24/EU) and contracting entities (2014/25/EU).
2024-2025: delegated regulations (EU) 2023/2495 and 2023/2496; 2026-2027: (EU) 2025/2150 to 2025/2152, notice
NOR ECOM2600976V.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Row:
    """The thresholds in force from a day on."""

    since: date
    local_supplies: int
    utility_supplies: int
    works: int


ROWS = (
    Row(date(2024, 1, 1), 221_000, 443_000, 5_538_000),
    Row(date(2026, 1, 1), 216_000, 432_000, 5_404_000),
)


def formal_threshold(nature, utility, day):
    """Return the amount from which a formal procedure is due, for an eForms nature code, on a day (2024 at least)."""
    row = next((item for item in reversed(ROWS) if item.since <= day), ROWS[0])
    if nature == "works":
        return row.works
    return row.utility_supplies if utility else row.local_supplies
