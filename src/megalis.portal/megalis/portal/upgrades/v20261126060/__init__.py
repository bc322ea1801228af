"""To 20261126060: the date of notification of each lot is kept, and told to the rooms that want to know."""

from megalis.portal.awards import notification
from megalis.portal.consultations import api


def settle_notifications(tool):
    """Settle the lots of the consultations that were notified before."""
    for brain in api.find_everywhere(review_state=list(notification.TOLD)):
        notification.settle_former(brain._unrestrictedGetObject())
