"""`megalis check KIND FILE...`: is a file what its format asks? One JSON line a file, for people and for programs.

A kind stands in ``KINDS`` with the module that knows its format; that module exposes ``check(path)``, which returns a
``Verdict`` whatever the file holds. Exit codes: 0 when every file is valid, 1 when one is not, 2 on usage.
"""

from importlib import import_module
from megalis.portal.cli import DONE
from megalis.portal.cli import emit
from megalis.portal.cli import REFUSED
from megalis.portal.formats.verdict import refused

import json
import os
import sys


KINDS = {
    "acte": "megalis.portal.formats.actes.checking",
    "decp": "megalis.portal.formats.decp.checking",
    "dossier": "megalis.portal.ledger.dossier",
    "dume": "megalis.portal.formats.espd.checking",
    "eforms": "megalis.portal.formats.eforms.checking",
    "pes": "megalis.portal.formats.pes.checking",
}

_REASONS = {
    FileNotFoundError: "il n’existe pas à cet endroit",
    IsADirectoryError: "c’est un dossier",
    PermissionError: "vous n’en avez pas le droit",
}


def register(subparsers):
    """Add the `check` command."""
    check = subparsers.add_parser("check", help="contrôler des fichiers : une ligne JSON par fichier")
    check.add_argument("kind", metavar="KIND", choices=sorted(KINDS), help=" ou ".join(sorted(KINDS)))
    check.add_argument("files", metavar="FILE", nargs="+", help="fichier à contrôler")
    check.set_defaults(run=run)


def run(args):
    """Check each file in turn; a file that cannot be read is refused like another, and the rest are checked."""
    check = import_module(KINDS[args.kind]).check
    valid = True
    for name in args.files:
        verdict = _check(check, name)
        valid = valid and verdict.valid
        emit(_line({"file": name, **verdict.as_json()}))
    return DONE if valid else REFUSED


def _check(check, name):
    try:
        return check(name)
    except OSError as error:
        reason = next((text for kind, text in _REASONS.items() if isinstance(error, kind)), error.strerror)
        return refused("fichier", f"« {name} » ne se lit pas : {reason}.")
    except Exception as error:
        if os.environ.get("MEGALIS_DEBUG"):
            raise
        return refused("interne", f"Contrôle interrompu par une erreur inattendue ({type(error).__name__}).")


def _line(value):
    """Return JSON on one line that no terminal obeys and that stays JSON in a locale without accents."""
    accents = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not accents)
    return "".join(char if char.isprintable() or char in "\u00a0\u202f" else _escaped(char) for char in text)


def _escaped(char):
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
