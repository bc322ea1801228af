"""Pages of plain text: help by trade, legal notice, personal data, accessibility, contact. True of any installation."""

from megalis.portal.kernel import settings
from Products.Five.browser import BrowserView


class Page(BrowserView):
    """A page whose words stand in its template; what differs between installations comes from the settings."""

    page_title = ""
    page_intro = ""

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
