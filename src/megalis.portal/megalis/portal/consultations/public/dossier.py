"""The documents and the lots on the public page: a page of each at a time, sorted as asked."""

from functools import cached_property
from html import escape
from megalis.portal.consultations.public import purchase
from megalis.portal.consultations.public import stations
from megalis.portal.consultations.rules import typing
from megalis.portal.formats import cpv
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import antivirus
from megalis.portal.theme import words


LOTS = 50  # a page
PIECES = 30  # a page
SORTS = {
    "document": (lambda piece: (piece.title or "").casefold(), False),
    "-document": (lambda piece: (piece.title or "").casefold(), True),
    "taille": (lambda piece: piece.size, False),
    "-taille": (lambda piece: piece.size, True),
}


def cpv_words(code):
    """Return the French words of a CPV code, "" without one."""
    try:
        return cpv.label(code) if code else ""
    except Refused:
        return ""


def weights(criteria):
    """Return ``Prix 60 %, technique 40 %``, or the names in order when they bear no points."""
    found = []
    for item in criteria or ():
        weight = item.get("weight")
        points = f"{weight:f}".rstrip("0").rstrip(".").replace(".", ",") if weight and "." in f"{weight:f}" else weight
        found.append(f"{item['name']} {points}\N{NO-BREAK SPACE}%" if weight is not None else item["name"])
    return ", ".join(found)


class Dossier:
    """What the page says of its pieces and lots; beside it stand ``context, request, url, pieces, lots, history, decision``."""

    @property
    def size(self):
        return sum(piece.size for piece in self.pieces)

    @property
    def version_words(self):
        """``6 documents, version 2 du 5 mars 2026``."""
        count = len(self.pieces)
        text = f"{count} document{'s' if count > 1 else ''}"
        if self.history:
            text += f", version {self.context.version} du {stations.day(self.history[-1]['at'])}"
        return text

    @property
    def sort(self):
        return typing.one_of(self.request.form.get("tri"), SORTS)

    def sort_link(self, name):
        """Return ``(address, aria-sort or None, icon)`` of a column's heading."""
        here = self.sort
        other = f"-{name}" if here == name else name
        aria = {name: "ascending", f"-{name}": "descending"}.get(here)
        return f"{self.url}?tri={other}#dce", aria, {"ascending": "up", "descending": "down"}.get(aria, "sort")

    @cached_property
    def piece_page(self):
        return typing.page_number(self.request.form.get("pieces"), -(-len(self.pieces) // PIECES))

    @property
    def piece_rows(self):
        """The pieces of this page: dicts for the table."""
        pieces = self.pieces
        if self.sort:
            key, reverse = SORTS[self.sort]
            pieces = sorted(pieces, key=key, reverse=reverse)
        first = (self.piece_page - 1) * PIECES
        dates = {entry["version"]: entry["at"] for entry in self.history}
        return [
            {
                "id": piece.id,
                "title": piece.title,
                "url": f"{self.url}/@@dce-piece/{piece.id}",
                "name": "" if piece.filename == piece.title else piece.filename,
                "changed": stations.day(dates.get(piece.since)) if piece.since > 1 else "",
                "lots": ", ".join(piece.lots) if piece.lots else "Tous",
                "size": words.size(piece.size),
                "virus": antivirus.virus(piece.sha256) if antivirus.is_on() else "",
                "sha256": piece.sha256,
                "print": f"{piece.sha256[:4]} {piece.sha256[4:8]} … {piece.sha256[-8:-4]} {piece.sha256[-4:]}",
            }
            for piece in pieces[first : first + PIECES]
        ]

    def _pages(self, name, count, size, here, anchor):
        last = -(-count // size)
        if last < 2:
            return []
        kept = f"tri={self.sort}&" if self.sort and name == "pieces" else ""
        return [
            (rank, f"{self.url}?{kept}{name}={rank}#{anchor}", "page" if rank == here else None)
            for rank in typing.near_pages(here, last)
        ]

    @property
    def piece_pages(self):
        return self._pages("pieces", len(self.pieces), PIECES, self.piece_page, "dce")

    @property
    def lot_sizes(self):
        """The parts of the dossier by lot: list of (number, size in words)."""
        common = sum(piece.size for piece in self.pieces if not piece.lots)
        own = {}
        for piece in self.pieces:
            for lot in piece.lots or ():
                own[lot] = own.get(lot, 0) + piece.size
        return [(lot.number, words.size(common + own.get(lot.number, 0))) for lot in self.lots]

    @property
    def lot_hint(self):
        """``de 1 à 200``, where the lots are too many for a list to choose from; "" where they are not."""
        return f"de {self.lots[0].number} à {self.lots[-1].number}" if len(self.lots) > LOTS else ""

    @property
    def lot_options(self):
        return "".join(
            f'<option value="{escape(lot)}">Lot {escape(lot)}, {size}</option>' for lot, size in self.lot_sizes
        )

    @cached_property
    def lot_page(self):
        return typing.page_number(self.request.form.get("lots"), -(-len(self.lots) // LOTS))

    @property
    def lot_rows(self):
        first = (self.lot_page - 1) * LOTS
        item = self.context
        return [
            {
                "number": lot.number,
                "title": lot.title,
                "cpv": cpv_words(lot.cpv or self.context.cpv),
                "decision": self.decision(lot.number),
                "criteria": weights(lot.criteria),
                "more": purchase.lot_words(lot, item.variants),
            }
            for lot in self.lots[first : first + LOTS]
        ]

    @property
    def lot_pages(self):
        return self._pages("lots", len(self.lots), LOTS, self.lot_page, "lots")
