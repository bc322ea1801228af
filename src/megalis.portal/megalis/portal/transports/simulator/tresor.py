"""A Trésor on this machine: flows by FTPS, answers in the folder ``/sortie`` there.

What it received stands in ``recus`` and ``journal.jsonl`` of its folder, what it has yet to answer in ``a-deposer``: started
again, it goes on.
"""

from datetime import date
from datetime import datetime
from datetime import UTC
from functools import partial
from hashlib import file_digest
from megalis.portal.transports import tls
from megalis.portal.transports.helios import Helios
from megalis.portal.transports.simulator import accounts
from megalis.portal.transports.simulator import scenario as scenarios
from megalis.portal.transports.simulator.authority import HOST
from megalis.portal.transports.simulator.authority import papers
from megalis.portal.transports.simulator.pending import Pending
from megalis.portal.transports.simulator.running import Journal
from megalis.portal.transports.simulator.running import Simulator
from pathlib import Path

import os
import time


DEFAULT = "ok"
_SAID = {
    "panne": "451 Indisponible pour le moment.",
    "refus": "553 Flux refusé par le scénario.",
    "erreur": "451 Erreur du serveur.",
}


class Missing(Exception):
    """pyftpdlib is not installed."""

    code = "simulateur-absent"


class Outtray(Pending):
    """Answers on their way to the folder they are read in."""

    def __init__(self, later, folder, clock):
        super().__init__(later, clock)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def release(self, path, key):
        """Put an answer in the folder, under the name that stands after its rank."""
        os.replace(path, self.folder / key.partition(".")[2])


class Tresor(Simulator):
    """``port``: 0 for any that is free. Use it as a context: ``with Tresor(folder) as office: office.transport().send(…)``."""

    def __init__(self, folder, port=0, scenario=None, clock=time.time, pause=0.001):
        super().__init__(folder)
        self.scenario = scenario or scenarios.Scenario(DEFAULT, tuple(scenarios.ACCOUNTS))
        self.port = port
        self.home = self.folder / "ftp"
        self._clock, self._pause = clock, pause
        self._received = self.folder / "recus"
        self._received.mkdir(exist_ok=True)
        self.outtray = Outtray(self.folder / "a-deposer", self.home / "sortie", clock)
        self.journal = None
        self.papers = papers(self.folder / "tls")

    def start(self):
        """Start; finish first what a stop left half done."""
        try:
            from megalis.portal.transports.simulator import gateway
        except ImportError:
            raise Missing(
                "le simulateur du Trésor a besoin de pyftpdlib : installez megalis.portal avec l’extra « simulate »"
            ) from None
        self._cut = gateway.CUT
        self.journal = Journal(self.folder / "journal.jsonl")
        self._stack.callback(self.journal.close)
        events = self.journal.events("recu")
        self._known = {tuple(event["cle"]) for event in events if event["cle"]}
        self._rank = max((int(path.name.partition("-")[0]) for path in self._received.glob("[0-9]*-*")), default=0)
        told = {event["rang"] for event in events}
        for path in sorted(self._received.glob("[0-9]*-*")):
            rank, _dash, name = path.name.partition("-")
            if int(rank) not in told:
                flux, source = accounts.read(path)
                self._answer(int(rank), name, path, flux, source, _message(flux))
        server = gateway.Gateway((HOST, self.port), self.papers, self.home, self.login, self.password, self._take)
        self.port = server.port
        self._run(server.serve, server.stop)
        self._release(self.outtray)

    def transport(self, partial_suffix=""):
        """Return the ``Helios`` transport that reaches this Trésor."""
        trust = partial(tls.context, tls.Identity(str(self.papers.authority)), date.today())
        return Helios(HOST, self.login, self.password, trust, self.port, partial=partial_suffix, idle=20, whole=60)

    def receptions(self):
        """Return the events of what was received: ``nom``, ``sha256``, ``cle``, ``parametres``, ``quand``, ``rang``, ``motif``."""
        return self.journal.events("recu")

    def _now(self):
        return datetime.fromtimestamp(self._clock(), UTC)

    def _behaviour(self, flux):
        return self.scenario.of(flux.entete.nomfic if flux is not None else "")

    def _take(self, path, said):
        flux, source = accounts.read(path)
        behaviour = self._behaviour(flux)
        if behaviour.line in _SAID or behaviour.line == "coupure-avant":
            path.unlink()
            return _SAID.get(behaviour.line, self._cut)
        self._rank += 1
        kept = self._received / f"{self._rank:06d}-{path.name}"
        os.replace(path, kept)
        self._answer(self._rank, path.name, kept, flux, source, said)
        return self._cut if behaviour.line == "coupure" else None

    def _answer(self, rank, name, path, flux, source, said):
        behaviour, found, key, reason = self._behaviour(flux), [], (), ""
        if flux is None:
            reason = source
        else:
            key = flux.entete.key
            refused = accounts.reasons(flux, source, said.get("P_MSG", ""), self._known)
            found = accounts.answers(flux, behaviour, refused, rank, self._now().astimezone())
            self._known.add(key)
        due = self._clock() + behaviour.slow
        for place, answer in enumerate(found):
            self.outtray.post(f"{rank:06d}-{place:03d}.{answer.name}", answer.data, due + place * self._pause)
        with path.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
        self.journal.add(
            quoi="recu",
            rang=rank,
            nom=name,
            sha256=digest,
            cle=list(key),
            parametres=said,
            quand=self._now().isoformat(timespec="milliseconds"),
            reponses=[answer.word for answer in found],
            motif=reason,
        )


def _message(flux):
    """Return the parameters of a flow whose own were lost by a stop."""
    if flux is None:
        return {}
    entete = flux.entete
    return {"P_MSG": f"{entete.typfic}#{entete.cod_col}#{entete.poste}#{entete.cod_bud}"}
