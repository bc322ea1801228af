"""What was published, counted for the key figures."""

from megalis.portal.consultations.rules import phase
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import IKeyFigures
from zope.interface import provider


@provider(IKeyFigures)
def counted(site):
    """Return how many consultations were ever published, and how many receive bids now."""
    found = site.portal_catalog.unrestrictedSearchResults(
        portal_type="Consultation", simulation=False, review_state=[s for s in phase.LABELS if s not in phase.DRAFTS]
    )
    now = clock.now()
    online = sum(
        brain.review_state == phase.PUBLIEE and brain.deadline is not None and brain.deadline > now for brain in found
    )
    return [("consultations", "consultations publiées", len(found)), ("en-ligne", "consultations en ligne", online)]
