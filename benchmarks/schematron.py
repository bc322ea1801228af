"""Claim: the official rules judge a formal notice in under 50 ms once compiled, one of 100 lots in under 700 ms.

Peers in the same run: the same engine and stylesheets started anew for each notice, as a validator called from a shell
is; and the XML schema alone by lxml, which sees no business rule. Needs ``MEGALIS_REFERENTIELS``.
Run: ``python benchmarks/schematron.py [ROUNDS]``.
"""

from datetime import datetime
from datetime import UTC
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms import rules
from megalis.portal.formats.eforms import sdk as sdks
from megalis.portal.formats.eforms.generator import generate
from megalis.portal.formats.eforms.reading import load
from megalis.portal.formats.eforms.validation import validate
from megalis.portal.formats.saxon import Engine
from statistics import median
from time import perf_counter
from time import process_time

import dataclasses
import os
import sys
import tempfile


TARGET, TARGET_100 = 0.050, 0.700


def clock(work):
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def processor():
    """Return the seconds of processor this process and the engine's have taken (Linux)."""
    with open(f"/proc/{rules.shared_engine().pid}/stat") as stream:
        fields = stream.read().rpartition(")")[2].split()
    return process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def judged(data, rounds):
    """Return the median seconds of a verdict, and the mean seconds of processor."""
    before = processor()
    elapsed = median(clock(lambda: validate(data))[0] for _ in range(rounds))
    return elapsed, (processor() - before) / rounds


def notices():
    """Return the XML of a formal notice of ours, and of the same with 100 lots."""
    made = generate(400, "benchmark", datetime(2026, 11, 23, 10, 0, tzinfo=UTC))
    notice = next(item for item in made if item.subtype == "16" and 1 < len(item.lots) < 4)
    lot = notice.lots[0]
    lots = tuple(
        dataclasses.replace(lot, id=f"LOT-{n:04d}", internal_id=f"L{n:04d}", number=str(n)) for n in range(1, 101)
    )
    return eforms.write(notice), eforms.write(dataclasses.replace(notice, lots=lots))


def started(sdk, root):
    """Return the seconds from a process that starts to its first verdict."""

    def work():
        engine = Engine()
        try:
            return rules.Rules(sdk, engine).failures(root, "16")
        finally:
            engine.close()

    return clock(work)[0]


def main(rounds):
    sdk = sdks.choose()
    if sdk is None:
        print("référentiel absent: eforms-sdk-* (set MEGALIS_REFERENTIELS)")
        return 0
    formal, large = notices()
    root = load(formal)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MEGALIS_CACHE"] = folder
        cold, restarted = started(sdk, root), started(sdk, root)
        for data in (formal, large):
            verdict = validate(data)
            assert verdict.valid, verdict.errors[:3]
        ours, work = judged(formal, rounds)
        hundred, work_100 = judged(large, max(3, rounds // 10))
    schema = sdk.schema_of(root)
    only = median(clock(lambda: schema.findings(load(formal), "x"))[0] for _ in range(rounds))
    print(
        f"SDK {sdk.version}; formal notice of 2 or 3 lots {len(formal) // 1024} KiB, 100 lots {len(large) // 1024} KiB"
    )
    print(f"first verdict of a process: {cold:.2f} s, {restarted:.2f} s when the stylesheets are on disk")
    print(
        f"formal notice {ours * 1000:.1f} ms (target {TARGET * 1000:.0f}); 100 lots {hundred * 1000:.0f} ms (target {TARGET_100 * 1000:.0f})"
    )
    print(f"of which processor: {work * 1000:.0f} ms; {work_100 * 1000:.0f} ms")
    print(f"peer, engine started for each notice: {restarted * 1000:.0f} ms, ratio {restarted / ours:.0f}")
    print(f"peer, XML schema alone: {only * 1000:.1f} ms, no business rule seen")
    return int(ours > TARGET or hundred > TARGET_100)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
