"""What goes to many: prepared by batches in the worker, so that writing to 2,000 companies is one small transaction.

A parcel is anything with ``step(consultation, size) -> True when all is done``. Few recipients are served at once, in
the transaction of the act itself.
"""

from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from ZODB.POSException import ConflictError
from zope.component.hooks import getSite

import logging
import transaction


logger = logging.getLogger("megalis.exchanges")
NAME = "colis"
AT_ONCE = 50  # recipients served in the transaction of the act
BATCH = 100  # a step of the worker
PATIENCE = timedelta(minutes=10)  # before a parcel that failed is tried again


class Waiting(Persistent):
    """A parcel that the worker goes on with: ``consultation`` is a uuid, ``after`` the instant it may be tried again."""

    after = None

    def __init__(self, consultation, parcel):
        self.consultation = consultation
        self.parcel = parcel


def hand_over(consultation, parcel, count):
    """Serve ``count`` recipients now when they are few, else leave the parcel to the worker."""
    if count <= AT_ONCE:
        parcel.step(consultation, AT_ONCE)
    else:
        facts_for_write(getSite(), NAME)[uuidhex()] = Waiting(api.uuid(consultation), parcel)


def work(event):
    """Go on with each parcel by one batch (IWorkerTick)."""
    waiting = facts(event.site, NAME)
    for key, item in list(waiting.items()) if waiting is not None else ():
        if item.after is not None and event.now < item.after:
            continue
        mark = transaction.savepoint(optimistic=True)
        try:
            brains = api.find_everywhere(UID=item.consultation)
            if not brains or item.parcel.step(brains[0]._unrestrictedGetObject(), BATCH):
                del waiting[key]
        except ConflictError:
            raise
        except Exception:  # one that cannot be prepared holds up neither the others nor the rest of the round
            mark.rollback()
            item.after = event.now + PATIENCE
            logger.exception("parcel %s of %s", key, item.consultation)
