"""Registration numbers that people read: taken one at a time, outside the transaction that uses them.

The number comes from a connection and a transaction of its own, so that writers never conflict over the counter while
they do their real work. When the using transaction is aborted its number is lost: gaps are expected and accepted;
where the law wants none, number at closing instead.
"""

from BTrees.OIBTree import OIBTree
from transaction import TransactionManager
from ZODB.POSException import ConflictError
from ZODB.POSException import POSKeyError
from zope.annotation.interfaces import IAnnotations

import time


KEY = "megalis.numbers"
TRIES = 20


def prepare(site):
    """Make the counters of the site (at installation)."""
    annotations = IAnnotations(site)
    if KEY not in annotations:
        annotations[KEY] = OIBTree()


def next_number(site, series):
    """Return the next int, from 1, of the named series of the site; committed before it returns.

    Raises ConflictError after 20 lost races, which the publisher answers by running the request again.
    """
    oid = IAnnotations(site)[KEY]._p_oid
    if oid is None:  # a site that is not committed yet is seen by nobody else
        return _count(IAnnotations(site)[KEY], series)
    database = site._p_jar.db()
    for attempt in range(TRIES):
        manager = TransactionManager()
        connection = database.open(manager)
        try:
            number = _count(connection.get(oid), series)
            manager.commit()
            return number
        except (
            POSKeyError
        ):  # made in a savepoint of a transaction that is not committed yet: seen by nobody else either
            manager.abort()
            return _count(IAnnotations(site)[KEY], series)
        except ConflictError:
            manager.abort()
            if attempt == TRIES - 1:
                raise
            time.sleep(0.002 * attempt)
        finally:
            connection.close()
    raise ConflictError  # never reached: the last attempt raised


def _count(counters, series):
    counters[series] = counters.get(series, 0) + 1
    return counters[series]
