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


PAGE = 100


class Register(BrowserView):
    """What the registers share."""

    door = "agents"

    @property
    def url(self):
        return self.context.absolute_url()

    @cached_property
    def buyer(self):
        return api.buyer(self.context)

    @property
    def phase_label(self):
        return api.state_label(self.context)


class Withdrawals(Register):
    """``@@retraits``."""

    page_title = "Registre des retraits"

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

    @cached_property
    def last(self):
        return max(1, -(-len(self.all) // PAGE))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def rows(self):
        return self.all[(self.page - 1) * PAGE : self.page * PAGE]

    @property
    def pages(self):
        if self.last == 1:
            return []
        near = sorted({1, self.last, *range(max(1, self.page - 3), min(self.last, self.page + 3) + 1)})
        return [(rank, f"{self.url}/@@retraits?page={rank}", "page" if rank == self.page else None) for rank in near]


class WithdrawalsCSV(Withdrawals):
    """``@@retraits.csv``."""

    def __call__(self):
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow(
            ("Instant (Paris)", "Mode", "Entreprise", "SIRET", "Courriel", "Retiré", "Version", "Documents", "Prévenu")
        )
        for row in self.all:
            cells = (
                clock.paris(row["instant"]).strftime("%Y-%m-%d %H:%M:%S"),
                "Identifié" if row["mode"] == "identifie" else "Anonyme",
                row["company"], row["siret"], row["email"], row["what"], row["version"], ", ".join(row["pieces"]),
                "oui" if row["told"] else "non",
            )  # fmt: skip
            writer.writerow(map(safe_cell, cells))
        response = self.request.response
        response.setHeader("Content-Type", "text/csv; charset=utf-8")
        response.setHeader("Content-Disposition", 'attachment; filename="retraits.csv"')
        response.setHeader("Cache-Control", "no-store")
        return "\ufeff" + stream.getvalue()
