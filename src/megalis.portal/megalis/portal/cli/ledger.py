"""`megalis receipt verify` and `megalis journal verify`: proofs of a deposit and of the journal, without the platform.

They read files only, never the network, so that a bidder, a court or a newspaper can run them on any machine.
"""

from hashlib import file_digest
from io import BufferedReader
from megalis.portal.cli import say
from megalis.portal.ledger.checkpoint import MAX_NOTE
from megalis.portal.ledger.checkpoint import Verifier
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.errors import ReceiptError
from megalis.portal.ledger.export import verify_export
from megalis.portal.ledger.receipts import ABSENT
from megalis.portal.ledger.receipts import MAX_RECEIPT
from megalis.portal.ledger.receipts import refusal
from megalis.portal.ledger.receipts import verify_receipt
from megalis.portal.ledger.timestamps import load_roots
from megalis.portal.sealing.files import opened_source
from pathlib import Path


def register(subparsers):
    """Add the `receipt` and `journal` commands."""
    receipt = subparsers.add_parser("receipt", help="vérifier un accusé de dépôt")
    actions = receipt.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="vérifier un accusé (JSON), et les fichiers déposés s’ils sont donnés")
    verify.add_argument("receipt", metavar="RECEIPT.json")
    verify.add_argument("files", metavar="FILE", nargs="*", help="fichier à comparer aux documents de l’accusé")
    verify.add_argument("--cle", metavar="VKEY", help="clé publique du journal, obtenue par un autre chemin")
    verify.add_argument("--autorite", metavar="PEM", action="append", help="certificat racine d’horodatage (répétable)")
    verify.set_defaults(run=run_receipt)
    journal = subparsers.add_parser("journal", help="vérifier un export du journal")
    actions = journal.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="vérifier un export du journal (JSON Lines)")
    verify.add_argument("export", metavar="EXPORT")
    verify.add_argument("--cle", metavar="VKEY", help="clé publique du journal, obtenue par un autre chemin")
    verify.add_argument("--depuis", metavar="OLD", help="point de contrôle plus ancien que le journal doit prolonger")
    verify.set_defaults(run=run_journal)


def _show(text):
    """Tell one line; what a terminal would obey is shown as « ? »."""
    say("".join(char if char.isprintable() else "?" for char in text))


def _read(path, limit):
    with opened_source(path) as source:
        data = source.read(limit + 1)
    if len(data) > limit:
        raise ReceiptError("taille", f"{path} : plus de {limit} octets")
    return data


def run_receipt(args):
    """Verify one receipt; a check refused is raised, after which nothing was printed."""
    key = Verifier.from_text(args.cle) if args.cle is not None else None
    roots = [root for path in args.autorite or () for root in load_roots(_read(path, MAX_NOTE))]
    data = _read(args.receipt, MAX_RECEIPT)
    files = []
    for path in args.files:
        with opened_source(path) as source:
            files.append((Path(path).name, file_digest(source, "sha256").digest()))
    checks = verify_receipt(data, key, files, roots)
    refused = refusal(checks)
    if refused is not None:
        raise ReceiptError(refused.code, refused.message)
    for check in checks:
        _show(f"{'absent' if check.state == ABSENT else 'vérifié'} : {check.name} : {check.message}")


def run_journal(args):
    """Verify one export."""
    previous = None
    if args.depuis is not None:
        try:
            previous = _read(args.depuis, MAX_NOTE).decode()
        except UnicodeDecodeError as error:
            raise LedgerError("note", "point de contrôle antérieur illisible : ce n’est pas de l’UTF-8") from error
    with opened_source(args.export) as source:
        report = verify_export(BufferedReader(source), args.cle, previous)
    for line in report.lines():
        _show(line)
