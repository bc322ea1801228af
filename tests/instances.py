"""A whole instance for the tests that start, kill or serve one: the standalone profile in a folder of its own."""

from contextlib import contextmanager
from pathlib import Path

import http.client
import os
import pytest
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
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Instance:
    """A whole instance in ``folder``."""

    def __init__(self, folder):
        if not (BIN / "buildout").exists():
            pytest.skip("programme absent : buildout")
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "buildout.cfg").write_text(BUILDOUT.format(root=ROOT, folder=folder, port=self.port))
        subprocess.run([BIN / "buildout", "-N", "-o", "-qq", "-c", folder / "buildout.cfg"], check=True)

    def run(self, *words):
        """Run a script in the instance while it is not served."""
        environment = os.environ | {"DEMO": "0", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [self.folder / "bin/instance", "run", *map(str, words)],
            env=environment, cwd=self.folder, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]

    @contextmanager
    def served(self):
        """Serve; whatever is left of it is killed at the end."""
        with (self.folder / "server.log").open("ab") as log:
            server = subprocess.Popen(
                [self.folder / "bin/instance", "console"],
                cwd=self.folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + 120
            while not self.answers():
                assert server.poll() is None, (self.folder / "server.log").read_text()[-3000:]
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.2)
            yield server
        finally:
            self.kill(server)

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
    def kill(server):
        """No warning, no last word: SIGKILL to the server and to what it started."""
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(30)
