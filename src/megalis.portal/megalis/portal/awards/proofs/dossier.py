"""The proofs in the archive of a consultation."""

from megalis.portal.awards.proofs import store
from megalis.portal.awards.proofs.kinds import KINDS
from megalis.portal.consultations.dossier.parts import Kept
from megalis.portal.consultations.dossier.parts import step
from megalis.portal.kernel.interfaces import DossierFile


class Proofs(Kept):
    """What the administrations gave."""

    title = "Justificatifs des administrations"
    folder = "justificatifs"
    order = 74

    def found(self):
        return store.received(self.consultation)

    def size(self, item):
        return item.piece.size

    def file(self, rank, item):
        title = f"{KINDS[item.kind].title}, {item.name}"
        return DossierFile(f"{step(item.name)}/{item.piece.name}", item.piece.blob, title, item.answered)
