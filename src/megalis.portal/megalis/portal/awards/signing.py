"""Award documents signed outside the platform and put back here, each with its fingerprint.

The platform signs nothing in anybody's name: the acte d'engagement is signed by the holder and by the buyer with their own
tools, and what is kept is the file as it is, told to the journal by its SHA-256.
"""

from megalis.portal.awards import notification
from megalis.portal.awards import store
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import ISignedDocuments
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.tracking import indexers
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from zope.component import adapter
from zope.interface import implementer


SIGNATORIES = {"titulaire": "Le titulaire", "acheteur": "L’acheteur", "tous": "Les deux parties"}
CONCLUDE = ("acheteur", "tous")  # the contract is made once the buyer signs it
MOST = 2000  # documents of a consultation


class Signed:
    """A signed document; immutable. ``piece`` is its exchanges.attachments.Attachment.

    ``holder`` is the key (notification.key_of) of whom it was signed with, where a lot has several holders; or "".
    """

    __slots__ = ("at", "by", "holder", "lot", "piece", "signed_by")

    def __init__(self, lot, piece, signed_by, by, at, holder=""):
        self.lot = lot
        self.holder = holder
        self.piece = piece
        self.signed_by = signed_by
        self.by = by
        self.at = at

    def __setstate__(self, state):
        self.holder = ""  # those kept before a lot could have several holders have none
        for name, value in state[1].items():
            setattr(self, name, value)


@implementer(ISignedDocuments)
@adapter(IConsultation)
class SignedDocuments:
    """See ISignedDocuments."""

    def __init__(self, consultation):
        self.consultation = consultation

    def of(self, recipient, lots):
        kept, found = api.decisions(self.consultation), []
        for item in documents(self.consultation):
            if item.lot not in lots:
                continue
            holders = [
                holder for holder in decisions.holders_of(kept[item.lot]) if letters.is_holder(holder, recipient)
            ]
            if holders and item.holder in ("", *map(notification.key_of, holders)):
                found.append(item.piece)
        return found

    def concluded(self):
        found = [item.at for item in documents(self.consultation) if item.signed_by in CONCLUDE]
        return min(found, default=None)


def documents(consultation):
    """Return the Signed, oldest first."""
    award = store.of(consultation)
    return award.signed if award is not None else ()


def find(consultation, key):
    """Return the Signed of a document's id, or None."""
    return next((item for item in documents(consultation) if item.piece.id == key), None)


def add(consultation, lot, pieces, signed_by, by, holder=""):
    """Keep signed documents of an awarded lot, of one of its holders where ``holder`` is a key; Refused ``signature.*``."""
    if api.state(consultation) not in (phase.DECIDEE, phase.NOTIFIEE):
        raise Refused("signature.etape", "Les documents signés se versent une fois les décisions arrêtées.")
    kept = api.decisions(consultation).get(lot)
    if kept is None or kept["decision"] != "attribue":
        raise Refused("signature.lot", "Ce lot n’est pas attribué : rien ne se signe pour lui.")
    if holder and holder not in map(notification.key_of, decisions.holders_of(kept)):
        raise Refused("signature.titulaire", "Ce titulaire n’est pas celui de ce lot : rechargez la page.")
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
    award.signed = (*award.signed, *(Signed(lot, piece, signed_by, by, now, holder) for piece in pieces))
    event = {"type": "piece-signee", **workflow.identity(consultation), "lot": lot, "signataire": signed_by, "par": by}
    journal.record(consultation, {**event, "pieces": [piece.told() for piece in pieces]}, instant=now)
    indexers.refresh(consultation)
