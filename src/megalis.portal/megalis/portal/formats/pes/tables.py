"""A flow as tables that are read by pages: written once when it is read, so that no page reads 128 MiB again.

A row is a line of a pièce; a pièce without lines has one row. Rows stand in compressed blocks of JSON, one a page of a
bordereau, one after another in a file; the heads of the bordereaux keep where theirs are.
"""

from dataclasses import dataclass
from decimal import Decimal
from megalis.portal.formats.pes import model

import json
import zlib


ROWS = 50
_NUMBERS = ("montant_ht", "montant_tva")


@dataclass(frozen=True, slots=True)
class Tete:
    """A bordereau without its pièces; ``pages``: (offset, size) of each block of rows."""

    domaine: str
    id: str
    exercice: str
    numero: str
    date: str
    type: str
    montant_ht: Decimal | None
    montant_tva: Decimal | None
    cumul: Decimal | None
    somme: Decimal
    pieces: int
    lignes: int
    rangees: int
    signatures: int
    pages: tuple

    def bordereau(self, pieces=()):
        """Return the ``model.Bordereau`` with the pièces given."""
        return model.Bordereau(
            self.domaine, self.id, self.exercice, self.numero, self.date, self.type, str(self.pieces), self.montant_ht,
            self.montant_tva, self.cumul, list(pieces), self.signatures,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rangee:
    """A row: the rank of its pièce in the bordereau, the pièce (without lines), its line or None."""

    rang: int
    piece: model.Piece
    ligne: model.Ligne | None


def write(flux, stream):
    """Write the rows of a ``Flux`` to a binary stream; return the ``Tete`` of each bordereau."""
    offset, found = 0, []
    for item in flux.bordereaux:
        pages, count = [], 0
        for block in _blocks(_rows(item)):
            data = zlib.compress(json.dumps(block, ensure_ascii=False, separators=(",", ":")).encode(), 6)
            stream.write(data)
            pages.append((offset, len(data)))
            offset += len(data)
            count += len(block)
        tete = Tete(
            item.domaine, item.id, item.exercice, item.numero, item.date, item.type, item.montant_ht, item.montant_tva,
            item.cumul, item.somme, len(item.pieces), item.lignes, count, item.signatures, tuple(pages),
        )  # fmt: skip
        found.append(tete)
    return tuple(found)


def _blocks(rows):
    block = []
    for row in rows:
        block.append(row)
        if len(block) == ROWS:
            yield block
            block = []
    if block:
        yield block


def _rows(bordereau):
    for rank, piece in enumerate(bordereau.pieces):
        references = [[item.unique, item.nom, item.support] for item in piece.references]
        head = [piece.numero, piece.type, piece.nature, piece.objet, piece.etat, piece.observation, references]
        for ligne in piece.lignes or (None,):
            yield [rank, head, _told(ligne)]


def _told(ligne):
    if ligne is None:
        return None
    amounts = [None if getattr(ligne, name) is None else str(getattr(ligne, name)) for name in _NUMBERS]
    tiers = [[item.nom, item.identifiant, item.reference, item.iban] for item in ligne.tiers]
    return [ligne.numero, ligne.nature, ligne.fonction, ligne.libelle, *amounts, tiers, ligne.etat, ligne.observation]


def read(stream, tete, page):
    """Return the ``Rangee`` of a page of a bordereau (from 1); empty beyond the last."""
    if not 1 <= page <= len(tete.pages):
        return []
    offset, size = tete.pages[page - 1]
    stream.seek(offset)
    return [_row(*row) for row in json.loads(zlib.decompress(stream.read(size)))]


def _row(rank, head, line):
    numero, kind, nature, objet, etat, observation, references = head
    piece = model.Piece(
        numero, kind, nature, objet, (), tuple(model.Reference(*item) for item in references), etat, observation
    )
    if line is None:
        return Rangee(rank, piece, None)
    number, account, use, words, amount, tax, tiers, state, remark = line
    amount, tax = (None if text is None else Decimal(text) for text in (amount, tax))
    who = tuple(model.Tiers(*item) for item in tiers)
    return Rangee(rank, piece, model.Ligne(number, account, use, words, amount, tax, who, state, remark))


def page_of(stream, tete, numero):
    """Return the page a pièce begins on, 1 when the bordereau has none of that number (leading zeros do not count)."""
    wanted = numero.strip().lstrip("0")
    for page in range(1, len(tete.pages) + 1):
        if any(row.piece.numero.strip().lstrip("0") == wanted for row in read(stream, tete, page)):
            return page
    return 1


def grouped(rows):
    """Return the pièces of the rows of a page, with the lines that are on it: ``[(rank, Piece)]``."""
    found = []
    for row in rows:
        if not found or found[-1][0] != row.rang:
            found.append((row.rang, row.piece, []))
        if row.ligne is not None:
            found[-1][2].append(row.ligne)
    return [(rank, piece._replace(lignes=tuple(lines))) for rank, piece, lines in found]
