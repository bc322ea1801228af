"""``make start`` as a newcomer meets it: the site made once, served, its accounts printed; stopped and started again."""

from contextlib import contextmanager
from megalis.portal.distributions.megalis import start
from tests.instances import BIN
from tests.instances import Instance

import os
import pytest
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    return Instance(tmp_path_factory.mktemp("start"))


@contextmanager
def started(instance):
    """Run the command until its last line; yield what it printed, then stop it as a script would."""
    environment = os.environ | {"PORT": str(instance.port), "DEMO": "0", "PYTHONUNBUFFERED": "1"}
    for name in ("MEGALIS_STARTED", "MEGALIS_URL", "MEGALIS_VAR", "MEGALIS_SECRETS"):
        environment.pop(name, None)
    command = subprocess.Popen(
        [sys.executable, "-m", start.__name__],
        cwd=instance.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    printed = []
    try:
        for line in command.stdout:
            printed.append(line)
            if "Ctrl-C" in line:
                break
        yield "".join(printed)
    finally:
        command.terminate()
        rest = command.communicate(timeout=60)[0]
    assert command.returncode == 0, "".join(printed) + rest


def signs_in(instance, login, password):
    """Tell whether these open the operator's pages."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    form = urllib.parse.urlencode({"__ac_name": login, "__ac_password": password}).encode()
    try:
        opener.open(f"{instance.url}/login", form, timeout=120).read()
        return "/login" not in opener.open(f"{instance.url}/exploitation", timeout=120).url
    except urllib.error.HTTPError as refusal:
        assert refusal.code == 403, refusal
        return False


def test_the_first_start_makes_the_site_and_the_second_finds_it(instance):
    if not (BIN / "buildout").exists():
        pytest.skip("programme absent : buildout")
    with started(instance) as printed:
        assert "Site créé" in printed and "Accueil : 200" in printed
        assert f"http://127.0.0.1:{instance.port}" in printed
        password = re.search(r"admin +(\S+)", printed)[1]
        assert signs_in(instance, "admin", password)
        assert not signs_in(instance, "admin", password + "x")
    with started(instance) as printed:
        assert "Site créé" not in printed and "Accueil : 200" in printed
        assert signs_in(instance, "admin", password)


CUTS = """
import os, socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    client, _ = server.accept()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
    client.close()
    time.sleep(0.5)
os._exit(1)
"""


def test_a_server_that_ends_while_it_answers_is_not_said_to_be_served():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", CUTS, str(port)])
    with pytest.raises(SystemExit, match="s’est arrêté avant de répondre"):
        start.wait(server, port)
