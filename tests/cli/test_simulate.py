"""`megalis simulate`: starts, says where it is, can be reached with what it says, stops, and goes on when started again."""

from datetime import date
from functools import partial
from megalis.portal.cli import main
from megalis.portal.consultations.notices.transports.concentrateur import Concentrateur
from megalis.portal.consultations.notices.transports.ted import Ted
from megalis.portal.transports import letters
from megalis.portal.transports import tls
from megalis.portal.transports.helios import Helios
from megalis.portal.transports.https import Address
from megalis.portal.transports.ministry import Ministry
from tests.transports import acts
from tests.transports.test_tresor import sending as flow_sending

import json
import os
import pytest
import signal
import socket
import subprocess
import sys


@pytest.fixture
def started(tmp_path):
    """Return a function: words of the command -> settings of the simulator it started."""
    processes = []

    def start(*words):
        folder = tmp_path / "simulateur"
        command = [sys.executable, "-m", "megalis.portal.cli", "simulate", words[0], str(folder), *words[1:]]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        line = process.stdout.readline()
        assert "réglages dans" in line, process.stderr.read()
        return json.loads((folder / "reglages.json").read_text("utf-8")), process

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=60)


def stopped(process):
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=120)
    return process.returncode, out, errors


def ministry(told):
    day = date.today()
    client = tls.Identity(told["autorite"], told["certificat"], told["cle"])
    reader = partial(tls.context, tls.Identity(told["autorite"]), day)
    box = letters.Mailbox(told["hote"], told["identifiant"], told["mot-de-passe"], reader, told["port-imap"])
    return Ministry(Address(told["adresse"], partial(tls.context, client, day)), box)


def test_a_prefecture_is_reached_with_what_it_says_and_goes_on_when_started_again(started, tmp_path):
    told, process = started("prefecture", "--repondre", "ar observations")
    assert told["classification"] == acts.CURRENT.date.isoformat()
    transport = ministry(told)
    transport.send(acts.sending("DEL_1")[1])
    assert acts.codes(acts.read(transport, tmp_path, 2)) == ["1-2", "4-1"]
    code, out, errors = stopped(process)
    assert (code, errors) == (0, "") and "arrêté" in out
    again, _process = started("prefecture", "--repondre", "ar")
    assert again["mot-de-passe"] == told["mot-de-passe"]
    (tmp_path / "suite").mkdir()
    assert acts.codes(acts.read(ministry(again), tmp_path / "suite", 2)) == ["1-2", "4-1"]


def test_a_tresor_is_reached_with_what_it_says(started, tmp_path):
    told, _process = started("tresor", "--repondre", "nack")
    trust = partial(tls.context, tls.Identity(told["autorite"]), date.today())
    transport = Helios(told["hote"], told["identifiant"], told["mot-de-passe"], trust, told["port"])
    transport.send(flow_sending())
    (answer,) = acts.read(transport, tmp_path, 1)
    assert b"ERREUR_AUTRE" in answer.files[0].path.read_bytes()


def test_its_settings_are_for_its_owner_only(started, tmp_path):
    started("prefecture")
    for name in ("reglages.json", "compte.json", "tls/client.cle"):
        assert (tmp_path / "simulateur" / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--repondre", "gentil"), "scenario"),
        (("--scenario", "nulle-part.json"), "scenario"),
        (("--repondre", "muet", "--scenario", "x"), "usage"),
    ],
)
def test_a_scenario_that_is_none_is_refused(capsys, tmp_path, words, said):
    assert main(["simulate", "prefecture", str(tmp_path / "s"), *words]) == 1
    assert f"megalis: {said}: " in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--port", "99999"), ("--port", "x"), ("--classification", "hier"), ("--inconnu",)])
def test_wrong_usage_is_told(capsys, tmp_path, words):
    assert main(["simulate", "prefecture", str(tmp_path / "s"), *words]) == 2


def test_a_port_that_is_taken_is_told(capsys, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for kind in ("prefecture", "tresor"):
            assert main(["simulate", kind, str(tmp_path / kind), "--port", port]) == 1
            assert "megalis: port: ce port est déjà pris" in capsys.readouterr().err


def test_without_its_library_the_tresor_says_what_to_install(tmp_path):
    hidden = tmp_path / "cache"
    (hidden / "pyftpdlib").mkdir(parents=True)
    (hidden / "pyftpdlib" / "__init__.py").write_text("raise ImportError\n")
    command = [sys.executable, "-m", "megalis.portal.cli", "simulate", "tresor", str(tmp_path / "t")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=os.environ | {"PYTHONPATH": str(hidden)}
    )
    assert done.returncode == 1 and "l’extra « simulate »" in done.stderr


def test_the_bulletins_are_played_until_they_are_stopped_and_take_a_notice():
    command = [sys.executable, "-m", "megalis.portal.cli", "simulate", "notices", "--delay", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as played:
        told = dict(played.stdout.readline().split() for _rank in range(3))
        try:
            hub = Concentrateur(told["concentrateur"], told["cle"])
            assert hub.status("0f0f0f0f-0f0f-4aaa-8bbb-bbbbbbbbbbbb", "01") is None
            assert Ted(told["ted"], told["cle"]).status("0f0f0f0f-0f0f-4aaa-8bbb-bbbbbbbbbbbb", "01") is None
        finally:
            played.send_signal(signal.SIGTERM)  # a run in the background ignores SIGINT, and so do its children
        assert played.wait(120) == 0


@pytest.mark.parametrize("words", [("--delay", "-1"), ("--delay", "nan"), ("--ted", "70000")])
def test_a_delay_or_a_port_that_is_none_is_refused(words):
    assert main(["simulate", "notices", *words]) == 1
