"""Acts of the demonstration: registers that may send, a classification, acts in preparation for whoever looks."""

from datetime import timedelta
from io import BytesIO
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import classification
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import territory
from megalis.portal.formats.actes.parts import Matiere
from megalis.portal.kernel import pdf
from megalis.portal.transports.simulator.prefecture import CLASSIFICATION


COMMUNE = "31"
KINDS = (("Agglomération", "46"), ("Communauté de communes", "44"), ("Communauté", "46"), ("Département", "21"))
ACTS = (
    ("DEMO_001", 1, "7.5", "Attribution d’une subvention à l’association des parents d’élèves", "Délibération", 1),
    ("DEMO_002", 2, "6.1", "Règlement de la circulation pendant les travaux de la place de la mairie", "Arrêté", 0),
    ("DEMO_003", 1, "8.4", "Aménagement du bourg : approbation de l’avant-projet", "Délibération", 2),
)


class _File(BytesIO):
    def __init__(self, filename, data):
        super().__init__(data)
        self.filename = filename


def fill(towns, agent):
    """Open the register of each town; the first one's has acts in preparation. ``agent``: who prepares them."""
    data = _classification()
    for town in towns:
        registre = registres.of(town, make=True)
        places = territory.arrondissements(registres.departement(town))
        own = [code for code, place in places.items() if place.casefold() in town.title.casefold()]
        values = {**registres.DEFAULTS, "arrondissement": min(own or places, default="1"), "nature": _kind(town.title)}
        registres.set_reglages(registre, {**values, "courriel": f"mairie@{town.getId()}.test"})
        registres.keep_classification(registre, data)
    for numero, nature, matiere, objet, title, annexes in ACTS:
        values = {"numero": numero, "date_decision": service.today() - timedelta(days=2), "nature": nature}
        acte = service.draft(towns[0], {**values, "matiere": matiere, "objet": objet, "papier": False}, agent)
        for rank in range(annexes + 1):
            name = f"{title.lower()}-{numero.lower()}.pdf" if rank == 0 else f"annexe-{rank}.pdf"
            story = [pdf.paragraph(objet, "h2"), pdf.paragraph("Document de démonstration, sans valeur.")]
            service.add_piece(acte, _File(name, pdf.build(title if rank == 0 else f"Annexe {rank}", story)))


def _kind(title):
    """Return the nature of a collectivité, as its convention says it."""
    return next((code for words, code in KINDS if words.casefold() in title.casefold()), COMMUNE)


def _classification():
    """Return the bytes of a 7-2 of the date the simulated préfecture is at, with the matières of the package."""
    known = classification.builtin()

    def grown(branch):
        below = tuple(grown(item) for item in known.below(branch.code))
        return Matiere(int(branch.code.rpartition(".")[2]), branch.libelle, below)

    tree = tuple(grown(item) for item in known.below())
    return codec.build(model.RetourClassification(CLASSIFICATION, tuple(known.natures.values()), tree), strict=False)
