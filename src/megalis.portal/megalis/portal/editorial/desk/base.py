"""The ground of the pages of the desk: the way back to it."""

from megalis.portal.organisations.browser.base import Page


class DeskPage(Page):
    """A page one reaches from the desk."""

    @property
    def crumbs(self):
        return (("Rédaction", f"{self.site_url}/redaction"),)
