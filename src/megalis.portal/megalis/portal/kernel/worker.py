"""The worker: everything that is done away from the visitor, in rounds of short transactions.

One round merges the journal, tells the services to do their periodic work (IWorkerTick) and drains the outbox. It is
safe to kill at any point and safe to run twice: every step is a transaction that conflicts with its own double. In the
standalone profile (one process may open the database) it is a thread of the instance (``MEGALIS_WORKER=thread``); in a
cluster it is the process ``bin/worker``.
"""

from AccessControl.SecurityManagement import newSecurityManager
from AccessControl.SecurityManagement import noSecurityManager
from AccessControl.SpecialUsers import system
from datetime import timedelta
from functools import partial
from itertools import count
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel import pace
from megalis.portal.kernel import settings
from megalis.portal.kernel.interfaces import WorkerTick
from plone.base.interfaces import IPloneSiteRoot
from Testing.makerequest import makerequest
from urllib.parse import urlsplit
from ZODB.POSException import ConflictError
from zope.annotation.interfaces import IAnnotations
from zope.component import adapter
from zope.component.hooks import setSite
from zope.event import notify
from zope.globalrequest import clearRequest
from zope.globalrequest import setRequest
from zope.processlifetime import IProcessStarting

import logging
import os
import signal
import threading
import time
import transaction
import Zope2


logger = logging.getLogger("megalis.worker")

INTERVAL = 2.0
PATIENCE = 5  # rounds in which messages wait for visitors, beside them, before one insists
FEW = 10  # messages sent then
BEAT = timedelta(seconds=30)
HEARTBEAT = "megalis.worker"


def site_request(app, path):
    """Return the application wrapped in a request whose addresses are the public ones of the site at ``path``."""
    public = urlsplit(settings.public_url())
    environ = {
        "SERVER_NAME": public.hostname or "127.0.0.1",
        "SERVER_PORT": str(public.port or 80),
        "HTTP_ACCEPT_LANGUAGE": "fr",
    }
    app = makerequest(app, environ=environ)
    request = app.REQUEST
    request.setServerURL(public.scheme, public.hostname, public.port)
    request["VirtualRootPhysicalPath"] = ("", *path.strip("/").split("/"))
    request.other["VIRTUAL_URL_PARTS"] = (settings.public_url(), "", "")
    return app


def sites(app):
    """Return the paths of the sites of this database that have a journal."""
    found = [site for site in app.objectValues() if IPloneSiteRoot.providedBy(site)]
    return ["/".join(site.getPhysicalPath()) for site in found if journal.KEY in IAnnotations(site)]


def step(site, insist=False):
    """One round for one site, each part in its own transaction; commits. A lost race is left to the next round.

    Messages leave while this process answers nobody; where the round insists, a few leave all the same.
    """
    send = partial(outbox.drain, limit=FEW) if insist else partial(outbox.drain, go_on=pace.leisure)
    for part in (_merge, _tick, send):
        try:
            part(site)
            transaction.commit()
        except ConflictError:
            transaction.abort()
        except Exception:  # one broken part must not stop the others, nor the next round
            transaction.abort()
            logger.exception("%s failed", part)


def _merge(site):
    journal.merge(site)


def _tick(site):
    now = clock.now()
    beat = heartbeat(site)
    leisure = beat is None or now - beat >= BEAT
    if leisure:
        IAnnotations(site)[HEARTBEAT] = now
    notify(WorkerTick(site, now, leisure))


def heartbeat(site):
    """Return the instant of the worker's last sign of life (at most 30 s behind), or None."""
    return IAnnotations(site).get(HEARTBEAT)


def round_(database, insist=False):
    """Open the database and give every site one round."""
    transaction.begin()
    connection = database.open()
    try:
        application = connection.root()["Application"]
        newSecurityManager(None, system)
        for path in sites(application):
            app = site_request(application, path)
            setRequest(app.REQUEST)
            site = app.unrestrictedTraverse(path)
            setSite(site)
            step(site, insist)
    finally:
        setSite(None)
        clearRequest()
        noSecurityManager()
        transaction.abort()
        connection.close()


def run(database, stop, interval=INTERVAL, beside=False):
    """Give rounds until ``stop`` (threading.Event) is set.

    ``beside`` visitors, in a thread of their process, one round in ``PATIENCE`` insists, so that messages leave however
    busy the process is.
    """
    for rank in count(1):
        if stop.is_set():
            return
        started = time.monotonic()
        try:
            round_(database, insist=beside and rank % PATIENCE == 0)
        except Exception:  # the database may be away for a while: say it and come back
            logger.exception("round failed")
        stop.wait(max(0.1, interval - (time.monotonic() - started)))


@adapter(IProcessStarting)
def start_thread(event):
    """Start the worker inside the instance where the deployment asks for it, once the site it would serve is made."""
    if os.environ.get("MEGALIS_CREATE") != "1":
        begin()


def begin():
    """Start the worker inside this process, where the deployment asks for it."""
    if os.environ.get("MEGALIS_WORKER") == "thread":
        threading.Thread(
            target=partial(run, Zope2.DB, threading.Event(), beside=True), name="megalis-worker", daemon=True
        ).start()


def main(app):
    """Run as a process: ``bin/instance run`` of this module, until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logger.info("worker started")
    run(app._p_jar.db(), stop)


if __name__ == "__main__":
    main(app)  # noqa: F821  given by `bin/instance run`
