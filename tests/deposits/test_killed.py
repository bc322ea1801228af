"""A server killed in the middle of a deposit: a real instance, ended by SIGKILL, started again; the bidder loses nothing.

The standalone profile as buildout writes it, with a database in a temporary folder, and the command bidders use.
"""

from contextlib import contextmanager
from hashlib import sha256
from megalis.portal.cli import main
from megalis.portal.sealing.parts import PART_SIZE
from pathlib import Path

import http.client
import json
import os
import pytest
import signal
import socket
import subprocess
import sys
import time


ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
LONE = Path(__file__).with_name("lone.py")
CREATE = ROOT / "src/megalis.portal/megalis/portal/distributions/megalis/create.py"
PASSWORD = "phrase de passe longue 42 mer"

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
var = {folder}/var
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


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    found = Instance(tmp_path_factory.mktemp("instance"))
    found.run(CREATE)
    found.run(LONE, "prepare", found.folder)
    found.scene = json.loads((found.folder / "scene.json").read_text())
    return found


def test_a_server_killed_in_mid_deposit_loses_nothing_it_acknowledged(instance, tmp_path):
    plans = tmp_path / "plans é.dwg"
    plans.write_bytes(os.urandom(6 * PART_SIZE + 4321))
    envoi = tmp_path / "envoi"
    address = f"{instance.url}/{instance.scene['consultation'].strip('/')}"
    words = ["deposit", address, "--compte", instance.scene["login"], "--dossier", str(envoi), "--offre", f"1={plans}"]
    environment = os.environ | {"MEGALIS_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"}
    with instance.served() as server:
        bidder = subprocess.Popen(
            [sys.executable, "-m", "megalis.portal.cli", *words],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            sent = []
            for line in bidder.stdout:
                sent.append(line)
                if f"envoyé : {2 * PART_SIZE} " in line:
                    break
            assert sent, bidder.stderr.read()
            instance.kill(server)
            assert bidder.poll() is None
            with instance.served() as again:
                out, err = bidder.communicate(timeout=120)
                assert bidder.returncode == 0, err
                assert "coupure" in err
                instance.kill(again)
        finally:
            if bidder.poll() is None:
                bidder.kill()
            bidder.wait()
    offsets = [int(line.split()[2]) for line in [*sent, *out.splitlines()] if line.startswith("envoyé")]
    assert offsets == [PART_SIZE * rank for rank in range(1, 7)], "nothing acknowledged was sent twice, nothing skipped"

    instance.run(LONE, "tell", instance.folder)
    told = json.loads((instance.folder / "told.json").read_text())
    (kept,) = told["depots"]
    (sealed,) = envoi.glob("*.age")
    assert kept["sha256"] == sha256(sealed.read_bytes()).hexdigest()
    assert kept["preuve"]
    assert (told["en_cours"], told["evenements"]) == (0, 1)
    (receipt,) = envoi.glob("accuse-*.json")
    assert main(["receipt", "verify", str(receipt), str(plans)]) == 0
