"""The register of withdrawals, a projection of the journal's events, for the buyer's agents; the ground of the others."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER
from megalis.portal.theme.export import Exported
from Products.Five.browser import BrowserView
from urllib.parse import urlencode


class Paged:
    """A long list on a page of its consultation: its ``view``, its ``total`` of rows, ``size`` of them on each page."""

    view = ""
    size = 100

    @property
    def list_mark(self):
        return self.context.getId()

    @cached_property
    def last(self):
        return max(1, -(-self.total // self.size))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def span(self):
        """The ranks of this page: ``(first, one beyond the last)``, from 0."""
        return (self.page - 1) * self.size, self.page * self.size

    @property
    def pages(self):
        """The numbers of the pager: list of (number, address, is here)."""
        if self.last == 1:
            return []
        near = typing.near_pages(self.page, self.last)
        here = f"{self.url}/@@{self.view}"
        return [(rank, f"{here}?page={rank}", "page" if rank == self.page else None) for rank in near]


class Register(Paged, BrowserView):
    """What the registers share: a subclass names its ``view`` and its ``projection``, called with the consultation.

    The projection has a length and ``rows(start, stop)``, made when they are asked for.
    """

    door = "agents"
    projection = None

    @cached_property
    def register(self):
        return self.projection(self.context)

    @property
    def url(self):
        return self.context.absolute_url()

    @cached_property
    def buyer(self):
        return api.buyer(self.context)

    @property
    def phase_label(self):
        return api.state_label(self.context)

    @property
    def total(self):
        return len(self.register)

    @cached_property
    def rows(self):
        return self.register.rows(*self.span)

    @property
    def all(self):
        return self.register.rows()

    @property
    def list_note(self):
        return f"{self.buyer.title}, référence {self.context.reference}, « {self.context.title} »"


class Withdrawals(Register):
    """``@@retraits``."""

    page_title = "Registre des retraits"
    view = "retraits"
    projection = withdrawals.Withdrawals

    @cached_property
    def lot(self):
        """The number of the lot asked for, "" for all: one that does not exist filters nothing."""
        asked = self.request.form.get("lot")
        return asked if asked in {lot.number for lot in api.lots(self.context)} else ""

    @property
    def lots(self):
        return [(lot.number, f"Lot {lot.number}, {lot.title}") for lot in api.lots(self.context)]

    @cached_property
    def register(self):
        return self.projection(self.context, self.lot)

    @property
    def query(self):
        return f"?{urlencode({'lot': self.lot})}" if self.lot else ""

    @property
    def pages(self):
        kept = urlencode({"lot": self.lot}) if self.lot else ""
        return [(rank, f"{url}&{kept}" if kept else url, here) for rank, url, here in super().pages]

    @property
    def list_mark(self):
        return f"{self.context.getId()}-lot-{self.lot}" if self.lot else self.context.getId()

    @property
    def counts(self):
        return self.register.counts()


class WithdrawalsList(Exported, Withdrawals):
    """``@@retraits.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = (
        Column("Instant (Paris)", INSTANT),
        Column("Mode"),
        Column("Entreprise"),
        Column("SIRET"),
        Column("Courriel"),
        Column("Retiré"),
        Column("Version", NUMBER),
        Column("Documents"),
        Column("Prévenu"),
    )

    def list_rows(self):
        for row in self.all:
            yield (
                row["instant"],
                "Identifié" if row["mode"] == "identifie" else "Anonyme",
                row["company"], row["siret"], row["email"], row["what"], row["version"], ", ".join(row["pieces"]),
                row["told"],
            )  # fmt: skip
