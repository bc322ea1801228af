"""``@@registres-des-actes``: the public registers of the region in one page: who publishes, and a search across all acts."""

from functools import cached_property
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes.browser.base import Page
from megalis.portal.actes.browser.register import newest
from megalis.portal.actes.browser.register import Search
from megalis.portal.organisations import directory
from megalis.portal.theme.paging import page_number
from megalis.portal.theme.paging import pages_near
from plone import api
from urllib.parse import urlencode

import re


PAGE = 25
PUBLISHERS = 24  # collectivités on a page


class AcrossAll(Search):
    """The published acts of every register."""

    @cached_property
    def asked(self):
        siren = str(self.request.form.get("collectivite", ""))
        known = re.fullmatch("[0-9]{9}", siren, re.ASCII) and directory.collectivite(siren) is not None
        return {**super().asked, "collectivite": siren if known else ""}

    def narrowed(self):
        """Return the catalog query of whose acts are asked for."""
        return {"acte_public": self.asked["collectivite"]} if self.asked["collectivite"] else {}

    @cached_property
    def classification(self):
        return registres.classification_of(None)

    @property
    def is_search(self):
        return any(value for name, value in self.asked.items() if name != "page")


class Region(AcrossAll, Page):
    """The page."""

    door = ""
    searching = True
    page_title = "Registres des actes"

    @cached_property
    def home_url(self):
        return f"{self.context.absolute_url()}/@@registres-des-actes"

    def address(self, view="", **changes):
        kept = {**self.asked, "page": 1, **changes}
        kept = {name: value for name, value in kept.items() if value and (name, value) != ("page", 1)}
        return f"{self.home_url}{view}?{urlencode(kept)}" if kept else f"{self.home_url}{view}"

    @property
    def rows(self):
        first = (self.asked["page"] - 1) * PAGE
        for brain in self.found[first : first + PAGE]:
            date = str(brain.acte_date or "")
            name, url = self.publisher(brain)
            yield {
                "url": brain.getURL(),
                "title": brain.Title,
                "numero": brain.acte_numero,
                "collectivite": name,
                "collectivite_url": url,
                "nature": self.nature_title(brain.acte_nature),
                "date": f"{date[6:8]}/{date[4:6]}/{date[:4]}" if len(date) == 8 else "",
                "published": outcome.day(brain.acte_publie),
            }

    @cached_property
    def _places(self):
        return {}

    def publisher(self, brain):
        """Return (name of the collectivité, address of its register) of an act."""
        path = brain.getPath().rpartition("/")[0]
        found = self._places.get(path)
        if found is None:
            registre = self.context.unrestrictedTraverse(path)
            found = self._places[path] = (registres.collectivite_of(registre).title, registre.absolute_url())
        return found

    @property
    def pages(self):
        return pages_near(self.asked["page"], -(-self.count // PAGE), lambda number: self.address(page=number))

    @cached_property
    def counts(self):
        """Return ``{SIREN: published acts}``, read from the index and never counted act by act."""
        index = api.portal.get_tool("portal_catalog").Indexes["acte_public"]
        return dict(index.uniqueValues(withLengths=True))

    @cached_property
    def publishers(self):
        """Every collectivité that publishes acts, by name: (name, SIREN)."""
        found = ((directory.collectivite(siren), siren) for siren in self.counts)
        return sorted((place.title, siren) for place, siren in found if place is not None)

    @property
    def listed(self):
        """Those of this page of the list: dicts ``title, url, count, words``."""
        wanted = page_number(self.request.form.get("liste"))
        for title, siren in self.publishers[(wanted - 1) * PUBLISHERS : wanted * PUBLISHERS]:
            registre = registres.of(directory.collectivite(siren))
            yield {
                "title": title,
                "url": registre.absolute_url(),
                "count": self.plural(self.counts[siren], "acte"),
                "words": registres.regime_words(registre),
            }

    @property
    def list_pages(self):
        here = page_number(self.request.form.get("liste"))
        last = -(-len(self.publishers) // PUBLISHERS)
        return pages_near(here, last, lambda number: f"{self.home_url}?liste={number}")

    @property
    def tops(self):
        return [(branch.code, branch.titre) for branch in self.classification.below()]

    @property
    def years(self):
        last = self.now.year
        return [str(year) for year in range(last, max(last - 15, 2006), -1)]


class RegionFeed(AcrossAll, Page):
    """``@@registres-des-actes.xml`` and ``.rss``: the newest acts of the region, with the same filters as the page."""

    def __call__(self):
        url = f"{self.context.absolute_url()}/@@registres-des-actes"
        return newest(self, "Actes publiés en Bretagne", url, self.found)
