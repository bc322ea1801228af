"""The few eForms codes people see, in the words of French public buyers.

Codes come from the SDK code lists (procurement-procedure-type, contract-nature, award-criterion-type, number-*,
framework-agreement, permission...). Our procedure vocabulary follows the one of the essential data of public contracts
(arrêté of 22 December 2022), so that a consultation, its notice and its published result speak alike; what these data
call techniques (concours, dynamic system, contract under a framework) stands among the procedures, as buyers say it.
"""

PROCEDURES = {
    "procedure-adaptee": "Procédure adaptée",
    "appel-offres-ouvert": "Appel d’offres ouvert",
    "appel-offres-restreint": "Appel d’offres restreint",
    "procedure-negociation": "Procédure avec négociation",
    "dialogue-competitif": "Dialogue compétitif",
    "concours": "Concours",
    "systeme-acquisition-dynamique": "Système d’acquisition dynamique",
    "marche-subsequent": "Marché subséquent ou spécifique",
    "partenariat-innovation": "Partenariat d’innovation",
    "concession": "Concession",
    "sans-publicite": "Marché passé sans publicité ni mise en concurrence préalable",
    "autre": "Autre procédure",
}

_FORMAL = {
    "open": "appel-offres-ouvert",
    "restricted": "appel-offres-restreint",
    "neg-w-call": "procedure-negociation",
    "comp-dial": "dialogue-competitif",
    "comp-tend": "autre",
    "innovation": "partenariat-innovation",
    "neg-wo-call": "sans-publicite",
    "oth-single": "procedure-adaptee",
    "oth-mult": "procedure-adaptee",
    "exp-int-rail": "autre",
}

NATURES = {"works": "travaux", "supplies": "fournitures", "services": "services", "combined": "services"}

CRITERION_TYPES = {"price": "Prix", "cost": "Coût", "quality": "Qualité"}

PARAMETER_KINDS = {"number-weight": "weight", "number-fixed": "fixed", "number-threshold": "threshold"}
PARAMETER_LISTS = {kind: name for name, kind in PARAMETER_KINDS.items()}

PERCENTAGES = ("per-exa", "per-mid")

PERMISSIONS = {"allowed": "Autorisé", "not-allowed": "Interdit", "required": "Obligatoire"}

FRAMEWORKS = {
    "none": "Pas d’accord-cadre",
    "fa-wo-rc": "Accord-cadre à bons de commande",
    "fa-w-rc": "Accord-cadre à marchés subséquents",
    "fa-mix": "Accord-cadre à bons de commande et à marchés subséquents",
}

RESERVED = {
    "none": "Participation non réservée",
    "res-ws": "Réservé aux ateliers protégés et aux entreprises d’insertion",
    "res-pub-ser": "Réservé aux structures de l’économie sociale et solidaire chargées d’un service public",
}

DURATION_UNITS = {"DAY": "jours", "WEEK": "semaines", "MONTH": "mois", "YEAR": "ans"}

SUBTYPES = {
    "16": "Avis de marché, directive générale 2014/24/UE",
    "17": "Avis de marché, directive sectorielle 2014/25/UE",
    "E3": "Avis de marché sous les seuils européens",
}


def procedure(code, subtype):
    """Return the key of ``PROCEDURES`` for a BT-105 code in a notice of a subtype.

    A voluntary notice (E3) is sent below the thresholds: an "open" procedure there is a procédure adaptée
    (article L. 2123-1 of the Code de la commande publique). A procedure that is not told is one too.
    """
    if subtype == "E3" and code in ("", "open", "restricted", "neg-w-call"):
        return "procedure-adaptee"
    return _FORMAL.get(code, "autre")


def nature(code):
    """Return ``travaux``, ``fournitures`` or ``services`` for a BT-23 code; '' when it is none of them."""
    return NATURES.get(code, "")
