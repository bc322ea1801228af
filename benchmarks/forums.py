"""Claim: a page of a subject of 10,000 messages opens as fast as one of 50, and of people who answer at once none is lost.

The standalone profile as buildout writes it, its own database. The same agent reads first, middle and last pages of 50
messages in both subjects, in turns; then twelve sessions answer the long subject together, each with the token of its
page, and what was acknowledged is counted in the subject. Peer: the short subject, in the same server and process.

Run: ``python benchmarks/forums.py [--many 10000] [--keep FOLDER]``; a kept folder serves the next run.
"""

from _instance import at_rest
from _instance import Client
from _instance import make
from _instance import served
from _instance import Tally
from _instance import together
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import parse_qs
from urllib.parse import urlencode
from urllib.parse import urlsplit

import json
import re
import sys


SCENE = Path(__file__).with_name("_forums_scene.py")
PAGE = 50  # messages
FEW = PAGE
TURNS = 15
WRITERS, ANSWERS = 12, 5
TARGET = 1.25  # the long one by the short one
BUDGET = 90 * 1024
TOKEN = re.compile(r'name="_authenticator" value="([0-9a-f]+)"')


def read(client, path, number):
    """Return ``(seconds, HTML)`` of a page of a subject."""
    started = perf_counter()
    status, data = client.request("GET", f"{path}&page={number}")
    if status != 200:
        raise SystemExit(f"{status} {path}")
    return perf_counter() - started, data


def answers(path, identifier, token):
    """Return the work of one who answers."""

    def work(client):
        for rank in range(ANSWERS):
            form = {"_authenticator": token, "id": identifier, "texte": f"Réponse {rank}", "faire": "repondre"}
            started = perf_counter()
            status, _data = client.request(
                "POST", path, urlencode(form), Content_Type="application/x-www-form-urlencoded"
            )
            yield status, perf_counter() - started

    return work


def main(many, keep):
    with TemporaryDirectory(prefix="megalis-bench-") as name:
        folder = Path(keep or name).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        instance = make(folder)
        if not (folder / "scene.json").exists():
            (folder / "asked.json").write_text(json.dumps({"few": FEW, "many": many}))
            instance.run(SCENE, "prepare", folder)
        scene = json.loads((folder / "scene.json").read_text())
        short, long = (path_of(scene[name]) for name in ("few", "many"))
        before = counted(instance, folder)
        with served(instance) as server:
            client = Client(instance.port)
            client.sign_in(scene["login"])
            last = many // PAGE
            for path, number in ((short, 1), (long, 1), (long, last)):
                read(client, path, number)
            at_rest(server)
            ours, peer, heaviest = [], [], 0
            for turn in range(TURNS):
                seconds, data = read(client, long, (1, last // 2, last)[turn % 3])
                ours.append(seconds)
                peer.append(read(client, short, 1)[0])
                heaviest = max(heaviest, len(data))
            told = Tally("answers", 303)
            token = TOKEN.search(data.decode())[1]
            writers = [Client(instance.port) for _ in range(WRITERS)]
            for writer in writers:
                writer.cookie = client.cookie
            identifier = parse_qs(urlsplit(long).query)["id"][0]
            told.add(*together(writers, answers(urlsplit(long).path, identifier, token)))
        written = sum(status == told.good for status, _seconds in told.answers)
        lost = before + written - counted(instance, folder)
    times = median(ours) / median(peer)
    print(f"a page of {PAGE} messages: {median(ours) * 1000:.0f} ms of {many:,}, {median(peer) * 1000:.0f} ms of {FEW}")
    print(
        f"ratio {times:.2f}, target {TARGET} at most; heaviest page {heaviest / 1024:.0f} KB, budget {BUDGET // 1024}"
    )
    print(told.line())
    print(f"acknowledged {written} of {WRITERS * ANSWERS}; lost {lost}, target 0")
    if times > TARGET or heaviest > BUDGET or lost or written < WRITERS * ANSWERS:
        print("claim not held")
        return 1
    return 0


def path_of(url):
    """Return the path and query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def counted(instance, folder):
    """Return how many messages the long subject holds, read from the database."""
    instance.run(SCENE, "count", folder)
    return json.loads((folder / "counted.json").read_text())


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--keep")
    sys.exit(main(**vars(parser.parse_args())))
