"""The editorial side of the demonstration: a writer, a reviewer, a webmaster, and a few true things about the platform."""

from datetime import timedelta
from megalis.portal.distributions.megalis import accounts
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import workflow
from megalis.portal.editorial.interfaces import IEditorialSettings
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.organisations import people
from plone import api
from plone.namedfile.file import NamedBlobFile


STAFF = (
    ("Rédacteur du site (écrit)", "redaction", "Redacteurs"),
    ("Relecteur du site (relit et publie)", "relecture", "Relecteurs"),
    ("Webmestre (accueil, lettre, formulaires)", "webmestre", "Webmestres"),
)
DEPOSIT = (
    "Les fichiers d’une réponse sont chiffrés sur le poste de l’entreprise, pour les clés de l’acheteur, **avant** d’être "
    "envoyés. La plateforme n’a pas ces clés.\n\n## Pour s’exercer\n\n- la [salle de simulation](/simulation) reçoit un pli "
    "d’essai et l’ouvre aussitôt ;\n- un [accusé de dépôt](/verifier) se vérifie hors ligne."
)
TEXTS = (
    ("Actualite", "Un pli scellé avant de quitter votre poste", "Comment une réponse est protégée jusqu’à l’ouverture.",
     DEPOSIT, ("entreprises",), "marches"),
    ("Actualite", "Les données des marchés sont ouvertes", "Contrats, avis et consultations se téléchargent et se réutilisent.",
     "Les [données essentielles](/donnees-essentielles) se lisent par acheteur et par année, en JSON, XML, CSV et XLSX.", (),
     "marches"),
    ("QuestionFrequente", "Faut-il un compte pour télécharger un dossier ?", "",
     "Non. La recherche et le dossier de consultation sont ouverts à tous ; laisser une adresse permet d’être prévenu d’un "
     "changement.", ("entreprises",), "marches"),
    ("QuestionFrequente", "Qui peut ouvrir les plis ?", "",
     "Les porteurs de clé de la collectivité, après la date limite. L’exploitant ne le peut pas.", (), "marches"),
    ("TermeGlossaire", "DCE", "", "Dossier de consultation des entreprises : les pièces que l’acheteur met à disposition.", (),
     "marches"),
    ("TermeGlossaire", "MAPA", "", "Marché à procédure adaptée : l’acheteur en fixe les règles, dans les limites de la loi.", (),
     "marches"),
    ("TermeGlossaire", "Pli", "", "L’ensemble des fichiers d’une réponse, chiffrés ensemble pour les clés de l’acheteur.", (),
     "marches"),
)  # fmt: skip


SERVICES = (
    "Marchés publics | ouvert",
    "Dépôt et ouverture des plis | ouvert",
    "Contrôle de légalité | ouvert | | Préfecture simulée : rien ne part au ministère.",
    "Pièces comptables | ouvert | | Trésor simulé : rien ne part à la DGFiP.",
    "Espaces de travail et forums | ouvert",
)


def fill(site):
    """Make the accounts and publish the texts; one press release waits for its reviewer. The exchanges are simulated ones."""
    api.portal.set_registry_record("services", list(SERVICES), interface=IEditorialSettings)
    writer, reviewer, _webmaster = (_account(site, *row) for row in STAFF)
    for type_, title, description, text, audiences, service in TEXTS:
        values = {"title": title, "text": text, "audiences": audiences, "service": service}
        values |= {"description": description} if description else {}
        _publish(items.create(site, kinds.BY_TYPE[type_], values, writer), reviewer)
    start = (clock.paris(clock.now()) + timedelta(days=14)).replace(hour=10, minute=0, second=0, microsecond=0)
    start = start.astimezone(clock.UTC)
    dates = {"start": start, "end": start + timedelta(hours=1), "location": "En ligne"}
    meeting = {
        "title": "Démonstration : ouvrir des plis d’essai",
        "description": "Dans la salle de simulation.",
        **dates,
    }
    _publish(items.create(site, kinds.BY_TYPE["Evenement"], {**meeting, "service": "marches"}, writer), reviewer)
    waiting = items.create(
        site, kinds.BY_TYPE["Communique"],
        {"title": "Le logiciel du portail est libre", "day": clock.paris(clock.now()).date(),
         "text": "megalis.portal est publié sous licence GPL version 2 et repose sur Plone."}, writer,
    )  # fmt: skip
    _as(writer, waiting, "soumettre")
    _press(site, writer, reviewer)
    _document(site, writer, reviewer)


def _press(site, writer, reviewer):
    """Publish a press release."""
    values = {
        "title": "Le portail réunit huit collectivités",
        "description": "Marchés, actes, pièces comptables, espaces de travail et formations à une seule adresse.",
        "day": clock.paris(clock.now()).date(), "audiences": (), "service": "portail",
        "text": "## Un seul compte\n\nLes agents de huit collectivités consultent, publient, transmettent et travaillent ensemble "
        "avec le même compte.\n\n## Des chiffres comptés\n\nLes [chiffres clés](/chiffres-cles) sont comptés au moment où l’on "
        "regarde : rien n’y est recopié.",
        "contact": "Service communication, presse@megalis.example",
    }  # fmt: skip
    _publish(items.create(site, kinds.BY_TYPE["Communique"], values, writer), reviewer)


def _document(site, writer, reviewer):
    """Publish a document of the library."""
    story = [
        pdf.paragraph("Avant le dépôt : le poste essayé, les pièces relues, la signature vérifiée."),
        pdf.paragraph("Le jour du dépôt : une heure d’avance, le fichier de réponse gardé, l’accusé imprimé."),
    ]
    file = NamedBlobFile(
        pdf.build("Aide-mémoire du candidat", story), "application/pdf", "aide-memoire-du-candidat.pdf"
    )
    values = {
        "title": "Aide-mémoire du candidat", "description": "Une page à garder près de soi le jour du dépôt.", "file": file,
        "audiences": ("entreprises",), "service": "marches",
    }  # fmt: skip
    _publish(items.create(site, kinds.BY_TYPE["DocumentPublic"], values, writer), reviewer)


def _account(site, label, login, group):
    secret = accounts.issue(label, login)
    userid = people.create(people.AGENT, f"{login}@megalis.example", label.partition(" (")[0], secret, login=login)
    site.acl_users.source_groups.addPrincipalToGroup(userid, group)
    return userid


def _publish(item, reviewer):
    _as(item.author, item, "soumettre")
    _as(reviewer, item, "publier")


def _as(userid, item, transition):
    with api.env.adopt_user(user=api.user.get(userid=userid)):
        workflow.fire(item, transition)
