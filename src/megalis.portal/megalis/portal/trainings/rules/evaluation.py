"""What people thought of a session: marks and words without a name; small groups are not told apart."""

from dataclasses import dataclass
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.richtext import line


QUESTIONS = {
    "objectifs": "Les objectifs annoncés sont atteints",
    "formateur": "Le formateur explique clairement",
    "pratique": "Les exercices servent à mon travail",
    "accueil": "L’organisation et l’accueil conviennent",
}
MARKS = {4: "Tout à fait", 3: "Plutôt oui", 2: "Plutôt non", 1: "Pas du tout"}
COMMENT = 2000
LEAST = 3  # answers under which nothing is shown: one could tell who wrote


@dataclass(frozen=True)
class Evaluation:
    """``marks``: question -> 1 to 4."""

    marks: tuple
    comment: str = ""


def read(values, comment):
    """Return the Evaluation of typed values; Refused ``evaluation.note``, ``evaluation.commentaire.longueur``."""
    marks = []
    for key, label in QUESTIONS.items():
        text = str(values.get(key, ""))
        if not text.isascii() or not text.isdigit() or int(text) not in MARKS:
            raise Refused("evaluation.note", f"« {label} » : choisissez une réponse.", key)
        marks.append((key, int(text)))
    return Evaluation(tuple(marks), line(comment, COMMENT, "evaluation.commentaire", "Le commentaire", False))


@dataclass(frozen=True)
class Totals:
    """``rows``: (label, count of each mark from the best, mean); ``comments`` in no order anybody could read a name in."""

    count: int
    rows: tuple = ()
    mean: float | None = None
    comments: tuple = ()


def totals(evaluations):
    """Return the Totals; of fewer than LEAST answers, their number alone."""
    found = list(evaluations)
    if len(found) < LEAST:
        return Totals(len(found))
    rows, every = [], []
    for key, label in QUESTIONS.items():
        given = [dict(one.marks)[key] for one in found]
        every += given
        rows.append((label, tuple(given.count(mark) for mark in MARKS), sum(given) / len(given)))
    comments = sorted((one.comment for one in found if one.comment), key=str.casefold)
    return Totals(len(found), tuple(rows), sum(every) / len(every), tuple(comments))
