"""Guides of the people who buy, and of the administrator of a collectivité who lets them."""

from megalis.portal.editorial.guideseeds.readers import AGENTS


GUIDES = (
    {
        "id": "premiers-pas-administrateur",
        "title": "Premiers pas d’un administrateur de collectivité",
        "description": "Inviter les agents, leur donner le bon rôle, créer les clés : ce qu’il faut avoir fait avant la première "
        "consultation.",
        "audiences": AGENTS,
        "service": "portail",
        "screens": ("Collectivite/agents", "Collectivite/services", "Collectivite/cles", "espace-agent"),
        "pictures": (
            "La page Agents : une ligne par personne, ses rôles, le lien « Inviter quelqu’un » et, à droite, « Changer ».",
            "La salle des clés : le bandeau vert « Vos clés permettent de publier », puis la clé titulaire et celle de suppléant, prouvées, avec la date de leur dernier exercice.",
        ),
        "text": """## 1. Inviter les agents

Depuis **Mon espace**, ouvrez la page **Agents** de votre collectivité. Saisissez l’adresse professionnelle de la personne et
cochez ses rôles : elle reçoit un lien valable quatorze jours. Une invitation en attente se renvoie ou s’annule sur la même page.

(image 1)

## 2. Donner le bon rôle

- **Acheteur** prépare les consultations ; **valideur** les relit et les publie. Deux personnes, sauf dans les plus petites communes.
- **Porteur de clé** ouvre les plis. Il en faut deux au moins : un titulaire et un suppléant.
- **Rédacteur** et **transmetteur** d’actes ou de flux comptables : qui prépare, qui envoie.
- **Lecteur** consulte sans rien changer.

Un changement de rôle prend effet à la page suivante. Le dernier administrateur ne peut pas perdre son rôle : nommez-en d’abord
un autre.

## 3. Créer les clés

Chaque porteur crée sa clé sur son propre poste, depuis la page **Clés**, et la garde dans un fichier protégé par une phrase
secrète. La plateforme n’en a aucune copie : une clé perdue sans suppléant, et aucun pli ne s’ouvre. Imprimez les feuilles de
partage et rangez-les au coffre.

(image 2)

## 4. Vérifier

Faites un exercice avec chaque clé : il prouve qu’elle ouvre bien, et la publication d’une consultation l’exige.

## Quand un agent s’en va

Retirez-lui ses rôles le jour même, sur la page **Agents**. S’il portait une clé, faites-en créer une autre et remplacez la
sienne avant de publier la consultation suivante.""",
    },
    {
        "id": "publier-une-consultation",
        "title": "Publier une consultation, pas à pas",
        "description": "Du besoin à la mise en ligne : le formulaire, le dossier, le contrôle, la validation.",
        "audiences": AGENTS,
        "service": "marches",
        "screens": ("Collectivite/nouvelle-consultation", "Collectivite/nouvelle-mapa", "Consultation/verification",
                    "Consultation/pieces", "Consultation/gestion"),
        "pictures": (
            "La page Nouvelle consultation : le montant estimé en haut, dessous le formulaire court, le formulaire guidé et l’import d’un avis déjà écrit.",
            "La page Vérification : les étapes cochées, ce qui empêche la publication, puis un tableau des points, chacun avec son verdict et le lien qui mène où le corriger.",
        ),
        "text": """## 1. Choisir le formulaire

Pour un marché à procédure adaptée simple, le formulaire court suffit. Les procédures formalisées suivent un parcours guidé, par
étapes : chaque étape s’enregistre, vous pouvez partir et revenir.

(image 1)

## 2. Décrire

Donnez un objet qu’une entreprise comprend sans ouvrir le dossier. Choisissez le code CPV le plus proche du besoin : les alertes
des entreprises s’y fient. Fixez la date limite un jour ouvré, en laissant le délai que la procédure demande ; le contrôle le
vérifie.

## 3. Joindre le dossier

Déposez les pièces une à une ou en une fois, lot par lot s’il y en a. Le règlement de consultation vient en premier. Après
publication, toute pièce modifiée crée une nouvelle version et prévient ceux qui ont retiré le dossier.

## 4. Contrôler

La page **Vérification** dit ce qui manque et y mène. Rien de bloquant ne doit rester : clés essayées depuis moins de soixante
jours, délai, pièces, critères.

(image 2)

## 5. Faire valider et publier

Envoyez à la validation. Le valideur relit, demande une correction ou publie. Les avis partent alors au BOAMP ou au JOUE selon le
montant ; leur état se suit sur la page **Publicité**.""",
    },
    {
        "id": "ouvrir-les-plis",
        "title": "Ouvrir les plis après la date limite",
        "description": "Ce qu’il faut sous la main, l’ouverture elle-même, et ce qui la suit.",
        "audiences": AGENTS,
        "service": "marches",
        "screens": ("Consultation/ouverture", "Consultation/registre-depots"),
        "pictures": (
            "La page Ouverture des plis : les cinq étapes à gauche, la clé à présenter ; à droite le nombre de plis reçus et vos clés.",
            "Le registre des dépôts : un rang par pli, son heure à la seconde, l’entreprise, les enveloppes, l’état, et le bouton « Exporter ».",
        ),
        "text": """## Avant

Ayez le fichier de votre clé et sa phrase secrète. L’ouverture se fait sur votre poste : prévoyez la place des fichiers et une
connexion qui tient. La consultation se ferme seule, à la seconde ; rien ne s’ouvre avant.

## Pendant

1. Sur la page **Ouverture**, choisissez l’enveloppe à ouvrir.
2. Donnez le fichier de clé et la phrase : ils ne quittent pas votre navigateur.
3. Chaque pli est déchiffré et son empreinte comparée à celle du dépôt. Un verdict s’affiche : intact, ou ce qui ne va pas.

Un pli arrivé hors délai reste fermé. Un pli illisible n’est pas perdu : la page dit quoi demander à l’entreprise, et si une copie
de sauvegarde existe.

(image 1)

## Après

Le registre des dépôts s’exporte en CSV, XLSX ou PDF. Le procès-verbal se compose à partir du journal : relisez-le et faites-le
signer. Les documents ouverts sont rangés dans la consultation, pour ceux qui ont le droit de les lire.

(image 2)""",
    },
    {
        "id": "acheter-en-groupement",
        "title": "Acheter à plusieurs : le groupement de commandes",
        "description": "De la convention à la part de chacun, pour le coordonnateur et pour les membres.",
        "audiences": AGENTS,
        "service": "marches",
        "screens": ("Collectivite/groupements", "Collectivite/nouveau-groupement", "Groupement", "Groupement/convention",
                    "Groupement/besoins", "Groupement/reponse", "Groupement/consolidation", "Groupement/ouvrir-consultation",
                    "Groupement/parts", "Groupement/commandes"),
        "pictures": (
            "La page Enquête de besoins : la date à laquelle ils seront figés, ce qui est demandé lot par lot, et qui a répondu.",
            "La page Consolidation : une ligne par besoin, ce que demande chaque membre, le total, l’écart avec l’an dernier et l’estimation.",
        ),
        "text": """## 1. La convention

Le coordonnateur décrit l’objet, les règles et la durée, puis invite les collectivités. Chacune accepte, puis signe : rien ne s’achète
avant la dernière signature. Un texte changé après une acceptation est soumis de nouveau.

## 2. L’enquête de besoins

Préparez les lots et leurs lignes, avec une unité et un prix estimé. À l’envoi, fixez l’heure à laquelle les besoins seront figés :
deux rappels partent d’eux-mêmes. Une quantité se saisit dans l’unité de la ligne, ou dans une unité qui s’y convertit.

(image 1)

## 3. Consolider

Une fois figés, les besoins se lisent par membre et au total, avec les écarts d’une année à l’autre. Une réponse tardive reste de côté,
entière : le coordonnateur la retient ou non. Le procès-verbal est prêt à signer.

(image 2)

## 4. Ouvrir la consultation

Lots et quantités sont repris dans un brouillon. Les membres le lisent, le coordonnateur seul le change et le publie.

## 5. Les parts et les commandes

Les parts suivent les besoins jusqu’à ce qu’elles soient arrêtées. À l’attribution, chaque membre a son contrat. Dans un accord-cadre,
chaque commande est comptée face au maximum : un avertissement vient à quatre-vingts pour cent.""",
    },
)  # fmt: skip
