"""To 20261126020: boards and statistics read the catalog and the tallies of the journal, which former sites do not have."""

from megalis.portal.consultations import api as consultations
from megalis.portal.kernel import journal

import logging


logger = logging.getLogger("megalis.upgrades")

COLUMNS = ("milestones", "replies")
CERTIFICATE = "certificate"


def read_dates_from_the_catalog(tool):
    """Give the catalog the columns of the board, and the index of the companies that hold a certificate."""
    catalog = tool.aq_parent.portal_catalog
    for name in COLUMNS:
        if name not in catalog.schema():
            catalog.addColumn(name)
    if CERTIFICATE not in catalog.indexes():
        catalog.addIndex(CERTIFICATE, "BooleanIndex", {"indexed_attr": CERTIFICATE})
    brains = [*consultations.find_everywhere(), *catalog.unrestrictedSearchResults(portal_type="Entreprise")]
    for brain in brains:
        catalog.reindexObject(brain._unrestrictedGetObject(), idxs=["UID", CERTIFICATE], update_metadata=1)
    logger.info("%d entries completed", len(brains))


def tally_the_journal(tool):
    """Count the events that were recorded before the journal tallied them."""
    site = tool.aq_parent
    subjects = [brain._unrestrictedGetObject() for brain in consultations.find_everywhere()]
    found = journal.recount(site, [site, *subjects])
    logger.info("%d kinds of events tallied", len(found))
