"""What the answers of the Trésor come to: for the whole flow, for the rows of a page, as a list of anomalies.

Several acknowledgements may answer one flow; their elements are laid over it together.
"""

from dataclasses import dataclass
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import model


WITH_BORDEREAU = "refuse-avec"  # nothing is wrong with the row itself: its bordereau is refused whole
REMARKED = "accepte-anomalie"
LABELS = {
    acquit.ACCEPTED: "Accepté",
    REMARKED: "Accepté, anomalie signalée",
    acquit.REFUSED: "Refusé",
    WITH_BORDEREAU: "Refusé avec son bordereau",
    acquit.UNANSWERED: "Sans réponse",
    acquit.MIXED: "Accepté en partie",
}
KINDS = {
    acquit.ACCEPTED: "ok",
    REMARKED: "soon",
    acquit.REFUSED: "bad",
    WITH_BORDEREAU: "soon",
    acquit.UNANSWERED: "run",
    acquit.MIXED: "soon",
}


def about(element):
    """Return what an element answers on: (bordereau, exercice, attachment, market), all "" for the flow itself."""
    return acquit.number(element.bordereau), acquit.number(element.exercice), element.unique, element.marche


def whole(elements):
    """Return what the answers come to: ACCEPTED, REFUSED, MIXED, or UNANSWERED without any.

    A thing answered twice is refused when one answer refuses it, and so is the whole flow when an answer on it does.
    """
    things = {}
    for element in elements:
        key = about(element)
        things[key] = things.get(key, True) and element.accepte
    flow = things.pop(("", "", "", ""), None)
    if flow is False:
        return acquit.REFUSED
    found = set(things.values())
    if not found:
        return acquit.UNANSWERED if flow is None else acquit.ACCEPTED
    return acquit.MIXED if len(found) == 2 else acquit.ACCEPTED if True in found else acquit.REFUSED


def shown(answer):
    """Return how a row is shown: the state of its ``acquit.Reponse``, told apart when the anomaly is not its own."""
    if answer.etat == acquit.REFUSED and not answer.erreurs:
        return WITH_BORDEREAU
    if answer.etat == acquit.ACCEPTED and answer.erreurs:
        return REMARKED
    return answer.etat


def heads(bordereaux, elements):
    """Return ``{index: Reponse}`` of bordereaux, with or without their pièces."""
    domaines = [model.Domaine(item.domaine, bordereaux=[item]) for item in bordereaux]
    flux = model.Flux(model.ALLER, domaines=domaines)
    return acquit.merge(flux, acquit.Acquit(elements=list(elements))).bordereaux


def attachments(items, elements):
    """Return ``{IdUnique: Reponse}`` of attachments."""
    flux = model.Flux(model.ALLER, pieces_jointes=list(items))
    return acquit.merge(flux, acquit.Acquit(elements=list(elements))).pieces_jointes


def rows(bordereau, elements):
    """Return ``(pieces, lignes)`` of one bordereau with some of its pièces: ``{rank: Reponse}``, ``{(rank, place): Reponse}``."""
    flux = model.Flux(model.ALLER, domaines=[model.Domaine(bordereau.domaine, bordereaux=[bordereau])])
    merged = acquit.merge(flux, acquit.Acquit(elements=list(elements)))
    pieces = {rank: answer for (_index, rank), answer in merged.pieces.items()}
    lignes = {(rank, place): answer for (_index, rank, place), answer in merged.lignes.items()}
    return pieces, lignes


@dataclass(frozen=True, slots=True)
class Anomalie:
    """One anomaly of the Trésor, at the level it was told: "" for what does not apply."""

    domaine: str
    bordereau: str
    exercice: str
    piece: str
    ligne: str
    unique: str
    code: str
    libelle: str
    bloquante: bool = True

    @property
    def lieu(self):
        """Return where it is, as people say it."""
        if self.unique:
            return f"Pièce jointe {self.unique}"
        told = [f"Bordereau {self.bordereau}/{self.exercice}"] if self.bordereau else []
        told += [f"pièce {self.piece}"] if self.piece else []
        told += [f"ligne {self.ligne}"] if self.ligne else []
        return ", ".join(told) or "Le flux entier"


def anomalies(elements):
    """Return every ``Anomalie`` of the elements, in the order they were told, each once."""
    found = {}
    for element in elements:
        name = acquit.DOMAINS.get(element.domaine.lstrip("0") or "0", element.domaine)
        place = (name, element.bordereau, element.exercice)
        told = [("", "", error) for error in element.erreurs]
        told += [(piece, "", error) for piece, errors in element.pieces.items() for error in errors]
        told += [(piece, line, error) for (piece, line), errors in element.lignes.items() for error in errors]
        for piece, line, error in told:
            item = Anomalie(*place, piece, line, element.unique, error.code, error.libelle, not element.accepte)
            found.setdefault(item)
        if not told and not element.accepte:
            found.setdefault(Anomalie(*place, "", "", element.unique, "", "Refusé sans motif donné"))
    return list(found)
