"""A flow that has ended: its archive for the archive service, what that service said, and the end of its files here."""

from megalis.portal.consultations.dce import transfer
from megalis.portal.formats.pes import states
from megalis.portal.helios import archiving
from megalis.portal.helios.browser.base import OfFlux
from megalis.portal.organisations.browser.keeping import KeepingPage


class Archiving(KeepingPage, OfFlux):
    """``@@archivage``."""

    page_title = "Archiver le flux"
    keeping = archiving.KEEPING
    what = "Le flux et les acquittements du Trésor, décrits au format SEDA 2.1, pour votre service d’archives."
    goes = "Le flux, ses tableaux, ses pièces jointes et ses acquittements seront détruits, sans retour possible."
    stays = "Son nom, ses chiffres, ses empreintes et son historique restent."
    back_label = "Revenir au flux"
    confirm_label = "recopiez le nom du flux"
    role = "transmetteur de flux comptables"
    destroyed_words = "Les fichiers du flux sont détruits. Son nom, ses chiffres et ses empreintes restent."

    @property
    def is_answered(self):
        return self.context.etat in states.ANSWERED

    @property
    def may_keep(self):
        return self.may_transmit

    @property
    def named(self):
        return self.context.title


class Archive(transfer.Download):
    """``@@archive-seda.zip``: the flow and its acknowledgements, to be given to an archive service (SEDA 2.1)."""

    back = "/@@archivage"

    def make(self):
        return archiving.make(self.context)
