"""The list of a company's answers as pure functions: what each says of itself, which of them a filter keeps."""

from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from unidecode import unidecode


STATES = {
    "recu": "Déposé",
    "remplace": "Remplacé",
    "retire": "Retiré",
    "hors-delai": "Hors délai",
}
TOLD = (phase.NOTIFIEE, phase.ARCHIVEE)


def state(kept, late):
    """Return the state of a deposit as its own company reads it, one of STATES."""
    return "hors-delai" if late else kept


def outcome(step, found, lots, siret):
    """Return what became of the answer, in words; "" while nothing may be told.

    ``step`` is the phase, ``found`` the decisions by lot ("" for an undivided contract), ``lots`` those answered.
    """
    if step == phase.ANNULEE:
        return "Consultation annulée"
    if step not in TOLD:
        return ""
    parts = []
    for lot in lots:
        decision = found.get(lot)
        if decision is None:
            continue
        if decision["decision"] == decisions.ATTRIBUE:
            word = "Retenue" if siret in _holders(decision) else "Non retenue"
        else:
            word = decisions.DECISIONS[decision["decision"]]
        parts.append(f"Lot {lot} : {word.lower()}" if lot else word)
    return ", ".join(parts)


def _holders(decision):
    """Return the SIRET of all who hold a lot, those of a group too."""
    return {
        number
        for holder in decisions.holders_of(decision)
        for number in (holder["siret"], *(siret for _name, siret in holder["members"]))
        if number
    }


def folded(text):
    """Return a text without case nor accents, as a search compares it."""
    return unidecode(" ".join(str(text).split())).casefold()


def kept(rows, words="", wanted="", year=""):
    """Return the rows that the filters keep: words in title, reference, buyer or number; a state; a year of reception."""
    asked = folded(words).split()
    found = []
    for row in rows:
        text = folded(f"{row['title']} {row['reference']} {row['buyer']} {row['number']}")
        if wanted in STATES and row["state"] != wanted:
            continue
        if year and str(row["year"]) != year:
            continue
        if all(word in text for word in asked):
            found.append(row)
    return found


def years(rows):
    """Return the years of reception, last first, as texts."""
    return sorted({str(row["year"]) for row in rows}, reverse=True)
