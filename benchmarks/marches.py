"""Claim: 10,000 published contracts leave as JSON, XML and CSV in under 30 s each, with flat memory, from a cold database.

The contracts lie on disk, one object each, in sixty collectivités; each file is made by the code that answers
``/donnees-essentielles.json``, ``.xml`` and ``.csv``, to a temporary file, through a connection that keeps 2,000 objects.

Peer in the same run: the way of a catalogue, every record woken and read into one list, which ``json`` dumps at once.
Run: ``python benchmarks/marches.py [N]``.
"""

from decp import awards
from hashlib import md5
from megalis.portal.formats.decp.kinds import to_json
from megalis.portal.kernel import clock
from megalis.portal.marches import store
from megalis.portal.marches.publishing import files
from megalis.portal.marches.rules import MARCHE
from persistent import Persistent
from time import perf_counter
from time import process_time
from zope.annotation.attribute import AttributeAnnotations
from zope.annotation.interfaces import IAttributeAnnotatable
from zope.component import provideAdapter
from zope.interface import implementer

import json
import sys
import tempfile
import tracemalloc
import transaction
import ZODB


TARGET, FLAT = 30, 8 * 1024 * 1024
BUYERS, CACHE, BATCH = 60, 2000, 1000


@implementer(IAttributeAnnotatable)
class Site(Persistent):
    """What stands for the site: the place of its register."""


def fill(folder, count):
    """Make the database in ``folder``; return its path."""
    path = f"{folder}/marches.fs"
    database = ZODB.DB(path)
    connection = database.open()
    site = connection.root()["site"] = Site()
    for number, contract in enumerate(awards(count)):
        buyer = md5(str(number % BUYERS).encode()).hexdigest()
        data = json.dumps(to_json(contract), ensure_ascii=False, separators=(",", ":")).encode()
        record = store.add(site, store.Record(MARCHE, buyer, {}))
        version = store.Version(1, clock.now(), "", store.PUBLICATION, "", data)
        store.publish(site, record, version, store.row_of(record, version))
        if number % BATCH == BATCH - 1:
            transaction.commit()
            connection.cacheMinimize()
    transaction.commit()
    connection.close()
    database.close()
    return path


def cold(path, work):
    """Return what ``work(site)`` returns in a fresh connection."""
    database = ZODB.DB(path, cache_size=CACHE)
    connection = database.open()
    try:
        return work(connection.root()["site"])
    finally:
        connection.close()
        database.close()


def export(make):
    def work(site):
        start, used, size = perf_counter(), process_time(), 0
        with tempfile.TemporaryFile() as out:
            for chunk in make(site):
                size += out.write(chunk)
        return perf_counter() - start, process_time() - used, size

    return work


def whole(site):
    """The peer: all records in one list, dumped at once."""
    start = perf_counter()
    kept = store.register(site)
    found = [json.loads(kept.records[key].last.data) for key in kept.records]
    text = json.dumps({"marches": {"marche": found}}, ensure_ascii=False)
    return perf_counter() - start, len(text)


def peak(path, work):
    tracemalloc.start()
    cold(path, work)
    value = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return value


def main(count):
    provideAdapter(AttributeAnnotations)
    with tempfile.TemporaryDirectory() as folder:
        path = fill(folder, count)
        failed = False
        for name, make in (("JSON", files.as_json), ("XML", files.as_xml), ("CSV", files.as_csv)):
            seconds, used, size = cold(path, export(make))
            memory = peak(path, export(make))
            failed |= seconds > TARGET or memory > FLAT
            print(
                f"{name}: {count} contracts, {seconds:.1f} s ({used:.1f} of processor), {size / 1e6:.0f} MB, {memory / 1048576:.1f} MiB of memory"
            )
        seconds, memory = cold(path, whole)[0], peak(path, whole)
        print(
            f"peer (all in one list): {seconds:.1f} s, {memory / 1048576:.0f} MiB; targets {TARGET} s, {FLAT >> 20} MiB"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
