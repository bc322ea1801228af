"""Who is on the platform, counted for the key figures."""

from megalis.portal.kernel.interfaces import IKeyFigures
from megalis.portal.organisations import people
from zope.interface import provider


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
    ]
