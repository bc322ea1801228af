"""What leaves for the Trésor: the handler of outbox messages of kind ``pes``.

A sending that a dead worker had begun is not sent again blindly: the transport is asked whether it has it, and where it cannot
tell, the flow says so and a person decides, or its acknowledgement does.
"""

from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import gateway
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios import service
from megalis.portal.helios.history import remember
from megalis.portal.kernel import clock
from megalis.portal.kernel import numbering
from megalis.portal.kernel import outbox
from megalis.portal.transports import helios
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from zope.interface import implementer

import transaction


LEAVING = (states.A_TRANSMETTRE, states.EN_ENVOI)


@implementer(outbox.IOutboxHandler)
class Sender:
    """Sends one flow. Commits between its steps: what was begun is known before the first byte."""

    title = "Envoi des flux PES au Trésor"

    def send(self, site, message):
        transport = gateway.transport()
        if transport is None:
            raise LookupError("aucun transport n’est configuré pour les flux (MEGALIS_PES_HOTE ou MEGALIS_PES_SORTIE)")
        flux = site.unrestrictedTraverse(str(message.payload["path"]), None)
        if flux is None:
            raise outbox.Undeliverable("le flux n’existe plus")
        if flux.etat not in LEAVING:
            raise outbox.Undeliverable(f"le flux est « {flux.etat} » : il n’a plus à partir")
        name_it(site, flux)
        destination = registres.reglages(registres.around(flux))["destination"]
        with flux.file.open() as stream:
            try:
                parameters = helios.parameters(destination, flux.entete)
            except Refusal as failure:
                self._refused(flux, failure)
            sending = Sending(flux.sent_as, stream.name, parameters, flux.sha256)
            self._carry(transport, flux, message, sending)

    def _carry(self, transport, flux, message, sending):
        if message.payload["begun"] and flux.etat == states.EN_ENVOI:
            if self._was_seen(transport, sending):
                self._sent(flux)
                return
            service.move(flux, "arret")
            transaction.commit()
            raise outbox.Undeliverable("envoi coupé : on ne sait pas si le Trésor a le flux")
        message.payload["begun"] = True
        if flux.etat == states.A_TRANSMETTRE:
            service.move(flux, "envoi")
        transaction.commit()
        try:
            transport.send(sending)
        except TryLater:
            message.payload["begun"] = False
            service.move(flux, "envoi-echoue")
            transaction.commit()
            raise
        except Refusal as failure:
            self._refused(flux, failure)
        except Unknown as failure:
            service.move(flux, "arret")
            transaction.commit()
            raise outbox.Undeliverable(str(failure)) from failure
        self._sent(flux)

    def _was_seen(self, transport, sending):
        try:
            return transport.seen(sending)
        except (TryLater, Refusal):
            return None

    def _sent(self, flux):
        if flux.etat == states.EN_ENVOI:  # its answer may have come before we learnt that it had left
            service.move(flux, "transmis", words=f"Reçu par la passerelle du Trésor sous le nom {flux.sent_as}")

    def _refused(self, flux, failure):
        if flux.etat == states.A_TRANSMETTRE:
            service.move(flux, "envoi")
        service.move(flux, "envoi-refuse", words=f"Refusé à la transmission : {failure}"[:500])
        transaction.commit()
        raise outbox.Undeliverable(str(failure)) from failure


def name_it(site, flux):
    """Give a flow the name it travels under, drawn once: a second try bears the same."""
    if flux.sent_as:
        return
    siret = flux.entete.collectivite if flux.entete.collectivite.isdigit() else ""
    siret = siret or registres.collectivite_of(flux).siret
    day = clock.paris(clock.now()).date()
    rank = numbering.next_number(site, f"pes-{siret}-{day:%Y%m%d}")
    try:
        flux.sent_as = rules.sent_name(siret, day, rank)
    except Refused as refusal:
        raise outbox.Later(refusal.message, 6 * 3600) from None
    remember(flux, f"Nommé {flux.sent_as} pour l’envoi")
