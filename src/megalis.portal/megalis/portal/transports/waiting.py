"""Sendings without an answer: the times after which people are told, and what to do when it is not known whether one left.

A sending is recorded as begun before its first byte, and as sent after the other side said so. Whatever stops us in between
leaves it begun: it is ``incertain``. It is never sent again before it was looked up and the time for an answer has passed;
when it is, that is recorded first, so that the other side having it twice is known beforehand.
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta


ACTES, PES = "actes", "pes"
# Source: the delays at which operators alert: 4 h without an acknowledgement of the préfecture, 48 h for the Trésor.
ALERT = {ACTES: timedelta(hours=4), PES: timedelta(hours=48)}

BEGUN, SENT, ANSWERED, REFUSED = "commence", "envoye", "repondu", "refuse"

WAIT, CONFIRM, SEND_AGAIN, GIVE_UP = "attendre", "confirmer", "renvoyer", "abandonner"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending: the state it was left in, since when (aware), how many times it was begun, whether a file came back."""

    state: str
    since: datetime
    times: int = 1
    answered: bool = False


def overdue(kind, sent, now):
    """True when a sending that left at ``sent`` (aware) has waited for its answer longer than people expect."""
    return now - sent >= ALERT[kind]


def alerts(kind, waiting, now):
    """Return the names whose answer is late, the oldest first; ``waiting``: ``{name: when it left}``."""
    late = [(when, name) for name, when in waiting.items() if overdue(kind, when, now)]
    return [name for _when, name in sorted(late)]


def resolve(attempt, now, patience, seen=None, most=5):
    """Return what to do with an ``Attempt`` whose outcome is not known: ``WAIT``, ``CONFIRM``, ``SEND_AGAIN`` or ``GIVE_UP``.

    ``seen``: what the transport told when asked (True, False, None: it cannot). ``patience``: how long an answer may take
    (a timedelta); ``most``: how many times a sending is begun at most before a person decides.
    """
    if attempt.answered or seen:
        return CONFIRM
    if attempt.state != BEGUN:
        return WAIT
    if seen is None and now - attempt.since < patience:
        return WAIT
    return GIVE_UP if attempt.times >= most else SEND_AGAIN
