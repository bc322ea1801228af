"""``make demo SCALE=2007``: has ``demo_scale.py`` fill an empty site, the server being stopped.

The database of the standalone profile admits one process: a server that runs is told apart before anything is begun.
"""

from megalis.portal.distributions.megalis import start
from pathlib import Path
from zc.lockfile import LockError
from zc.lockfile import LockFile

import os
import subprocess
import sys


SCALES = ("2007", "2009")
SCRIPT = Path(__file__).with_name("demo_scale.py")


def chosen_scale(text):
    """Return the size asked for; SystemExit in plain words when it is none."""
    if text not in SCALES:
        raise SystemExit(f"SCALE={text} n’est pas une taille : écrivez make demo SCALE={' ou SCALE='.join(SCALES)}.")
    return text


def check_stopped(var):
    """SystemExit in plain words when a server holds the database of ``var``."""
    try:
        LockFile(str(var / "filestorage" / "Data.fs.lock")).close()
    except LockError as error:
        raise SystemExit("Le portail est en service : arrêtez make start (Ctrl-C), puis relancez.") from error


def main(scale):
    """Fill the site of ``instance/var``; return the exit status."""
    chosen_scale(scale)
    var = start.prepare()
    check_stopped(var)
    return subprocess.call([start.INSTANCE, "run", SCRIPT, scale], env=os.environ)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[-1]))
