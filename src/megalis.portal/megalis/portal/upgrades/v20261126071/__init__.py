"""To 20261126071: the board of a consultation knows that its essential data are published, and reminds nobody of them."""

from megalis.portal.consultations import api
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.tracking import indexers


def know_published_data(tool):
    """Bring the catalog in line for the consultations that are notified."""
    for brain in api.find_everywhere(review_state=[phase.NOTIFIEE]):
        indexers.refresh(brain._unrestrictedGetObject())
