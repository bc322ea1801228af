"""The forms of a new site, as easyform keeps them; staff change their fields on our pages (``fields``)."""

# forms that stand in the page of another room: where to send who opens them alone
ELSEWHERE = {"formation": "formations"}
# questions that what is done with the answers cannot do without
NEEDED = {"formation": ("nom", "courriel", "organisme")}
FIELD = (
    '<field name="{name}" type="zope.schema.{type}"><title>{title}</title><required>{required}</required>{more}</field>'
)
MODEL = '<model xmlns="http://namespaces.plone.org/supermodel/schema"><schema>{}</schema></model>'


def line(name, title, required=True, most=200):
    return FIELD.format(
        name=name, type="TextLine", title=title, required=required, more=f"<max_length>{most}</max_length>"
    )


def text(name, title, required=True):
    return FIELD.format(name=name, type="Text", title=title, required=required, more="<max_length>3000</max_length>")


def choice(name, title, values):
    more = "<values>" + "".join(f"<element>{value}</element>" for value in values) + "</values>"
    return FIELD.format(name=name, type="Choice", title=title, required=True, more=more)


def model(*fields):
    """Return the XML of a form's fields."""
    return MODEL.format("".join(fields))


FORMS = (
    (
        "contact",
        "Écrire à l’assistance",
        "Une question sur l’usage de la plateforme, une erreur, un droit à exercer.",
        model(
            line("nom", "Votre nom"),
            line("courriel", "Adresse électronique", most=254),
            choice(
                "sujet", "Sujet", ("Répondre à une consultation", "Publier une consultation", "Mon compte", "Autre")
            ),
            text("message", "Votre message"),
        ),
    ),
    (
        "adhesion",
        "Demander un service pour sa collectivité",
        "La collectivité dit ce dont elle a besoin ; l’exploitant la rappelle.",
        model(
            line("collectivite", "Collectivité"),
            line("siret", "SIRET", most=14),
            line("nom", "Personne à joindre"),
            line("courriel", "Adresse électronique", most=254),
            line("telephone", "Téléphone", required=False, most=30),
            choice("service", "Service", ("Marchés publics", "Contrôle de légalité", "Pièces comptables", "Plusieurs")),
            text("message", "Précisions", required=False),
        ),
    ),
    (
        "formation",
        "S’inscrire à une formation sans compte",
        "Ce que l’on demande à qui s’inscrit à une session sans avoir de compte.",
        model(
            line("nom", "Votre nom", most=120),
            line("courriel", "Adresse électronique", most=254),
            line("organisme", "Collectivité ou entreprise"),
            line("siret", "SIRET", required=False, most=20),
            line("fonction", "Fonction", required=False, most=120),
            text("besoins", "Accès, repas, matériel : ce qu’il faut savoir", required=False),
        ),
    ),
    (
        "satisfaction",
        "Votre avis sur le portail",
        "Trois questions, sans nom ni adresse.",
        model(
            choice("role", "Vous êtes", ("Agent public", "Entreprise", "Autre")),
            choice("note", "Le portail vous a-t-il servi ?", ("Oui, tout à fait", "Plutôt oui", "Plutôt non", "Non")),
            text("message", "Ce qui manque ou gêne", required=False),
        ),
    ),
)
NAMES = frozenset(name for name, *_rest in FORMS)
# what a new form may start from: key -> (label, model)
STARTS = {
    "vierge": ("Sans question encore", model()),
    "message": (
        "Écrire un message",
        model(line("nom", "Votre nom"), line("courriel", "Adresse électronique", most=254), text("message", "Votre message")),
    ),
    "avis": (
        "Recueillir un avis",
        model(
            choice("note", "Êtes-vous satisfait ?", ("Oui, tout à fait", "Plutôt oui", "Plutôt non", "Non")),
            text("mieux", "Ce qui peut être mieux", required=False),
        ),
    ),
    "inscription": (
        "Inscrire à une rencontre",
        model(
            line("nom", "Votre nom", most=120),
            line("courriel", "Adresse électronique", most=254),
            line("organisme", "Collectivité ou entreprise"),
            FIELD.format(name="places", type="Int", title="Nombre de personnes", required=True, more="<min>1</min><max>20</max>"),
            text("besoins", "Accès, repas : ce qu’il faut savoir", required=False),
        ),
    ),
    "demande": (
        "Demander un service",
        model(
            line("organisme", "Collectivité ou entreprise"),
            line("nom", "Personne à joindre"),
            line("courriel", "Adresse électronique", most=254),
            line("telephone", "Téléphone", required=False, most=30),
            text("besoin", "Ce dont vous avez besoin"),
        ),
    ),
}  # fmt: skip
