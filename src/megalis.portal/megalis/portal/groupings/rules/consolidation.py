"""From the answers of the members to one table: totals, differences with last year and between members, estimates.

Only what was sent counts; a member that did not answer is named, never counted for zero in silence.
"""

from dataclasses import dataclass
from decimal import Decimal
from decimal import ROUND_HALF_UP
from hashlib import sha256
from statistics import median

import json


CENT = Decimal("0.01")
FAR = Decimal(50)  # per cent of change from last year beyond which a line is pointed out
TIMES = 3  # times the middle of the others beyond which a member is pointed out
FEW = 3  # members below which no middle means anything


@dataclass(frozen=True)
class Row:
    """A line consolidated. ``by``: uid -> quantity, None without an answer; ``change`` per cent, None when nobody told before."""

    line: object
    by: dict
    total: Decimal
    before: Decimal | None
    change: Decimal | None
    value: Decimal | None
    far: tuple  # uids of the members whose quantity stands apart
    told: int = 0  # members who told what they bought the year before

    @property
    def pointed(self):
        return bool(self.far) or (self.change is not None and abs(self.change) > FAR)


@dataclass(frozen=True)
class Table:
    """``rows`` in the order of the survey; ``missing``: uids without an answer; ``values``: uid -> estimate or None."""

    rows: tuple
    members: tuple
    missing: tuple
    values: dict
    value: Decimal | None

    def lot_value(self, number):
        """Return the estimate of a lot, None when a price is missing."""
        return _sum(row.value for row in self.rows if row.line.lot == number)

    def bought(self, number):
        """Return ``{uid: {line id: quantity}}`` of a lot."""
        rows = [row for row in self.rows if row.line.lot == number]
        return {uid: {row.line.id: row.by[uid] or Decimal(0) for row in rows} for uid in self.members}


def cents(value):
    return value.quantize(CENT, ROUND_HALF_UP)


def _sum(values):
    found = list(values)
    return None if not found or None in found else sum(found, Decimal(0))


def _change(pairs):
    """Return ``(before, change, told)`` over those who told both years; ``told``: how many they are."""
    told = [(now, last) for now, last in pairs if last is not None]
    if not told:
        return None, None, 0
    before = sum((last for _now, last in told), Decimal(0))
    now = sum((value for value, _last in told), Decimal(0))
    change = ((now - before) * 100 / before).quantize(Decimal("0.1"), ROUND_HALF_UP) if before else None
    return before, change, len(told)


def _apart(by):
    known = {uid: value for uid, value in by.items() if value}
    if len(known) < FEW:
        return ()
    return tuple(
        uid
        for uid, value in known.items()
        if value > TIMES * Decimal(median([other for key, other in known.items() if key != uid]))
    )


def consolidate(lines, members, answers):
    """Return the Table of ``lines``; ``members``: uids in order; ``answers``: uid -> {line id: survey.Need} of those sent."""
    rows = []
    for line in lines:
        needs = {uid: answers[uid].get(line.id) if uid in answers else None for uid in members}
        by = {uid: need.quantity if need is not None else None for uid, need in needs.items()}
        total = sum((value for value in by.values() if value is not None), Decimal(0))
        before, change, told = _change([(need.quantity, need.before) for need in needs.values() if need is not None])
        value = cents(total * line.price) if line.price is not None else None
        rows.append(Row(line, by, total, before, change, value, _apart(by), told))
    values = {
        uid: _sum(
            cents(row.by[uid] * row.line.price) if row.line.price is not None and row.by[uid] is not None else None
            for row in rows
        )
        for uid in members
    }
    missing = tuple(uid for uid in members if uid not in answers)
    return Table(tuple(rows), tuple(members), missing, values, _sum(row.value for row in rows))


def fingerprint(table):
    """Return the SHA-256 (hex) of what was consolidated: the same needs give the same digits, in any process."""
    told = [
        [
            row.line.lot,
            row.line.title,
            row.line.unit,
            {uid: _text(value) for uid, value in sorted(row.by.items())},
            _text(row.total),
        ]
        for row in table.rows
    ]
    return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _text(value):
    return None if value is None else format(value.normalize(), "f")
