"""Where the operator says how the services do; the home page shows it at once."""

from megalis.portal.editorial.interfaces import IEditorialSettings
from megalis.portal.theme.forms import MegalisEditForm
from plone.registry.interfaces import IRegistry
from zope.component import getUtility


class ServicesForm(MegalisEditForm):
    """Edits the services register."""

    schema = IEditorialSettings
    page_title = "État des services"
    page_intro = "Ces lignes sont montrées à tous sur la page d’accueil, dans cet ordre."
    wide = True
    saved_message = "L’état des services est à jour sur la page d’accueil."

    def getContent(self):
        return getUtility(IRegistry).forInterface(IEditorialSettings)
