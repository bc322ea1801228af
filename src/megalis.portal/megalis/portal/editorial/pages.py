"""Pages of plain text: help by trade, legal notice, personal data, accessibility, contact. True of any installation."""

from functools import cached_property
from megalis.portal.editorial import items
from megalis.portal.editorial import states
from megalis.portal.kernel import settings
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile


FIXED = {
    "aide": "Aide",
    "aide-entreprise": "Guide de l’entreprise",
    "aide-agent": "Guide de l’agent public",
    "mentions-legales": "Mentions légales",
    "donnees-personnelles": "Données personnelles",
    "registre-des-traitements": "Registre des traitements",
    "accessibilite": "Déclaration d’accessibilité",
}


class Page(BrowserView):
    """A page whose words stand in its template, until staff publish theirs under the same name in ``/pages``."""

    page_title = ""
    page_intro = ""
    rewritten = ViewPageTemplateFile("templates/edited.pt")

    def __call__(self):
        return self.rewritten() if self.edited is not None else self.index()

    @cached_property
    def edited(self):
        """The published page of staff that stands in the place of this one, or None."""
        item = self.context["pages"].get(self.__name__) if "pages" in self.context else None
        return item if item is not None and items.state(item) == states.PUBLISHED else None

    @property
    def edited_body(self):
        return items.body(self.edited)

    @property
    def operator(self):
        return settings.operator_name()

    @property
    def contact(self):
        return settings.contact_address()


class Help(Page):
    page_title = "Aide"
    page_intro = "Un guide par métier, une salle pour s’exercer sans risque, une adresse où écrire."


class HelpCompany(Page):
    page_title = "Guide de l’entreprise"
    page_intro = "De la recherche d’une consultation à l’accusé de dépôt."
    crumbs = ()
    door = "entreprises"

    def __init__(self, context, request):
        super().__init__(context, request)
        self.crumbs = (("Aide", f"{context.absolute_url()}/aide"),)


class HelpAgent(HelpCompany):
    page_title = "Guide de l’agent public"
    page_intro = "De l’élaboration d’une consultation à l’ouverture des plis."
    door = "agents"


class Legal(Page):
    page_title = "Mentions légales"


class PersonalData(Page):
    page_title = "Données personnelles"
    page_intro = "Ce que la plateforme garde de vous, pourquoi, combien de temps, et comment faire valoir vos droits."


class Accessibility(Page):
    page_title = "Déclaration d’accessibilité"


class Contact(Page):
    page_title = "Joindre l’assistance"
    page_intro = "Une question sur l’usage de la plateforme, une erreur, un droit à exercer."


class Register(Page):
    """What is done with personal data, as article 30 of the GDPR has it listed."""

    page_title = "Registre des traitements"
    page_intro = "Ce que la plateforme traite de données personnelles (article 30 du RGPD)."
    rows = (
        ("Comptes", "Reconnaître les personnes et leur écrire", "Nom, adresse électronique, rôles", "La vie du compte"),
        ("Retraits et questions", "Prévenir d’un changement ou d’une réponse", "Adresse électronique, entreprise",
         "Celle du dossier de la consultation"),
        ("Dépôts", "Prouver ce qui a été reçu", "Heures, tailles, empreintes, pli chiffré", "Celle des archives de la procédure"),
        ("Alertes", "Annoncer les nouvelles consultations", "Adresse électronique, recherche", "Jusqu’à leur suppression"),
        ("Lettre d’information", "L’envoyer à qui l’a demandée", "Adresse électronique", "Jusqu’au désabonnement, d’un clic"),
        ("Formulaires", "Répondre aux demandes", "Ce que la personne écrit",
         "Celle que chaque formulaire annonce, un an d’ordinaire et trois au plus, puis effacement automatique"),
        ("Formations", "Inscrire, faire émarger, attester", "Nom, adresse électronique, organisme, présence ; l’avis est sans nom",
         "La vie du compte ; sans compte, un an après la session, et deux jours si la demande n’est pas confirmée"),
        ("Journal", "Prouver qu’aucun fait n’a été déplacé", "Empreintes ; faits personnels masqués", "Sans limite"),
    )  # fmt: skip
