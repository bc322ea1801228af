"""Contracts of the demonstration: past years' purchases of its communes, entered by hand as an agent would, some modified."""

from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.marches import recording
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import limits
from megalis.portal.marches.rules import MARCHE


OBJECTS = (
    ("Entretien des espaces verts communaux", "77310000", 64_000),
    ("Réfection de la toiture de la salle omnisports", "45261900", 182_500),
    ("Fourniture de repas pour les écoles", "55523100", 96_000),
    ("Maîtrise d’œuvre de la halle couverte", "71221000", 58_750),
    ("Renouvellement de l’éclairage public, tranche 2", "45316110", 143_200),
)
EACH = 3  # published contracts a collectivité
MODIFIED = 2  # of which one in so many is modified
AGO = 45  # days between two contracts


def fill(towns, bidders):
    """Publish contracts of the towns, and leave one to complete in the first; return how many are published."""
    count = 0
    for town in towns:
        for _rank in range(EACH):
            _published(town, bidders[count % len(bidders)], count)
            count += 1
    _draft(towns[0], bidders[0])
    return count


def _raw(town, bidder, rank):
    title, cpv, amount = OBJECTS[rank % len(OBJECTS)]
    day = clock.paris(clock.now()).date() - timedelta(days=30 + AGO * rank // 2)
    return {
        "id": f"{day.year}-D{rank:03d}",
        "acheteur": {"id": town.siret},
        "nature": "Marché",
        "objet": title,
        "codeCPV": cpv,
        "procedure": "Procédure adaptée",
        "lieuExecution": {"code": town.department, "typeCode": "Code département"},
        "dureeMois": 12,
        "dateNotification": day.isoformat(),
        "montant": amount,
        "formePrix": "Unitaire",
        "titulaires": [{"titulaire": {"typeIdentifiant": "SIRET", "id": bidder.siret}}],
        "considerationsSociales": {"considerationSociale": ["Clause sociale"]},
        "considerationsEnvironnementales": {"considerationEnvironnementale": ["Clause environnementale"]},
        "techniques": {"technique": ["Sans objet"]},
        "modalitesExecution": {"modaliteExecution": ["Sans objet"]},
        "typesPrix": {"typePrix": ["Définitif révisable"]},
        "marcheInnovant": False,
        "ccag": "Fournitures courantes et services",
        "offresRecues": 2 + rank % 4,
        "attributionAvance": False,
        "typeGroupementOperateurs": "Pas de groupement",
        "sousTraitanceDeclaree": False,
    }


def _published(town, bidder, rank):
    record = recording.add(town, MARCHE, _raw(town, bidder, rank), source="saisie")
    recording.publish(record)
    if rank % MODIFIED == 0:
        day = clock.paris(clock.now()).date() - timedelta(days=7)
        change = {"dateNotificationModification": day.isoformat(), "montant": record.raw["montant"] + 9_000}
        recording.amend(
            record,
            amending.MODIFICATION,
            change,
            reason="Prestations supplémentaires",
            basis=limits.Basis(limits.MORE),
        )


def _draft(town, bidder):
    raw = _raw(town, bidder, 1)
    missing = ("ccag", "formePrix", "typesPrix", "attributionAvance")
    draft = {name: value for name, value in raw.items() if name not in missing}
    recording.add(town, MARCHE, {**draft, "id": f"{raw['id'][:4]}-BROUILLON", "objet": "Achat d’une balayeuse"})
