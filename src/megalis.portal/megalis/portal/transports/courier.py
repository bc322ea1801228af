"""The order in which things are recorded and sent, so that a process killed anywhere neither loses nor doubles anything unseen.

A sending is recorded as begun before its first byte, then as what became of it. An answer is recorded under its key, then
acknowledged. Where the record is kept is the caller’s: a ``Record`` whose every method is durable when it returns.
"""

from megalis.portal.transports import waiting
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from typing import Protocol


# What ``Courier.send`` says became of a sending, besides what ``waiting.resolve`` says.
SENT, REFUSED, PUT_OFF, UNCERTAIN = "envoye", "refuse", "remis", "incertain"
WAITING, GIVEN_UP = waiting.WAIT, waiting.GIVE_UP


class Record(Protocol):
    """What the courier writes, by the name of a sending. Each method is durable when it returns."""

    def attempt(self, name):
        """Return the ``waiting.Attempt`` that was begun and not ended, or None when there is none."""

    def begun(self, name, now, again):
        """A sending is about to leave; ``again``: it may be there already."""

    def sent(self, name, now, receipt):
        """The other side has it; ``receipt`` is None when only an answer told."""

    def refused(self, name, now, failure):
        """The other side will never take it."""

    def put_off(self, name, now, failure):
        """Nothing was taken: it is as if it had not been begun."""

    def uncertain(self, name, now, failure):
        """It is not known whether it was taken: it stays begun."""

    def given_up(self, name, now):
        """It was begun too often without anyone knowing: a person has to look. Told once or many times."""

    def answered(self, incoming):
        """Keep an answer, once however often it is given; return whether it was new."""


class Courier:
    """Carries sendings and answers of one transport. ``patience``: how long an answer may take before a sending is repeated."""

    def __init__(self, transport, record, patience, most=5):
        self._transport, self._record = transport, record
        self._patience, self._most = patience, most

    def send(self, sending, clock):
        """Send once, unless it is begun already and may have been taken; return what became of it.

        ``clock``: a function that returns now (aware). Exceptions other than a ``Failure`` leave the sending begun.
        """
        now = clock()
        attempt = self._record.attempt(sending.name)
        if attempt is not None:
            decision = self._decided(attempt, sending, now)
            if decision != waiting.SEND_AGAIN:
                return decision
        self._record.begun(sending.name, now, attempt is not None)
        return self._left(sending, clock, attempt is not None)

    def _decided(self, attempt, sending, now):
        seen = None if attempt.answered else self._transport.seen(sending)
        decision = waiting.resolve(attempt, now, self._patience, seen, self._most)
        if decision == waiting.CONFIRM:
            self._record.sent(sending.name, now, None)
            return SENT
        if decision == waiting.GIVE_UP:
            self._record.given_up(sending.name, now)
        return decision

    def _left(self, sending, clock, again):
        try:
            receipt = self._transport.send(sending)
        except Refusal as failure:
            self._record.refused(sending.name, clock(), failure)
            return REFUSED
        except TryLater as failure:
            if again:
                # This time nothing was taken; the time before still may have been.
                self._record.uncertain(sending.name, clock(), failure)
                return UNCERTAIN
            self._record.put_off(sending.name, clock(), failure)
            return PUT_OFF
        except Unknown as failure:
            self._record.uncertain(sending.name, clock(), failure)
            return UNCERTAIN
        self._record.sent(sending.name, clock(), receipt)
        return SENT

    def read(self, folder, limit=100):
        """Read answers, record each, then acknowledge them together; return ``(read, new)``. Their files are under ``folder``."""
        known = []
        new = 0
        for incoming in self._transport.fetch(folder, limit):
            new += bool(self._record.answered(incoming))
            known.append(incoming)
        if known:
            self._transport.acknowledge(*known)
        return len(known), new
