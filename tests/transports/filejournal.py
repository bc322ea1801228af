"""A recorder that keeps everything in one file of JSON lines, each given to the system before it counts: it outlives a kill."""

from contextlib import suppress
from datetime import datetime
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.transports import waiting
from pathlib import Path

import json


class FileJournal:
    """What a courier writes; ``acts``: ``{identifier: name of the sending it left in}``."""

    def __init__(self, path, acts):
        self._path = Path(path)
        self._acts = acts
        self._numbers = {identifier.split("-")[3]: identifier for identifier in acts}
        self.attempts, self.states, self.times, self.answers, self.keys = {}, {}, {}, {}, set()
        for line in self._path.read_text("utf-8").splitlines() if self._path.exists() else ():
            # The last line may have been cut by a kill: what it told did not happen.
            with suppress(ValueError):
                self._apply(json.loads(line))
        self._stream = self._path.open("a", encoding="utf-8")
        if self._stream.tell() and not self._path.read_bytes().endswith(b"\n"):
            self._stream.write("\n")

    def _write(self, **event):
        self._stream.write(json.dumps(event) + "\n")
        self._stream.flush()
        self._apply(event)

    def _apply(self, event):
        name, what = event.get("name", ""), event["what"]
        if what == "begun":
            self.times[name] = self.times.get(name, 0) + 1
            self.attempts[name] = event["now"]
        elif what == "answer":
            self.keys.add(event["key"])
            for sending, code in event["codes"]:
                self.answers.setdefault(sending, []).append(code)
        elif what in ("sent", "refused", "put_off"):
            self.attempts.pop(name, None)
        if name:
            self.states[name] = what

    def attempt(self, name):
        if name not in self.attempts:
            return None
        since = datetime.fromisoformat(self.attempts[name])
        return waiting.Attempt(waiting.BEGUN, since, self.times[name], name in self.answers)

    def begun(self, name, now, again):
        self._write(what="begun", name=name, now=now.isoformat(), again=again)

    def sent(self, name, now, receipt):
        self._write(what="sent", name=name, by="receipt" if receipt else "answer")

    def refused(self, name, now, failure):
        self._write(what="refused", name=name, code=failure.code)

    def put_off(self, name, now, failure):
        self._write(what="put_off", name=name, code=failure.code)

    def uncertain(self, name, now, failure):
        self._write(what="uncertain", name=name, code=failure.code)

    def given_up(self, name, now):
        self._write(what="given_up", name=name)

    def answered(self, incoming):
        if incoming.key in self.keys:
            return False
        codes = []
        for file in incoming.files:
            message = codec.parse(file.path.read_bytes()).message
            acte = getattr(message, "acte", None)
            identifier = getattr(message, "id_acte", "") or (acte and self._numbers.get(acte.numero))
            if identifier:
                codes.append([self._acts[identifier], model.code_of(message)])
        self._write(what="answer", key=incoming.key, codes=codes)
        return True
