"""What is looked at before an act leaves: a refusal here costs a click, one of the préfecture costs a day.

Pure checks only; whether the number was used before, whether a PDF opens or its signature holds, is known elsewhere and
added to these findings.
"""

from dataclasses import dataclass
from datetime import date
from lxml import etree
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes.archive import MAX_ARCHIVE
from megalis.portal.formats.actes.classification import SIGNATURE
from megalis.portal.formats.actes.latin import lost
from megalis.portal.formats.actes.rules import objet
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.safexml import load
from megalis.portal.formats.verdict import Finding


BUDGET = 5
FORMATS = {"pdf": b"%PDF-", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}
# A detached signature is itself a file of the act (99_SE); it is no document and has its own forms.
SIGNATURE_FORMATS = ("p7s", "xml", "pkcs7", "sig")
HEAD = 1024
MAX_FILES = 500
MAX_BUDGET = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to send: its own name, type, size in bytes, and first ``HEAD`` bytes.

    ``seal``: for a budget act, what ``sealed`` said of the whole file; None for another.
    """

    nom: str
    type_pj: str
    taille: int
    debut: bytes
    seal: bool | None = None

    @property
    def extension(self):
        """The extension, lower case, without its dot."""
        return self.nom.rpartition(".")[2].lower() if "." in self.nom else ""


@dataclass(frozen=True, slots=True)
class Projet:
    """An act about to be sent: the first piece is the act, the others its annexes."""

    numero: str
    date: date
    nature: int
    matiere: str
    objet: str
    classification: date | None
    pieces: tuple[Piece, ...]


def findings(projet, classification, today):
    """Return every reason not to send the act on ``today``, as a tuple of ``Finding``.

    ``classification`` is the one in force at the préfecture of the collectivité. Codes: ``actes.numero``, ``.date-future``,
    ``.objet``, ``.objet-lettres``, ``.nature``, ``.matiere-inconnue``, ``.matiere-generale``,
    ``.classification-absente``, ``.classification-perimee``, ``.type-absent``, ``.type-nature``, ``.document``,
    ``.fichier-vide``, ``.format``, ``.contenu``, ``.taille``, ``.budget``, ``.scellement``, ``.annexe-budget``.
    """
    found = []
    for rule in (
        lambda: names.number(projet.numero),
        lambda: classification.codes(projet.matiere),
        lambda: classification.nature(projet.nature),
    ):
        try:
            rule()
        except Refused as refusal:
            found.append(Finding(refusal.code, refusal.message))
    objet(found, projet.objet)
    if lost(projet.objet):
        found.append(
            Finding(
                "actes.objet-lettres",
                f"L’objet contient « {lost(projet.objet)[:20]} », que la préfecture ne peut pas lire : écrivez-le autrement.",
            )
        )
    found += _dates(projet, classification, today)
    found += _pieces(projet, classification)
    return tuple(found)


def _dates(projet, classification, today):
    if projet.date > today:
        yield Finding(
            "actes.date-future",
            f"La date de décision {projet.date:%d/%m/%Y} est dans le futur : un acte s’envoie une fois pris. Corrigez-la.",
        )
    if classification.date is None or projet.classification is None:
        yield Finding(
            "actes.classification-absente",
            "La classification de la préfecture n’a pas encore été reçue : demandez-la, puis envoyez l’acte.",
        )
    elif projet.classification != classification.date:
        yield Finding(
            "actes.classification-perimee",
            f"L’acte suit la classification du {projet.classification:%d/%m/%Y}, la préfecture en est à celle du "
            f"{classification.date:%d/%m/%Y} : choisissez de nouveau la matière et les types de pièces.",
        )


def _pieces(projet, classification):
    if not projet.pieces:
        yield Finding("actes.document", "Le document de l’acte manque : ajoutez-le.")
        return
    if len(projet.pieces) > MAX_FILES:
        yield Finding("actes.document", f"L’acte a {len(projet.pieces)} fichiers, {MAX_FILES} au plus : regroupez-les.")
    total = sum(piece.taille for piece in projet.pieces)
    if total > MAX_ARCHIVE:
        yield Finding(
            "actes.taille",
            f"Les fichiers pèsent {total / 1048576:.0f} Mo, l’envoi est limité à {MAX_ARCHIVE // 1048576} Mo : allégez-les, "
            "ou envoyez le reste sur papier.",
        )
    admitted = _admitted(projet.nature, classification)
    for rank, piece in enumerate(projet.pieces):
        yield from _type(piece, rank, admitted)
        yield from _format(piece, rank, projet.nature)
    if projet.nature == BUDGET and len(projet.pieces) < 2:
        yield Finding(
            "actes.annexe-budget", "Un document budgétaire s’envoie avec au moins une annexe : joignez la délibération."
        )


def _admitted(nature, classification):
    try:
        return {item.code for item in classification.types(nature)}
    except Refused:
        return None


def _type(piece, rank, admitted):
    shown = piece.nom[:80]
    if not piece.type_pj:
        yield Finding("actes.type-absent", f"« {shown} » n’a pas de type de pièce : choisissez-le dans la liste.")
    elif admitted is not None and piece.type_pj not in admitted:
        yield Finding(
            "actes.type-nature",
            f"Le type « {piece.type_pj[:10]} » de « {shown} » n’est pas admis pour cette nature d’acte : choisissez-en un autre.",
        )
    elif rank == 0 and piece.type_pj == SIGNATURE:
        yield Finding("actes.type-nature", f"« {shown} » est l’acte : son type ne peut pas être une signature.")


def _format(piece, rank, nature):
    shown = piece.nom[:80]
    if not piece.taille:
        yield Finding("actes.fichier-vide", f"« {shown} » est vide (0 octet) : choisissez le bon fichier.")
        return
    if nature == BUDGET and rank == 0:
        if piece.extension != "xml":
            yield Finding("actes.budget", f"« {shown} » : l’acte budgétaire est le fichier XML de TotEM, pas un autre.")
        elif not piece.seal:
            yield Finding(
                "actes.scellement", f"« {shown} » n’est pas scellé : scellez-le dans TotEM, puis reprenez-le."
            )
        return
    if piece.type_pj == SIGNATURE and piece.extension in SIGNATURE_FORMATS:
        return
    if piece.extension not in FORMATS:
        yield Finding(
            "actes.format", f"« {shown} » n’est ni PDF, ni JPG, ni PNG : enregistrez-le dans un de ces formats."
        )
        return
    mark = FORMATS[piece.extension]
    if not (mark in piece.debut[:HEAD] if piece.extension == "pdf" else piece.debut.startswith(mark)):
        yield Finding("actes.contenu", f"« {shown} » n’est pas un fichier {piece.extension.upper()} malgré son nom.")


def sealed(data):
    """True when bytes are a budget document of TotEM with its seal; False for anything else, never a failure."""
    try:
        root = load(data, max_bytes=MAX_BUDGET, max_elements=2_000_000).root
    except Refused:
        return False
    held = {etree.QName(item).localname.lower() for item in root.iter("*")}
    return etree.QName(root).localname == "DocumentBudgetaire" and "scellement" in held
