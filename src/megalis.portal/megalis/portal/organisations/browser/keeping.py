"""What has ended, for its agents: its archive, what the archive service said, and the end of its files here (``kernel.keeping``)."""

from datetime import date
from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import keeping


class KeepingPage:
    """``@@archivage``, before the ground page of a room.

    The room gives ``keeping`` (its ``Keeping``), ``named`` (what is copied out to confirm), ``may_keep``, ``dossier_url``, and
    the words ``what`` (what the archive holds), ``stays``, ``goes``, ``back_label``, ``confirm_label``, ``role``.
    """

    keeping = None
    accepted_words = "L’accord du service d’archives est noté."
    destroyed_words = ""

    @property
    def is_destroyed(self):
        return self.context.destroyed_at is not None

    @property
    def may_archive(self):
        """Tell whether there is an archive to take."""
        return not self.is_destroyed and self.is_answered

    @property
    def may_note(self):
        """Tell whether the archive service’s answer may be written down now."""
        told = self.context.archived and not self.keeping.is_stale(self.context)
        return self.may_keep and not told and self.keeping.first_archivable(self.context) is not None

    @cached_property
    def obstacles(self):
        return self.keeping.obstacles(self.context)

    @property
    def until(self):
        return self.keeping.until(self.context)

    @property
    def warning(self):
        return self.keeping.warning(self.context)

    @property
    def accepted(self):
        """What the archive service said, in words; "" before."""
        if not self.context.archived:
            return ""
        day, reference = self.context.archived
        return f"Pris en charge le {day:%d/%m/%Y}, référence {reference}."

    @property
    def today(self):
        return keeping.today().isoformat()

    @staticmethod
    def day_of(day):
        return f"{day:%d/%m/%Y}"

    def _allowed(self):
        if not self.may_keep:
            raise Refused("archives.role", f"Archiver et détruire demandent le rôle de {self.role}.")

    def do_accepter(self):
        self._allowed()
        try:
            day = date.fromisoformat(self.field("jour"))
        except ValueError:
            day = None
        self.keeping.accepted(self.context, self.field("reference"), day, self.userid)
        self.done(self.accepted_words, self.url)

    def do_detruire(self):
        self._allowed()
        if self.field("confirmation") != self.named:
            raise Refused(
                "archives.confirmation", f"Pour confirmer la destruction, {self.confirm_label} : {self.named}."
            )
        self.keeping.destroy(self.context, self.userid)
        self.done(self.destroyed_words, self.dossier_url)
