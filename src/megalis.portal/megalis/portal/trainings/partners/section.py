"""The programmes on the dashboard of a partner's people."""

from html import escape
from megalis.portal.theme.words import plural
from megalis.portal.trainings.partners import service
from plone import api


class Section:
    """IAgentSections."""

    title = "Programmes"
    order = 5
    place = "main"

    def __init__(self, person, request):
        self.person = person

    @property
    def belongs(self):
        """True for somebody whom a partner has among its people: he needs no collectivité."""
        return bool(self._own)

    @property
    def _own(self):
        return service.own(api.portal.get(), self.person.userid)

    def render(self):
        """Return the HTML of the section."""
        parts = []
        for partner in self._own:
            rows = "".join(
                f'<li><a href="{escape(one.absolute_url())}/@@suivi-programme">{escape(one.title)}</a>'
                f'<span class="sub">{plural(len(one.agreed), "entreprise")} sur {one.target} visées</span></li>'
                for one in service.programmes(partner)
            )
            address, title = escape(partner.absolute_url()), escape(partner.title)
            parts.append(f'<p><a href="{address}">{title}</a></p><ul class="mg-list mg-stack">{rows}</ul>')
        return "".join(parts)
