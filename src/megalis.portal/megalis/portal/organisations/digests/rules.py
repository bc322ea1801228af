"""When a day's news leave, and how they are put together: plain functions."""

from datetime import datetime
from datetime import time
from datetime import timedelta
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock


IMMEDIATE, DAILY, NEVER = "immediat", "quotidien", "aucun"
FREQUENCIES = {IMMEDIATE: "À chaque nouveauté", DAILY: "Un résumé chaque matin", NEVER: "Jamais"}
MORNING = time(7, 0)  # on the clocks of Paris
SHOWN = 40  # lines of one message; the pages have the others


def check(frequency):
    """Return a frequency; Refused ``frequence``."""
    if frequency not in FREQUENCIES:
        raise Refused("frequence", f"« {str(frequency)[:30]} » n’est pas une fréquence : choisissez dans la liste.")
    return frequency


def last_turn(now):
    """Return the last seven o'clock of Paris at or before ``now``, whatever the clocks did in the night."""
    local = clock.paris(now)
    turn = datetime.combine(local.date(), MORNING, clock.PARIS)
    if turn > local:
        turn = datetime.combine(local.date() - timedelta(days=1), MORNING, clock.PARIS)
    return turn.astimezone(clock.UTC)


def chosen(own, default):
    """Return the frequency that counts: that of the place, or the person's usual one."""
    return own if own in FREQUENCIES else default if default in FREQUENCIES else DAILY


def grouped(items):
    """Return ``[(heading, [item, …])]``: news by place, each place by its first news, in the order they came.

    News of one address are told once, with the last words.
    """
    places = {}
    for item in sorted(items, key=lambda item: item.at):
        lines = places.setdefault(item.heading, {})
        lines.pop(item.url, None)
        lines[item.url] = item
    return [(heading, list(lines.values())) for heading, lines in places.items()]


def subject(groups):
    """Return the subject of a digest."""
    count = sum(len(items) for _heading, items in groups)
    where = groups[0][0] if len(groups) == 1 else f"{len(groups)} lieux"
    return f"{count} nouveautés : {where}" if count > 1 else f"Une nouveauté : {where}"
