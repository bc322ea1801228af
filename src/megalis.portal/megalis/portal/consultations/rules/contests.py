"""What a concours promises: its prizes, written one a line, the amount first."""

from dataclasses import dataclass
from decimal import Decimal
from megalis.portal.formats.refusal import Refused

import re


MOST = 30
_LINE = re.compile(r"([0-9][0-9 \u00a0\u202f.]*(?:,[0-9]{1,2})?)\s*(?:€|euros?)?\s*[:;,–-]?\s*(.*)")


@dataclass(frozen=True, slots=True)
class Prize:
    """A prize: ``rank`` from 1, ``amount`` in euros (Decimal), in words."""

    rank: int
    amount: Decimal
    text: str = ""


def prizes(lines):
    """Return the Prizes of lines as ``20 000 € Prime du lauréat``, by rank; Refused ``concours.prime``."""
    told = [" ".join(line.split()) for line in lines if line and line.strip()]
    if len(told) > MOST:
        raise Refused("concours.prime", f"{len(told)} primes : {MOST} au plus.")
    return tuple(_prize(rank, line) for rank, line in enumerate(told, 1))


def kept(lines):
    """Return the lines as they are kept, each told to be a prize; Refused ``concours.prime``."""
    prizes(lines)
    return tuple(" ".join(line.split()) for line in lines if line and line.strip())


def told(item):
    """Return ``[(term, words)]`` of what a concours promises; ``item`` has its four fields, as IContestFields."""
    jury = ", ".join(item.jury or ())
    binding = "Son avis lie l’acheteur" if item.jury_binding else "Son avis ne lie pas l’acheteur"
    follows = "Un marché est attribué à un lauréat" if item.contract_follows else "Aucun marché n’est promis au lauréat"
    return [
        ("Jury", f"{jury}. {binding}" if jury else binding),
        ("Primes", " ; ".join(item.prizes or ())),
        ("Suite du concours", follows),
    ]


def _prize(rank, line):
    found = _LINE.fullmatch(line)
    amount = re.sub(r"[ \u00a0\u202f.]", "", found[1]).replace(",", ".") if found else ""
    if not found or len(amount) > 14 or not Decimal(amount):
        raise Refused(
            "concours.prime",
            f"« {line[:60]} » n’est pas une prime : écrivez son montant, puis ce qu’elle récompense, comme "
            "« 20 000 € Prime du lauréat ».",
            line[:60],
        )
    return Prize(rank, Decimal(amount), found[2][:200])
