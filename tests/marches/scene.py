"""What the tests of the room share: a contract as a person types it."""

from datetime import datetime
from datetime import UTC
from megalis.portal.formats import siren


NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
BUYER = siren.siret_of("213500051")
HOLDER = siren.siret_of("552049447")
FORM = {
    "id": "2026-VOI-01-L1", "acheteur.id": BUYER, "nature": "Marché", "objet": "Voirie, lot 1", "codeCPV": "45233140",
    "procedure": "Procédure adaptée", "lieuExecution.code": "22", "lieuExecution.typeCode": "Code département",
    "dureeMois": "12", "dateNotification": "2026-04-20", "montant": "120 000,50", "formePrix": "Mixte",
    "titulaires.0.typeIdentifiant": "SIRET", "titulaires.0.id": HOLDER, "titulaires.1.typeIdentifiant": "SIRET",
    "considerationsSociales": "Clause sociale", "considerationsEnvironnementales": ["Clause environnementale"],
    "techniques": "Sans objet", "modalitesExecution": "Sans objet", "typesPrix": "Définitif ferme", "marcheInnovant": "false",
    "ccag": "Travaux", "offresRecues": "3", "attributionAvance": "true", "tauxAvance": "0,05",
    "typeGroupementOperateurs": "Pas de groupement", "sousTraitanceDeclaree": "false",
}  # fmt: skip
