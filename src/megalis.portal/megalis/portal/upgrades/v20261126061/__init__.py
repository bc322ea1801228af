"""To 20261126061: consultations keep the lines of their dossier; what came on paper counts among the replies."""

from megalis.portal.consultations import api
from megalis.portal.consultations import contents
from megalis.portal.consultations.tracking import indexers


def keep_lines(tool):
    """Keep the lines of every dossier, which are read from its pieces until then."""
    for brain in api.find_everywhere():
        contents.for_write(brain._unrestrictedGetObject())


def count_paper(tool):
    """Count anew the replies of the consultations whose bids are opened."""
    for brain in api.find_everywhere(review_state=list(indexers.AFTER)):
        indexers.refresh(brain._unrestrictedGetObject())
