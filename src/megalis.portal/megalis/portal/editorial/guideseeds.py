"""The first guides of a new site, one a trade at least; communications staff make them theirs."""

AGENTS, COMPANIES = ("agents",), ("entreprises",)
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
        "id": "transmettre-un-acte",
        "title": "Transmettre un acte au contrôle de légalité",
        "description": "Préparer l’acte, éviter les refus, suivre l’accusé de la préfecture.",
        "audiences": AGENTS,
        "service": "actes",
        "screens": ("Collectivite/nouvel-acte", "Acte/transmettre", "Acte/modifier", "Acte", "RegistreActes/actes-lot"),
        "pictures": (
            "Le début du formulaire Nouvel acte : la nature à choisir, puis le numéro, avec un exemple de ce qui est admis.",
            "La page d’un acte prêt à partir : le bouton « Transmettre », puis la ligne préparé, transmis, acquitté, publié.",
        ),
        "text": """## 1. Préparer le fichier

Un PDF dont le texte se cherche et se copie vaut mieux qu’une image numérisée. Les annexes sont des fichiers à part. Vérifiez que
le numéro porté sur l’acte est celui que vous saisissez.

## 2. Remplir

- **Numéro** : lettres, chiffres et traits de soulignement ; il ne peut servir deux fois.
- **Date** : celle de la décision ou de la séance, jamais dans l’avenir.
- **Nature** et **matière** : la plus précise de la nomenclature. Une matière mal choisie est la première cause de retour.

(image 1)

## 3. Transmettre

Qui a le rôle de transmetteur relit et envoie. L’acte passe de *posté* à *transmis*, puis à *acquitté* quand la préfecture en a
accusé réception : c’est cette date qui compte, avec la publication, pour le rendre exécutoire.

(image 2)

## 4. Suivre

Une anomalie dit le champ en cause : corrigez, transmettez de nouveau. Demande de pièces complémentaires, lettre d’observations,
déféré : chaque message arrive dans le dossier de l’acte et attend une réponse, avec son délai.

## 5. Publier

Une fois acquitté, l’acte peut paraître au registre public de votre collectivité. Retirez auparavant ce qui ne doit pas être
rendu public, comme les données personnelles.""",
    },
    {
        "id": "deposer-un-flux-pes",
        "title": "Déposer et transmettre un flux PES",
        "description": "De votre logiciel de gestion financière au comptable, et ce que disent les contrôles.",
        "audiences": AGENTS,
        "service": "helios",
        "screens": ("Collectivite/nouveau-flux", "FluxPES/transmettre", "FluxPES/anomalies", "FluxPES"),
        "pictures": (
            "La page d’un flux qui ne peut pas partir : un point à corriger, la ligne déposé, contrôlé, transmis, répondu, et la liste des contrôles.",
            "La page Transmettre au Trésor : le budget, l’exercice, le nombre de bordereaux et de pièces, le montant, et le bouton d’envoi.",
        ),
        "text": """## 1. Déposer

Produisez le flux depuis votre logiciel et déposez le fichier XML tel quel, sans l’ouvrir ni le renommer. Il peut aussi arriver
seul, par le dossier partagé ou par l’interface des logiciels.

## 2. Lire avant d’envoyer

La page du flux montre les bordereaux en tableaux : pièces, lignes, montants, pièces jointes. Comparez les totaux avec ceux de
votre logiciel.

## 3. Contrôler

Chaque contrôle rend un verdict, avec la ligne en cause. Ce qui *bloque* empêche l’envoi ; ce qui *avertit* ne l’empêche pas, mais
le comptable le verra. Corrigez dans votre logiciel, puis déposez le nouveau fichier : un flux ne se corrige pas ici.

(image 1)

## 4. Transmettre

Le transmetteur envoie. Un même flux n’est jamais envoyé deux fois sans qu’on vous le demande.

(image 2)

## 5. Lire l’acquittement

Il vient du Trésor, par bordereau, pièce et ligne. Un rejet dit sa cause ; la liste s’emporte en CSV pour la corriger dans votre
logiciel. Sans réponse au bout de quarante-huit heures, une alerte paraît sur votre tableau de bord.""",
    },
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
    {
        "id": "travailler-dans-un-espace",
        "title": "Travailler à plusieurs dans un espace",
        "description": "Documents, tâches, dates, décisions et discussions d’un groupe de plusieurs collectivités et entreprises.",
        "audiences": AGENTS + COMPANIES,
        "service": "portail",
        "screens": ("Espaces", "Espace", "Espace/documents", "Espace/document", "Espace/taches", "Espace/calendrier",
                    "Espace/membres", "Espace/invitation-espace", "Forum", "Forum/sujet", "Forum/nouveau-sujet"),
        "pictures": (
            "Le tableau des tâches : trois colonnes, à faire, en cours, fait ; sur chaque carte, qui s’en charge, pour quand, et de quoi la déplacer.",
            "La page Documents : les dossiers et les fichiers avec leur version, et la place où déposer plusieurs fichiers à la fois.",
        ),
        "text": """## 1. Inviter

Depuis **Membres**, donnez les adresses, une par ligne : agents de plusieurs collectivités, personnes d’entreprises. Qui n’a pas de
compte en crée un depuis le courriel. L’**animateur** règle l’espace, le **contributeur** y travaille, le **lecteur** lit.

## 2. Partager les documents

Déposez-les ensemble, ou glissez-les sur la page. Un fichier du même nom devient une nouvelle version ; les précédentes restent.
**Réserver** un document prévient les autres que vous y travaillez.

(image 2)

## 3. Répartir les tâches

Chaque tâche a une personne et une date ; elle paraît sur le tableau de bord de cette personne. Dans le **tableau**, portez la carte
d’une colonne à l’autre, à la souris, au clavier (espace, flèches, entrée) ou par son menu.

(image 1)

## 4. Se parler et décider

Les **discussions** gardent chaque fil, avec citations et pièces jointes ; marquez la réponse qui convient. Une **décision** se propose,
puis un animateur l’adopte ou la rejette : elle garde son numéro.

## 5. Être prévenu, ou non

Réglez sur la page d’accueil de l’espace : à chaque nouveauté, un résumé chaque matin, ou jamais. Un espace fini s’**archive** ; tout
s’emporte en un seul fichier.""",
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
    {
        "id": "ecrire-sur-le-site",
        "title": "Écrire sur le site et faire relire",
        "description": "Une actualité, un communiqué, une page : de la première phrase à la publication, à l’heure voulue.",
        "audiences": AGENTS,
        "service": "portail",
        "screens": ("redaction", "redaction-nouveau", "redaction-accueil", "redaction-lettres", "redaction-formulaires",
                    "redaction-pages", "Communique/redaction-modifier", "Communique/redaction-fiche",
                    "Actualite/redaction-modifier", "Actualite/redaction-fiche", "EasyForm/redaction-questions"),
        "pictures": (
            "La page Rédaction : un bouton par genre de texte, ce qui tient le site, puis les textes qui vous attendent.",
            "Le texte d’un communiqué : la barre d’outils, le texte avec ses marques, et dessous l’aperçu de ce que la page montrera.",
        ),
        "text": """## 1. Commencer

Sur la page **Rédaction du site**, choisissez le genre : actualité, communiqué, événement, document, question, guide, page.

(image 1)

## 2. Écrire

La barre d’outils met les intertitres, le gras, les listes, les liens et les images ; l’aperçu montre la page à mesure. Dites ce que
montre chaque image : sans ces mots, le texte ne part pas à la relecture.

(image 2)

## 3. Faire relire

**Proposer à la relecture** prévient les relecteurs. Personne ne publie ce qu’il a écrit, sauf le webmestre. Le relecteur publie, renvoie
avec un mot, ou **programme** le jour et l’heure. Chaque version est gardée et se compare à une autre.

## 4. Corriger, retirer

Une date de fin envoie le texte aux archives, d’elle-même. Une adresse qui change se déclare dans **Adresses qui ont changé**.

## 5. Ce que tient le webmestre

L’accueil se compose par blocs. La lettre d’information prend les articles cochés et part une seule fois à chacun. Les questions des
formulaires s’ajoutent et s’ordonnent ; les réponses s’effacent à leur terme.""",
    },
)  # fmt: skip
