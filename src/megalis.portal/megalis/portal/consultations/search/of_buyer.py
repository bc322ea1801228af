"""The published consultations on the public page of a collectivité, as the search lists them."""

from html import escape
from megalis.portal.consultations.search import criteria as words
from megalis.portal.consultations.search import html
from megalis.portal.consultations.search import source
from megalis.portal.kernel import clock
from plone import api
from zope.component import getMultiAdapter


SHOWN = 10


class ConsultationsOf:
    """IConsultationsOf: the ones to answer first, the last ones past after them, and the way to all of them."""

    def __init__(self, collectivite, request):
        self.collectivite = collectivite
        self.request = request

    def __call__(self):
        site = api.portal.get()
        asked = words.Criteria(facets=(("acheteur", (self.collectivite.getId(),)),))
        now = clock.now()
        result = source.snapshot(site).search(asked, now)
        if not result.total:
            return ""
        mg = getMultiAdapter((site, self.request), name="mg")
        base = escape(site.absolute_url())
        rows = "".join(html.row_html(row, base, now, mg.badge) for row in result.rows(0, SHOWN))
        count = f"Les {result.total} consultations" if result.total > 1 else "Chercher dans cette consultation"
        link = f'<p><a href="{base}/consultations{escape(asked.query())}">{count}, avec recherche et flux</a></p>'
        return f'<ul class="mg-conslist mg-conslist--head">{rows}</ul>{link}'
