"""Who is on the platform, counted for the key figures."""

from datetime import timedelta
from megalis.portal.kernel import figures
from megalis.portal.kernel.interfaces import ICharts
from megalis.portal.kernel.interfaces import IKeyFigures
from megalis.portal.organisations import people
from zope.interface import provider


SECOND = timedelta(seconds=1)


@provider(IKeyFigures)
def counted(site):
    """Return how many collectivités, agents and companies there are, and companies that hold a certificate."""
    count = site.portal_catalog.unrestrictedSearchResults
    accounts = people.door().accounts.values()
    agents = sum(account.active and account.kind == people.AGENT for account in accounts)
    return [
        (
            "collectivites",
            "collectivités",
            len(count(portal_type="Collectivite", review_state="active", simulation=False)),
        ),
        ("agents", "agents publics", agents),
        ("entreprises", "entreprises inscrites", len(count(portal_type="Entreprise", review_state="active"))),
        (
            "certificats",
            "entreprises avec un certificat",
            len(count(portal_type="Entreprise", review_state="active", certificate=True)),
        ),
    ]


@provider(ICharts)
def charts(site, scope):
    """Return who came and when; nothing of one collectivité, whose agents are its own affair."""
    if scope.buyer is not None:
        return []
    return [
        _arrivals(site, scope, "collectivites", "Collectivités inscrites", "Collectivite", simulation=False),
        _arrivals(site, scope, "entreprises", "Entreprises inscrites", "Entreprise"),
    ]


def _arrivals(site, scope, key, title, portal_type, **query):
    """Return the Chart of the active content of a type that was created in each period."""
    count = site.portal_catalog.unrestrictedSearchResults
    query |= {"portal_type": portal_type, "review_state": "active"}
    counts = [
        len(count(created={"query": (period.begin, period.end - SECOND), "range": "min:max"}, **query))
        for period in scope.periods
    ]
    rows = figures.over(scope.periods, counts)
    return figures.Chart(key, title, "Période", "inscriptions", rows, note="Toujours inscrites aujourd’hui.")
