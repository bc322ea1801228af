"""Subjects of demonstration consultations: services to people, buildings and the territory."""

from megalis.portal.formats.eforms.catalogue import Part
from megalis.portal.formats.eforms.catalogue import Subject


SERVICES = (
    Subject(
        "nettoyage",
        "services",
        "90911200",
        "Nettoyage des locaux et de la vitrerie",
        (
            "Les prestations portent sur les bâtiments administratifs, culturels et sportifs dont la liste et les surfaces sont jointes.",
            "Le nettoyage en journée est privilégié afin d’améliorer les conditions de travail des agents du prestataire.",
            "Le personnel en place est repris dans les conditions fixées par la convention collective.",
        ),
        (60, 420),
        (12, 24, 36, 48),
        "cedr",
        framework=True,
        visit=True,
        parts=(
            Part(
                "Nettoyage des bâtiments administratifs",
                "90919200",
                48,
                "Ce lot porte sur les bureaux et les accueils.",
            ),
            Part(
                "Nettoyage des équipements sportifs et culturels",
                "90911200",
                38,
                "Ce lot porte sur les salles recevant du public.",
            ),
            Part("Nettoyage de la vitrerie", "90911300", 14, "Ce lot porte sur les vitres, y compris en hauteur."),
        ),
    ),
    Subject(
        "assurances",
        "services",
        "66510000",
        "Services d’assurance",
        (
            "Les contrats prennent effet au premier janvier et couvrent l’ensemble des compétences de l’acheteur.",
            "Les statistiques de sinistres des cinq dernières années sont fournies à tous les candidats.",
            "Les réserves éventuelles sont chiffrées et présentées clairement.",
        ),
        (50, 320),
        (36, 48),
        "cedr",
        parts=(
            Part("Dommages aux biens", "66515000", 36, "Ce lot couvre les bâtiments et leur contenu."),
            Part("Responsabilité civile", "66516000", 16, "Ce lot couvre les dommages causés à autrui."),
            Part("Flotte automobile", "66514110", 20, "Ce lot couvre les véhicules et les déplacements des agents."),
            Part("Protection juridique", "66513100", 6, "Ce lot couvre la collectivité, ses agents et ses élus."),
            Part(
                "Risques statutaires du personnel", "66512000", 22, "Ce lot couvre les obligations envers les agents."
            ),
        ),
    ),
    Subject(
        "espaces-verts",
        "services",
        "77310000",
        "Entretien des espaces verts et des terrains de sport",
        (
            "L’entretien suit un plan de gestion différenciée, sans produit phytosanitaire.",
            "Les tontes hautes, la fauche tardive et le paillage sont préférés aux interventions fréquentes.",
            "Les déchets verts sont valorisés à proximité.",
        ),
        (40, 320),
        (12, 24, 36),
        "ced",
        "env-pro",
        framework=True,
        parts=(
            Part("Tonte et fauche", "77314000", 40, "Ce lot porte sur les pelouses, les prairies et les accotements."),
            Part("Taille et élagage", "77340000", 30, "Ce lot porte sur les haies, les arbustes et les arbres."),
            Part(
                "Terrains de sport",
                "77320000",
                30,
                "Ce lot porte sur les terrains engazonnés, y compris le regarnissage.",
            ),
        ),
    ),
    Subject(
        "transport-scolaire",
        "services",
        "60130000",
        "Services de transport scolaire et de transport d’enfants",
        (
            "Les circuits desservent les écoles, les accueils de loisirs et les équipements sportifs et nautiques.",
            "Les véhicules sont équipés de ceintures à toutes les places et d’un éthylotest antidémarrage.",
            "Les conducteurs reçoivent une formation à l’accueil des élèves, notamment en situation de handicap.",
        ),
        (120, 900),
        (24, 36, 48),
        "er",
        framework=True,
        utility="urttb",
        parts=(
            Part(
                "Circuits du secteur ouest", "60130000", 34, "Ce lot porte sur les circuits réguliers du secteur ouest."
            ),
            Part("Circuits du secteur est", "60130000", 33, "Ce lot porte sur les circuits réguliers du secteur est."),
            Part("Sorties et activités", "60140000", 20, "Ce lot porte sur les déplacements occasionnels."),
            Part(
                "Transport d’élèves en situation de handicap",
                "60120000",
                13,
                "Ce lot porte sur des trajets individuels ou groupés.",
            ),
        ),
    ),
    Subject(
        "dechets",
        "services",
        "90511000",
        "Collecte des déchets ménagers et assimilés",
        (
            "Le service couvre la collecte en porte à porte et en points d’apport, avec des tournées adaptées à la saison touristique.",
            "Les véhicules limitent le bruit et les émissions ; les marches arrière sont supprimées autant que possible.",
            "Un suivi des tournées en temps réel permet de répondre aux habitants.",
        ),
        (400, 2600),
        (48,),
        "e",
        "env-pro",
        parts=(
            Part("Ordures ménagères et emballages", "90511200", 58, "Ce lot porte sur la collecte en porte à porte."),
            Part(
                "Verre et points d’apport volontaire", "90511000", 22, "Ce lot porte sur les colonnes et leur lavage."
            ),
            Part(
                "Biodéchets",
                "90511000",
                20,
                "Ce lot porte sur la collecte séparée et son transport vers le compostage.",
            ),
        ),
    ),
    Subject(
        "restauration",
        "services",
        "55524000",
        "Préparation et livraison de repas en liaison froide",
        (
            "Les repas sont destinés aux écoles, aux accueils de loisirs et aux personnes âgées à domicile.",
            "Les menus comportent un repas végétarien par semaine et des produits durables et de qualité.",
            "La vaisselle est réutilisable et un plan de lutte contre le gaspillage est tenu à jour.",
        ),
        (80, 520),
        (12, 24, 36),
        "ce",
        "education",
        framework=True,
        parts=(
            Part(
                "Restauration scolaire",
                "55524000",
                76,
                "Ce lot porte sur les repas des écoles et des accueils de loisirs.",
            ),
            Part(
                "Portage de repas à domicile", "55521100", 24, "Ce lot porte sur les repas livrés sept jours sur sept."
            ),
        ),
    ),
    Subject(
        "chauffage",
        "services",
        "50720000",
        "Exploitation et maintenance des installations de chauffage et de ventilation",
        (
            "Le contrat comprend la conduite, l’entretien courant, le gros entretien et un engagement sur les consommations.",
            "L’intéressement récompense les économies et pénalise les dépassements, après correction climatique.",
            "Les installations sont relevées à distance et les données restent la propriété de l’acheteur.",
        ),
        (70, 480),
        (36, 48),
        "ced",
        visit=True,
        cpv_additional=("50712000",),
    ),
    Subject(
        "telecoms",
        "services",
        "64200000",
        "Services de communications électroniques",
        (
            "Le besoin couvre la téléphonie fixe et mobile, l’accès à internet et l’interconnexion des sites.",
            "La reprise des numéros et la continuité de service pendant la bascule sont garanties.",
            "Un portail permet de suivre les lignes, les consommations et les incidents.",
        ),
        (60, 360),
        (36, 48),
        "cedr",
        framework=True,
        parts=(
            Part("Téléphonie fixe", "64210000", 28, "Ce lot porte sur les accès fixes et les communications."),
            Part("Téléphonie mobile", "64212000", 32, "Ce lot porte sur les forfaits et les terminaux reconditionnés."),
            Part(
                "Internet et interconnexion",
                "72400000",
                40,
                "Ce lot porte sur les liens en fibre et la sécurité associée.",
            ),
        ),
    ),
    Subject(
        "gardiennage",
        "services",
        "79713000",
        "Surveillance des bâtiments et sécurité des manifestations",
        (
            "Les prestations comprennent des rondes, la levée de doute et la présence d’agents lors d’événements publics.",
            "Les agents sont titulaires d’une carte professionnelle en cours de validité.",
            "La filtration des accès est assurée avec courtoisie et dans le respect des libertés.",
        ),
        (30, 240),
        (12, 24, 36),
        "ced",
        framework=True,
        parts=(
            Part("Télésurveillance et rondes", "79711000", 45, "Ce lot porte sur les bâtiments équipés d’alarmes."),
            Part("Sécurité des manifestations", "79713000", 55, "Ce lot porte sur les fêtes, concerts et marchés."),
        ),
    ),
    Subject(
        "ascenseurs",
        "services",
        "50750000",
        "Maintenance des ascenseurs et des portes automatiques",
        (
            "Le parc comprend des ascenseurs, des élévateurs pour personnes handicapées et des portes automatiques.",
            "Le dépannage des personnes bloquées est assuré à toute heure, en moins d’une heure.",
            "Le carnet d’entretien de chaque appareil est tenu sous forme numérique.",
        ),
        (20, 130),
        (36, 48),
        "cedr",
        visit=True,
    ),
    Subject(
        "bulletin",
        "services",
        "79810000",
        "Impression et distribution du bulletin d’information",
        (
            "Le bulletin paraît plusieurs fois par an et est remis dans toutes les boîtes aux lettres du territoire.",
            "Le papier est recyclé, les encres sont végétales et l’imprimeur suit une démarche environnementale reconnue.",
            "Une version en gros caractères est produite à la demande.",
        ),
        (20, 150),
        (12, 24, 36),
        "cedr",
        framework=True,
        parts=(
            Part("Impression", "79810000", 62, "Ce lot porte sur la fabrication et le façonnage."),
            Part("Distribution", "64100000", 38, "Ce lot porte sur la remise en boîte aux lettres."),
        ),
    ),
    Subject(
        "formation",
        "services",
        "80511000",
        "Formation professionnelle des agents",
        (
            "Les formations portent sur la sécurité au travail, les outils numériques et l’accueil des publics.",
            "Les sessions se tiennent dans les locaux de l’acheteur, en petits groupes.",
            "Chaque session donne lieu à une évaluation remise aux participants et à leur service.",
        ),
        (25, 190),
        (12, 24, 36),
        "cedr",
        "education",
        framework=True,
        parts=(
            Part(
                "Santé et sécurité au travail", "80550000", 45, "Ce lot porte sur les habilitations et le secourisme."
            ),
            Part("Outils numériques", "80533100", 30, "Ce lot porte sur la bureautique et la protection des données."),
            Part(
                "Accueil et relation à l’usager",
                "80511000",
                25,
                "Ce lot porte sur l’accueil, l’écoute et la gestion des conflits.",
            ),
        ),
    ),
    Subject(
        "balayage",
        "services",
        "90610000",
        "Balayage mécanisé de la voirie et curage des avaloirs",
        (
            "Le balayage suit un calendrier tenant compte des marchés, de la chute des feuilles et de la saison d’été.",
            "Les eaux de lavage sont économisées et les produits collectés sont traités dans une filière autorisée.",
            "Les avaloirs sont curés au moins une fois par an et leur état est signalé.",
        ),
        (30, 220),
        (12, 24, 36),
        "ce",
        "env-pro",
        framework=True,
        cpv_additional=("90470000",),
    ),
)
