"""On what ground a contract may be modified and how far: the law as dated rows, the reckoning as plain functions.

A modification has one of six grounds (L. 2194-1, L. 3135-1); three of them reach only so far. Above that the act is refused
until who writes it confirms it and says why: the facts stand, and the judge will ask.
"""

from dataclasses import dataclass
from dataclasses import field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import amount_name
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import Finding
from megalis.portal.theme import words

import json


REVIEW, MORE, UNFORESEEN, HOLDER, SLIGHT, SMALL = "mod-rev", "add-wss", "mod-cir", "mod-repl", "mod-nons", "mod-minv"
GROUNDS = {
    REVIEW: ("Clause de réexamen prévue au contrat", "R. 2194-1", "R. 3135-1"),
    MORE: ("Prestations supplémentaires devenues nécessaires", "R. 2194-2", "R. 3135-2"),
    UNFORESEEN: ("Circonstances imprévues", "R. 2194-5", "R. 3135-5"),
    HOLDER: ("Nouveau titulaire", "R. 2194-6", "R. 3135-6"),
    SLIGHT: ("Modification non substantielle", "R. 2194-7", "R. 3135-7"),
    SMALL: ("Modification de faible montant", "R. 2194-8", "R. 3135-8"),
}
LEAST = 20  # signs of a reason that says something
MOST = 2000
WORKS = "45"  # the division of the CPV that is works


@dataclass(frozen=True)
class Limit:
    """One dated row: a modification on ``ground`` reaches ``share`` per cent of what was signed, ``works`` for works.

    ``together``: the modifications on this ground count together; ``below``: they stay below that share, which the others may
    attain, and below the European threshold.
    """

    kind: str
    ground: str
    first: date
    last: date | None
    share: int
    works: int
    together: bool
    below: bool
    source: str


@dataclass(frozen=True)
class Basis:
    """What an act of modification stands on: its ground, and when it goes beyond its limit, that it is meant, and why."""

    ground: str = ""
    confirmed: bool = False
    reason: str = ""


NONE = Basis()


@dataclass(frozen=True)
class Reckoned:
    """What a modification does to the amount: ``by`` euros; ``share`` of what was signed that counts against ``limit``.

    ``over``: why it is beyond the limit, a list of sentences.
    """

    by: Decimal | None = None
    share: Decimal | None = None
    limit: Limit | None = None
    most: int | None = None
    over: tuple = field(default=())


@cache
def limits():
    """Return every Limit, in the order of the table."""
    rows = json.loads(files(__package__).joinpath("data", "modifications.json").read_text("utf-8"))["limites"]
    return tuple(
        Limit(
            row["genre"],
            row["fondement"],
            date.fromisoformat(row["du"]),
            date.fromisoformat(row["au"]) if row["au"] else None,
            row["part"],
            row["travaux"],
            row["cumul"],
            row["seuil"],
            row["source"],
        )
        for row in rows
    )


def limit_of(kind, ground, day):
    """Return the Limit of a ground for an act of ``day``, or None: it has none."""
    return next(
        (
            row
            for row in limits()
            if (row.kind, row.ground) == (kind, ground) and row.first <= day and (row.last is None or day <= row.last)
        ),
        None,
    )


def choices(kind):
    """Return ``[(code, words with their article)]`` of the grounds."""
    return [(code, words_of(kind, code)) for code in GROUNDS]


def words_of(kind, ground):
    """Return a ground in words, with its article; "" of none."""
    if ground not in GROUNDS:
        return ""
    title, contract, concession = GROUNDS[ground]
    return f"{title} ({concession if kind == CONCESSION else contract})"


def told(kind, raw, day):
    """Return in words how far each limited ground reaches for a contract: list of (words, sentence, source)."""
    found, signed = [], _amount(raw.get(amount_name(kind)))
    for code in GROUNDS:
        row = limit_of(kind, code, day)
        if row is None:
            continue
        most = row.works if is_works(raw) else row.share
        more = words.euros(round(signed * most / 100, 2)) if signed else ""
        if row.below:
            sentence = f"moins de {most} % du montant signé" + (f", soit moins de {more}" if more else "")
        else:
            sentence = f"{most} % du montant signé au plus" + (f", soit {more}" if more else "")
        sentence += ", ces modifications cumulées" if row.together else ", à chaque modification"
        found.append(
            (words_of(kind, code), sentence + (" ; sous le seuil européen." if row.below else "."), row.source)
        )
    return found


