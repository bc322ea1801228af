"""An act that has ended: its archive for the archive service, what that service said, and the end of its files here."""

from megalis.portal.actes import archiving
from megalis.portal.actes.browser.base import OfActe
from megalis.portal.actes.browser.base import TRANSMIT
from megalis.portal.consultations.dce import transfer
from megalis.portal.organisations.browser.keeping import KeepingPage


class Archiving(KeepingPage, OfActe):
    """``@@archivage`` of an act."""

    page_title = "Archiver l’acte"
    keeping = archiving.KEEPING
    what = (
        "L’acte, ses annexes, tout l’échange avec la préfecture et le bordereau d’acquittement, décrits au format SEDA 2.1, pour "
        "votre service d’archives."
    )
    goes = "Les messages échangés et les fichiers qui ne sont pas sur le registre public seront détruits, sans retour possible."
    stays = (
        "L’acte reste au registre avec ses dates, son identifiant, son historique et son bordereau ; ce qui est publié reste en "
        "ligne, à la même adresse."
    )
    back_label = "Revenir à l’acte"
    confirm_label = "recopiez le numéro de l’acte"
    role = "transmetteur d’actes"
    destroyed_words = "Les fichiers de l’acte sont détruits. Il reste au registre, avec ses dates et son bordereau."

    @property
    def is_answered(self):
        return self.context.reception is not None

    @property
    def may_keep(self):
        return self.may(TRANSMIT)

    @property
    def named(self):
        return self.context.numero


class Archive(transfer.Download):
    """``@@archive-seda.zip``: the act, its exchange and its acknowledgement, to be given to an archive service (SEDA 2.1)."""

    back = "/@@archivage"

    def make(self):
        return archiving.make(self.context)
