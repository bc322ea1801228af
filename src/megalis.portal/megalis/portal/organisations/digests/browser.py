"""``@@mes-nouvelles``: how often a person is written to, and the places he follows."""

from functools import cached_property
from megalis.portal.organisations.browser.base import Page
from megalis.portal.organisations.browser.base import to_sign_in
from megalis.portal.organisations.digests import rules
from megalis.portal.organisations.digests import store
from megalis.portal.organisations.digests.interfaces import IFollowed
from zope.component import getAdapters


class Mine(Page):
    """The places followed come from the rooms, as named adapters (IFollowed)."""

    page_title = "Mes nouvelles par courriel"

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        if self.person is None:
            to_sign_in(self.request)
        return super().__call__()

    @property
    def url(self):
        return f"{self.site_url}/@@mes-nouvelles"

    @property
    def frequencies(self):
        return list(rules.FREQUENCIES.items())

    @property
    def habit(self):
        return store.habit(self.person.userid)

    @cached_property
    def followed(self):
        """Rows: dicts title, url, kind, frequency (words)."""
        found = [
            row for _name, adapter in sorted(getAdapters((self.person, self.request), IFollowed)) for row in adapter()
        ]
        usual = rules.FREQUENCIES[self.habit].lower()
        return [
            {**row, "frequency": rules.FREQUENCIES.get(row["frequency"], "").lower() or f"{usual} (réglage habituel)"}
            for row in found
        ]

    def do_regler(self):
        store.set_habit(self.person.userid, self.field("frequence"))
        self.done("Votre choix est enregistré.")
