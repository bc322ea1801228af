"""``make start``: has the site made the first time, serves it, and says where it is and who can sign in.

The server is a child in a session of its own, so that Ctrl-C reaches it once, through us, and lets it close its database.
"""

from megalis.portal.distributions.megalis import accounts
from megalis.portal.distributions.megalis import simulators
from megalis.portal.distributions.megalis.progress import Progress
from pathlib import Path

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time


INSTANCE = Path("bin", "instance")
MARK = "site.json"
PREFIX = (
    "ocds-demo00"  # of a demonstration, which nobody registered: its OCDS packages show what those of an operator are
)
GONE = 5  # seconds a server that ends takes to be gone
PATIENCE = 900  # seconds for the first page: the first time, the server makes the site before it answers


def free(port):
    """Return whether ``port`` can be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def chosen_port(text):
    """Return the port number ``text`` names; SystemExit in plain words when it is none or taken."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SystemExit(f"PORT={text} n’est pas un numéro de port (1 à 65535).")
    port = int(text)
    if not free(port):
        raise SystemExit(
            f"Le port {port} est déjà pris sur cette machine. Choisissez-en un autre : make start PORT={port + 1}"
        )
    return port


def first_page(port):
    """Return the status of the home page, once the server has answered (its socket waits while it loads)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/", headers={"Accept": "text/html", "Accept-Language": "fr"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def wait(server, port):
    """Return the status of the first page; SystemExit when the server ends before it answers."""
    while True:
        try:
            return first_page(port)
        except ConnectionRefusedError:
            try:
                server.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        except OSError as error:
            # a server that ends cuts its answer a moment before it is gone
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(GONE)
            if server.returncode is None:
                return f"sans réponse ({error})"
        raise SystemExit(
            "Le serveur s’est arrêté avant de répondre ; voir instance/var/log/instance.log. Un site dont la création a été"
            " interrompue n’a rien laissé dans la base : relancez la commande."
        )


def prepare():
    """Return the folder of the data, made and told to what runs in the instance.

    Buildout makes it once; someone who starts afresh by moving it away should not have to run it again.
    """
    var = Path("instance", "var").absolute()
    os.environ.setdefault("MEGALIS_VAR", str(var))
    for name in ("blobstorage", "cache", "filestorage", "instance", "log"):
        (var / name).mkdir(parents=True, exist_ok=True)
    return var


def main():
    """Serve the site until SIGINT or SIGTERM; return the exit status."""
    os.environ.setdefault("MEGALIS_STARTED", str(time.time()))
    progress = Progress()
    port = chosen_port(os.environ.get("PORT", "8080"))
    os.environ.setdefault("MEGALIS_URL", f"http://127.0.0.1:{port}")
    var = prepare()
    environment = os.environ | {"MEGALIS_PORT": str(port)}
    if os.environ.get("DEMO", "1") != "0":
        environment.setdefault("MEGALIS_OCDS_PREFIX", PREFIX)
    first = not (var / MARK).is_file()
    if first:
        environment["MEGALIS_CREATE"] = "1"
    progress("Démarrage du serveur" + (", qui va créer le site" if first else ""))
    with simulators.running(environment, var):
        server = subprocess.Popen(  # noqa: S603
            [INSTANCE, "console"], env=environment, start_new_session=True, stdout=subprocess.DEVNULL
        )

        def stop(*_):
            # not SIGINT: a command started in the background of a script passes it on ignored
            server.terminate()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        status = wait(server, port)
        progress(f"Accueil : {status}")
        print(f"\n  Le portail est servi à l’adresse {os.environ['MEGALIS_URL']}\n")
        for line in accounts.table():
            print(f"  {line}")
        for line in accounts.demonstration_keys():
            print(f"  {line}")
        print("\n  Ctrl-C l’arrête.", flush=True)
        code = server.wait()
    progress("Arrêté")
    return 0 if code in (0, -signal.SIGTERM) else code


if __name__ == "__main__":
    sys.exit(main())
