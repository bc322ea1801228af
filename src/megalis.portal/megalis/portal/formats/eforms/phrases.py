"""Sentences of demonstration notices: introductions, clauses, criteria. Data in French, because people read it."""

INTRODUCTIONS = {
    "works": (
        "{Acheteur} engage une opération de travaux sur son territoire et consulte les entreprises en vue de sa réalisation.",
        "La présente consultation a pour objet des travaux réalisés pour le compte {de_acheteur}.",
        "{Acheteur} souhaite confier à des entreprises qualifiées les travaux décrits ci-après.",
    ),
    "supplies": (
        "{Acheteur} souhaite répondre aux besoins de ses services en fournitures de qualité.",
        "La consultation porte sur des fournitures courantes destinées aux services {de_acheteur}.",
        "{Acheteur} renouvelle un contrat arrivant à son terme et consulte les fournisseurs.",
    ),
    "services": (
        "{Acheteur} recherche un prestataire pour assurer les services décrits ci-après.",
        "La consultation a pour objet des prestations de services au bénéfice des usagers et des agents {de_acheteur}.",
        "{Acheteur} renouvelle un contrat arrivant à son terme et met en concurrence les prestataires.",
    ),
}

LOTS = "Les prestations sont réparties en {nombre} lots ; un candidat peut répondre à un ou plusieurs d’entre eux."
NO_LOTS = "Le contrat n’est pas alloti, car ses prestations forment un ensemble techniquement indissociable."
FRAMEWORK = (
    "Le contrat prend la forme d’un accord-cadre à bons de commande, sans minimum et avec un maximum de {maximum} € HT."
)
FRAMEWORK_LOTS = (
    "Chaque lot donne lieu à un accord-cadre à bons de commande, sans minimum ; le maximum, tous lots confondus, est de "
    "{maximum} € HT."
)
RENEWAL = "Le contrat est conclu pour douze mois et peut être reconduit tacitement {fois} fois."
VISIT = "Une visite du site est recommandée ; les créneaux sont proposés dans le règlement de la consultation."
CLOSINGS = (
    "Le dossier de consultation est téléchargeable gratuitement, sans inscription, sur le profil d’acheteur.",
    "Les questions sont posées sur le profil d’acheteur et les réponses sont adressées à tous, sans nommer leur auteur.",
    "Les candidatures et les offres sont remises par voie électronique, avant la date et l’heure limites.",
    "Les groupements d’entreprises sont admis et les petites et moyennes entreprises sont encouragées à répondre.",
)
NEGOTIATION = "L’acheteur se réserve la possibilité de négocier avec les trois candidats les mieux classés."
SAMPLES = (
    "Les échantillons demandés sont déposés à l’accueil, contre récépissé, avant la date limite de remise des offres."
)

INSERTION = "Une part des heures de travail est réservée à des personnes éloignées de l’emploi, avec l’appui du facilitateur local."
ENVIRONMENT = "Le titulaire limite les déchets, les transports et les nuisances et en rend compte chaque année."
ENVIRONMENT_WORKS = (
    "Le titulaire trie ses déchets de chantier, en assure la traçabilité et propose des solutions de réemploi."
)

REVIEW = (
    "Référé précontractuel avant la signature du contrat (articles L. 551-1 et suivants du Code de justice administrative) ; "
    "référé contractuel dans les délais de l’article R. 551-7 ; recours de pleine juridiction dans les deux mois de la "
    "publicité de la conclusion du contrat."
)
PAYMENT = "Paiement à trente jours par mandat administratif ; avance et révision des prix dans les conditions du cahier des clauses."
LEGAL_E3 = "Code de la commande publique, procédure adaptée (articles L. 2123-1 et R. 2123-1)"
ESTIMATED = "Les quantités indiquées sont estimatives et n’engagent pas l’acheteur."

OPTIONS = "Le contrat prévoit des prestations supplémentaires éventuelles, à chiffrer obligatoirement."

PRICE = (
    "price",
    "Prix des prestations",
    "Le prix est apprécié à partir du détail estimatif, selon la formule du règlement de la consultation.",
)
COST = ("cost", "Coût global", "Le coût tient compte de l’achat, de l’utilisation, de l’entretien et de la fin de vie.")
QUALITY = {
    "works": (
        (
            "Valeur technique",
            "Moyens humains et matériels, méthodes d’exécution et organisation du chantier décrits dans le mémoire.",
        ),
        ("Délais d’exécution", "Calendrier détaillé et engagement sur les délais proposés."),
    ),
    "supplies": (
        ("Qualité des produits", "Caractéristiques, échantillons et garanties présentés dans l’offre."),
        (
            "Conditions de livraison et service après-vente",
            "Délais, organisation des livraisons et traitement des réclamations.",
        ),
    ),
    "services": (
        ("Valeur technique", "Compréhension du besoin, méthode, moyens dédiés et suivi de la qualité."),
        ("Organisation et délais", "Équipe affectée, continuité du service et délais d’intervention."),
    ),
}
GREEN = ("Performance environnementale", "Mesures concrètes et vérifiables pour réduire l’empreinte des prestations.")
SOCIAL = ("Performance sociale", "Actions d’insertion, conditions de travail et égalité professionnelle.")

WEIGHTS = (
    (60, 30, 0, 10, 0),
    (50, 35, 0, 15, 0),
    (40, 40, 0, 20, 0),
    (40, 35, 10, 15, 0),
    (45, 30, 10, 10, 5),
    (40, 45, 0, 10, 5),
)

TIMES = ("", "une", "deux", "trois", "quatre")
NUMBERS = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze")
