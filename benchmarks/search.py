"""Claim: the search page with 10,000 consultations, facets and all, is served 5 times as often as Plone's own search.

The standalone profile as buildout writes it (FileStorage, 4 threads, our front, the worker as a thread), a database of
its own with consultations made from the notices of the repository's generator. Every page is asked for at a different
address (words, département, nature, procedure, state, CPV, buyer, dates, sort, page, drawn once with a fixed seed), so
that no memory of an address serves; no answer may be cached by HTTP. Peer in the same server and process, in turns with
ours, over the same items: ``@@search`` of Plone as shipped (see ``_stock.py``), same words, same pages, its navigation
one level deep.

Run: ``python benchmarks/search.py [--count 10000] [--keep FOLDER]``; a kept folder serves the next run without filling.
"""

from _instance import at_rest
from _instance import Client
from _instance import HEAD
from _instance import make
from _instance import ratio
from _instance import served
from _instance import Tally
from _instance import together
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Lock
from time import perf_counter
from urllib.parse import urlencode

import json
import random


SCENE = Path(__file__).with_name("_search_scene.py")
SEED = 20261126
CLIENTS = 4
ROUNDS = 5
OURS, PEER = 60, 8  # pages a client a turn
TARGET = 5
BUDGET = 60 * 1024  # bytes of HTML
STATES = ("ouverte", "close", "attribuee", "sans-suite", "annulee")
NATURES = ("travaux", "fournitures", "services")
PROCEDURES = ("procedure-adaptee", "appel-offres-ouvert")
SORTS = ("limite", "-publication", "publication")
DIVISIONS = ("45000000", "71000000", "39000000", "90000000", "72000000", "79000000", "50000000")
STOCK = """
[instance]
zcml-additional =
    <configure xmlns="http://namespaces.zope.org/zope">
      <include package="zope.component" file="meta.zcml" />
      <subscriber
          for="plone.base.interfaces.IPloneSiteRoot zope.traversing.interfaces.IBeforeTraverseEvent"
          handler="benchmarks._stock.undress" />
    </configure>
"""


def asked(scene):
    """Yield searches that differ from one another, for ever: ``(our address, the peer's with the same words and page)``."""
    rng, seen = random.Random(SEED), set()
    while True:
        ours = []
        if rng.random() < 0.5:
            ours.append(("q", " ".join(rng.sample(scene["words"], rng.choice((1, 1, 2))))))
        for name, values, share in (
            ("etat", STATES, 0.4), ("dep", ("22", "29", "35", "56"), 0.4), ("nat", NATURES, 0.3), ("pro", PROCEDURES, 0.1),
            ("cpv", DIVISIONS, 0.2), ("acheteur", scene["buyers"], 0.1), ("depuis", ("7", "30", "90"), 0.1),
            ("tri", SORTS, 0.3), ("page", "2345", 0.3),
        ):  # fmt: skip
            if rng.random() < share:
                ours.append((name, rng.choice(values)))
        if tuple(ours) in seen:
            continue
        seen.add(tuple(ours))
        known = dict(ours)
        stock = [("SearchableText", known.get("q", "")), ("portal_type:list", "Consultation"), ("sort_on", "Date")]
        stock.append(("b_start:int", str(10 * (int(known.get("page", 1)) - 1))))
        yield f"/consultations?{urlencode(ours)}", f"/@@search?{urlencode(stock)}"


class Reader(Client):
    """A visitor; counts the addresses he asked for and weighs what he read."""

    def __init__(self, port):
        super().__init__(port)
        self.read = {}  # address -> bytes

    def get(self, address, **headers):
        started = perf_counter()
        status, data = self.request("GET", address, **headers)
        self.read[address] = len(data)
        return status, perf_counter() - started


def pages(addresses, number, **headers):
    """Return the work of a reader: his next ``number`` pages."""

    def work(reader):
        for _ in range(number):
            yield reader.get(next(addresses), **headers)

    return work


class Turns:
    """An iterator that several readers share."""

    def __init__(self, items):
        self.items = items
        self.lock = Lock()

    def __next__(self):
        with self.lock:
            return next(self.items)


def measure(instance, scene):
    """Return the tallies (ours, stock) and address -> bytes of our pages."""
    ours, stock = Tally("/consultations", 200), Tally("@@search, Plone as shipped", 200)
    mine = Turns(own for own, _peer in asked(scene))
    theirs = Turns(peer for _own, peer in asked(scene))
    with served(instance) as server:
        readers, others = ([Reader(instance.port) for _ in range(CLIENTS)] for _side in range(2))
        together(readers, pages(mine, 10))
        together(others, pages(theirs, 5, X_Peer="stock"))
        at_rest(server)
        for _round in range(ROUNDS):
            stock.add(*together(others, pages(theirs, PEER, X_Peer="stock")))
            ours.add(*together(readers, pages(mine, OURS)))
    return ours, stock, {address: size for reader in readers for address, size in reader.read.items()}


def main(count, keep):
    with TemporaryDirectory(prefix="megalis-bench-") as name:
        folder = Path(keep or name).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        known = folder / "scene.json"
        instance = make(folder, STOCK)
        if not known.exists() or json.loads(known.read_text())["catalogued"] != count:
            (folder / "asked.json").write_text(json.dumps({"count": count, "seed": SEED}))
            instance.run(SCENE, folder)
        scene = json.loads(known.read_text())
        ours, stock, sizes = measure(instance, scene)
    times = ratio(ours, stock)
    print(
        f"{scene['catalogued']:,} consultations of {len(scene['buyers'])} buyers, {CLIENTS} readers, {ROUNDS} turns; "
        f"{len(sizes)} addresses of ours, each asked for once"
    )
    print(HEAD)
    for tally in (ours, stock):
        print(tally.line())
    print(f"ratio {times:.1f} (median of the turns), target {TARGET}")
    print(f"HTML: median {median(sizes.values()) / 1024:.1f} KiB, most {max(sizes.values()) / 1024:.1f}, budget 60")
    if times < TARGET or max(sizes.values()) > BUDGET or set(ours.statuses) | set(stock.statuses) != {200}:
        raise SystemExit("claim not held")


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--keep", help="a folder that keeps the filled site for the next run")
    main(**vars(parser.parse_args()))
