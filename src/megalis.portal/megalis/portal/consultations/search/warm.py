"""The picture of the search is made when a process starts, beside the visitors: the first of them finds it ready."""

from megalis.portal.consultations.search import source
from megalis.portal.kernel import worker
from zope.component import adapter
from zope.component.hooks import setSite
from zope.processlifetime import IProcessStarting

import logging
import threading
import time
import transaction
import Zope2


logger = logging.getLogger("megalis.search")


def warm(database):
    """Read the published consultations of every site of the database; return how many there are."""
    manager = transaction.TransactionManager()
    connection = database.open(manager)
    count = 0
    try:
        application = connection.root()["Application"]
        for path in worker.sites(application):
            site = application.unrestrictedTraverse(path)
            setSite(site)
            count += len(source.snapshot(site))
    finally:
        setSite(None)
        manager.abort()
        connection.close()
    return count


def _run(database):
    started = time.monotonic()
    try:
        count = warm(database)
    except Exception:  # a visitor's search reads what is missing
        logger.exception("the search could not be made ready")
    else:
        logger.info("%d consultations ready to be searched in %.2f s", count, time.monotonic() - started)


@adapter(IProcessStarting)
def start(event):
    """Make the search ready in a thread of its own."""
    threading.Thread(target=_run, args=(Zope2.DB,), name="megalis-search", daemon=True).start()
