"""Claim: with 10,000 consultations, a page of figures that nobody asked for in the last minute is served within 300 ms.

The standalone profile as buildout writes it, the scene of ``search.py``. Every page counted is one whose numbers no memory
holds: each collectivité's own statistics, by month and by year, then the key figures of the region by year and by month.

Run: ``python benchmarks/figures.py [--count 10000] [--keep FOLDER]``; a kept folder serves ``search.py`` too.
"""

from _instance import at_rest
from _instance import Client
from _instance import make
from _instance import served
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import json
import search


AGENT = Path(__file__).with_name("_figures_scene.py")
LOGIN = "statistiques@region.exemple.fr"
LIMIT = 0.3  # seconds
PAGES = 60
SIZE = 90 * 1024


def ask(client, path):
    """Return (seconds, bytes) of one page."""
    started = perf_counter()
    status, data = client.request("GET", path)
    if status != 200:
        raise SystemExit(f"{path}: {status}")
    return perf_counter() - started, len(data)


def main(count, keep):
    with TemporaryDirectory(prefix="megalis-bench-") as name:
        folder = Path(keep or name).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        known = folder / "scene.json"
        instance = make(folder)
        if not known.exists() or json.loads(known.read_text())["catalogued"] != count:
            (folder / "asked.json").write_text(json.dumps({"count": count, "seed": search.SEED}))
            instance.run(search.SCENE, folder)
        scene = json.loads(known.read_text())
        instance.run(AGENT, folder)
        with served(instance) as server:
            agent = Client(instance.port)
            agent.sign_in(LOGIN)
            at_rest(server)
            region = [ask(agent, f"/@@chiffres-cles{query}") for query in ("?par=annee", "")]
            again = [ask(agent, "/@@chiffres-cles") for _ in range(10)]
            own = [
                ask(agent, f"/collectivites/{slug}/@@statistiques{query}")
                for slug in scene["buyers"][: PAGES // 2]
                for query in ("", "?par=annee")
            ]
    print(f"{scene['catalogued']:,} consultations of {len(scene['buyers'])} buyers")
    for label, found in (("region, first of its minute", region), ("region, again", again), ("collectivités", own)):
        times = [seconds for seconds, _size in found]
        sizes = max(size for _seconds, size in found) / 1024
        print(
            f"{label:32} median {median(times) * 1000:6.0f} ms, most {max(times) * 1000:6.0f} ms, HTML {sizes:5.1f} KiB"
        )
    first = [seconds for seconds, _size in (*region, *own)]
    if median(first) > LIMIT or max(size for _seconds, size in (*region, *own)) > SIZE:
        raise SystemExit("claim not held")


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--keep", help="a folder that keeps the filled site for the next run")
    main(**vars(parser.parse_args()))
