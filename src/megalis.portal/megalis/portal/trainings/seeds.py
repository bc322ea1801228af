"""The five modules a new site offers; communications staff change their words."""

EXERCISE = ("Déposer un pli d’essai dans la salle de simulation", "/simulation")

MODULES = (
    {
        "id": "administrer-sa-collectivite",
        "title": "Administrer sa collectivité sur le portail",
        "profile": "administrateurs",
        "duration": "une demi-journée (3 h)",
        "objectives": "Inviter les agents, leur donner les bons rôles, tenir les clés de la collectivité, savoir qui prévenir en "
        "cas d’incident.",
        "programme": "- Les rôles : qui prépare, qui relit, qui publie, qui ouvre\n"
        "- Inviter un agent, changer ses rôles, clore un compte\n"
        "- Services de la collectivité et coordonnées publiques\n"
        "- Clé titulaire, clé de suppléant, feuilles de partage : les créer, les essayer, les ranger\n"
        "- Que faire si une clé est perdue ou si un agent part\n\n"
        "Chacun repart avec la liste des agents de sa collectivité à jour.",
        "exercise": EXERCISE,
        "guides": ("premiers-pas-administrateur",),
    },
    {
        "id": "publier-et-ouvrir",
        "title": "Publier une consultation et ouvrir les plis",
        "profile": "acheteurs",
        "duration": "une journée (6 h)",
        "objectives": "Rédiger une consultation, la faire valider et publier, répondre aux questions, ouvrir les plis après la "
        "date limite et rendre compte.",
        "programme": "Matin\n\n"
        "- Du besoin au brouillon : procédure, lots, dates, critères\n"
        "- Le dossier de consultation, pièce par pièce et lot par lot\n"
        "- Contrôler, faire valider, publier ; les avis et leur suivi\n\n"
        "Après-midi\n\n"
        "- Questions des entreprises, pièces modifiées, report de la date limite\n"
        "- Ouvrir les plis avec sa clé ; plis hors délai, plis illisibles\n"
        "- Registres, procès-verbal, décision, données essentielles",
        "exercise": EXERCISE,
        "guides": ("publier-une-consultation", "ouvrir-les-plis"),
    },
    {
        "id": "transmettre-les-actes",
        "title": "Transmettre ses actes au contrôle de légalité",
        "profile": "actes",
        "duration": "une demi-journée (3 h)",
        "objectives": "Préparer un acte et ses annexes, choisir nature et matière, transmettre, suivre l’accusé de la préfecture et "
        "répondre à ses demandes.",
        "programme": "- Ce qui se transmet, et ce qui reste en mairie\n"
        "- Numéro, date, nature, matière : les erreurs qui font refuser un acte\n"
        "- PDF lisible : taille, texte cherchable, signature\n"
        "- De « posté » à « acquitté » : lire l’accusé de réception, agir sur une anomalie\n"
        "- Demande de pièces, lettre d’observations, déféré, annulation\n"
        "- Publier l’acte au registre de la collectivité",
        "exercise": None,
        "guides": ("transmettre-un-acte",),
    },
    {
        "id": "envoyer-les-pieces-comptables",
        "title": "Envoyer ses pièces comptables",
        "profile": "pes",
        "duration": "une demi-journée (3 h)",
        "objectives": "Déposer un flux PES, comprendre les contrôles, faire signer, transmettre au comptable et suivre "
        "l’acquittement.",
        "programme": "- Du logiciel de gestion financière au dépôt du flux\n"
        "- Lire un bordereau à l’écran avant de l’envoyer\n"
        "- Contrôles : ce qui bloque, ce qui avertit\n"
        "- Signature du bordereau, transmission, acquittement, rejet\n"
        "- Pièces jointes volumineuses ; flux envoyés deux fois",
        "exercise": None,
        "guides": ("deposer-un-flux-pes",),
    },
    {
        "id": "repondre-aux-marches",
        "title": "Répondre aux marchés publics bretons",
        "profile": "entreprises",
        "duration": "une demi-journée (3 h)",
        "objectives": "Trouver les consultations de son métier, s’y abonner, retirer le dossier, répondre à temps et garder la "
        "preuve du dépôt.",
        "programme": "- Chercher, enregistrer une alerte, poser une question à l’acheteur\n"
        "- Lire un règlement de consultation : ce qui est demandé, ce qui élimine\n"
        "- Préparer candidature et offre ; à plusieurs : groupement et sous-traitance\n"
        "- Tester son poste, sceller et déposer, remplacer un pli, lire l’accusé\n"
        "- Certificat électronique : quand en faut-il un\n\n"
        "L’exercice se fait sur votre propre ordinateur, dans la salle de simulation.",
        "exercise": EXERCISE,
        "guides": ("deposer-un-pli", "chercher-et-etre-alerte"),
    },
)
