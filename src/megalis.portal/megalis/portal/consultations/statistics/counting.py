"""What the published consultations say together: one pass over their rows, pure functions.

A row is a ``search.snapshot.Row``: any object with ``published, deadline, procedure, nature, departments, replies,
milestones, review, state(now)``.
"""

from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from megalis.portal.consultations.rules import phase
from megalis.portal.kernel import figures


MAPA = "procedure-adaptee"
REPLIES = (
    ("0", 0, 0), ("1", 1, 1), ("2", 2, 2), ("3", 3, 3), ("4 ou 5", 4, 5), ("6 à 10", 6, 10), ("plus de 10", 11, None),
)  # fmt: skip
TOLD = (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE)  # from then on, how many replied is no secret
DAY = 86_400


@dataclass
class Summary:
    """The counts of a set of consultations. Lists run along the periods asked for; days are whole or broken."""

    published: list
    replied: list
    awarded: list  # days from the deadline to the notification of those notified in each period
    total: int = 0
    online: int = 0
    mapa: int = 0
    procedures: Counter = field(default_factory=Counter)
    natures: Counter = field(default_factory=Counter)
    departments: Counter = field(default_factory=Counter)
    replies: Counter = field(default_factory=Counter)  # number of replies -> how many consultations
    paper: int = 0  # replies that came on paper only
    days: list = field(default_factory=list)

    @property
    def answered(self):
        """How many consultations whose replies are known."""
        return sum(self.replies.values())

    @property
    def received(self):
        return sum(number * count for number, count in self.replies.items())

    @property
    def electronic(self):
        """How many replies came by the platform."""
        return self.received - self.paper

    @property
    def without(self):
        return self.replies[0]


def summary(rows, periods, now, public=True):
    """Return the Summary of rows; ``public`` leaves out the replies of what is not decided."""
    place = figures.Places(periods)
    found = Summary([0] * len(periods), [0] * len(periods), [[] for _period in periods])
    for row in rows:
        found.total += 1
        found.online += row.review == phase.PUBLIEE and row.deadline is not None and row.deadline > now
        found.mapa += row.procedure == MAPA
        found.procedures[row.procedure] += 1
        found.natures[row.nature] += 1
        found.departments.update(row.departments or ())
        rank = place(row.published)
        if rank is not None:
            found.published[rank] += 1
        if row.replies is not None and (not public or row.review in TOLD):
            found.replies[row.replies] += 1
            found.paper += row.milestones.get("paper", 0)
            rank = place(row.deadline)
            if rank is not None:
                found.replied[rank] += row.replies
        notified = row.milestones.get(phase.NOTIFIEE)
        if notified is not None and row.milestones.get("awarded") and row.deadline is not None:
            days = (notified - row.deadline).total_seconds() / DAY
            found.days.append(days)
            rank = place(notified)
            if rank is not None:
                found.awarded[rank].append(days)
    return found


def by_replies(found):
    """Return (label, consultations) of how many replies came, from none to many."""
    rows = []
    for label, low, high in REPLIES:
        rows.append((label, sum(n for k, n in found.replies.items() if k >= low and (high is None or k <= high))))
    return tuple(rows)
