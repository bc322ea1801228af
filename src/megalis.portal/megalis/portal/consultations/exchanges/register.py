"""The register of questions: a projection of the journal's events, one row a question, its answers under it."""

from megalis.portal.formats import jcs
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER
from megalis.portal.formats.tables import TEXT
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal


COLUMNS = (
    ("number", "Numéro"),
    ("instant", "Posée le"),
    ("company", "Entreprise"),
    ("siret", "SIRET"),
    ("lot", "Lot"),
    ("text", "Question"),
    ("pieces", "Documents joints"),
    ("answered", "Répondue le"),
    ("audience", "Portée"),
    ("published", "Question publiée"),
    ("answer", "Réponse"),
    ("answer_pieces", "Documents de la réponse"),
    ("version", "Version"),
    ("reason", "Motif de la correction"),
)
KINDS = {"number": NUMBER, "version": NUMBER, "instant": INSTANT, "answered": INSTANT}
COLUMNS_OF_FILES = tuple(Column(title, KINDS.get(name, TEXT)) for name, title in COLUMNS)
AUDIENCES = {"demandeur": "Demandeur seul", "tous": "Tous"}


class Questions:
    """The register, oldest first. A question without answer has one row; one answered several times has a row a version.

    Rows are made when they are asked for: a page of fifty among ten thousand reads fifty questions.
    """

    def __init__(self, consultation):
        self.asked, self._found = journal.made(consultation, "questions", lambda: self._read(consultation))

    @staticmethod
    def _read(consultation):
        asked, answers = [], {}
        for _id, kind, data, _salt in journal.raw(consultation, "question", "reponse"):
            if kind == "question":
                asked.append(data)
            else:
                answers.setdefault(jcs.peek(data, "question"), []).append(data)
        return len(asked), [
            (number, data, given)
            for number, data in enumerate(asked, 1)
            for given in answers.get(jcs.peek(data, "question"), (None,))
        ]

    def __len__(self):
        return len(self._found)

    def rows(self, start=0, stop=None):
        """Return dicts with the keys of COLUMNS and ``key``, that of the question. Instants are aware, ``pieces`` lists of names."""
        return [self._row(*found) for found in self._found[start:stop]]

    @staticmethod
    def _row(number, data, given):
        event = jcs.loads(data)
        base = {
            "key": event["question"],
            "number": number,
            "instant": clock.from_rfc3339(event["instant"]),
            "company": event.get("entreprise", ""),
            "siret": event.get("siret", ""),
            "lot": event.get("lot", ""),
            "text": event.get("texte", ""),
            "pieces": [piece["nom"] for piece in event.get("pieces", ())],
        }
        return base | (NOTHING if given is None else _answer(jcs.loads(given)))


def rows(consultation):
    """Return all rows of the register, oldest first (see Questions)."""
    return Questions(consultation).rows()


NOTHING = {
    "answered": None,
    "audience": "",
    "published": "",
    "answer": "",
    "answer_pieces": [],
    "version": "",
    "reason": "",
}


def _answer(event):
    return {
        "answered": clock.from_rfc3339(event["instant"]),
        "audience": AUDIENCES.get(event.get("portee"), ""),
        "published": event.get("question_publiee", ""),
        "answer": event.get("texte", ""),
        "answer_pieces": [piece["nom"] for piece in event.get("pieces", ())],
        "version": event.get("version", 1),
        "reason": event.get("motif", ""),
    }


def cells(row):
    """Return the cells of a row, in the order of COLUMNS."""
    values = (row[name] for name, _title in COLUMNS)
    return [", ".join(value) if isinstance(value, list) else value for value in values]
