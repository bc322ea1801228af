"""Guides of companies."""

from megalis.portal.editorial.guideseeds.readers import COMPANIES


GUIDES = (
    {
        "id": "deposer-un-pli",
        "title": "Déposer un pli et garder son accusé",
        "description": "Préparer, sceller, envoyer, remplacer : la réponse d’une entreprise, sans mauvaise surprise.",
        "audiences": COMPANIES,
        "service": "marches",
        "screens": ("Consultation/repondre", "Consultation/accuse", "simulation", "mes-reponses"),
        "pictures": (
            "La page Répondre : la date limite, le temps qui reste et l’heure du serveur, puis les pièces, enveloppe par enveloppe.",
            "L’accusé : « Pli déposé le », l’heure à la seconde, les boutons pour prendre le PDF et l’accusé vérifiable, et la ligne scellé, déposé, reçu, clos, ouvert.",
        ),
        "text": """## Quelques jours avant

Faites un essai dans la [salle de simulation](/simulation), depuis le poste et la connexion qui serviront : même parcours, même
scellement, aucune conséquence. Relisez le règlement : quelles pièces, dans quelle enveloppe, pour quels lots.

## Le jour du dépôt

(image 1)

1. Ouvrez la consultation et choisissez **Répondre**.
2. Ajoutez vos fichiers, enveloppe par enveloppe. Des noms courts et parlants aident l’acheteur.
3. Vos fichiers sont chiffrés sur votre poste, pour les clés de l’acheteur, puis envoyés. La page montre la taille, la vitesse et
   le temps restant ; une coupure ne fait pas tout recommencer.
4. L’accusé s’affiche : heure à la seconde, numéro, empreintes. Enregistrez le PDF et le fichier de preuve.

N’attendez pas la dernière heure : c’est la fin de l’envoi qui compte, pas son début.

(image 2)

## Corriger

Jusqu’à la date limite, un nouveau pli remplace le précédent. L’acheteur n’ouvre que le dernier.

## En cas de doute

Un accusé se [vérifie](/verifier) dans votre navigateur, sans rien envoyer. Si l’envoi échoue, notez l’heure et la référence de
l’erreur, et [joignez l’assistance](/contact) avant la date limite.""",
    },
    {
        "id": "chercher-et-etre-alerte",
        "title": "Chercher une consultation et recevoir des alertes",
        "description": "Trouver les marchés de son métier sans compte, être prévenu des nouveaux, retirer le dossier.",
        "audiences": COMPANIES,
        "service": "marches",
        "screens": ("consultations", "alerte", "mes-alertes", "Consultation", "Consultation/dce"),
        "pictures": (
            "La recherche : les mots en haut, les filtres par état et par département à gauche, les consultations avec leur date limite à droite.",
            "La page Recevoir une alerte : ce qui est suivi, l’adresse électronique, et à quel rythme être prévenu.",
        ),
        "text": """## Chercher

Écrivez quelques mots du métier, puis resserrez avec les filtres : département, nature, procédure, date limite. La recherche est
ouverte à tous, sans compte, et son adresse se garde dans les signets.

(image 1)

## Être prévenu

Sous les résultats, **Recevoir une alerte** garde votre recherche. Donnez une adresse et confirmez par le lien reçu. Choisissez
chaque jour ou chaque semaine ; chaque message porte de quoi changer ou arrêter.

(image 2)

## Retirer le dossier

Le dossier se télécharge librement. Laissez une adresse : vous serez prévenu si une pièce change ou si la date est reportée.
Sans elle, c’est à vous de revenir voir.

## Poser une question

Depuis la consultation, avec un compte. La réponse va à tous ceux qui ont retiré le dossier, sans votre nom.""",
    },
)  # fmt: skip
