"""How many people were trained, against the target: each is counted once, whatever he followed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from megalis.portal.kernel import figures
from megalis.portal.trainings.rules.profiles import AGENTS
from megalis.portal.trainings.rules.profiles import BY_KEY


@dataclass(frozen=True)
class Came:
    """One person who came to one session that began at ``at``."""

    userid: str
    kind: str
    identifier: str
    where: str
    profile: str
    at: datetime


def first_times(rows, kind=AGENTS):
    """Return userid -> when each person of a kind was first trained."""
    found = {}
    for row in sorted(rows, key=lambda row: row.at):
        if row.kind == kind:
            found.setdefault(row.userid, row.at)
    return found


def by_month(rows, periods, kind=AGENTS):
    """Return how many people were trained for the first time in each period."""
    return figures.spread(first_times(rows, kind).values(), periods)


def by_profile(rows):
    """Return (title of the profile, people who followed it), every profile told."""
    people = {key: {row.userid for row in rows if row.profile == key} for key in BY_KEY}
    return tuple((profile.title, len(people[key])) for key, profile in BY_KEY.items())


def by_place(rows, most=12):
    """Return (organisation, its people who were trained), the greatest first."""
    people = {(row.where, row.userid) for row in rows if row.where}
    return figures.ranked(Counter(where for where, _userid in people), str, most)


def share(count, target):
    """Return the percentage of a target reached, never over 100 when drawn."""
    return min(100, round(100 * count / target)) if target else 0
