"""The `megalis` command: one door to what agents, companies and auditors do from a terminal, without a browser.

Exit codes are a contract: 0 done, 1 refused (one line on stderr, `megalis: CODE: reason`, nothing written), 2 usage.
A command stands in `COMMANDS` with its module, which exposes `register(subparsers)` and sets on its parser
`run=function(args)`; what it refuses it raises as an exception with a `code` attribute (a stable word for machines) and
a French message.
"""

from argparse import ArgumentParser
from contextlib import suppress
from importlib import import_module

import os
import signal
import sys


COMMANDS = {
    "keygen": "megalis.portal.cli.sealing",
    "seal": "megalis.portal.cli.sealing",
    "open": "megalis.portal.cli.sealing",
    "receipt": "megalis.portal.cli.ledger",
    "journal": "megalis.portal.cli.ledger",
    "deposit": "megalis.portal.cli.deposit",
    "check": "megalis.portal.cli.check",
    "simulate": "megalis.portal.cli.simulate",
}

DONE, REFUSED, USAGE = 0, 1, 2


_told = []


def say(line):
    """Keep one line of the report: it is printed once the command is done, so that a refusal prints none."""
    _told.append(line)


def emit(line):
    """Print one line at once, for a command that tells each result as it comes; Refused when there is nowhere to."""
    try:
        print(line, flush=True)
    except OSError as error:
        _mute()
        raise Refused("fichier", f"sortie impossible : {error.strerror}") from error


def _mute():
    """What is left in the buffer would be tried again, and told, at exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Refused(Exception):
    """What a command raises to refuse: a stable ``code`` and the French reason (value, rule, remedy)."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def build_parser(command=None):
    """Return the parser of every command of ``COMMANDS``; of one module only, to start quickly, when it is known."""
    parser = ArgumentParser(prog="megalis", description="e-mégalis : plis scellés, accusés de dépôt et journal.")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMANDE", required=True)
    for name in [COMMANDS[command]] if command in COMMANDS else dict.fromkeys(COMMANDS.values()):
        import_module(name).register(subparsers)
    return parser


def parse(argv):
    """Return the arguments; files of a command that takes many (dest ``files``) may stand among its options."""
    parser = build_parser(argv[0] if argv else None)
    cut = argv.index("--") if "--" in argv else len(argv)
    args, extra = parser.parse_known_args(argv[:cut])
    unknown = [word for word in extra if word.startswith("-") and word != "-"]
    extra += argv[cut + 1 :]
    if unknown or (extra and not hasattr(args, "files")):
        parser.error(f"arguments inconnus : {' '.join(unknown or extra)}")
    if hasattr(args, "files"):
        args.files = [*(args.files or []), *getattr(args, "trailing", []), *extra]
    return args


def _reason(error):
    code = getattr(error, "code", None)
    if isinstance(code, str):
        return code, str(error)
    if isinstance(error, OSError):
        name = f" : {error.filename}" if error.filename else ""
        return "fichier", f"{error.strerror or error}{name}"
    return "interne", f"erreur inattendue ({type(error).__name__}) ; relancez avec MEGALIS_DEBUG=1 pour le détail"


def _stop(signum, frame):
    raise KeyboardInterrupt


def _prepare():
    """Make a polite kill clean up like Ctrl-C, and no name unprintable in an old locale fail a finished command.

    A program started with its outputs closed has none: what is printed then goes nowhere.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        getattr(sys, name).reconfigure(errors="backslashreplace")


def _refuse(line):
    with suppress(OSError):
        print(line, file=sys.stderr)
    return REFUSED


def _report(args):
    """Print what was said; return the exit code. A report that cannot be printed undoes no file: those stand."""
    try:
        for line in _told:
            print(line)
        sys.stdout.flush()
    except OSError as error:
        _mute()
        if not (getattr(args, "output", None) or getattr(args, "directory", None)):
            return _refuse(f"megalis: fichier: sortie impossible : {error.strerror}")
    return DONE


def _run(args):
    try:
        return args.run(args) or _report(args)
    except SystemExit as stop:
        return DONE if stop.code in (None, 0) else USAGE
    except KeyboardInterrupt:
        return _refuse("megalis: interrompu: arrêt demandé, rien n’a été écrit")
    except Exception as error:
        if os.environ.get("MEGALIS_DEBUG"):
            raise
        code, message = _reason(error)
        return _refuse(f"megalis: {code}: {' '.join(message.split())}")


def main(argv=None):
    """Run one command line; return its exit code. ``argv`` is without the program's name."""
    if argv is None:
        _prepare()
    _told.clear()
    try:
        args = parse(sys.argv[1:] if argv is None else list(argv))
    except SystemExit as stop:
        return DONE if stop.code in (None, 0) else USAGE
    return _run(args)
