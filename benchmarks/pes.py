"""Claim: a PES flow of 128 MiB is summarised in under 10 s of processor and with under 400 MiB of memory; the one attachment that
fills such a flow opens in under 3 s and with under 100 MiB.

Three flows: half attachments, as big ones are in life, bordereaux only, the worst there is for a summary, and one attachment, the
worst there is to open. Peer: lxml reading the whole of the same file into its tree, and nothing more: no value is taken from it, no
attachment unpacked. Each runs in a process of its own, so that the peak of memory is its own; the time is that of the processor. The
whole check (schema, rules, signatures) is shown apart when the schemas are there. Run: ``python benchmarks/pes.py [MIB]``.
"""

from _pes_flow import write
from _pes_flow import write_one
from lxml import etree
from megalis.portal.formats.pes import checking
from megalis.portal.formats.pes import places
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import schemas
from megalis.portal.formats.pes import source
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import json
import os
import resource
import sys


SECONDS, MEMORY = 10, 400
OPENING, OPENED = 3, 100


def summary(path):
    """Return the number of lines of the summary."""
    return reading.read(source.look(path))[0].summary()["lignes"]


def check(path):
    """Return the number of lines of the summary of the whole check; the flow must be found good."""
    verdict = checking.check(path)
    if not verdict.valid:
        raise SystemExit(f"the flow is not valid: {verdict.errors[:3]}")
    return verdict.extra["summary"]["lignes"]


def opening(path, place, digest):
    """Return 1 once the attachment at a place is unpacked and found to be the one that was read."""
    with open(os.devnull, "wb") as out:
        if not places.take(path, place, digest, out.write):
            raise SystemExit("the attachment is not the one that was read")
    return 1


def found(path, where):
    """Write in ``where`` what a reading keeps of the one attachment of a flow: its place and its digest."""
    (item,) = reading.read(source.look(path))[0].pieces_jointes
    (place,) = places.find(path, 1)
    Path(where).write_text(json.dumps([place, item.sha256]))
    return 1


def peer(path):
    """Return the number of lines of the tree of lxml."""
    root = etree.parse(str(path), etree.XMLParser(huge_tree=True)).getroot()
    return int(root.xpath("count(//LigneDePiece)"))


def _measure(work, arguments, out):
    start = process_time()
    lines = work(*arguments)
    out.put((lines, process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measured(work, expected, *arguments):
    """Return ``(seconds, MiB)`` of a process that does the work; what it counts must be what was written."""
    context = get_context("spawn")
    out = context.SimpleQueue()
    process = context.Process(target=_measure, args=(work, arguments, out))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} failed")
    lines, seconds, memory = out.get()
    if lines != expected:
        raise SystemExit(f"{work.__name__} read {lines} of {expected}")
    return seconds, memory


def main(size):
    """Measure and print the table; fail when the claim does not hold."""
    held = True
    print(f"{'flow':14}{'work':10}{'seconds':>10}{'MiB':>8}")
    with TemporaryDirectory() as folder:
        for name, share in (("half attached", 0.5), ("lines only", 1)):
            path = Path(folder, "flux.xml")
            lines = write(path, size * 1024 * 1024, share)
            works = (summary, check, peer) if schemas.versions() else (summary, peer)
            for work in works:
                seconds, memory = measured(work, lines, path)
                print(f"{name:14}{work.__name__:10}{seconds:10.1f}{memory:8.0f}", flush=True)
                held = held and (work is not summary or (seconds < SECONDS and memory < MEMORY))
        path, kept = Path(folder, "flux.xml"), Path(folder, "piece.json")
        write_one(path, size * 1024 * 1024)
        measured(found, 1, path, kept)
        place, digest = json.loads(kept.read_text())
        for work, arguments in ((summary, (path,)), (opening, (path, tuple(place), digest)), (peer, (path,))):
            seconds, memory = measured(work, 100 if work is not opening else 1, *arguments)
            print(f"{'one attachment':14}{work.__name__:10}{seconds:10.1f}{memory:8.0f}", flush=True)
            most = (OPENING, OPENED) if work is opening else (SECONDS, MEMORY)
            held = held and (work is peer or (seconds < most[0] and memory < most[1]))
    if not held:
        raise SystemExit(f"claim not held: {SECONDS} s, {MEMORY} MiB; opening {OPENING} s, {OPENED} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 128)