def is_works(raw):
    """Tell whether a contract is one of works, by its CPV code."""
    return str(raw.get("codeCPV") or "").startswith(WORKS)


def _steps(kind, raw, rank):
    """Return ``(signed, [(number, by)], before)``: what each modification up to ``rank`` added, and the amount then."""
    name = amount_name(kind)
    signed = _amount(raw.get(name))
    now, found = signed, []
    rows = amending.listed(kind, raw, amending.MODIFICATION)
    for row in rows if rank is None else rows[:rank]:
        after = _amount(row.get(name))
        if after is not None and now is not None:
            found.append((row.get("id"), after - now))
            now = after
    return signed, found, now


def _amount(value):
    try:
        return Decimal(str(value)) if value is not None else None
    except ArithmeticError:
        return None


def reckon(kind, raw, values, basis, known, day, threshold=None, rank=None):
    """Return the Reckoned of an act of modification.

    ``raw``: the contract as published; ``rank``: that of the act being corrected; ``known``: ``{number: ground}`` of the
    acts before it, where one is kept (an act without counts as if it had this ground); ``threshold``: the European one, in
    euros, None when unknown.
    """
    signed, steps, before = _steps(kind, raw, rank)
    after = _amount(values.get(amount_name(kind)))
    row = limit_of(kind, basis.ground, day)
    if after is None or before is None or not signed:
        return Reckoned(limit=row)
    by = after - before
    counted = by
    if row is not None and row.together:
        counted += sum((step for number, step in steps if known.get(number, basis.ground) == basis.ground), Decimal(0))
    share = counted * 100 / signed
    if row is None or by <= 0:
        return Reckoned(by, share, row)
    most, over = (row.works if is_works(raw) else row.share), []
    if share > most or (row.below and share == most):
        reach = f"moins de {most} %" if row.below else f"{most} % au plus"
        over.append(f"{_number(share)} % du montant signé, {reach} ({row.source})")
    if row.below and threshold is not None and counted >= threshold:
        over.append(f"{_number(counted, 2)} €, au-dessus du seuil européen de {_number(threshold, 0)} € ({row.source})")
    return Reckoned(by, share, row, most, tuple(over))


def _number(value, decimals=1):
    return f"{value:,.{decimals}f}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")


def findings(reckoned, basis):
    """Return what forbids a modification on this Basis: no ground, or a limit passed without a word."""
    if basis.ground not in GROUNDS:
        message = "Dites sur quel fondement le contrat est modifié : choisissez dans la liste (L. 2194-1, L. 3135-1)."
        return [Finding("marches.fondement", message, "fondement")]
    reason = " ".join(basis.reason.split())
    if not reckoned.over or (basis.confirmed and LEAST <= len(reason) <= MOST):
        return []
    if basis.confirmed:
        message = f"Écrivez en une phrase au moins ({LEAST} à {MOST} signes) pourquoi la limite est dépassée."
        return [Finding("marches.limite-motif", message, "depassement-motif")]
    message = (
        f"Cette modification dépasse la limite de son fondement : {' ; '.join(reckoned.over)}. Choisissez un autre fondement, "
        "passez un nouveau contrat, ou confirmez en disant pourquoi : la confirmation reste au contrat et au journal."
    )
    return [Finding("marches.limite", message, "depassement")]


def kept(reckoned, basis):
    """Return what a contract keeps of the Basis of an act: plain values."""
    found = {"ground": basis.ground}
    if reckoned.share is not None:
        found["share"] = str(reckoned.share.quantize(Decimal("0.01")))
    if reckoned.over:
        found |= {"over": list(reckoned.over), "reason": " ".join(basis.reason.split())}
    return found
