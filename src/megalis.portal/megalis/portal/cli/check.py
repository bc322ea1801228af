"""`megalis check KIND FILE...`: is a file what its format asks? One JSON line a file, for people and for programs.

A kind stands in ``KINDS`` with the module that knows its format; that module exposes ``check(path)``, which returns a
``Verdict`` whatever the file holds. Exit codes: 0 when every file is valid, 1 when one is not, 2 on usage.

`megalis check signature FILE [DETACHED]` is of one document: the second file, if any, holds its signature.
"""

from datetime import datetime
from datetime import UTC
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
    "signature": "megalis.portal.formats.signatures.checking",
}
SIGNATURE = "signature"

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
    check.add_argument("--trust", metavar="FOLDER", help="signature : dossier des autorités de confiance")
    check.add_argument("--at", metavar="MOMENT", type=_moment, help="signature : instant ISO où elle existait déjà")
    check.set_defaults(run=run, refuse_usage=check.error)


def _moment(text):
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def run(args):
    """Check each file in turn; a file that cannot be read is refused like another, and the rest are checked."""
    module = import_module(KINDS[args.kind])
    if args.kind == SIGNATURE:
        if len(args.files) > 2:
            args.refuse_usage("signature : un document, et au plus un fichier qui porte sa signature")
        first, detached = [*args.files, None][:2]
        return _tell(first, _check(lambda name: module.check(name, detached, args.trust, args.at), first))
    if args.trust or args.at:
        args.refuse_usage("--trust et --at ne vont qu’avec signature")
    return max([_tell(name, _check(module.check, name)) for name in args.files])


def _tell(name, verdict):
    emit(_line({"file": name, **verdict.as_json()}))
    return DONE if verdict.valid else REFUSED


def _check(check, name):
    try:
        return check(name)
    except OSError as error:
        reason = next((text for kind, text in _REASONS.items() if isinstance(error, kind)), error.strerror)
        return refused("fichier", f"« {error.filename or name} » ne se lit pas : {reason}.")
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
