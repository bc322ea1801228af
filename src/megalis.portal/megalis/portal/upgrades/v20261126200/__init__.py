"""To 20261126200: boards know until when the award notice must leave, which former sites never noted."""

from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.tracking import indexers

import logging


logger = logging.getLogger("megalis.upgrades")


def note_award_notices(tool):
    """Give the catalog the date of the notices that are awaited."""
    brains = consultations.find_everywhere(review_state=(phase.DECIDEE, phase.NOTIFIEE))
    for brain in brains:
        indexers.refresh(brain._unrestrictedGetObject())
    logger.info("%d consultations looked at", len(brains))
