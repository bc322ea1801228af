"""Claim: 16 depositors at once lose nothing, see no 5xx, and are served 15 times as fast as stock content is created.

The standalone profile as buildout writes it (FileStorage, 4 threads, our front, the worker as a thread), a database of
its own in a temporary folder. Each deposit is one ``@@depot-finaliser`` of a sealed 100 KB bid with its bytes in the same
request, by session cookie and CSRF token; bids are sealed beforehand. Peer in the same server and process, in turns with
ours: 16 clients that create a Document by plone.restapi. Everything acknowledged is read back from the database.

Run: ``python benchmarks/deposits.py [deposits a client]``.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from time import sleep
from urllib.parse import urlencode

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading


ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SCENE = Path(__file__).with_name("_deposits_scene.py")
CREATE = ROOT / "src/megalis.portal/megalis/portal/distributions/megalis/create.py"
CLIENTS = 16
ROUNDS = 3
STOCK_EACH = 4  # documents a client a round: the peer is slow
PASSWORD = "phrase de passe longue 42 mer"
TARGET = 15

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


def run(folder, *words):
    """Run ``bin/instance run`` on a script of this repository."""
    environment = os.environ | {"DEMO": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [folder / "bin/instance", "run", *map(str, words)], env=environment, cwd=folder, capture_output=True
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode()[-3000:])


@contextmanager
def served(folder, port):
    """Serve the instance while the block runs."""
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [folder / "bin/instance", "console"], cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait(server, port)
            yield server
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def wait(server, port):
    while server.poll() is None:
        try:
            return Client(port).request("GET", "/")
        except OSError:
            sleep(0.3)
    raise SystemExit("the server ended before it answered")


class Client:
    """One person with his own connection and session."""

    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.cookie = ""

    def request(self, method, path, body=None, **headers):
        """Return ``(status, body)``; a connection that breaks is not tried again."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            headers["Cookie"] = self.cookie
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        for line in answer.headers.get_all("Set-Cookie", ()):
            for morsel in SimpleCookie(line).values():
                if morsel.key == "__ac":
                    self.cookie = f"__ac={morsel.coded_value}"
        return answer.status, data

    def sign_in(self, login):
        form = urlencode({"__ac_name": login, "__ac_password": PASSWORD})
        status, _data = self.request("POST", "/login", form, Content_Type="application/x-www-form-urlencoded")
        if status not in (200, 302) or not self.cookie:
            raise SystemExit(f"{login} cannot sign in: {status}")


def multipart(demand, pli, ciphertext):
    """Return the body of a deposit and its content type."""
    mark = "limite-dbdf1c6c"
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="demande"\r\n\r\n{json.dumps(demand)}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="fin-{pli}"; filename="pli.age"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + ciphertext + f"\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def together(clients, work):
    """Let every client do its work at the same moment; return ``(seconds, [(status, seconds) of each request])``."""
    gate = threading.Barrier(len(clients) + 1)

    def one(client):
        gate.wait()
        return list(work(client))

    with ThreadPoolExecutor(len(clients)) as pool:
        running = [pool.submit(one, client) for client in clients]
        gate.wait()
        started = perf_counter()
        answers = [answer for future in running for answer in future.result()]
        return perf_counter() - started, answers


def timed(client, *words, **headers):
    started = perf_counter()
    try:
        status, _data = client.request(*words, **headers)
    except (OSError, http.client.HTTPException):
        status = 0
    return status, perf_counter() - started


def deposits_of(consultation, number):
    """Return the work of a depositor: his next ``number`` bids."""

    def work(client):
        for _ in range(number):
            deposit, body, kind = client.bids.pop()
            status, seconds = timed(
                client, "POST", f"{consultation}/@@depot-finaliser", body, Content_Type=kind, X_CSRF_TOKEN=client.token
            )
            if status == 201:
                client.acknowledged.append(deposit)
            yield status, seconds

    return work


def documents_of(number):
    """Return the work of a client of plone.restapi: ``number`` documents."""

    def work(client):
        for rank in range(number):
            body = json.dumps({"@type": "Document", "title": f"Page {rank} {client.cookie[-8:]}"})
            yield timed(client, "POST", "/pages", body, Content_Type="application/json", Accept="application/json")

    return work


