"""The ground of the pages between the opening and the notification."""

from functools import cached_property
from megalis.portal.consultations import gathering
from megalis.portal.consultations.dce.sending import disposition
from megalis.portal.consultations.exchanges.browser.base import Exchange
from megalis.portal.consultations.rules import typing
from zExceptions import NotFound


def pager(last, here, address):
    """Return ``[(rank, address, aria-current)]`` of the pages of a table, none when there is one; ``address(rank)``."""
    every = range(1, last + 1) if last > 1 else ()
    return [(rank, address(rank), "page" if rank == here else None) for rank in every]


class AwardPage(Exchange):
    """A page below ``@@attribution``; ``count`` items are shown ``size`` a page."""

    size = 50

    @property
    def crumbs(self):
        return [("Attribution", f"{self.url}/@@attribution")]

    @cached_property
    def numbers(self):
        """The lots a decision is taken for, ``""`` for an undivided contract."""
        return gathering.decision_numbers(self.consultation)

    @property
    def count(self):
        return len(self.numbers)

    @cached_property
    def last(self):
        return max(1, -(-self.count // self.size))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def part(self):
        """The slice of the items of this page."""
        return slice((self.page - 1) * self.size, self.page * self.size)

    def page_address(self, rank):
        return f"{self.url}/@@{self.__name__}" + (f"?page={rank}" if rank > 1 else "")

    @property
    def pages(self):
        return pager(self.last, self.page, self.page_address)


class WithDocuments(AwardPage):
    """A page that keeps documents; ``?piece=`` gives one, to be saved and never shown by the browser."""

    def piece(self, key):
        """Return the Attachment of that key, None for none."""
        raise NotImplementedError

    def __call__(self):
        key = self.text("piece")
        if not key or self.request.method == "POST":
            return super().__call__()
        piece = self.piece(key)
        if piece is None:
            raise NotFound(key)
        response = self.request.response
        response.setHeader("Content-Type", "application/octet-stream")
        response.setHeader("Content-Disposition", disposition(piece.name))
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Cache-Control", "private, no-store")
        with piece.blob.open() as stream:
            return stream.read()
