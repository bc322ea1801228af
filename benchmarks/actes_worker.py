"""Claim: of 1,000 acts sent while the worker is killed 20 times at random, none is lost and none is sent twice.

The worker is the product's own process (``kernel/worker.py``) in an instance of the standalone profile, on a database of its own; the
préfecture is the simulator: archives by HTTPS with a client certificate, answers in a maildir. SIGKILL falls at moments drawn at
random while acts leave. What a kill left begun is looked at again ten minutes later: at the end, with no worker running, that
time is brought forward, and a person sends again the acts that say they are uncertain and that the préfecture does not have.
Lost: an act that is not acknowledged at the end. Doubled: an act that the préfecture received more than once.

Usage: ``python benchmarks/actes_worker.py [--count 1000] [--kills 20] [--keep FOLDER]``; a kept folder goes on where it stopped.
"""

from _instance import make
from argparse import ArgumentParser
from collections import Counter
from megalis.portal.transports.simulator.prefecture import Prefecture
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.instances import Instance
from tests.instances import ROOT
from time import monotonic
from time import sleep

import json
import os
import random
import signal
import subprocess


SCENE = Path(__file__).with_name("_actes_scene.py")
WORKER = ROOT / "src/megalis.portal/megalis/portal/kernel/worker.py"
PATIENCE = 120  # seconds without anything received after which the run stops


def environment(instance, office):
    """Return the environment of a worker that sends to the simulator."""
    return instance.environment | {
        "MEGALIS_ACTES_URL": f"https://127.0.0.1:{office.port}/",
        "MEGALIS_ACTES_AUTORITES": str(office.papers.authority),
        "MEGALIS_ACTES_CERTIFICAT": str(office.papers.client),
        "MEGALIS_ACTES_CLE": str(office.papers.client_key),
        "MEGALIS_ACTES_MAILDIR": str(office.letterbox.path / "INBOX"),
        "MEGALIS_VAR": str(instance.folder / "instance/var"),
    }


class Worker:
    """The worker's process."""

    def __init__(self, instance, office):
        with (instance.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [instance.folder / "bin/instance", "run", WORKER],
                env=environment(instance, office), cwd=instance.folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def end(self, number):
        os.killpg(self.process.pid, number)
        self.process.wait(60)


def received(office):
    """Return how often each act was received by the préfecture."""
    return Counter(identifier for event in office.journal.events("recu") for identifier in event["actes"])


def awaited(office, worker, enough, patience=PATIENCE):
    """Wait until ``enough()``, or until nothing was received for long; tell whether it was enough."""
    last, since = -1, monotonic()
    while not enough():
        assert worker.process.poll() is None, "the worker ended by itself: read worker.log"
        now = sum(received(office).values())
        if now != last:
            last, since = now, monotonic()
        elif monotonic() - since > patience:
            return False
        sleep(0.05)
    return True


def counted(instance, folder):
    instance.run(SCENE, "count", folder)
    return json.loads((folder / "count.json").read_text())


def main(count, kills, folder):
    instance = Instance(folder) if (folder / "made").exists() else make(folder)
    (folder / "made").touch()
    (folder / "asked.json").write_text(json.dumps({"count": count}))
    instance.run(SCENE, "acts", folder)
    path = folder / "kills.json"
    done = json.loads(path.read_text()) if path.exists() else []
    rng = random.Random(20261126 + len(done))
    with Prefecture(folder / "prefecture") as office:
        started = monotonic()
        while len(done) < kills and len(received(office)) < count:
            worker = Worker(instance, office)
            before = sum(received(office).values())
            share = max(1, (count - len(received(office))) // (kills - len(done) + 1))
            awaited(office, worker, lambda before=before, share=share: sum(received(office).values()) >= before + share)
            sleep(rng.random())
            worker.end(signal.SIGKILL)
            done.append(sum(received(office).values()))
            path.write_text(json.dumps(done))
            print(f"kill {len(done)}: {done[-1]} received", flush=True)
        again = 0
        for _turn in range(4):
            (folder / "received.json").write_text(json.dumps(sorted(received(office))))
            instance.run(SCENE, "settle", folder)
            again += json.loads((folder / "settled.json").read_text())["again"]
            worker = Worker(instance, office)
            awaited(office, worker, lambda: len(received(office)) == count)
            quiet = monotonic()
            inbox = office.letterbox.path / "INBOX"
            while monotonic() - quiet < PATIENCE and any(inbox.glob("new/*")):
                sleep(0.5)
            sleep(5)
            worker.end(signal.SIGTERM)
            told = counted(instance, folder)
            if told["states"].get("acquitte", 0) == count:
                break
        seconds = monotonic() - started
        times = received(office)
    doubled = sum(number > 1 for number in times.values())
    lost = count - told["states"].get("acquitte", 0)
    print(
        f"{count} acts, {len(done)} kills, {seconds:.0f} s: {lost} lost, {doubled} doubled, {again} sent again by a person"
    )
    print(f"states: {told['states']}; waiting: {told['waiting']}")
    if lost or doubled or len(done) < kills:
        raise SystemExit("claim not held")


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        main(options.count, options.kills, options.keep)
    else:
        with TemporaryDirectory(prefix="megalis-bench-") as name:
            main(options.count, options.kills, Path(name))
