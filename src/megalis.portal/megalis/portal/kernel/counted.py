"""Asks every room for its figures, and remembers the answer for one minute at most."""

from collections import Counter
from megalis.portal.kernel.interfaces import ICharts
from megalis.portal.kernel.interfaces import IIndicators
from megalis.portal.kernel.interfaces import IKeyFigures
from zope.component import getUtilitiesFor

import time


REMEMBERED = 60  # seconds

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


def charts(site, scope):
    """Return the Charts of every room for a scope, in order of names."""
    return [chart for _name, utility in sorted(getUtilitiesFor(ICharts)) for chart in utility(site, scope)]


def indicators(site, scope):
    """Return the Indicators of every room for a scope, in order of names."""
    return [found for _name, utility in sorted(getUtilitiesFor(IIndicators)) for found in utility(site, scope)]
