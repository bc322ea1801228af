"""The basket on the dashboard of companies: the next deadlines, and what each door of the company leads to."""

from html import escape
from megalis.portal.consultations import api
from megalis.portal.consultations.basket import store
from megalis.portal.kernel import clock
from megalis.portal.theme import words
from plone import api as plone_api


SHOWN = 5
EMPTY = (
    "<p>Aucune consultation suivie : ouvrez-en une depuis la <a href='{base}/consultations'>recherche</a>, puis « Suivre ». "
    "Vous serez prévenu de ses changements et deux jours avant sa date limite.</p>"
)


class Section:
    """ICompanySections: what the person follows."""

    title = "Mon panier"
    order = 30
    place = "aside"

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def render(self):
        """Return the HTML of the section."""
        base = escape(plone_api.portal.get().absolute_url())
        held = store.uids(self.person.userid)
        brains = list(api.find(UID=list(held))) if held else []
        if not brains:
            return EMPTY.format(base=base)
        now = clock.now()
        coming = sorted((b for b in brains if b.deadline and b.deadline > now), key=lambda brain: brain.deadline)
        rows = "".join(
            f'<li><a href="{escape(brain.getURL())}">{escape(brain.Title)}</a>'
            f'<span class="small soft">, {escape(words.short(brain.deadline))}</span></li>'
            for brain in coming[:SHOWN]
        )
        count = words.plural(len(brains), "consultation suivie", "consultations suivies")
        return f'<ul class="mg-list">{rows}</ul><p><a href="{base}/@@mon-panier">Mon panier : {escape(count)}</a></p>'
