"""The acts of a collectivité, for its agents: what waits, what left, what came back."""

from functools import cached_property
from megalis.portal.actes import rules
from megalis.portal.actes.browser.base import CONFIGURE
from megalis.portal.actes.browser.base import Page
from megalis.portal.actes.browser.base import PREPARE
from megalis.portal.actes.browser.base import TRANSMIT
from megalis.portal.theme.paging import page_number
from megalis.portal.theme.paging import pages_near
from megalis.portal.theme.paging import words_query
from plone import api
from urllib.parse import urlencode


PAGE = 25


class Listing(Page):
    """``@@actes-suivi`` of a collectivité."""

    page_title = "Actes"

    @cached_property
    def asked(self):
        form = self.request.form
        group = str(form.get("etape", ""))
        return {
            "etape": group if group in {name for name, _title, _states in rules.GROUPS} else "",
            "q": str(form.get("q", ""))[:200],
            "page": page_number(form.get("page")),
        }

    def query(self, group):
        """Return the catalog query of a group of states ("" for all)."""
        found = {"portal_type": "Acte", "path": "/".join(self.context.getPhysicalPath())}
        if words := words_query(self.asked["q"]):
            found["SearchableText"] = words
        for name, _title, states in rules.GROUPS:
            if name == group:
                found["acte_etat"] = states
        return found

    @cached_property
    def catalog(self):
        return api.portal.get_tool("portal_catalog")

    @cached_property
    def found(self):
        return self.catalog(sort_on=("modified", "rang"), sort_order="reverse", **self.query(self.asked["etape"]))

    @property
    def count(self):
        return len(self.found)

    @property
    def rows(self):
        first = (self.asked["page"] - 1) * PAGE
        for brain in self.found[first : first + PAGE]:
            date = str(brain.acte_date or "")
            yield {
                "url": f"{brain.getURL()}/@@suivi",
                "title": brain.Title,
                "numero": brain.acte_numero,
                "nature": self.nature_title(brain.acte_nature),
                "date": f"{date[6:8]}/{date[4:6]}/{date[:4]}" if len(date) == 8 else "",
                "badge": (rules.badge(brain.acte_etat), rules.state_label(brain.acte_etat)),
                "published": brain.acte_publie is not None and not brain.acte_retire,
            }

    def address(self, **changes):
        kept = {**self.asked, "page": 1, **changes}
        kept = {name: value for name, value in kept.items() if value and (name, value) != ("page", 1)}
        return f"{self.list_url}?{urlencode(kept)}" if kept else self.list_url

    @property
    def tabs(self):
        here = self.asked["etape"]
        groups = [("", "Tous"), *((name, title) for name, title, _states in rules.GROUPS)]
        return [
            {
                "title": title,
                "count": len(self.catalog(**self.query(name))),
                "url": self.address(etape=name),
                "current": name == here,
            }
            for name, title in groups
        ]

    @property
    def pages(self):
        return pages_near(self.asked["page"], -(-self.count // PAGE), lambda number: self.address(page=number))

    @property
    def may_add(self):
        return self.may(PREPARE)

    @property
    def may_transmit(self):
        return self.may(TRANSMIT)

    @property
    def may_configure(self):
        return self.may(CONFIGURE)

    @property
    def public_url(self):
        return self.registre.absolute_url() if self.registre is not None else ""
