"""The words under which people meet the fields of essential data, and what a field asks of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """``label``, ``help`` under it, ``unit`` in it."""

    label: str
    help: str = ""
    unit: str = ""


EUROS = "€ HT"
MONTHS = "mois"

FIELDS = {
    "id": Words("Identifiant du contrat", "De 1 à 16 caractères ; il ne sert qu’une fois chez l’acheteur."),
    "acheteur": Words("Acheteur"),
    "autoriteConcedante": Words("Autorité concédante"),
    "acheteur.id": Words("SIRET", "Quatorze chiffres, clé vérifiée."),
    "autoriteConcedante.id": Words("SIRET", "Quatorze chiffres, clé vérifiée."),
    "nature": Words("Nature"),
    "objet": Words("Objet", "1 000 caractères au plus."),
    "codeCPV": Words("Code CPV", "Huit chiffres, puis au besoin un tiret et la clé : 45233140-2."),
    "procedure": Words("Procédure"),
    "lieuExecution": Words("Lieu principal d’exécution"),
    "code": Words("Code", "29 pour le Finistère, 35238 pour Rennes."),
    "typeCode": Words("Sorte de code"),
    "dureeMois": Words("Durée", "Nombre entier de mois, reconductions comprises.", MONTHS),
    "dateNotification": Words("Date de notification"),
    "dateSignature": Words("Date de signature"),
    "dateDebutExecution": Words("Début de l’exécution"),
    "montant": Words("Montant", "Montant forfaitaire ou estimé maximum, hors taxes.", EUROS),
    "valeurGlobale": Words("Valeur globale", "", EUROS),
    "montantSubventionPublique": Words("Subventions publiques", "Zéro s’il n’y en a pas.", "€"),
    "formePrix": Words("Forme du prix"),
    "titulaires": Words("Titulaires", "Un par ligne ; SIRET pour une entreprise établie en France."),
    "concessionnaires": Words("Concessionnaires", "Un par ligne ; SIRET pour une entreprise établie en France."),
    "sousTraitant": Words("Sous-traitant"),
    "typeIdentifiant": Words("Sorte d’identifiant"),
    "titulaire.id": Words("Identifiant"),
    "considerationsSociales": Words("Considérations sociales"),
    "considerationsEnvironnementales": Words("Considérations environnementales"),
    "techniques": Words("Techniques d’achat"),
    "modalitesExecution": Words("Modalités d’exécution"),
    "typesPrix": Words("Types de prix"),
    "marcheInnovant": Words("Achat innovant"),
    "ccag": Words("CCAG de référence"),
    "offresRecues": Words("Offres reçues", "Pour ce lot, celles hors délai non comprises."),
    "attributionAvance": Words("Avance accordée"),
    "tauxAvance": Words("Taux de l’avance", "Entre 0 et 1 : 0,05 pour 5 % ; 0 si le taux n’est pas connu."),
    "typeGroupementOperateurs": Words("Groupement d’entreprises"),
    "sousTraitanceDeclaree": Words("Sous-traitance déclarée"),
    "idAccordCadre": Words("Identifiant de l’accord-cadre", "Pour un marché subséquent."),
    "origineUE": Words("Part d’origine européenne", "Entre 0 et 1 ; vide si elle n’est pas connue."),
    "origineFrance": Words("Part d’origine française", "Entre 0 et 1 ; vide si elle n’est pas connue."),
    "dateNotificationModification": Words("Date de notification de la modification"),
    "dateSignatureModification": Words("Date de signature de la modification"),
    "dateNotificationModificationSousTraitance": Words("Date de notification de la modification"),
    "variationPrix": Words("Variation du prix"),
    "depensesInvestissement": Words("Dépenses d’investissement", "De l’année, hors taxes.", "€"),
    "tarifs": Words("Tarifs à la charge des usagers"),
    "intituleTarif": Words("Intitulé"),
    "tarif": Words("Tarif", "", "€"),
}
SECTIONS = (
    ("Le contrat", ("id", "acheteur", "autoriteConcedante", "nature", "objet", "codeCPV", "lieuExecution", "idAccordCadre")),
    (
        "La procédure",
        ("procedure", "techniques", "modalitesExecution", "offresRecues", "marcheInnovant", "ccag"),
    ),
    (
        "Qui et combien",
        (
            "titulaires", "concessionnaires", "typeGroupementOperateurs", "sousTraitanceDeclaree", "montant", "valeurGlobale",
            "montantSubventionPublique", "formePrix", "typesPrix", "attributionAvance", "tauxAvance",
        ),
    ),
    ("Quand", ("dateNotification", "dateSignature", "dateDebutExecution", "dureeMois")),
    (
        "Considérations et origine",
        ("considerationsSociales", "considerationsEnvironnementales", "origineUE", "origineFrance"),
    ),
)  # fmt: skip
ACTS = {
    "modification": "Modification (avenant)",
    "sous-traitance": "Acte de sous-traitance",
    "modification-sous-traitance": "Modification d’un acte de sous-traitance",
    "execution": "Données annuelles d’exécution",
}


def words_of(name, parent=""):
    """Return the Words of a field, those of its place in ``parent`` first."""
    return FIELDS.get(f"{parent}.{name}") or FIELDS.get(name) or Words(name)
