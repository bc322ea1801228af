"""IDocumentUse: a document of another room, of a workspace first, becomes the draft of an act of the person’s collectivité."""

from megalis.portal.actes import proposing
from megalis.portal.actes import rules
from megalis.portal.formats.actes.sending import FORMATS
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.interfaces import IDocumentUse
from plone import api
from zope.interface import implementer


PREPARE = "megalis: Prepare acts"


@implementer(IDocumentUse)
class Proposal:
    """« Proposer comme acte »."""

    title = "Proposer comme acte"
    words = "Un brouillon d’acte est fait avec la dernière version ; vous le complétez, puis il part comme les autres."

    def accepts(self, name):
        return name.rpartition(".")[2].lower() in FORMATS

    def places(self, person):
        found = [place for place in person.collectivites if api.user.has_permission(PREPARE, obj=place)]
        return sorted(((place.siren, place.title) for place in found), key=lambda item: item[1])

    def make(self, person, place, name, data, source):
        found = next((item for item in person.collectivites if item.siren == place), None)
        if found is None or not api.user.has_permission(PREPARE, obj=found):
            raise Refused(
                "actes.role", "Préparer un acte demande le rôle de rédacteur d’actes de la collectivité choisie.", place
            )
        values = proposing.guessed(name, rules.DELIBERATION, proposing.numbers(found))
        acte = proposing.propose(found, values, [proposing.Offered(name, data)], person.userid, source)
        return f"{acte.absolute_url()}/@@modifier"
