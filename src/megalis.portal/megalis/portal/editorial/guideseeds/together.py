"""Guides of those who work together and of those who write the site."""

from megalis.portal.editorial.guideseeds.readers import AGENTS
from megalis.portal.editorial.guideseeds.readers import COMPANIES


GUIDES = (
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
        "id": "ecrire-sur-le-site",
        "title": "Écrire sur le site et faire relire",
        "description": "Une actualité, un communiqué, une page : de la première phrase à la publication, à l’heure voulue.",
        "audiences": AGENTS,
        "service": "portail",
        "screens": ("redaction", "redaction-nouveau", "redaction-accueil", "redaction-lettres", "redaction-formulaires",
                    "redaction-pages", "Communique/redaction-modifier", "Communique/redaction-fiche",
                    "Actualite/redaction-modifier", "Actualite/redaction-fiche", "redaction-formulaire-nouveau", "EasyForm/redaction-questions",
                    "EasyForm/redaction-fiche", "EasyForm/redaction-modifier"),
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
formulaires s’ajoutent et s’ordonnent ; les réponses s’effacent à leur terme.

## 6. Un formulaire à soi

Dans **Formulaires et réponses**, **Nouveau formulaire** part d’un genre (message, avis, inscription) ou d’une copie. Donnez-lui ses
dates, le mot de remerciement, l’adresse à prévenir et la durée de garde, posez ses questions, puis proposez-le à la relecture. Publié,
il paraît dans la liste des formulaires. Il se supprime une fois retiré, quand ses réponses sont emportées puis effacées.""",
    },
)  # fmt: skip
