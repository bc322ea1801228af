"""Writing what must stay although the request fails: a wrong password is counted even when the answer is 401.

The work is done in a connection and a transaction of its own, committed before it returns (as ``kernel.numbering`` does).
"""

from transaction import TransactionManager
from ZODB.POSException import ConflictError
from zope.component.hooks import getSite
from zope.component.hooks import setSite

import time


TRIES = 10


def commit_aside(site, work):
    """Run ``work(site as another connection sees it)`` and commit it at once; ConflictError after 10 lost races."""
    if site._p_jar is None or site._p_oid is None:
        return work(site)  # a site that is not committed yet is seen by nobody else
    before = getSite()
    for attempt in range(TRIES):
        manager = TransactionManager()
        connection = site._p_jar.db().open(manager)
        try:
            path = [part for part in site.getPhysicalPath() if part]
            other = connection.root()["Application"].unrestrictedTraverse("/".join(path))
            setSite(other)
            result = work(other)
            manager.commit()
            return result
        except ConflictError:
            manager.abort()
            if attempt == TRIES - 1:
                raise
            time.sleep(0.002 * (attempt + 1))
        finally:
            setSite(before)
            manager.abort()
            connection.close()
    raise ConflictError  # never reached: the last attempt raised
