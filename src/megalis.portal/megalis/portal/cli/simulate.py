"""`megalis simulate prefecture|tresor`: the other side of the transports, on this machine, for demonstrations and developers.

Its addresses, account and certificates are printed and kept in its folder (``reglages.json``), for whatever is to reach it.
"""

from argparse import ArgumentTypeError
from contextlib import ExitStack
from datetime import date
from megalis.portal.cli import emit
from megalis.portal.cli import Refused
from megalis.portal.cli import simulate_notices
from megalis.portal.transports.simulator import scenario as scenarios
from megalis.portal.transports.simulator.authority import HOST
from pathlib import Path
from threading import Event

import errno
import json
import os


KINDS = {
    "prefecture": ("ar", scenarios.PREFECTURE),
    "tresor": ("ok", scenarios.ACCOUNTS),
}
SETTINGS = "reglages.json"


def register(subparsers):
    """Add the `simulate` command."""
    parser = subparsers.add_parser(
        "simulate", help="jouer la préfecture, le Trésor, le JOUE et le BOAMP sur cette machine"
    )
    kinds = parser.add_subparsers(dest="kind", metavar="QUI", required=True)
    for name, (default, words) in KINDS.items():
        kind = kinds.add_parser(name, help=_help(name), epilog=_epilog(words))
        kind.add_argument("folder", metavar="DOSSIER", type=Path, help="où tout est gardé ; relancé, il continue")
        kind.add_argument("--port", type=_port, default=0, help="port (0 : le premier libre)")
        kind.add_argument("--repondre", metavar="MOTS", default=default, help=f"mots de scénario (défaut : {default})")
        kind.add_argument("--scenario", metavar="FICHIER", type=Path, help="scénario en JSON, par expression régulière")
        if name == "prefecture":
            kind.add_argument("--port-imap", type=_port, default=0, help="port de la boîte aux lettres")
            kind.add_argument(
                "--classification", metavar="DATE", type=_day, help="date de la classification en vigueur"
            )
        kind.set_defaults(run=run)
    simulate_notices.add(kinds)


def _help(name):
    return {
        "prefecture": "reçoit des archives @CTES par HTTPS, répond par IMAP",
        "tresor": "reçoit des flux PES par FTPS, répond dans un dossier",
    }[name]


def _epilog(words):
    told = [f"{word} : {meaning}" for word, meaning in (words | scenarios.LINES | scenarios.WAYS).items()]
    return f"Mots, aussi entre crochets dans l’objet de l’acte ou le NomFic du flux : {' ; '.join(told)}."


def _port(text):
    if not text.isdecimal() or not 0 <= int(text) < 65536:
        raise ArgumentTypeError(f"« {text[:20]} » n’est pas un port : de 0 à 65535")
    return int(text)


def _day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"« {text[:20]} » n’est pas une date : AAAA-MM-JJ") from None


def run(args, stop=None):
    """Serve until Ctrl-C; ``stop`` is an Event that ends it too."""
    default, words = KINDS[args.kind]
    if args.scenario and args.repondre != default:
        raise Refused("usage", "--repondre et --scenario : l’un ou l’autre, le scénario a son « defaut »")
    if args.scenario:
        scenario = scenarios.load(args.scenario, default, words)
    else:
        scenario = scenarios.Scenario(args.repondre, tuple(words))
    stop = stop or Event()
    with ExitStack() as stack:
        try:
            office = stack.enter_context(_office(args, scenario))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise Refused("port", "ce port est déjà pris : arrêtez l’autre programme, ou choisissez --port 0") from None
        _keep(args.folder / SETTINGS, settings(args.kind, office))
        emit(f"{args.kind} : {_addresses(args.kind, office)} ; réglages dans {args.folder / SETTINGS}")
        emit("Ctrl-C pour arrêter.")
        try:
            while not stop.wait(3600):
                pass
        except KeyboardInterrupt:
            emit("arrêté")
    return 0


def _office(args, scenario):
    if args.kind == "tresor":
        from megalis.portal.transports.simulator.tresor import Tresor

        return Tresor(args.folder, args.port, scenario)
    from megalis.portal.transports.simulator.prefecture import CLASSIFICATION
    from megalis.portal.transports.simulator.prefecture import Prefecture

    return Prefecture(args.folder, args.port, args.port_imap, scenario, args.classification or CLASSIFICATION)


def _addresses(kind, office):
    if kind == "tresor":
        return f"ftps://{HOST}:{office.port}"
    return f"https://{HOST}:{office.port}/ et imaps://{HOST}:{office.imap_port}"


def settings(kind, office):
    """Return what a transport needs to reach a simulator, as a JSON object."""
    papers = office.papers
    told = {
        "autorite": str(papers.authority),
        "identifiant": office.login,
        "mot-de-passe": office.password,
        "hote": HOST,
        "port": office.port,
    }
    if kind == "prefecture":
        told |= {
            "adresse": f"https://{HOST}:{office.port}/",
            "port-imap": office.imap_port,
            "certificat": str(papers.client),
            "cle": str(papers.client_key),
            "maildir": str(office.letterbox.path / "INBOX"),
            "classification": office.classification.isoformat(),
        }
    else:
        told |= {"reponses": "/sortie"}
    return told


def _keep(path, told):
    partial = path.with_suffix(".tmp")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(told, stream, ensure_ascii=False, indent=1)
    os.replace(partial, path)
