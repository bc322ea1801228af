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
import unicodedata


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


def guessed(filename, nature, held=()):
    """Return the values that the name of a file suggests: object, date of decision, and a number that is not among ``held``.

    A name that tells no number gets the one that follows those of the year.
    """
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", str(filename or "").replace("\\", "/").rpartition("/")[2])
    found = re.search(r"(20\d\d)[-_. ]?(\d\d)[-_. ]?(\d\d)", stem)
    day = None
    if found:
        try:
            day = date(*map(int, found.groups()))
        except ValueError:
            day = None
    number = numbered(stem.replace(found[0], " ") if day else stem)
    said = " ".join(re.sub(r"[_]+", " ", stem).split())
    return {
        "numero": free_number(number, held) if number else next_number(held, (day or service.today()).year),
        "date_decision": day,
        "nature": nature,
        "matiere": "",
        "objet": short(said) or "À compléter",
        "papier": False,
    }


def number_of(text):
    """Return the number of an act that a text suggests, "" when it has no letter nor figure to make one of."""
    return "_".join(_words(text))[:15].strip("_")


def _words(text):
    plain = unicodedata.normalize("NFKD", str(text).upper().replace("Œ", "OE"))
    return re.findall(r"[A-Z0-9]+", "".join(char for char in plain if not unicodedata.combining(char)))


def numbered(text):
    """Return what a text has of the number of an act (``D012`` of « D012 Tarifs »): its first words with figures, "" without any."""
    kept = []
    for word in _words(text):
        if any(char.isdigit() for char in word):
            kept.append(word)
        elif kept:
            break
    found = "_".join(kept)
    # A year is no number: the next file would have the same.
    return "" if re.fullmatch(r"20\d\d", found) else found[:15].strip("_")


def next_number(held, year):
    """Return the number after those of a year among ``held``: the next of the longest series whose numbers name it."""
    series = {}
    for number in held:
        found = re.fullmatch(r"(.*[^0-9])([0-9]{1,6})", number)
        if found and str(year) in found[1]:
            series.setdefault(found[1], []).append(found[2])
    if not series:
        return free_number(f"{year}_001", held)
    start, ranks = max(series.items(), key=lambda item: (len(item[1]), item[0]))
    return free_number(f"{start}{max(map(int, ranks)) + 1:0{max(map(len, ranks))}}"[:15], held)


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
