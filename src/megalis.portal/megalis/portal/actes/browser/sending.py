"""The last look before an act leaves; an act taken up again, cancelled, or given up."""

from functools import cached_property
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.actes.browser.base import OfActe
from megalis.portal.actes.browser.base import TRANSMIT
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused


class Transmit(OfActe):
    """``@@transmettre``: what is missing, or the last look before the act leaves."""

    page_title = "Transmettre à la préfecture"

    @cached_property
    def findings(self):
        return service.findings(self.context)

    @property
    def is_sendable(self):
        return self.context.etat in (states.BROUILLON, states.REFUSE_CONTROLE)

    @property
    def may_transmit(self):
        return self.may(TRANSMIT)

    @property
    def other_person(self):
        """True when somebody else has to transmit."""
        return registres.reglages(self.registre)["deux_personnes"] and self.userid == self.context.prepared_by

    @property
    def remarks(self):
        return [(piece.name, text) for piece in self.context.pieces for _code, text in piece.remarks]

    @property
    def total(self):
        return sum(piece.size for piece in self.context.pieces)

    def do_transmettre(self):
        if not self.may_transmit:
            raise Refused(
                "actes.role", "Transmettre demande le rôle de transmetteur d’actes : demandez la transmission."
            )
        self.prove()
        service.transmit(self.context, self.userid)
        self.done("L’acte est confié à la télétransmission : il part dans les secondes qui viennent.", self.dossier_url)

    def do_demander(self):
        service.submit(self.context, self.userid)
        self.done("La transmission est demandée. Ceux qui peuvent transmettre sont prévenus.", self.dossier_url)


class Resume(OfActe):
    """``@@reprendre``: an act that was refused, or that nobody answered: correct it, or send it again."""

    page_title = "Reprendre l’acte"

    @property
    def may_correct(self):
        return "correction" in lifecycle.TRANSITIONS[self.context.etat]

    @property
    def may_resend(self):
        return "renvoi" in lifecycle.TRANSITIONS[self.context.etat]

    @property
    def uncertain(self):
        return self.context.etat in (states.ENVOI_INCERTAIN, states.SANS_REPONSE)

    @property
    def reason(self):
        return self.context.history[-1].words if self.context.history else ""

    def do_renvoyer(self):
        self.prove()
        service.resend(self.context, self.userid)
        self.done("L’acte repart dans les secondes qui viennent.", self.dossier_url)

    def do_corriger(self):
        service.move(self.context, "correction", by=self.userid)
        self.done(
            "L’acte est de nouveau un brouillon : corrigez-le, puis transmettez.",
            f"{self.context.absolute_url()}/@@modifier",
        )


class Cancel(OfActe):
    """``@@annulation``: ask the préfecture to cancel a received act, or give up one that never left."""

    @property
    def received(self):
        return lifecycle.CANCEL in lifecycle.TRANSITIONS[self.context.etat]

    @property
    def possible(self):
        return self.received or "refus" in lifecycle.TRANSITIONS[self.context.etat]

    @property
    def page_title(self):
        return "Annuler la transmission" if self.received else "Abandonner l’acte"

    def do_annuler(self):
        self.prove()
        service.cancel(self.context, self.userid)
        self.done("L’annulation est demandée à la préfecture.", self.dossier_url)

    def do_abandonner(self):
        service.abandon(self.context, self.userid)
        self.done("L’acte est abandonné. Son numéro est de nouveau libre.", self.dossier_url)
