"""The register of questions: a projection of the journal's events, one row a question, its answers under it."""

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
AUDIENCES = {"demandeur": "Demandeur seul", "tous": "Tous"}


def rows(consultation):
    """Return the register, oldest first: dicts with the keys of COLUMNS.

    Instants are aware, ``pieces`` lists of names. A question without answer has one row; one answered several times has
    a row a version.
    """
    asked, answers = [], {}
    for event in journal.events(consultation, "question", "reponse"):
        if event["type"] == "question":
            asked.append(event)
        else:
            answers.setdefault(event.get("question", ""), []).append(event)
    found = []
    for number, event in enumerate(asked, 1):
        base = {
            "number": number,
            "instant": clock.from_rfc3339(event["instant"]),
            "company": event.get("entreprise", ""),
            "siret": event.get("siret", ""),
            "lot": event.get("lot", ""),
            "text": event.get("texte", ""),
            "pieces": [piece["nom"] for piece in event.get("pieces", ())],
        }
        found += [base | _answer(given) for given in answers.get(event.get("question", ""), ())] or [base | NOTHING]
    return found


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
    """Return the cells of a row as text, in the order of COLUMNS."""
    return [_cell(row[name]) for name, _title in COLUMNS]


def _cell(value):
    if isinstance(value, list):
        return ", ".join(value)
    if hasattr(value, "isoformat"):
        return f"{clock.paris(value):%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)
