"""Subjects of demonstration consultations: supplies."""

from megalis.portal.formats.eforms.catalogue import Part
from megalis.portal.formats.eforms.catalogue import Subject


FOURNITURES = (
    Subject(
        "denrees",
        "supplies",
        "15000000",
        "Fourniture de denrées alimentaires pour la restauration scolaire",
        (
            "Les repas sont préparés sur place, quatre ou cinq jours par semaine, en période scolaire.",
            "Au moins la moitié des achats porte sur des produits durables ou sous signe de qualité, dont un cinquième issu de l’agriculture biologique.",
            "Les livraisons ont lieu tôt le matin, en respectant la chaîne du froid et avec un minimum d’emballages.",
        ),
        (80, 480),
        (12, 24, 36),
        "ced",
        "education",
        framework=True,
        parts=(
            Part("Fruits et légumes frais", "15300000", 16, "Ce lot porte sur les produits frais de saison."),
            Part(
                "Fruits et légumes biologiques",
                "03221000",
                10,
                "Ce lot porte sur des produits certifiés issus de l’agriculture biologique.",
            ),
            Part(
                "Viandes fraîches de bœuf et de veau",
                "15111000",
                15,
                "Ce lot porte sur les viandes fraîches, sous vide ou au détail.",
            ),
            Part(
                "Viandes de porc et charcuterie",
                "15113000",
                9,
                "Ce lot porte sur les viandes fraîches et la charcuterie.",
            ),
            Part(
                "Volailles fraîches", "15112000", 10, "Ce lot porte sur les volailles fraîches, dont une part en label."
            ),
            Part("Poissons frais", "03311000", 11, "Ce lot porte sur les poissons frais, pêchés de manière durable."),
            Part("Produits laitiers et œufs", "15500000", 12, "Ce lot porte sur les laits, yaourts, fromages et œufs."),
            Part("Pain et viennoiserie", "15810000", 7, "Ce lot porte sur le pain frais livré chaque jour."),
            Part(
                "Épicerie et boissons",
                "15800000",
                6,
                "Ce lot porte sur les produits secs, les huiles et les condiments.",
            ),
            Part("Produits surgelés", "15896000", 4, "Ce lot porte sur les légumes, poissons et desserts surgelés."),
        ),
    ),
    Subject(
        "mobilier",
        "supplies",
        "39160000",
        "Fourniture et installation de mobilier scolaire",
        (
            "Le mobilier équipe les classes neuves et remplace les tables et chaises devenues inadaptées.",
            "Les produits sont réglables, réparables et garantis ; les pièces détachées restent disponibles dix ans.",
            "Le titulaire reprend les emballages et, sur demande, l’ancien mobilier en vue de son réemploi.",
        ),
        (40, 260),
        (12, 24, 36),
        "cdr",
        "education",
        framework=True,
        parts=(
            Part("Mobilier de classe", "39160000", 62, "Ce lot porte sur les tables, les chaises et les rangements."),
            Part("Mobilier de restauration", "39143000", 23, "Ce lot porte sur le mobilier des salles de restaurant."),
            Part("Tableaux et affichage", "39162000", 15, "Ce lot porte sur les tableaux, écrans et panneaux."),
        ),
    ),
    Subject(
        "vehicules",
        "supplies",
        "34100000",
        "Acquisition de véhicules à faibles émissions",
        (
            "Les véhicules remplacent les plus anciens du parc et contribuent aux objectifs de renouvellement fixés par la loi.",
            "L’offre comprend la livraison, l’immatriculation, la garantie et la formation des conducteurs à l’écoconduite.",
            "Une option de reprise des véhicules réformés est demandée.",
        ),
        (70, 420),
        (6, 8, 12),
        "cedr",
        parts=(
            Part(
                "Véhicules légers électriques", "34144900", 45, "Ce lot porte sur des véhicules de service électriques."
            ),
            Part("Fourgons", "34136000", 35, "Ce lot porte sur des fourgons équipés pour les services techniques."),
            Part(
                "Vélos à assistance électrique",
                "34430000",
                20,
                "Ce lot porte sur des vélos, dont des vélos cargos, et leur entretien.",
            ),
        ),
    ),
    Subject(
        "informatique",
        "supplies",
        "30200000",
        "Fourniture de matériel informatique et de services associés",
        (
            "Les matériels équipent les services et les écoles ; une part est demandée en reconditionné.",
            "L’indice de réparabilité, la durée de garantie et la consommation électrique sont pris en compte.",
            "Le titulaire prépare les postes selon l’image fournie et assure un échange le jour ouvré suivant.",
        ),
        (60, 400),
        (24, 36, 48),
        "cedr",
        framework=True,
        parts=(
            Part("Ordinateurs et écrans", "30213000", 58, "Ce lot porte sur les postes fixes, portables et écrans."),
            Part("Matériel reconditionné", "30213100", 17, "Ce lot porte sur des postes portables reconditionnés."),
            Part(
                "Serveurs et stockage",
                "48820000",
                25,
                "Ce lot porte sur les serveurs, le stockage et leur maintenance.",
            ),
        ),
    ),
    Subject(
        "vetements",
        "supplies",
        "18110000",
        "Fourniture de vêtements de travail et d’équipements de protection individuelle",
        (
            "Les équipements sont destinés aux agents des services techniques, des espaces verts et de la restauration.",
            "Des essayages sont organisés dans les locaux de l’acheteur et chaque article existe en coupe femme et homme.",
            "Les textiles comportent, quand c’est possible, une part de fibres recyclées ou biologiques.",
        ),
        (30, 210),
        (12, 24, 36, 48),
        "ced",
        framework=True,
        parts=(
            Part("Vêtements de travail", "18110000", 50, "Ce lot porte sur les tenues de travail et leur marquage."),
            Part("Chaussures de sécurité", "18830000", 28, "Ce lot porte sur les chaussures et les bottes."),
            Part(
                "Équipements de protection individuelle",
                "18143000",
                22,
                "Ce lot porte sur les gants, casques, lunettes et protections.",
            ),
        ),
    ),
    Subject(
        "papeterie",
        "supplies",
        "30192000",
        "Fourniture de bureau, de papier et de petit matériel pédagogique",
        (
            "Les commandes sont passées en ligne par les services et les écoles, dans la limite d’un budget suivi par l’acheteur.",
            "Le papier est recyclé ou issu de forêts gérées durablement.",
            "Les livraisons sont regroupées afin de limiter les déplacements.",
        ),
        (25, 190),
        (12, 24, 36, 48),
        "cedr",
        framework=True,
        parts=(
            Part("Fournitures de bureau", "30192000", 42, "Ce lot porte sur les articles de bureau courants."),
            Part("Papier", "30197630", 28, "Ce lot porte sur le papier d’impression recyclé."),
            Part(
                "Matériel pédagogique", "39162100", 30, "Ce lot porte sur les fournitures et jeux éducatifs des écoles."
            ),
        ),
    ),
    Subject(
        "entretien",
        "supplies",
        "39830000",
        "Fourniture de produits et de petit matériel d’entretien",
        (
            "Les produits sont destinés à l’entretien des bâtiments municipaux, des écoles et des équipements sportifs.",
            "Les produits écolabellisés sont la règle ; les fiches de données de sécurité sont remises avec l’offre.",
            "Le titulaire forme les agents au bon dosage et suit les quantités consommées.",
        ),
        (25, 180),
        (12, 24, 36),
        "ced",
        framework=True,
        cpv_additional=("33760000", "39224000"),
    ),
    Subject(
        "livres",
        "supplies",
        "22113000",
        "Fourniture de livres et de documents pour les bibliothèques",
        (
            "Les acquisitions renouvellent les collections ouvertes au public et suivent l’actualité éditoriale.",
            "Les candidats décrivent leur service : office, informations bibliographiques, délais et équipement des ouvrages.",
            "Le rabais consenti respecte la loi sur le prix du livre.",
        ),
        (30, 200),
        (12, 24, 36, 48),
        "cd",
        "rcr",
        framework=True,
        parts=(
            Part("Livres pour adultes", "22113000", 40, "Ce lot porte sur les romans et documentaires pour adultes."),
            Part(
                "Livres pour la jeunesse",
                "22110000",
                30,
                "Ce lot porte sur les albums, romans et documentaires pour la jeunesse.",
            ),
            Part(
                "Bandes dessinées et mangas", "22110000", 18, "Ce lot porte sur les bandes dessinées pour tous publics."
            ),
            Part(
                "Livres en breton et fonds local",
                "22113000",
                12,
                "Ce lot porte sur les ouvrages en langue bretonne et le fonds régional.",
            ),
        ),
    ),
    Subject(
        "bacs",
        "supplies",
        "34928480",
        "Fourniture de bacs et de conteneurs pour la collecte des déchets",
        (
            "La fourniture accompagne l’extension du tri à la source des biodéchets sur l’ensemble du territoire.",
            "Les bacs contiennent une part de matière recyclée et portent une puce d’identification.",
            "Le titulaire livre les bacs par tournées et assure la maintenance des pièces pendant la durée du contrat.",
        ),
        (120, 700),
        (24, 36, 48),
        "e",
        "env-pro",
        framework=True,
        parts=(
            Part("Bacs roulants", "34928480", 55, "Ce lot porte sur les bacs de 120 à 660 litres et leurs pièces."),
            Part(
                "Colonnes d’apport volontaire", "44613800", 45, "Ce lot porte sur les colonnes aériennes et enterrées."
            ),
        ),
    ),
    Subject(
        "signalisation",
        "supplies",
        "34992000",
        "Fourniture de panneaux de signalisation et de mobilier urbain",
        (
            "Les produits sont conformes aux normes en vigueur et posés par les équipes de l’acheteur.",
            "Une part des supports provient de la remise en état de matériels déposés.",
            "Les délais courts pour les besoins de sécurité sont précisés dans le bordereau.",
        ),
        (25, 200),
        (12, 24, 36),
        "ced",
        framework=True,
        parts=(
            Part("Panneaux et supports", "34992200", 65, "Ce lot porte sur les panneaux de police et de direction."),
            Part("Mobilier urbain", "34928400", 35, "Ce lot porte sur les bancs, corbeilles, potelets et arceaux."),
        ),
    ),
    Subject(
        "electricite",
        "supplies",
        "09310000",
        "Fourniture d’électricité et services associés pour les bâtiments et l’éclairage public",
        (
            "Le périmètre couvre l’ensemble des points de livraison listés dans le dossier, avec leur historique de consommation.",
            "Une part de l’énergie est d’origine renouvelable et garantie comme telle.",
            "Le fournisseur donne accès à un espace de suivi des consommations et à des factures dématérialisées.",
        ),
        (150, 800),
        (24, 36),
        "ced",
        framework=True,
    ),
    Subject(
        "tracteur",
        "supplies",
        "16700000",
        "Acquisition d’un tracteur et de matériel d’entretien des accotements",
        (
            "Le matériel remplace un tracteur arrivé en fin de vie et sert au fauchage tardif des talus.",
            "L’offre précise le niveau sonore, la consommation et les conditions d’entretien.",
            "Une démonstration sur route est prévue avant le choix.",
        ),
        (90, 230),
        (4, 6),
        "ced",
        parts=(
            Part("Tracteur", "16700000", 68, "Ce lot porte sur un tracteur avec poste inversé ou non."),
            Part("Épareuse et accessoires", "16310000", 32, "Ce lot porte sur le bras de fauchage et ses outils."),
        ),
    ),
)
