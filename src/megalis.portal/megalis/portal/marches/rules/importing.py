"""Contracts in a file from elsewhere, JSON, XML or CSV, as raw data with their place in the file."""

from dataclasses import dataclass
from megalis.portal.formats import decp
from megalis.portal.formats.decp.kinds import to_json
from megalis.portal.formats.refusal import Refused
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import tabular


@dataclass(frozen=True)
class Reason:
    """Why a file is refused, or what is odd in it: ``line`` counts from 1, 0 when unknown."""

    code: str
    message: str
    line: int = 0


class FileRefused(Exception):
    """The whole file is refused; ``reasons`` say why, line by line."""

    def __init__(self, reasons):
        super().__init__(reasons[0].message)
        self.reasons = reasons


def read(data):
    """Return ``[(place, kind, raw)]``: line of a table, or rank in a file; raise FileRefused."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"<", b"{", b""):
        records, verdict = decp.read(data)
        if not verdict.valid:
            raise FileRefused([Reason(item.code, item.message, item.line) for item in verdict.errors])
        if not records:
            raise FileRefused([Reason("marches.fichier-vide", "Le fichier ne contient aucun contrat.")])
        return [
            (rank, CONCESSION if isinstance(item, decp.Concession) else MARCHE, to_json(item))
            for rank, item in enumerate(records, 1)
        ]
    try:
        return tabular.read(data)
    except Refused as refused:
        raise FileRefused([Reason(refused.code, refused.message)]) from refused
