"""The addresses of S²LOW about flows and returns, as finance software and Pastell ask for them."""

from functools import cached_property
from megalis.portal.formats.pes import states
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios import service
from megalis.portal.helios import transactions
from megalis.portal.kernel import clock
from megalis.portal.organisations import assurance
from megalis.portal.transports.s2low import addresses
from megalis.portal.transports.s2low import answers
from megalis.portal.transports.s2low.fields import FORBIDDEN
from megalis.portal.transports.s2low.fields import Ko
from megalis.portal.transports.s2low.fields import UNKNOWN
from plone import api
from plone.namedfile.utils import stream_data


FOLLOW, PREPARE, TRANSMIT = "megalis: Follow flows", "megalis: Prepare flows", "megalis: Transmit flows"
RIGHTS = {addresses.READ: FOLLOW, addresses.PREPARE: PREPARE, addresses.TRANSMIT: TRANSMIT}
SHOWN = 1000


class Uploaded:
    """A file of a request as ``service`` takes it: a name and a stream."""

    def __init__(self, upload):
        self.filename = upload.plain
        self.seek, self.read = upload.handle.seek, upload.handle.read


class Room:
    """ISoftwareRoom of the module ``helios``."""

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def check(self, address):
        self.right = RIGHTS[address.right]
        if self.collectivite is None:
            raise Ko(FORBIDDEN, "Votre compte n'a pas ce droit sur les flux de sa collectivité.")

    def answer(self, address, command):
        return getattr(self, f"do_{address.command}")(command)

    @cached_property
    def collectivite(self):
        """The collectivité the agent handles flows for: the first of his where the address is open to him."""
        for collectivite in self.person.collectivites:
            if api.user.has_permission(self.right, obj=collectivite):
                return collectivite
        return None

    def flux(self, command):
        """Return the flow a command names, when the agent may see it; Ko otherwise, without saying whether it exists."""
        found = transactions.find(command.id)
        if found is None or not api.user.has_permission(self.right, obj=found):
            raise Ko(UNKNOWN, "Numéro de transaction inconnu.")
        return found

    def retour(self, command):
        registre, found = transactions.find_retour(command.id)
        if found is None or not api.user.has_permission(self.right, obj=registre):
            raise Ko(UNKNOWN, "Numéro de retour inconnu.")
        return found

    @property
    def userid(self):
        return api.user.get_current().getId()

    @property
    def is_assured(self):
        """Tell whether this program may transmit what it deposited; else what it sends waits for a person, as S²LOW does."""
        kept = registres.reglages(registres.of(self.collectivite))
        return not kept["deux_personnes"] and assurance.is_reached(kept["assurance"], self.request)

    def do_import_flow(self, command):
        flux = service.deposit(self.collectivite, Uploaded(command.file), self.userid, "S²LOW")
        if flux.lecture is not None:
            rules.first_refused(service.findings(flux))
        if api.user.has_permission(TRANSMIT, obj=self.collectivite) and self.is_assured:
            service.transmit_when_ready(flux, self.userid)
        else:
            service.submit_when_ready(flux, self.userid)
        return answers.imported(flux.number)

    def do_flow_status(self, command):
        flux = self.flux(command)
        code = states.ETATS[flux.etat].code
        words = flux.history[-1].words
        if flux.etat == states.DEPOSE and flux.lecture.errors:
            code, words = answers.FAILED, flux.lecture.errors[0][1]
        if flux.destroyed_at is not None:
            code = states.DESTROYED
        return answers.flow_status(flux.number, code, words if code == answers.FAILED else "")

    def do_flow_acknowledgement(self, command):
        flux = self.flux(command)
        if flux.destroyed_at is not None:
            raise Ko(UNKNOWN, "Les fichiers du flux ont été détruits.")
        if not flux.answers:
            raise Ko(UNKNOWN, "Le flux n'est pas encore acquitté.")
        return self.file(flux.answers[-1].name, flux.answers[-1].file)

    def do_returns(self, command):
        registre = registres.of(self.collectivite)
        kept = registre.retours.values() if registre is not None else ()
        found = sorted((item for item in kept if not item.read_by), key=lambda item: (item.at, item.number))[:SHOWN]
        rows = [(item.number, item.name, clock.paris(item.at)) for item in found]
        return answers.returns(self.collectivite.siret, clock.paris(clock.now()), rows)

    def do_return_file(self, command):
        found = self.retour(command)
        return self.file(found.name, found.file)

    def do_return_read(self, command):
        found = self.retour(command)
        found.read_by = found.read_by or self.userid
        return answers.return_read(found.number)

    def file(self, name, file):
        """Answer a stored file under its name."""
        response = self.request.response
        response.setHeader("Content-Type", "text/xml")
        plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in name)
        response.setHeader("Content-Disposition", f'attachment; filename="{plain}"')
        response.setHeader("Content-Length", str(file.getSize()))
        return stream_data(file)
