"""The one door by which other rooms make an act: what it says, and its files. It is a draft like any other afterwards.

Used by the drop folder, by contracts, and by documents of workspaces (``reusing``): whoever calls ``propose`` with the files people
picked has to know nothing else of this room.
"""

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.actes.history import remember
from megalis.portal.formats.actes.latin import one_line

import re


LONGEST_OBJET = 499


@dataclass(frozen=True, slots=True)
class Offered:
    """A file offered for an act: its name, its bytes, and its type when it is known."""

    name: str
    data: bytes
    type_pj: str = ""


class _Upload(BytesIO):
    def __init__(self, offered):
        super().__init__(offered.data)
        self.filename = offered.name


def propose(collectivite, values, files, by="", source=""):
    """Return a draft of a collectivité with ``values`` (names of IActe) and ``files`` (iterable of Offered, the act first).

    ``by``: the user it is for, "" for a program; ``source``: French words for the history. A number that is taken is
    refused, as a file that may not go is (``actes.…``): the caller gives up or undoes the whole.
    """
    acte = service.draft(collectivite, values, by)
    if source:
        remember(acte, source, by=by)
    for offered in files:
        service.add_piece(acte, _Upload(offered), offered.type_pj)
    acte.reindexObject()
    return acte


def guessed(filename, nature):
    """Return the values that the name of a file suggests: number, object, date of decision."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", str(filename or "").replace("\\", "/").rpartition("/")[2])
    found = re.search(r"(20\d\d)[-_. ]?(\d\d)[-_. ]?(\d\d)", stem)
    day = None
    if found:
        try:
            day = date(*map(int, found.groups()))
        except ValueError:
            day = None
    number = number_of(stem.replace(found[0], "") if day else stem)
    said = " ".join(re.sub(r"[_]+", " ", stem).split())
    return {
        "numero": number or "ACTE",
        "date_decision": day,
        "nature": nature,
        "matiere": "",
        "objet": short(said) or "À compléter",
        "papier": False,
    }


def number_of(text):
    """Return the number of an act that a text suggests, "" when it has no letter nor figure to make one of."""
    return re.sub(r"[^A-Z0-9]+", "_", str(text).upper()).strip("_")[:15].strip("_")


def short(text):
    """Return an object of an act from a text: one line, cut at a word."""
    text = one_line(str(text))
    if len(text) <= LONGEST_OBJET:
        return text
    return f"{text[: LONGEST_OBJET - 2].rpartition(' ')[0]}…"


def free_number(number, held):
    """Return ``number``, or the first of ``number_2``… that is not among ``held``, fifteen signs at most."""
    if number not in held:
        return number
    rank = 2
    while True:
        tail = f"_{rank}"
        candidate = f"{number[: 15 - len(tail)].rstrip('_')}{tail}"
        if candidate not in held:
            return candidate
        rank += 1


def numbers(collectivite):
    """Return the numbers that acts of the collectivité hold."""
    registre = registres.of(collectivite)
    return registre.numbers if registre is not None else {}
