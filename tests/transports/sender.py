"""Sends acts until each has its answer, and is killed meanwhile: ``python -m tests.transports.sender FOLDER KILLS SEED``.

One process imports everything, then forks the senders: what a kill must not lose is on the disk, not in how they start.
"""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.transports.courier import Courier
from megalis.portal.transports.outcomes import Sending
from pathlib import Path
from tests.transports.filejournal import FileJournal

import os
import pickle
import random
import shutil
import signal
import sys
import time


PATIENCE = timedelta(seconds=2)
BATCH = 20


def clock():
    return datetime.now(UTC)


def run(folder):
    """Send what is not sent, read what came, until every act has an answer."""
    transport, acts = pickle.loads((folder / "setting").read_bytes())
    record = FileJournal(folder / "journal", acts)
    courier = Courier(transport, record, PATIENCE)
    names = sorted(acts.values())
    while True:
        left = [name for name in names if record.states.get(name) not in ("sent", "refused", "given_up")]
        for rank, name in enumerate(left):
            courier.send(Sending(name, folder / "archives" / name), clock)
            if rank % BATCH == BATCH - 1:
                read(courier, folder)
        if read(courier, folder) == 0 and not left:
            if all(name in record.answers for name in names):
                return
            time.sleep(0.02)


def read(courier, folder):
    room = folder / "lu"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    return courier.read(room)[0]


def supervise(folder, kills, chance):
    """Fork senders and kill them one after the other; the last one is left to finish."""
    for rank in range(kills + 1):
        child = os.fork()
        if child == 0:
            run(folder)
            os._exit(0)
        if rank < kills:
            time.sleep(chance.uniform(0.05, 0.6))
            os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        if rank < kills and not os.WIFSIGNALED(status):
            print(f"{rank} ended by itself", flush=True)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(supervise(Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))))
