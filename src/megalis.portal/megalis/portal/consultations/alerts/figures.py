"""How many addresses receive alerts, for the key figures."""

from megalis.portal.consultations.alerts import store
from megalis.portal.kernel.interfaces import IKeyFigures
from zope.interface import provider


@provider(IKeyFigures)
def counted(site):
    """Return how many addresses have an active alert."""
    return [("alertes", "abonnés aux alertes", store.count_addresses(site))]
