"""The last look before a flow leaves; a flow taken up again, or given up."""

from functools import cached_property
from megalis.portal.formats.pes import lifecycle
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import registre as registres
from megalis.portal.helios import service
from megalis.portal.helios.browser.base import OfFlux
from megalis.portal.theme.words import size


class Transmit(OfFlux):
    """``@@transmettre``: what keeps the flow here, or the last look before it leaves."""

    page_title = "Transmettre au Trésor"

    @cached_property
    def findings(self):
        return service.findings(self.context)

    @property
    def is_sendable(self):
        return self.context.etat in (states.A_CONTROLER, states.DEPOSE)

    @property
    def other_person(self):
        """True when somebody else has to transmit."""
        return registres.reglages(self.registre)["deux_personnes"] and self.userid == self.context.prepared_by

    @property
    def warnings(self):
        return self.context.lecture.warnings if self.context.lecture is not None else ()

    @property
    def facts(self):
        flux, found = self.context, self.context.lecture.summary
        return [
            ("Budget", " ".join(filter(None, (flux.entete.cod_bud, flux.entete.budget)))),
            ("Exercice", ", ".join(found.get("exercices", ()))),
            ("Bordereaux", str(found["bordereaux"])),
            ("Pièces", str(found["pieces"])),
            ("Montant HT", self.amount(found["montant_ht"])),
            ("Pièces jointes", str(found["pieces_jointes"])),
            ("Taille", size(flux.size)),
        ]

    def do_transmettre(self):
        if not self.may_transmit:
            raise Refused(
                "pes.role", "Transmettre demande le rôle de transmetteur de flux comptables : demandez la transmission."
            )
        self.prove()
        service.transmit(self.context, self.userid)
        self.done(
            "Le flux est confié à la télétransmission : il part dans les secondes qui viennent.", self.dossier_url
        )

    def do_demander(self):
        service.submit(self.context, self.userid)
        self.done("La transmission est demandée. Ceux qui peuvent transmettre sont prévenus.", self.dossier_url)


class Resume(OfFlux):
    """``@@reprendre``: a flow that was cut, refused or left without an answer is sent again; one that stayed is given up."""

    page_title = "Reprendre le flux"

    @property
    def may_resend(self):
        return self.may_transmit and "renvoi" in lifecycle.allowed(self.context.etat)

    @property
    def may_abandon(self):
        return "abandon" in lifecycle.allowed(self.context.etat)

    @property
    def uncertain(self):
        return self.context.etat in (states.ENVOI_INCERTAIN, states.SANS_REPONSE)

    @property
    def reason(self):
        return self.context.history[-1].words if self.context.history else ""

    def do_renvoyer(self):
        if not self.may_transmit:
            raise Refused("pes.role", "Renvoyer demande le rôle de transmetteur de flux comptables.")
        self.prove()
        service.resend(self.context, self.userid)
        self.done("Le flux repart dans les secondes qui viennent, sous le même nom.", self.dossier_url)

    def do_abandonner(self):
        service.abandon(self.context, self.userid)
        self.done("Le flux est abandonné. Son nom (NomFic) peut resservir.", self.dossier_url)
