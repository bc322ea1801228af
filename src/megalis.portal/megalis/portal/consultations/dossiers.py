"""The consultations a company follows: it took the dossier in its name, or it answers. Kept with the company.

One small tree a company, written the first time only: sixteen companies that deposit at once write in sixteen places.
"""

from BTrees.OOBTree import OOBTree
from megalis.portal.consultations import api
from megalis.portal.kernel import clock
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.dossiers"


def remember(company, consultation):
    """Note that ``company`` (content) follows ``consultation`` from now on."""
    annotations = IAnnotations(company)
    kept = annotations.get(KEY)
    if kept is None:
        kept = annotations[KEY] = OOBTree()
    uid = api.uuid(consultation)
    if uid not in kept:
        kept[uid] = clock.now()


def of(company):
    """Return the catalog brains of the consultations the company follows, those to come first, then the last ones past."""
    kept = IAnnotations(company).get(KEY)
    if not kept:
        return []
    now = clock.now()
    brains = [brain for brain in api.find(UID=list(kept)) if brain.deadline is not None]
    live = sorted((brain for brain in brains if brain.deadline > now), key=lambda brain: brain.deadline)
    past = sorted((brain for brain in brains if brain.deadline <= now), key=lambda brain: brain.deadline, reverse=True)
    return live + past
