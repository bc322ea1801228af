"""What is to be told to whom: one small entry a person and news, in shards; and each person's usual frequency."""

from BTrees.OOBTree import OOBTree
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations.digests import rules
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite


WAITING = "nouvelles"
HABITS = "megalis.nouvelles"


class Item:
    """One news for one person; immutable. ``place``: path of the content he must still be allowed to see when it leaves."""

    __slots__ = ("at", "heading", "id", "place", "url", "userid", "words")

    def __init__(self, userid, heading, words, url, place):
        self.id = uuidhex()
        self.userid = userid
        self.at = clock.now()
        self.heading = heading
        self.words = words
        self.url = url
        self.place = place


def prepare(site):
    """Make what the room writes to."""
    facts_for_write(site, WAITING)
    annotations = IAnnotations(site)
    if HABITS not in annotations:
        annotations[HABITS] = OOBTree()


def habit(userid):
    """Return a person's usual frequency."""
    return (IAnnotations(getSite()).get(HABITS) or {}).get(userid, rules.DAILY)


def set_habit(userid, frequency):
    """Keep a person's usual frequency. Refused ``frequence``."""
    prepare(getSite())
    IAnnotations(getSite())[HABITS][userid] = rules.check(frequency)


def keep(item):
    """Have an item wait for the morning."""
    facts_for_write(getSite(), WAITING)[item.id] = item


def take(site, until, limit):
    """Take away and return ``{userid: [Item, …]}`` of what came before ``until``, for at most ``limit`` people."""
    kept = facts(site, WAITING)
    found = {}
    for item in kept.values() if kept is not None else ():
        if item.at <= until and (item.userid in found or len(found) < limit):
            found.setdefault(item.userid, []).append(item)
    for items in found.values():
        for item in items:
            del kept[item.id]
    return found


def waits_since(site, until):
    """Tell whether something that came before ``until`` waits."""
    kept = facts(site, WAITING)
    return kept is not None and any(item.at <= until for item in kept.values())
