"""A whole instance in a folder of its own, for the tests that start, kill or serve one and for the benchmarks.

The standalone profile as buildout writes it. A script that it runs begins with ``tests/inside.py``.
"""

from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from unittest import SkipTest

import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time


ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
CREATE = ROOT / "src/megalis.portal/megalis/portal/distributions/megalis/create.py"

BUILDOUT = """
[buildout]
extends = {root}/profiles/standalone.cfg
directory = {root}
bin-directory = {folder}/bin
parts-directory = {folder}/parts
installed = {folder}/.installed.cfg
parts = instance
develop =
show-picked-versions = false

[settings]
var = {folder}/instance/var
port = {port}
{more}
"""
STARTED = 300  # seconds a server may take before its first answer


def free_port():
    """Return a port that its taker will still find free: neither of the range from which outgoing connections are given
    theirs, nor of the range of another test process."""
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0) % 16
    for port in random.sample(range(15_000 + 1_000 * worker, 16_000 + 1_000 * worker), 1_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("aucun port libre")


class Instance:
    """A whole instance in ``folder``; ``more`` is added to its buildout configuration."""

    def __init__(self, folder, more=""):
        if not (BIN / "buildout").exists():
            raise SkipTest("programme absent : buildout")
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "buildout.cfg").write_text(BUILDOUT.format(root=ROOT, folder=folder, port=self.port, more=more))
        subprocess.run([BIN / "buildout", "-N", "-o", "-qq", "-c", folder / "buildout.cfg"], check=True)

    def run(self, *words, demo=False):
        """Run a script in the instance while it is not served; RuntimeError with what it said when it fails."""
        done = subprocess.run(
            [self.folder / "bin/instance", "run", *map(str, words)],
            env=self.environment | ({"DEMO": "1"} if demo else {}), cwd=self.folder, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])

    @property
    def environment(self):
        return os.environ | {"DEMO": "0", "PYTHONPATH": str(ROOT)}

    @contextmanager
    def served(self, end=signal.SIGKILL):
        """Serve; whatever is left of it is ended by the signal ``end``."""
        with (self.folder / "server.log").open("ab") as log:
            server = subprocess.Popen(
                [self.folder / "bin/instance", "console"],
                env=self.environment, cwd=self.folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + STARTED
            while not self.answers():
                assert server.poll() is None, (self.folder / "server.log").read_text()[-3000:]
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.2)
            yield server
        finally:
            self.kill(server, end)

    def answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    @staticmethod
    def kill(server, end=signal.SIGKILL):
        """No warning, no last word, unless ``end`` says otherwise: to the server and to what it started."""
        with suppress(ProcessLookupError):
            os.killpg(server.pid, end)
        server.wait(30)
