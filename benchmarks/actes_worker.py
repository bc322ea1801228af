"""Claim: of 1,000 acts sent while the worker is killed 20 times at random, none is lost and none is sent twice.

The worker is the product's own (``kernel/worker.py``), a process on the database of an instance of the standalone profile; the
préfecture is the simulator: archives by HTTPS with a client certificate, answers in a maildir. SIGKILL falls at moments drawn at
random while acts leave and answers come. What a kill left begun is looked at again ten minutes later: at the end, with no worker
running, that time is brought forward, and a person sends again the acts that say they are uncertain and that the préfecture does
not have. Lost: an act that is not acknowledged at the end. Doubled: an act that the préfecture received more than once. There
is no peer: no other program of the kind runs here.

Usage: ``python benchmarks/actes_worker.py [--count 1000] [--kills 20] [--keep FOLDER]``; a kept folder goes on where it stopped.
"""

from _actes_folder import kept
from _actes_journal import received
from argparse import ArgumentParser
from megalis.portal.transports.simulator.prefecture import Prefecture
from pathlib import Path
from time import monotonic

import json
import subprocess


SCENE = Path(__file__).with_name("_actes_scene.py")


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


def main(instance, count, kills):
    folder = instance.folder
    (folder / "asked.json").write_text(json.dumps({"count": count, "kills": kills}))
    if not (folder / "kills.json").exists():
        instance.run(SCENE, "acts", folder)
        (folder / "kills.json").write_text("[]")
    with Prefecture(folder / "prefecture") as office:
        started = monotonic()
        words = [folder / "bin/instance", "run", SCENE, "kills", folder]
        subprocess.run(words, env=environment(instance, office), cwd=folder, check=True)
        seconds = monotonic() - started
    told, times = json.loads((folder / "outcome.json").read_text()), received(folder)
    doubled = sum(number > 1 for number in times.values())
    lost = count - told["states"].get("acquitte", 0)
    print(
        f"{count} acts, {told['kills']} kills, {seconds:.0f} s since the last start: {lost} lost, {doubled} doubled, "
        f"{told['again']} sent again by a person"
    )
    if lost or doubled or told["kills"] < kills:
        raise SystemExit("claim not held")


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with kept(options.keep) as instance:
        main(instance, options.count, options.kills)
