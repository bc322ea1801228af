"""What the Trésor answers, read (v1 and v2 alike) and laid over the flow it answers: bordereau, pièce, line, attachment.

An answer is mixed more often than not: one bordereau taken and another refused, or a refusal that comes from a single line.
"""

from dataclasses import dataclass
from dataclasses import field
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source as sources


ACCEPTED, REFUSED, MIXED, UNANSWERED = "accepte", "refuse", "mixte", "sans-reponse"
DOMAINS = {
    "0": "technique", "1": "signature technique", "2": "signature globale", "3": "signature de bordereau",
    "4": "pièce jointe", "5": "dépense", "6": "recette", "7": "rôle", "8": "budget", "9": "actif", "10": "passif",
    "11": "marché", "12": "facture", "99": "paramétrage",
}  # fmt: skip

_OF_DOMAIN = {"depense": ("5",), "recette": ("6", "7")}


@dataclass(frozen=True, slots=True)
class Erreur:
    """An anomaly of the Trésor: its code and its words."""

    code: str
    libelle: str


@dataclass(slots=True)
class Element:
    """The answer on one thing: a bordereau, an attachment (``unique``), a market, or the flow itself.

    ``pieces`` is ``{pièce: errors}``, ``lignes`` ``{(pièce, line): errors}``.
    """

    domaine: str
    accepte: bool
    bordereau: str = ""
    exercice: str = ""
    unique: str = ""
    marche: str = ""
    erreurs: list[Erreur] = field(default_factory=list)
    pieces: dict = field(default_factory=dict)
    lignes: dict = field(default_factory=dict)
    line: int = 0


@dataclass(slots=True)
class Acquit:
    """An acknowledgement; its ``entete.key`` is that of the flow it answers."""

    entete: model.Entete = field(default_factory=model.Entete)
    elements: list[Element] = field(default_factory=list)

    @property
    def outcome(self):
        """Return the answer as a whole."""
        return _outcome(element.accepte for element in self.elements)

    def summary(self):
        """Return its figures as a JSON object."""
        return {
            "nomfic": self.entete.nomfic,
            "codcol": self.entete.cod_col,
            "collectivite": self.entete.collectivite,
            "date": self.entete.date,
            "resultat": self.outcome,
            "elements": len(self.elements),
            "refuses": sum(not element.accepte for element in self.elements),
        }


def _outcome(answers):
    found = set(answers)
    if not found:
        return UNANSWERED
    return MIXED if len(found) == 2 else ACCEPTED if True in found else REFUSED


def read(source, schema=None):
    """Return ``(Acquit, entries of the log of the schema)`` of a ``Source``; raises ``Refused``."""
    if model.ROOTS.get(source.root) != model.ACQUIT:
        raise reading.unknown(source)
    found, envelopes = Acquit(), []

    def take(element, stream):
        if element.tag == "Enveloppe":
            envelopes.append(element)
        elif element.tag == "EnTetePES":
            found.entete = reading.entete(envelopes[-1] if envelopes else None, element)
        else:
            found.elements.append(_element(element))
            stream.drop(element)

    stream = sources.Stream(source, ("Enveloppe", "EnTetePES", "ElementACQUIT"), schema=schema)
    return found, reading.follow(stream, take, schema)


def _element(element):
    told = reading.values(element)
    found = Element(
        domaine=told.get("DomaineAck", ""),
        accepte=told.get("EtatAck", "").strip().lower() in ("1", "true"),
        bordereau=told.get("NumBord", ""),
        exercice=told.get("ExerciceBord", ""),
        unique=told.get("IdUnique", ""),
        marche=told.get("IdMarche", ""),
        erreurs=_errors(element),
        line=element.sourceline or 0,
    )
    for detail in element.iterfind("DetailPiece"):
        piece = number(reading.values(detail).get("NumPiece", ""))
        found.pieces.setdefault(piece, []).extend(_errors(detail))
        for line in detail.iterfind("DetailLigne"):
            place = piece, number(reading.values(line).get("NumLigne", ""))
            found.lignes.setdefault(place, []).extend(_errors(line))
    if told.get("NumPiece") or told.get("NumAnoAck") or told.get("LibelleAnoAck"):
        _first_version(found, told)
    return found


