"""``megalis simulate notices``: TED and the national hub played on this machine, until Ctrl-C. Nothing is published."""

from contextlib import suppress
from megalis.portal.cli import emit
from megalis.portal.cli import Refused
from pathlib import Path

import math
import threading


def add(kinds):
    """Add the partner ``notices`` to the command ``simulate``."""
    notices = kinds.add_parser("notices", help="TED (JOUE) et le concentrateur national (BOAMP)")
    notices.add_argument("--ted", type=int, default=0, metavar="PORT", help="port du JOUE ; 0 : un port libre")
    notices.add_argument(
        "--concentrateur", type=int, default=0, metavar="PORT", help="port du BOAMP ; 0 : un port libre"
    )
    notices.add_argument("--delay", type=float, default=4.0, metavar="SECONDES", help="délai avant parution (4)")
    notices.add_argument("--directory", metavar="DOSSIER", help="où garder les avis reçus ; sinon, en mémoire")
    notices.set_defaults(run=run)


def run(args, stop=None):
    """Serve both until interrupted; ``stop`` is an Event that ends it too."""
    from megalis.portal.simulators.concentrateur import Concentrateur
    from megalis.portal.simulators.ted import KEY
    from megalis.portal.simulators.ted import Ted

    if not (math.isfinite(args.delay) and 0 <= args.delay <= 30 * 86400):
        raise Refused("delai", f"--delay {args.delay:g} : donnez des secondes, de 0 à 2592000 (trente jours)")
    for port in (args.ted, args.concentrateur):
        if not 0 <= port <= 65535:
            raise Refused("port", f"{port} n’est pas un numéro de port (1 à 65535)")
    folder = Path(args.directory) if args.directory else None
    services = []
    try:
        for name, kind, port in (("ted", Ted, args.ted), ("concentrateur", Concentrateur, args.concentrateur)):
            service = kind(args.delay, folder / f"{name}.json" if folder else None).start(port)
            services.append(service)
            emit(f"{name} {service.address}")
        emit(f"cle {KEY}")
        with suppress(KeyboardInterrupt):
            (stop or threading.Event()).wait()
    finally:
        for service in services:
            service.stop()
    return 0
