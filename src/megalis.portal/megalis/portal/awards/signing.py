"""Award documents signed outside the platform and put back here, each with its fingerprint.

The platform signs nothing in anybody's name: the acte d'engagement is signed by the holder and by the buyer with their own
tools, and what is kept is the file as it is, told to the journal by its SHA-256.
"""

from megalis.portal.awards import store
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import phase
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal


SIGNATORIES = {"titulaire": "Le titulaire", "acheteur": "L’acheteur", "tous": "Les deux parties"}
MOST = 2000  # documents of a consultation


class Signed:
    """A signed document; immutable. ``piece`` is its exchanges.attachments.Attachment."""

    __slots__ = ("at", "by", "lot", "piece", "signed_by")

    def __init__(self, lot, piece, signed_by, by, at):
        self.lot = lot
        self.piece = piece
        self.signed_by = signed_by
        self.by = by
        self.at = at


def documents(consultation):
    """Return the Signed, oldest first."""
    award = store.of(consultation)
    return award.signed if award is not None else ()


def find(consultation, key):
    """Return the Signed of a document's id, or None."""
    return next((item for item in documents(consultation) if item.piece.id == key), None)


def add(consultation, lot, pieces, signed_by, by):
    """Keep signed documents of an awarded lot; Refused ``signature.*``."""
    if api.state(consultation) not in (phase.DECIDEE, phase.NOTIFIEE):
        raise Refused("signature.etape", "Les documents signés se versent une fois les décisions arrêtées.")
    kept = api.decisions(consultation).get(lot)
    if kept is None or kept["decision"] != "attribue":
        raise Refused("signature.lot", "Ce lot n’est pas attribué : rien ne se signe pour lui.")
    if signed_by not in SIGNATORIES:
        raise Refused("signature.signataire", "Dites qui a signé ce document.")
    if not pieces:
        raise Refused("signature.vide", "Choisissez le document signé, tel que l’outil de signature l’a rendu.")
    known = {item.piece.sha256: item for item in documents(consultation)}
    for piece in pieces:
        if piece.sha256 in known:
            raise Refused(
                "signature.double", f"« {piece.name} » est déjà versé : c’est le même fichier, octet pour octet."
            )
    if len(known) + len(pieces) > MOST:
        raise Refused("signature.nombre", f"{MOST} documents signés au plus : réunissez-les en une archive.")
    now = clock.now()
    award = store.for_write(consultation)
    award.signed = (*award.signed, *(Signed(lot, piece, signed_by, by, now) for piece in pieces))
    event = {"type": "piece-signee", **workflow.identity(consultation), "lot": lot, "signataire": signed_by, "par": by}
    journal.record(consultation, {**event, "pieces": [piece.told() for piece in pieces]}, instant=now)
