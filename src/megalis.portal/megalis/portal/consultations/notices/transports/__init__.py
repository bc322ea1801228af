"""How a notice reaches those who publish it, and what they say of it: pure clients, one a service, one form of answer.

A client never decides to try again: it says ``NotNow`` with the reason and, when the other side gave one, the delay. What
the other side refuses for good is an answer (``Told`` with the state ``refuse`` and its reasons).
"""

from dataclasses import dataclass
from datetime import date
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a service refuses: its code (the id of the rule when it names one), words, place in the notice."""

    code: str
    message: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a service says of a notice: ``state`` of ``lifecycle``, ``identifier`` it gave, dates, reference and address."""

    state: str
    identifier: str = ""
    received: datetime | None = None
    reference: str = ""
    published: date | None = None
    link: str = ""
    reasons: tuple = ()
    raw: str = ""


class NotNow(Exception):
    """Nothing was decided: ``code`` is stable, ``after`` the seconds the service asks to wait, or None.

    ``status`` is that of HTTP, 0 without an answer; ``raw`` the beginning of the answer.
    """

    def __init__(self, code, message, after=None, raw="", status=0):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.after = after
        self.raw = raw
