"""The register of withdrawals, a projection of the journal's events, for the buyer's agents; the ground of the others."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.tables import safe_cell
from megalis.portal.kernel import clock
from Products.Five.browser import BrowserView

import csv
import io


class Register(BrowserView):
    """What the registers share. A subclass names its ``view`` and gives ``all`` rows; ``size`` of them make a page."""

    door = "agents"
    view = ""
    size = 100
    all = ()

    @property
    def url(self):
        return self.context.absolute_url()

    @cached_property
    def buyer(self):
        return api.buyer(self.context)

    @property
    def phase_label(self):
        return api.state_label(self.context)

    @cached_property
    def last(self):
        return max(1, -(-len(self.all) // self.size))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def rows(self):
        return self.all[(self.page - 1) * self.size : self.page * self.size]

    @property
    def pages(self):
        """The numbers of the pager: list of (number, address, is here)."""
        if self.last == 1:
            return []
        near = sorted({1, self.last, *range(max(1, self.page - 3), min(self.last, self.page + 3) + 1)})
        here = f"{self.url}/@@{self.view}"
        return [(rank, f"{here}?page={rank}", "page" if rank == self.page else None) for rank in near]

    def as_csv(self, titles, rows):
        """Return a table to take away, and its headers."""
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow(titles)
        for row in rows:
            writer.writerow(map(safe_cell, row))
        response = self.request.response
        response.setHeader("Content-Type", "text/csv; charset=utf-8")
        response.setHeader("Content-Disposition", f'attachment; filename="{self.view.removeprefix("registre-")}.csv"')
        response.setHeader("Cache-Control", "no-store")
        return "\ufeff" + stream.getvalue()


class Withdrawals(Register):
    """``@@retraits``."""

    page_title = "Registre des retraits"
    view = "retraits"

    @cached_property
    def all(self):
        return withdrawals.register(self.context)

    @property
    def counts(self):
        """Dict ``all, anonymous, identified, companies, told``."""
        known = [row for row in self.all if row["mode"] == "identifie"]
        return {
            "all": len(self.all),
            "identified": len(known),
            "anonymous": len(self.all) - len(known),
            "companies": len({(row["company"] or row["email"]).casefold() for row in known}),
            "told": sum(1 for item in withdrawals.followers(self.context) if item.active),
        }


class WithdrawalsCSV(Withdrawals):
    """``@@retraits.csv``."""

    def __call__(self):
        titles = (
            "Instant (Paris)",
            "Mode",
            "Entreprise",
            "SIRET",
            "Courriel",
            "Retiré",
            "Version",
            "Documents",
            "Prévenu",
        )
        return self.as_csv(titles, map(self.cells, self.all))

    def cells(self, row):
        return (
            clock.paris(row["instant"]).strftime("%Y-%m-%d %H:%M:%S"),
            "Identifié" if row["mode"] == "identifie" else "Anonyme",
            row["company"], row["siret"], row["email"], row["what"], row["version"], ", ".join(row["pieces"]),
            "oui" if row["told"] else "non",
        )  # fmt: skip
