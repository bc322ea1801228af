"""Where a collectivité stands for its préfecture: arrondissements of Brittany, and the codes of kinds of collectivités.

Both go into every envelope. The lists hold what is known here; a code outside of them may still be right, and the
préfecture says which one to use in the convention it signs with the collectivité.
"""

from functools import cache
from importlib.resources import files

import csv


@cache
def _rows(name):
    text = files("megalis.portal.formats").joinpath(f"data/{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def arrondissements(departement):
    """Return ``{code: name}`` of the arrondissements of a département in three characters; empty when not known."""
    return {row["code"]: row["nom"] for row in _rows("actes_arrondissements") if row["departement"] == departement}


def kinds():
    """Return ``{code: French label}`` of the kinds of collectivités."""
    return {row["code"]: row["libelle"] for row in _rows("actes_collectivites")}