class Tally:
    """What one side did over all rounds."""

    def __init__(self, name):
        self.name = name
        self.seconds = 0
        self.answers = []
        self.good = 0

    def add(self, seconds, answers):
        self.seconds += seconds
        self.answers += answers

    @property
    def statuses(self):
        return Counter(status for status, _seconds in self.answers)

    @property
    def broken(self):
        return sum(count for status, count in self.statuses.items() if status >= 500 or status == 0)

    @property
    def rate(self):
        return self.statuses[201] / self.seconds

    def line(self):
        times = sorted(seconds for _status, seconds in self.answers)
        p95 = times[int(len(times) * 0.95)]
        words = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return f"{self.name:34}{self.rate:9.1f}{median(times) * 1000:9.0f}{p95 * 1000:9.0f}   {words}"


def make(folder, port, each):
    """Write the instance, create the site and its scene; return the scene."""
    (folder / "buildout.cfg").write_text(BUILDOUT.format(root=ROOT, folder=folder, port=port))
    subprocess.run([BIN / "buildout", "-N", "-o", "-qq", "-c", folder / "buildout.cfg"], check=True)
    run(folder, CREATE)
    (folder / "asked.json").write_text(json.dumps({"clients": CLIENTS, "each": each}))
    run(folder, SCENE, "prepare", folder)
    return json.loads((folder / "scene.json").read_text())


def bidder(folder, port, consultation, row):
    """Return the signed-in client of a company, its sealed bids in its hands."""
    client = Client(port)
    client.sign_in(row["login"])
    _status, data = client.request("GET", f"{consultation}/@@depot-parametres")
    client.token = json.loads(data)["authenticator"]
    client.acknowledged = []
    client.bids = [
        (bid["demand"]["depot"], *multipart(bid["demand"], bid["pli"], (folder / bid["file"]).read_bytes()))
        for bid in row["bids"]
    ]
    return client


def measure(folder, port, scene, each):
    """Return the tallies (ours, stock) and the ids of the deposits acknowledged."""
    consultation = "/" + scene["consultation"].strip("/")
    ours, stock = Tally("deposits of 100 KB"), Tally("Documents by plone.restapi")
    with served(folder, port):
        bidders = [bidder(folder, port, consultation, row) for row in scene["clients"]]
        writers = [Client(port) for _client in bidders]
        for writer in writers:
            writer.sign_in("redaction")
        together(writers, documents_of(1))
        together(bidders, deposits_of(consultation, 1))
        for _round in range(ROUNDS):
            stock.add(*together(writers, documents_of(STOCK_EACH)))
            ours.add(*together(bidders, deposits_of(consultation, (each - 1) // ROUNDS)))
    return ours, stock, {deposit for client in bidders for deposit in client.acknowledged}


def main(each):
    with TemporaryDirectory(prefix="megalis-bench-") as name:
        folder, port = Path(name), free_port()
        scene = make(folder, port, each)
        ours, stock, acknowledged = measure(folder, port, scene, each)
        run(folder, SCENE, "count", folder)
        kept = json.loads((folder / "count.json").read_text())
    lost = acknowledged - set(kept["whole"])
    print(
        f"{CLIENTS} clients at once, {len(ours.answers)} deposits and {len(stock.answers)} documents in {ROUNDS} turns"
    )
    print(f"{'':34}{'/s':>9}{'p50 ms':>9}{'p95 ms':>9}   answers")
    print(ours.line())
    print(stock.line())
    print(f"ratio {ours.rate / stock.rate:.1f}")
    print(
        f"acknowledged {len(acknowledged)} (the warming up too), read back whole and proved {len(kept['whole'])}, lost {len(lost)};"
    )
    print(f"in the register {kept['register']}, in the journal {kept['events']}")
    if lost or ours.broken or ours.statuses[201] != len(ours.answers) or ours.rate < TARGET * stock.rate:
        raise SystemExit("claim not held")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 31)
