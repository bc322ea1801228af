"""Claim: the registers of a consultation open in under 300 ms when each holds 10,000 facts, and the journal all of them.

One instance of the standalone profile, a database of its own, 10,000 withdrawals, 10,000 questions (half answered) and 10,000
deposits in one consultation of twelve lots, closed: the journal of the consultation holds 35,000 facts. The register of
withdrawals is asked for as a whole and by lot (the whole dossier, a lot and single documents are taken in turn). Each page is asked for at its first
address once after a start (cold), then twenty times. Peer in the same server: the same register read whole, as its CSV export
does. The time is wall clock; the processor's own is beside it and decides on a
machine that is shared. Usage: ``python benchmarks/registers.py [facts of each register]``.
"""

from _instance import at_rest
from _instance import Client
from _instance import make
from _instance import served
from _instance import ticks
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import json
import os
import sys


SCENE = Path(__file__).with_name("_registers_scene.py")
PAGES = ("retraits", "retraits?lot=7", "registre-questions", "registre-depots", "journal")
TARGET = 0.300
TURNS = 20
TICK = os.sysconf("SC_CLK_TCK")


def timed(client, address):
    started = perf_counter()
    status, data = client.request("GET", address)
    if status != 200:
        raise SystemExit(f"{address}: {status}")
    return perf_counter() - started, len(data)


def main(each):
    with TemporaryDirectory(prefix="megalis-bench-") as name:
        folder = Path(name)
        instance = make(folder)
        (folder / "asked.json").write_text(json.dumps({"each": each}))
        instance.run(SCENE, "events", folder)
        told = json.loads((folder / "scene.json").read_text())
        slow = []
        print(f"{each} facts a register")
        print(f"{'':22}{'cold ms':>9}{'p50 ms':>9}{'cpu ms':>9}{'last page':>11}{'KiB':>7}{'whole ms':>10}{'ratio':>7}")
        with served(instance) as server:
            at_rest(server)
            client = Client(instance.port)
            client.sign_in(told["login"])
            timed(client, f"{told['consultation']}/@@gestion")
            for page in PAGES:
                address = f"{told['consultation']}/@@{page}"
                cold, size = timed(client, address)
                before = ticks(server.pid)
                turns = [timed(client, address)[0] for _ in range(TURNS)]
                cpu = (ticks(server.pid) - before) / TICK / TURNS
                name, mark, query = address.partition("?")
                last = timed(client, f"{name}?{query}{'&' if mark else ''}page=999999")[0]
                whole = timed(client, f"{name}.csv{mark}{query}")[0] if page != "journal" else 0
                p50 = median(turns)
                if min(p50, cpu) > TARGET:
                    slow.append(page)
                numbers = f"{cold * 1000:9.0f}{p50 * 1000:9.0f}{cpu * 1000:9.0f}{last * 1000:11.0f}{size / 1024:7.0f}{whole * 1000:10.0f}"
                print(f"@@{page:20}{numbers}{whole / p50:7.1f}")
    if slow:
        raise SystemExit(f"claim not held: {', '.join(slow)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
