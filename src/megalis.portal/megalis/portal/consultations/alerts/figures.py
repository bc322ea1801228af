"""How many addresses receive alerts, for the key figures."""

from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts import store
from megalis.portal.kernel import figures
from megalis.portal.kernel.interfaces import ICharts
from megalis.portal.kernel.interfaces import IKeyFigures
from zope.interface import provider


@provider(IKeyFigures)
def counted(site):
    """Return how many addresses have an active alert."""
    return [("alertes", "abonnés aux alertes", store.count_addresses(site))]


@provider(ICharts)
def charts(site, scope):
    """Return when the addresses that have an active alert came."""
    if scope.buyer is not None:
        return []
    first = {}
    for item in store.everything(site):
        if item.state == rules.ACTIVE:
            first[item.address] = min(item.created, first.get(item.address, item.created))
    counts = figures.spread(first.values(), scope.periods)
    rows = figures.over(scope.periods, counts)
    return [
        figures.Chart(
            "alertes", "Abonnés aux alertes", "Période", "nouveaux abonnés", rows, note="Toujours abonnés aujourd’hui."
        )
    ]
