"""Acts of the demonstration: registers that may send, a classification, acts in preparation for whoever looks, and published ones.

The published ones go the whole way: sent to the simulated préfecture, acknowledged by it, then put on the register.
"""

from datetime import timedelta
from io import BytesIO
from megalis.portal.actes import arriving
from megalis.portal.actes import gateway
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import classification
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes import territory
from megalis.portal.formats.actes.parts import Matiere
from megalis.portal.kernel import outbox
from megalis.portal.kernel import pdf
from megalis.portal.organisations import directory
from megalis.portal.transports.simulator.prefecture import CLASSIFICATION
from time import monotonic
from time import sleep

import transaction


COMMUNE = "31"
PATIENCE = 2  # seconds the first start waits for the simulated préfecture; the acts are then only on their way
KINDS = (("Agglomération", "46"), ("Communauté de communes", "44"), ("Communauté", "46"), ("Département", "21"))
ACTS = (
    ("DEMO_001", 1, "7.5", "Attribution d’une subvention à l’association des parents d’élèves", "Délibération", 1),
    ("DEMO_002", 2, "6.1", "Règlement de la circulation pendant les travaux de la place de la mairie", "Arrêté", 0),
    ("DEMO_003", 1, "8.4", "Aménagement du bourg : approbation de l’avant-projet", "Délibération", 2),
)
PUBLISHED = (
    ("DEMO_101", 1, "7.1", "Budget primitif de l’année : vote", "Délibération", 0),
    (
        "DEMO_102",
        1,
        "8.5",
        "Logements de la rue du Port : convention avec l’office public de l’habitat",
        "Délibération",
        1,
    ),
    ("DEMO_103", 2, "6.1", "Marché du dimanche : stationnement sur la place", "Arrêté", 0),
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
    for act in ACTS:
        _draft(towns[0], act, 2, agent)


def publish(site):
    """Send a few acts to the simulated préfecture, take in its answers, publish; return how many. Commits.

    Nothing where the deployment names a transport of its own: what is made up never leaves this machine.
    """
    transport = gateway.transport()
    first = next((act for act in _acts(site) if act.numero == ACTS[0][0]), None)
    if transport is None or first is None or not gateway.is_simulated():
        return 0
    registre = registres.around(first)
    town, agent = registres.collectivite_of(registre), first.prepared_by
    made = [_draft(town, act, 12 - 3 * rank, agent) for rank, act in enumerate(PUBLISHED)]
    for acte in made:
        service.transmit(acte, agent)
    # what other rooms have to send is the worker's: the site is shown meanwhile
    held = {message.kind for message in outbox.messages(site)} - {service.KIND} - set(outbox.paused(site))
    for kind in held:
        outbox.pause(site, kind)
    outbox.drain(site)
    for kind in held:
        outbox.resume(site, kind)
    end = monotonic() + PATIENCE
    while any(acte.etat == states.TRANSMIS for acte in made) and monotonic() < end:
        if not arriving.read(site, transport):
            sleep(0.02)
    answered = [acte for acte in made if acte.etat == states.ACQUITTE]
    for acte in answered:
        outcome.publish(acte, agent)
    transaction.commit()
    return len(answered)


def _acts(site):
    for town in site[directory.COLLECTIVITES].objectValues():
        registre = registres.of(town)
        yield from registre.objectValues() if registre is not None else ()


def _draft(town, act, age, agent):
    """Return a draft with its files, decided ``age`` days ago."""
    numero, nature, matiere, objet, title, annexes = act
    values = {"numero": numero, "date_decision": service.today() - timedelta(days=age), "nature": nature}
    acte = service.draft(town, {**values, "matiere": matiere, "objet": objet, "papier": False}, agent)
    for rank in range(annexes + 1):
        name = f"{title.lower()}-{numero.lower()}.pdf" if rank == 0 else f"annexe-{rank}.pdf"
        story = [pdf.paragraph(objet, "h2"), pdf.paragraph("Document de démonstration, sans valeur.")]
        service.add_piece(acte, _File(name, pdf.build(title if rank == 0 else f"Annexe {rank}", story)))
    return acte


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
