"""Claim: a public register of 10,000 acts opens within the budget of a public page, and a search in it takes under 100 ms.

One instance of the standalone profile, a database of its own, 10,000 published acts of one collectivité. Addresses are drawn with a
fixed seed and asked for once each (words, nature, matière, year, page), so that no memory of an address serves; the page of the
region the same, across all registers. The time is wall clock from the client; the processor's own is beside it and decides on a
machine that is shared. Peer in the same server: the same register taken whole, as its CSV export (délibérations of the SCDL).

Usage: ``python benchmarks/actes_register.py [--count 10000] [--keep FOLDER]``; a kept folder goes on where it stopped.
"""

from _actes_folder import kept
from _instance import at_rest
from _instance import Client
from _instance import served
from _instance import ticks
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import urlencode

import json
import os
import random


SCENE = Path(__file__).with_name("_actes_scene.py")
TURNS = 60
TARGET, BUDGET = 0.100, 60 * 1024
TICK = os.sysconf("SC_CLK_TCK")


def addresses(base, words, rng):
    """Yield as many searches as ``TURNS``, all different: page of the list first, then words and filters."""
    seen = set()
    while len(seen) < TURNS:
        found = [("q", " ".join(rng.sample(words, rng.choice((1, 1, 2)))))] if rng.random() < 0.7 else []
        for name, known, share in (
            ("nature", "124", 0.3), ("matiere", "1578", 0.3), ("annee", ("2020", "2022", "2024", "2025"), 0.3),
            ("page", ("2", "3", "10", "40"), 0.3),
        ):  # fmt: skip
            if rng.random() < share:
                found.append((name, rng.choice(known)))
        if found and tuple(found) not in seen:
            seen.add(tuple(found))
            yield f"{base}?{urlencode(found)}"


def timed(client, address):
    started = perf_counter()
    status, data = client.request("GET", address)
    if status != 200:
        raise SystemExit(f"{address}: {status}")
    return perf_counter() - started, len(data)


def measure(client, server, title, asked):
    """Ask for every address; print and return ``(p50, processor a page, most bytes)``."""
    asked = list(asked)
    before = ticks(server.pid)
    answers = [timed(client, address) for address in asked]
    cpu = (ticks(server.pid) - before) / TICK / len(asked)
    times = sorted(seconds for seconds, _size in answers)
    most = max(size for _seconds, size in answers)
    numbers = (median(times), times[int(len(times) * 0.95)], cpu)
    print(f"{title:28}" + "".join(f"{value * 1000:9.0f}" for value in numbers) + f"{most / 1024:9.0f}")
    return median(times), cpu, most


def main(instance, count):
    folder = instance.folder
    (folder / "asked.json").write_text(json.dumps({"count": count}))
    instance.run(SCENE, "register", folder)
    told = json.loads((folder / "scene.json").read_text())
    rng = random.Random(20261126)
    print(f"{told['count']} acts\n{'':28}{'p50 ms':>9}{'p95 ms':>9}{'cpu ms':>9}{'KiB':>9}")
    slow = []
    with served(instance) as server:
        at_rest(server)
        client = Client(instance.port)
        timed(client, told["register"])
        region = "/registres-des-actes"
        pages = {
            "register, first page": [f"{told['register']}?page=1"] * 20,
            "register, searches": addresses(told["register"], told["words"], rng),
            "region, list": [region] * 20,
            "region, searches": addresses(region, told["words"], rng),
        }
        for title, asked in pages.items():
            p50, cpu, most = measure(client, server, title, asked)
            if min(p50, cpu) > TARGET or most > BUDGET:
                slow.append(title)
        whole, size = timed(client, f"{told['register']}/@@deliberations.csv")
        print(f"{'peer: the whole, as CSV':28}{whole * 1000:9.0f}{'':18}{size / 1024:9.0f}")
    if slow:
        raise SystemExit(f"claim not held: {', '.join(slow)}")


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with kept(options.keep) as instance:
        main(instance, options.count)
