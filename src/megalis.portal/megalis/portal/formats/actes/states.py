"""Where an act stands: the codes agents and their software know (those of S²LOW), and the finer states behind them.

The codes are an interface: other software asks for them over HTTP and acts on them. A finer state tells the operator
what the code hides, such as a sending that was cut before its result was known.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import csv


@dataclass(frozen=True, slots=True)
class Etat:
    """A state: its name, the public code it shows as, its French label, and whether it waits for nobody any more."""

    nom: str
    code: int
    libelle: str
    fini: bool = False


@cache
def public_codes():
    """Return ``{code: French label}`` of the public states, -1 to 22."""
    text = files("megalis.portal.formats").joinpath("data/actes_etats.csv").read_text("utf-8")
    return {int(row["code"]): row["libelle"] for row in csv.DictReader(text.splitlines())}


BROUILLON = "brouillon"
A_SIGNER = "a-signer"
POSTE = "poste"
REFUSE_CONTROLE = "refuse-controle"
ABANDONNE = "abandonne"
A_TRANSMETTRE = "a-transmettre"
EN_ENVOI = "en-envoi"
ENVOI_INCERTAIN = "envoi-incertain"
ENVOI_REFUSE = "envoi-refuse"
TRANSMIS = "transmis"
SANS_REPONSE = "sans-reponse"
ANOMALIE = "anomalie"
ACQUITTE = "acquitte"
CONTROLE_ECHU = "controle-echu"
ANNULATION_DEMANDEE = "annulation-demandee"
ANNULE = "annule"
A_ARCHIVER = "a-archiver"
ENVOYE_SAE = "envoye-sae"
RECU_SAE = "recu-sae"
ARCHIVE = "archive"
ERREUR_SAE = "erreur-sae"
ERREUR_ENVOI_SAE = "erreur-envoi-sae"
SAE_IMPOSSIBLE = "sae-impossible"
DETRUIT = "detruit"

ETATS = {
    etat.nom: etat
    for etat in (
        Etat(BROUILLON, 17, "Brouillon, à poster"),
        Etat(A_SIGNER, 18, "En attente de signature"),
        Etat(POSTE, 1, "Posté, contrôles en cours"),
        Etat(REFUSE_CONTROLE, -1, "Refusé par les contrôles de la plateforme"),
        Etat(ABANDONNE, 10, "Envoi refusé par la collectivité", True),
        Etat(A_TRANSMETTRE, 2, "Prêt, en attente de transmission"),
        Etat(EN_ENVOI, 2, "Transmission en cours"),
        Etat(ENVOI_INCERTAIN, 2, "Transmission interrompue : reçue ou non, on ne sait pas"),
        Etat(ENVOI_REFUSE, -1, "Refusé par le ministère à la transmission"),
        Etat(TRANSMIS, 3, "Transmis, en attente d’acquittement"),
        Etat(SANS_REPONSE, 3, "Transmis, sans réponse depuis plus de 4 heures"),
        Etat(ANOMALIE, -1, "Anomalie signalée par la préfecture"),
        Etat(ACQUITTE, 4, "Acquitté par la préfecture"),
        Etat(CONTROLE_ECHU, 4, "Acquitté, délai du contrôle de légalité écoulé"),
        Etat(ANNULATION_DEMANDEE, 4, "Annulation demandée"),
        Etat(ANNULE, 0, "Transmission annulée", True),
        Etat(A_ARCHIVER, 19, "À verser au système d’archivage"),
        Etat(ENVOYE_SAE, 12, "Envoyé au système d’archivage"),
        Etat(RECU_SAE, 15, "Reçu par le système d’archivage"),
        Etat(ARCHIVE, 13, "Archivé", True),
        Etat(ERREUR_SAE, 14, "Refusé par le système d’archivage"),
        Etat(ERREUR_ENVOI_SAE, 20, "Envoi au système d’archivage en échec"),
        Etat(SAE_IMPOSSIBLE, 22, "Ne peut pas être archivé"),
        Etat(DETRUIT, 16, "Copie de la plateforme détruite", True),
    )
}

COURRIER_RECU = "recu"
COURRIER_ACQUITTE = "ar-envoye"
REPONSE_ENVOYEE = "reponse-envoyee"
REPONSE_ACQUITTEE = "reponse-acquittee"

ETATS_COURRIER = {
    etat.nom: etat
    for etat in (
        Etat(COURRIER_RECU, 7, "Courrier reçu"),
        Etat(COURRIER_ACQUITTE, 8, "Courrier reçu, acquittement envoyé"),
        Etat(REPONSE_ENVOYEE, 9, "Réponse envoyée"),
        Etat(REPONSE_ACQUITTEE, 11, "Réponse acquittée par la préfecture", True),
    )
}
SANS_ACQUITTEMENT = 21
