"""The alerts of the account, on the dashboard of companies."""

from html import escape
from megalis.portal.consultations.alerts import letters
from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts import store
from plone import api


SHOWN = 5
EMPTY = (
    "<p>Aucune alerte : faites une <a href='{base}/consultations'>recherche</a>, "
    "puis « Alerte », pour être prévenu par courriel.</p>"
)


class Section:
    """ICompanySections: what the person is told of by e-mail."""

    title = "Mes alertes"
    order = 40
    place = "aside"

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def render(self):
        """Return the HTML of the section."""
        site = api.portal.get()
        base = escape(site.absolute_url())
        found = store.of_email(site, self.person.email)
        if not found:
            return EMPTY.format(base=base)
        titles = letters.titles()
        rows = "".join(
            f'<li><a href="{base}/consultations{escape(item.query)}">'
            f"{escape(rules.said(rules.from_query(item.query), titles))}</a>"
            f'<span class="small soft"> ({escape(rules.STATES[item.state].lower())})</span></li>'
            for item in found[:SHOWN]
        )
        return f'<ul class="mg-list">{rows}</ul><p><a href="{base}/@@mes-alertes">Régler mes alertes</a></p>'
