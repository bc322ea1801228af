"""A préfecture on this machine: archives by HTTPS with a client certificate, answers by IMAP (and in a maildir).

What it received stands in ``recus`` and ``journal.jsonl`` of its folder, what it has yet to answer in ``courriers``: started
again, it goes on.
"""

from datetime import date
from datetime import datetime
from datetime import UTC
from functools import partial
from hashlib import file_digest
from megalis.portal.formats.actes import contents
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.refusal import Refused
from megalis.portal.transports import letters
from megalis.portal.transports import tls
from megalis.portal.transports.https import Address
from megalis.portal.transports.ministry import Ministry
from megalis.portal.transports.simulator import imap
from megalis.portal.transports.simulator import replies
from megalis.portal.transports.simulator import scenario as scenarios
from megalis.portal.transports.simulator import web
from megalis.portal.transports.simulator.authority import HOST
from megalis.portal.transports.simulator.authority import papers
from megalis.portal.transports.simulator.letterbox import letter
from megalis.portal.transports.simulator.letterbox import Letterbox
from megalis.portal.transports.simulator.running import Journal
from megalis.portal.transports.simulator.running import Simulator
from pathlib import Path
from threading import Lock

import os
import time


CLASSIFICATION = date(2026, 1, 1)
DEFAULT = "ar"
_TAKEN = {"", "coupure", "erreur"}