def _first_version(found, told):
    """v1 has one anomaly an element, with the pièce and the line beside it."""
    errors = [Erreur(told.get("NumAnoAck", ""), told.get("LibelleAnoAck", ""))] if told.get("NumAnoAck") else []
    piece, line = number(told.get("NumPiece", "")), number(told.get("NumLigne", ""))
    if piece and line:
        found.pieces.setdefault(piece, [])
        found.lignes[piece, line] = errors
    elif piece:
        found.pieces[piece] = errors
    else:
        found.erreurs += errors


def _errors(element):
    told = [reading.values(error) for error in element.iterfind("Erreur")]
    return [Erreur(item.get("NumAnoAck", ""), item.get("LibelleAnoAck", "")) for item in told]


def number(text):
    """Return a number as both sides can be compared: spaces and leading zeros are not part of it."""
    text = text.strip()
    return text.lstrip("0") or text[-1:]


@dataclass(slots=True)
class Reponse:
    """The answer on one row of the flow, at its level: ``etat`` and the anomalies of that level only."""

    etat: str = UNANSWERED
    erreurs: list[Erreur] = field(default_factory=list)


@dataclass(slots=True)
class Merged:
    """Answers by row, each keyed by the place of the row in the flow.

    ``bordereaux``: ``{index}`` in ``flux.bordereaux``; ``pieces``: ``{(bordereau, pièce)}`` and ``lignes``:
    ``{(bordereau, pièce, ligne)}``, all indexes; ``pieces_jointes``: ``{IdUnique}``; ``flux``: what is on the flow itself;
    ``orphans``: elements that answer nothing of this flow.
    """

    bordereaux: dict = field(default_factory=dict)
    pieces: dict = field(default_factory=dict)
    lignes: dict = field(default_factory=dict)
    pieces_jointes: dict = field(default_factory=dict)
    flux: list = field(default_factory=list)
    orphans: list = field(default_factory=list)


def merge(flux, acquit):
    """Lay an acknowledgement over the flow it answers; return the ``Merged``.

    A pièce of a refused bordereau that has no anomaly of its own is refused with it: the Trésor takes a bordereau whole.
    """
    merged = Merged(
        bordereaux={index: Reponse() for index in range(len(flux.bordereaux))},
        pieces_jointes={item.unique: Reponse() for item in flux.pieces_jointes},
    )
    places = {}
    for index, item in enumerate(flux.bordereaux):
        for domain in _OF_DOMAIN[item.domaine]:
            places.setdefault((domain, number(item.exercice), number(item.numero)), []).append(index)
        places.setdefault(("3", number(item.exercice), number(item.numero)), []).append(index)
    for element in acquit.elements:
        found = places.get((element.domaine.lstrip("0"), number(element.exercice), number(element.bordereau)), ())
        if element.bordereau and found:
            for index in found:
                _bordereau(merged, flux.bordereaux[index], index, element)
        elif element.unique and element.unique in merged.pieces_jointes:
            _answer(merged.pieces_jointes[element.unique], element)
        elif element.bordereau or element.unique:
            merged.orphans.append(element)
        else:
            merged.flux.append(element)
    return merged


def _answer(answer, element):
    """A refusal is never hidden by another answer on the same row."""
    answer.etat = ACCEPTED if element.accepte and answer.etat != REFUSED else REFUSED
    answer.erreurs += element.erreurs


def _bordereau(merged, bordereau, index, element):
    _answer(merged.bordereaux[index], element)
    state = merged.bordereaux[index].etat
    for rank, piece in enumerate(bordereau.pieces):
        key = number(piece.numero)
        answer = merged.pieces.setdefault((index, rank), Reponse())
        answer.etat = state
        answer.erreurs += element.pieces.get(key, ())
        for place, ligne in enumerate(piece.lignes):
            line = merged.lignes.setdefault((index, rank, place), Reponse())
            line.etat = state
            line.erreurs += element.lignes.get((key, number(ligne.numero)), ())
