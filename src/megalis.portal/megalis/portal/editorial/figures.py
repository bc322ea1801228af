"""Key figures of the portal: counted when asked, by whoever knows, and remembered for one minute at most."""

from collections import Counter
from datetime import datetime
from datetime import timedelta
from itertools import pairwise
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import IKeyFigures
from megalis.portal.theme.words import SHORT_MONTHS
from plone import api
from zope.component import getUtilitiesFor

import time


MONTHS = 12
REMEMBERED = 60  # seconds
PUBLISHED = ("publiee", "ouverture", "analyse", "decidee", "notifiee", "archivee", "annulee")

_memory = {}


def remembered(site, name, count):
    """Return ``count()``, asked at most once a minute a process for ``site``; tests forget with ``forget()``."""
    key = (site.getPhysicalPath(), getattr(site._p_jar, "db", lambda: None)(), name)
    now = time.monotonic()
    kept = _memory.get(key)
    if kept is None or now - kept[0] > REMEMBERED:
        if len(_memory) > 100:
            _memory.clear()
        kept = _memory[key] = (now, count())
    return kept[1]


def forget():
    """Forget every remembered count."""
    _memory.clear()


def gathered(site):
    """Return ``[(key, French label, int)]`` of every registered IKeyFigures, the same key summed, in order of names."""
    order, total, labels = [], Counter(), {}
    for _name, utility in sorted(getUtilitiesFor(IKeyFigures)):
        for key, label, value in utility(site):
            if key not in labels:
                order.append(key)
                labels[key] = label
            total[key] += value
    return [(key, labels[key], total[key]) for key in order]


def month_starts(now, count=MONTHS):
    """Return ``count`` + 1 aware instants: midnights in Paris that begin the last ``count`` months, then the next one."""
    local = clock.paris(now)
    year, month = local.year, local.month - count + 1
    starts = []
    for _ in range(count + 1):
        years, index = divmod(year * 12 + month - 1, 12)
        starts.append(datetime(years, index + 1, 1, tzinfo=clock.PARIS).astimezone(clock.UTC))
        month += 1
    return starts


def published_by_month(site, now):
    """Return ``[(short month, year, count)]`` of consultations published in each of the last twelve months."""
    catalog = api.portal.get_tool("portal_catalog")
    if "published_at" not in catalog.indexes():
        return []
    starts = month_starts(now)
    found = []
    for begin, end in pairwise(starts):
        span = {"query": (begin, end - timedelta(microseconds=1)), "range": "min:max"}
        results = catalog.unrestrictedSearchResults(
            portal_type="Consultation", review_state=PUBLISHED, simulation=False, published_at=span
        )
        local = clock.paris(begin)
        found.append((SHORT_MONTHS[local.month - 1], local.year, len(results)))
    return found
