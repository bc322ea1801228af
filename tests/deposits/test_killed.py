"""A server killed in the middle of a deposit: a real instance, ended by SIGKILL, started again; the bidder loses nothing.

The standalone profile as buildout writes it, with a database in a temporary folder, and the command bidders use.
"""

from hashlib import sha256
from megalis.portal.cli import main
from megalis.portal.sealing.parts import PART_SIZE
from pathlib import Path
from tests.deposits.scene import PASSWORD
from tests.instances import CREATE
from tests.instances import Instance

import json
import os
import pytest
import subprocess
import sys


LONE = Path(__file__).with_name("lone.py")


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
                out, err = bidder.communicate(timeout=600)
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