class Prefecture(Simulator):
    """``port``, ``imap_port``: 0 for any that is free. ``clock`` gives seconds since 1970; ``pause``: seconds between answers.

    Use it as a context: ``with Prefecture(folder) as office: office.transport().send(…)``.
    """

    def __init__(
        self,
        folder,
        port=0,
        imap_port=0,
        scenario=None,
        classification=CLASSIFICATION,
        place=("035", "3"),
        clock=time.time,
        pause=0.001,
    ):
        super().__init__(folder)
        self.scenario = scenario or scenarios.Scenario(DEFAULT, tuple(scenarios.PREFECTURE))
        self.classification = classification
        self.place = model.Prefecture(*place)
        self.port, self.imap_port = port, imap_port
        self._clock, self._pause = clock, pause
        self._lock = Lock()
        self._received = self.folder / "recus"
        self._received.mkdir(exist_ok=True)
        self.letterbox = Letterbox(self.folder / "courriers", clock)
        self.journal = None
        self.papers = papers(self.folder / "tls")

    def start(self):
        """Start; finish first what a stop left half done."""
        self.journal = Journal(self.folder / "journal.jsonl")
        self._stack.callback(self.journal.close)
        events = self.journal.events("recu")
        self._known = {identifier for event in events for identifier in event["actes"]}
        self._rank = max((int(path.name.partition("-")[0]) for path in self._received.glob("[0-9]*-*")), default=0)
        told = {event["rang"] for event in events}
        for path in sorted(self._received.glob("[0-9]*-*")):
            rank, _dash, name = path.name.partition("-")
            if int(rank) not in told:
                self._answer(int(rank), name, path, self._opened(path, name))
        for path in self._received.glob(".recu-*"):
            path.unlink(missing_ok=True)
        day = datetime.fromtimestamp(self._clock(), UTC).date()
        context = tls.server_context(self.papers.server, self.papers.server_key, day, self.papers.authority)
        self._web = web.Server((HOST, self.port), context, self._received, self._take)
        self.port = self._serve(self._web)
        # A mail reader shows a password, not a certificate.
        context = tls.server_context(self.papers.server, self.papers.server_key, day)
        server = imap.Server((HOST, self.imap_port), context, self.letterbox, self.login, self.password)
        self.imap_port = self._serve(server)
        self._release(self.letterbox)

    def transport(self, maildir=False, kept=""):
        """Return the ``Ministry`` transport that reaches this préfecture."""
        trust = str(self.papers.authority)
        client = tls.Identity(trust, str(self.papers.client), str(self.papers.client_key))
        address = Address(f"https://{HOST}:{self.port}/", partial(tls.context, client, date.today()), idle=20, whole=60)
        if maildir:
            return Ministry(address, letters.Maildir(self.letterbox.path / "INBOX", kept or "traites"))
        reader = partial(tls.context, tls.Identity(trust), date.today())
        box = letters.Mailbox(HOST, self.login, self.password, reader, self.imap_port, kept=kept, idle=20)
        return Ministry(address, box)

    def down(self, line=""):
        """Meet every request with a line of ``scenario.LINES``; '' for none."""
        self._web.down = line

    def letter(self, identifier, word, to=("plateforme@megalis.test",)):
        """Write of one’s own accord about an act: a word of ``scenario.LETTERS``. Raises ``Refused`` for a wrong identifier."""
        act = names.parse_act_id(identifier)
        sender = model.Collectivite(act.siren, act.departement, "3", "31")
        envelope = model.EnveloppeCLMISILL(sender, None, tuple(to), ())
        with self._lock:
            rank = self.journal.add(quoi="courrier", acte=identifier, mot=word, quand=self._when())
            desk = replies.Desk(self._office(), names.envelope_name(act.siren, act.date, rank), envelope, rank * 100)
            self._queue(f"c{rank:06d}", [desk.letter(word, identifier)], to, self._clock())

    def receptions(self):
        """Return the events of what was received: ``nom``, ``sha256``, ``actes``, ``quand``, ``rang``, ``ligne``."""
        return self.journal.events("recu")

    def _when(self):
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")

    def _office(self):
        day = datetime.fromtimestamp(self._clock(), UTC).astimezone().date()
        return replies.Office(self.place, self.classification, day)

    def _take(self, name, path):
        if not names.is_plain(name):
            return "refus", "Le nom de l’archive n’est pas permis."
        opened = self._opened(path, name)
        behaviour = self._behaviour(opened[0])
        if behaviour.line not in _TAKEN:
            return behaviour.line, "Scénario du simulateur."
        with self._lock:
            self._rank += 1
            rank = self._rank
            kept = self._received / f"{rank:06d}-{name}"
            os.replace(path, kept)
            self._answer(rank, name, kept, opened)
        return behaviour.line, f"Reçu sous le n° {rank}."

    @staticmethod
    def _opened(path, name):
        """Return ``(contents, reason)`` of an archive; contents is None when it cannot be read at all."""
        try:
            with Path(path).open("rb") as stream:
                found = contents.read(stream)
        except Refused as refusal:
            return None, refusal.message
        errors = [item.message for item in found.errors]
        if found.envelope is None or not isinstance(found.envelope, model.EnveloppeCLMISILL):
            return None, " ".join(errors) or "L’archive ne contient pas d’enveloppe."
        return found, " ".join(errors)[:500]

    def _behaviour(self, found):
        for message in self._messages(found):
            if isinstance(message, model.Acte):
                return self.scenario.of(message.objet)
        return self.scenario.of("")

    @staticmethod
    def _messages(found):
        if found is None:
            return []
        return [message for message in found.messages.values() if message is not found.envelope]

    def _answer(self, rank, name, path, opened):
        found, reason = opened
        behaviour = self._behaviour(found)
        identifiers, answers, to = [], [], ()
        if found is not None:
            to = found.envelope.adresses_retour
            stem = next((item for item in found.messages if found.messages[item] is found.envelope), name)
            desk = replies.Desk(self._office(), stem, found.envelope, rank * 100, frozenset(self._known))
            if reason:
                answers = [desk.refuse_envelope(replies.ENVELOPE_BROKEN, reason)]
            else:
                answers, identifiers = self._about(desk, found, behaviour)
        self._known.update(identifiers)
        self._queue(f"r{rank:06d}", answers, to, self._clock() + behaviour.slow)
        with path.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
        self.journal.add(
            quoi="recu",
            rang=rank,
            nom=name,
            sha256=digest,
            actes=identifiers,
            quand=self._when(),
            ligne=behaviour.line,
            reponses=[item.word for item in answers],
            motif=reason if found is None else "",
        )

    def _about(self, desk, found, behaviour):
        answers, identifiers = [], []
        for message in self._messages(found):
            own = self.scenario.of(message.objet) if isinstance(message, model.Acte) else behaviour
            made = desk.answers(message, own)
            answers += made
            refused = made and all(item.word == "anomalie" for item in made)
            if isinstance(message, model.Acte) and not refused:
                identifiers.append(replies.act_id(found.envelope, message))
        return answers, [item for item in identifiers if item]

    def _queue(self, key, answers, to, due):
        for place, answer in enumerate(answers):
            subject = f"[@CTES] {answer.files[0][0]}"
            when = datetime.fromtimestamp(due, UTC)
            message = letter(answer.files, to or ("plateforme@megalis.test",), subject, when)
            self.letterbox.post(f"{key}-{place:03d}", message, due + place * self._pause)
