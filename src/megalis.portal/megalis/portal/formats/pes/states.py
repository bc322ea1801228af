"""Where a flow stands: the codes agents and their software know (those of S²LOW), and the finer states behind them.

Any answer of the Trésor, good or bad, is « information disponible » (8) for other software, which then reads it; what it says
is the finer state.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from megalis.portal.formats.pes import acquit

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
    """Return ``{code: French label}`` of the public states, -1 to 24."""
    text = files("megalis.portal.formats").joinpath("data/pes_etats.csv").read_text("utf-8")
    return {int(row["code"]): row["libelle"] for row in csv.DictReader(text.splitlines())}


A_CONTROLER = "a-controler"
DEPOSE = "depose"
ABANDONNE = "abandonne"
A_TRANSMETTRE = "a-transmettre"
EN_ENVOI = "en-envoi"
ENVOI_INCERTAIN = "envoi-incertain"
ENVOI_REFUSE = "envoi-refuse"
TRANSMIS = "transmis"
SANS_REPONSE = "sans-reponse"
RECU = "recu"
ACQUITTE = "acquitte"
MIXTE = "acquitte-en-partie"
REFUSE = "refuse"

ETATS = {
    etat.nom: etat
    for etat in (
        Etat(A_CONTROLER, 14, "Déposé, contrôle en cours"),
        Etat(DEPOSE, 14, "Déposé, à transmettre"),
        Etat(ABANDONNE, 0, "Abandonné", True),
        Etat(A_TRANSMETTRE, 2, "Prêt, en attente de transmission"),
        Etat(EN_ENVOI, 2, "Transmission en cours"),
        Etat(ENVOI_INCERTAIN, 2, "Transmission interrompue : reçu ou non, on ne sait pas"),
        Etat(ENVOI_REFUSE, -1, "Refusé à la transmission"),
        Etat(TRANSMIS, 3, "Transmis, en attente d’acquittement"),
        Etat(SANS_REPONSE, 24, "Transmis, sans acquittement depuis plus de 48 heures"),
        Etat(RECU, 4, "Reçu par le Trésor, sans détail"),
        Etat(ACQUITTE, 8, "Accepté par le Trésor", True),
        Etat(MIXTE, 8, "Accepté en partie", True),
        Etat(REFUSE, 8, "Refusé par le Trésor", True),
    )
}
DESTROYED = 22  # the public code of a flow whose files are gone, whatever became of it
WAITING = (A_TRANSMETTRE, EN_ENVOI, ENVOI_INCERTAIN, TRANSMIS, SANS_REPONSE)
ANSWERED = (RECU, ACQUITTE, MIXTE, REFUSE)
OF_OUTCOME = {
    acquit.ACCEPTED: ACQUITTE,
    acquit.MIXED: MIXTE,
    acquit.REFUSED: REFUSE,
    acquit.UNANSWERED: RECU,
}
