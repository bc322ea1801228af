"""Guides of those who send to the State: acts to the préfecture, accounts to the Trésor."""

from megalis.portal.editorial.guideseeds.readers import AGENTS


GUIDES = (
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
)  # fmt: skip
