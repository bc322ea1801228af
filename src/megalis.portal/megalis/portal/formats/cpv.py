"""The common procurement vocabulary (CPV), by which every consultation is classed, searched and alerted on.

Source: Regulation (EC) No 213/2008. A code has eight digits and a ninth that checks the others, written
``45233140-2``. The regulation gives no formula for the ninth: it can only be compared with the published list, so a
check digit is verified for the codes of the list in use and is reported as unknown for the others. Digits 1-2 give the
division, 3 the group, 4 the class, 5 the category, 6-8 the details.

The package knows the 45 divisions and the usual groups and classes; the full list of 9,454 codes is read from
``$MEGALIS_REFERENTIELS/cpv/cpv_2008.csv`` (columns CODE, FR) when it is there.
"""

from functools import cache
from importlib.resources import files
from megalis.portal.formats.refusal import Refused
from pathlib import Path

import csv
import os
import re


LEVELS = ("division", "groupe", "classe", "categorie", "detail")

_FORM = re.compile(r"([0-9]{8})(?:-?([0-9]))?")


class Nomenclature:
    """A list of CPV codes: French labels and check digits, by eight-digit code.

    ``complete`` tells whether a code outside of it does not exist, or is only not known here.
    """

    def __init__(self, rows, complete):
        self.complete = complete
        self._labels = {}
        self._checks = {}
        for code, text in rows:
            number, _, check = code.partition("-")
            self._labels[number] = text
            self._checks[number] = check

    def __len__(self):
        return len(self._labels)

    def __contains__(self, code):
        return code in self._labels

    def __iter__(self):
        return iter(self._labels)

    def check_digit(self, code):
        """Return the published ninth digit of an eight-digit code, or None when the list does not have it."""
        return self._checks.get(code)

    def label(self, code):
        """Return the French label of a code, or that of its nearest known ancestor, or ''."""
        for candidate in (code, *ancestors(code)):
            if candidate in self._labels:
                return self._labels[candidate]
        return ""


@cache
def builtin():
    """Return the nomenclature shipped with the package: divisions and usual codes."""
    text = files("megalis.portal.formats").joinpath("data/cpv_usuels.csv").read_text("utf-8")
    return Nomenclature([(row["code"], row["libelle"]) for row in csv.DictReader(text.splitlines())], complete=False)


@cache
def from_file(path):
    """Return the complete nomenclature of a CSV file with the columns CODE and FR (UTF-8)."""
    with open(path, newline="", encoding="utf-8-sig") as stream:
        return Nomenclature(
            [(row["CODE"], row["FR"].replace("'", "’")) for row in csv.DictReader(stream)], complete=True
        )


def default():
    """Return the complete nomenclature when the référentiel is installed, else the one of the package."""
    root = os.environ.get("MEGALIS_REFERENTIELS")
    path = Path(root, "cpv", "cpv_2008.csv") if root else None
    return from_file(str(path)) if path and path.is_file() else builtin()


def split(text):
    """Return ``(eight digits, check digit or '')``; raise ``Refused`` (``cpv.forme``) when the form is wrong."""
    match = _FORM.fullmatch(str(text or "").strip().replace(" ", ""))
    if not match or match[1] < "01" or match[1][:2] == "00":
        raise Refused(
            "cpv.forme",
            f"« {str(text)[:20]} » n’est pas un code CPV : huit chiffres, puis au besoin un tiret et la clé "
            "(45233140-2).",
            text,
        )
    return match[1], match[2] or ""


def normalize(text, nomenclature=None):
    """Return the eight digits of a CPV code.

    Raises ``Refused``: ``cpv.forme``; ``cpv.inconnu`` when the list in use is complete and lacks it; ``cpv.cle`` when a
    check digit is given and the list has another one. A check digit that no list can verify is accepted.
    """
    nomenclature = default() if nomenclature is None else nomenclature
    number, check = split(text)
    if nomenclature.complete and number not in nomenclature:
        raise Refused(
            "cpv.inconnu",
            f"Le code CPV « {number} » n’existe pas dans la nomenclature de 2008. Choisissez un code de la liste.",
            text,
        )
    published = nomenclature.check_digit(number)
    if check and published and check != published:
        raise Refused(
            "cpv.cle",
            f"La clé du code CPV « {number}-{check} » est fausse : la liste publiée donne {number}-{published}. "
            "Vérifiez chaque chiffre.",
            text,
        )
    return number


def level(code):
    """Return the level of an eight-digit code: ``division``, ``groupe``, ``classe``, ``categorie`` or ``detail``."""
    significant = max(2, len(code.rstrip("0")))
    return LEVELS[min(significant, 6) - 2]


def ancestors(code):
    """Return the codes above an eight-digit code, nearest first, down to its division (empty for a division)."""
    found = []
    for length in range(7, 1, -1):
        above = code[:length].ljust(8, "0")
        if above != code and above not in found:
            found.append(above)
    return found


def within(code, ancestor):
    """True when ``code`` is ``ancestor`` or stands under it in the tree."""
    return code == ancestor or ancestor in ancestors(code)


def label(code):
    """Return the French label of a code (with or without check digit), or that of its nearest known ancestor."""
    return default().label(split(code)[0])
