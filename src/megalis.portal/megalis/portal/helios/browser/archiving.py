"""A flow that has ended: its archive for the archive service, what that service said, and the end of its files here."""

from datetime import date
from functools import cached_property
from megalis.portal.consultations.dce import transfer
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import archiving
from megalis.portal.helios.browser.base import OfFlux


class Archiving(OfFlux):
    """``@@archivage``."""

    page_title = "Archiver le flux"

    @property
    def is_answered(self):
        return self.context.etat in states.ANSWERED

    @property
    def is_destroyed(self):
        return self.context.destroyed_at is not None

    @property
    def may_archive(self):
        return self.is_answered and not self.is_destroyed

    @cached_property
    def obstacles(self):
        return archiving.obstacles(self.context)

    @property
    def until(self):
        return archiving.until(self.context)

    @property
    def accepted(self):
        """What the archive service said, in words; "" before."""
        if not self.context.archived:
            return ""
        day, reference = self.context.archived
        return f"Pris en charge le {day:%d/%m/%Y}, référence {reference}."

    @property
    def today(self):
        return archiving.today().isoformat()

    @staticmethod
    def day_of(day):
        return f"{day:%d/%m/%Y}"

    def _allowed(self):
        if not self.may_transmit:
            raise Refused("pes.role", "Archiver et détruire demandent le rôle de transmetteur de flux comptables.")

    def do_accepter(self):
        self._allowed()
        try:
            day = date.fromisoformat(self.field("jour"))
        except ValueError:
            day = None
        archiving.accepted(self.context, self.field("reference"), day, self.userid)
        self.done("L’accord du service d’archives est noté.", f"{self.dossier_url}/@@archivage")

    def do_detruire(self):
        self._allowed()
        if self.field("confirmation") != self.context.title:
            raise Refused(
                "archives.confirmation",
                f"Pour confirmer la destruction, recopiez le nom du flux : {self.context.title}.",
            )
        archiving.destroy(self.context, self.userid)
        self.done(
            "Les fichiers du flux sont détruits. Son nom, ses chiffres et ses empreintes restent.", self.dossier_url
        )


class Archive(transfer.Download):
    """``@@archive-seda.zip``: the flow and its acknowledgements, to be given to an archive service (SEDA 2.1)."""

    back = "/@@archivage"

    def make(self):
        return archiving.make(self.context)
