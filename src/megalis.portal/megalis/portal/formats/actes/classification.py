"""Natures, matières and types of files: what a préfecture admits, as data that its message 7-2 replaces.

The package holds a small classification to start with (undated: nothing may be sent under it); each préfecture has its
own below the second level, and changes it several times a year.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from megalis.portal.formats.actes.model import Matiere
from megalis.portal.formats.actes.model import NatureActe
from megalis.portal.formats.actes.model import RetourClassification
from megalis.portal.formats.actes.model import TypePJ
from megalis.portal.formats.refusal import Refused

import csv
import unicodedata


SIGNATURE = "99_SE"
GENERAL = "99_"
# The type of the act itself when nothing more precise is chosen, by nature; the codes are those operators propose.
DEFAULT_TYPES = {1: "99_DE", 2: "99_AR", 3: "99_AI", 4: "99_DC", 5: "99_BU", 6: "99_AU"}


@dataclass(frozen=True, slots=True)
class Branch:
    """One matière: its code (``2.1``), its label, those of the levels above and whether it has others below."""

    code: str
    libelle: str
    chemin: tuple[str, ...]
    feuille: bool

    @property
    def titre(self):
        """The code and the label, with the levels above: ``2.1 Urbanisme › Documents d’urbanisme``."""
        return f"{self.code} {' › '.join((*self.chemin, self.libelle))}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new classification does to the one before; codes, in order."""

    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()


class Classification:
    """The natures and matières in force from ``date`` on (None for the one of the package)."""

    def __init__(self, day, natures, matieres):
        self.date = day
        self.natures = {nature.code: nature for nature in natures}
        self._branches = {}
        self._grow(matieres, (), ())

    def _grow(self, matieres, codes, labels):
        for matiere in matieres:
            own = (*codes, str(matiere.code))
            self._branches[".".join(own)] = Branch(".".join(own), matiere.libelle, labels, not matiere.sous)
            self._grow(matiere.sous, own, (*labels, matiere.libelle))

    def __contains__(self, code):
        return code in self._branches

    def __iter__(self):
        return iter(self._branches.values())

    def __len__(self):
        return len(self._branches)

    def branch(self, code):
        """Return the ``Branch`` of a matière, or None."""
        return self._branches.get(code)

    def below(self, code=""):
        """Return the branches one level under a matière; the first level for ''."""
        depth = code.count(".") + 2 if code else 1
        start = f"{code}." if code else ""
        return [item for item in self if item.code.startswith(start) and item.code.count(".") + 1 == depth]

    def search(self, text):
        """Return the branches that hold every word of ``text`` in code or labels, accents and case aside."""
        words = _plain(text).split()
        return [item for item in self if all(word in _plain(item.titre) for word in words)]

    def codes(self, code):
        """Return the numbers of a matière that may be sent, ``(2, 1)`` for ``2.1``; raise ``Refused``."""
        if code not in self:
            shown = str(code)[:40]
            raise Refused(
                "actes.matiere-inconnue",
                f"La matière « {shown} » n’est pas dans la classification de la préfecture : choisissez-la de nouveau.",
                code,
            )
        if "." not in code:
            raise Refused(
                "actes.matiere-generale",
                f"La matière « {code} » est trop générale : choisissez une sous-matière.",
                code,
            )
        return tuple(map(int, code.split(".")))

    def nature(self, code):
        """Return the ``NatureActe`` of a number or of a short name (``DE``); raise ``Refused``."""
        found = self.natures.get(code)
        found = found or next((item for item in self.natures.values() if item.abrege == code), None)
        if found is None:
            shown = str(code)[:40]
            raise Refused(
                "actes.nature", f"« {shown} » n’est pas une nature d’acte : choisissez-la dans la liste.", code
            )
        return found

    def types(self, nature, matiere=""):
        """Return the ``TypePJ`` that a nature admits: those of the matière first, then the general ones, then the rest."""
        prefix = "".join(str(matiere).split(".")[:2]) + "_"
        found = self.nature(nature).types_pj
        return sorted(found, key=lambda item: (not item.code.startswith(prefix), not item.code.startswith(GENERAL)))

    def default_type(self, nature):
        """Return the code of the type of the act itself."""
        nature = self.nature(nature)
        codes = [item.code for item in nature.types_pj]
        usual = DEFAULT_TYPES.get(nature.code, "")
        general = (code for code in codes if code.startswith(GENERAL) and code != SIGNATURE)
        return usual if usual in codes else next(general, codes[0] if codes else usual)

    def changes(self, newer):
        """Return the ``Changes`` that a newer classification brings."""
        ours, theirs = set(self._branches), set(newer._branches)
        kept = ours & theirs
        return Changes(
            _ordered(theirs - ours),
            _ordered(ours - theirs),
            _ordered(code for code in kept if self._branches[code].libelle != newer._branches[code].libelle),
        )


def _ordered(codes):
    return tuple(sorted(codes, key=lambda code: [int(part) if part.isdigit() else 0 for part in code.split(".")]))


def _plain(text):
    letters = unicodedata.normalize("NFKD", str(text).replace("œ", "oe").replace("’", "'").casefold())
    return "".join(char for char in letters if not unicodedata.combining(char))


def from_message(message):
    """Return the ``Classification`` of a message 7-2; raise ``Refused`` when it lacks what is needed to use it."""
    if not isinstance(message, RetourClassification) or message.date is None:
        raise Refused(
            "actes.classification", "La classification reçue n’a pas de date : redemandez-la à la préfecture."
        )
    natures = [item for item in message.natures if item.code is not None and item.abrege]
    if not natures or not message.matieres:
        raise Refused(
            "actes.classification", "La classification reçue est vide : redemandez-la à la préfecture.", message.date
        )
    return Classification(message.date, natures, _known(message.matieres))


def _known(matieres):
    return tuple(Matiere(item.code, item.libelle, _known(item.sous)) for item in matieres if item.code is not None)


def _rows(name):
    text = files("megalis.portal.formats").joinpath(f"data/{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def builtin():
    """Return the classification of the package: natures, general types of files, two levels of matières, no date."""
    labels = {row["code"]: row["libelle"] for row in _rows("actes_types_pj")}
    natures = [
        NatureActe(
            int(row["code"]),
            row["libelle"],
            row["abrege"],
            tuple(TypePJ(code, labels[code]) for code in row["types"].split()),
        )
        for row in _rows("actes_natures")
    ]
    rows = {row["code"]: row["libelle"] for row in _rows("actes_matieres")}
    matieres = [
        Matiere(
            int(top),
            label,
            tuple(Matiere(int(code[len(top) + 1 :]), rows[code]) for code in rows if code.startswith(f"{top}.")),
        )
        for top, label in rows.items()
        if "." not in top
    ]
    return Classification(None, natures, matieres)


def sendable_date(classification):
    """Return the date to write in an act; raise ``Refused`` when the classification never came from a préfecture."""
    if not isinstance(classification.date, date):
        raise Refused(
            "actes.classification-absente",
            "La classification de la préfecture n’a pas encore été reçue : demandez-la, puis envoyez l’acte.",
        )
    return classification.date
