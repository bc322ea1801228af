"""Claim: 16 depositors at once lose nothing, see no 5xx, and are served 15 times as fast as stock content is created.

The standalone profile as buildout writes it (FileStorage, 4 threads, our front, the worker as a thread), a database of
its own in a temporary folder. Each deposit is one ``@@depot-finaliser`` of a sealed 100 KB bid with its bytes in the same
request, by session cookie and CSRF token; bids are sealed beforehand. Peer in the same server and process, in turns with
ours: 16 clients that create a Document by plone.restapi. Everything acknowledged is read back from the database. The mails
of receipts are counted too: written with their deposits, sent between requests, so that neither side pays for them.

Run: ``python benchmarks/deposits.py [deposits a client]``.
"""

from _instance import Client
from _instance import HEAD
from _instance import make
from _instance import ratio
from _instance import served
from _instance import Tally
from _instance import together
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import http.client
import json
import sys


SCENE = Path(__file__).with_name("_deposits_scene.py")
CLIENTS = 16
ROUNDS = 3
STOCK_EACH = 4  # documents a client a round: the peer is slow
TARGET = 15


def multipart(demand, pli, ciphertext):
    """Return the body of a deposit and its content type."""
    mark = "limite-dbdf1c6c"
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="demande"\r\n\r\n{json.dumps(demand)}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="fin-{pli}"; filename="pli.age"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + ciphertext + f"\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


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
            yield timed(client, "POST", "/mesure", body, Content_Type="application/json", Accept="application/json")

    return work


def stage(folder, each):
    """Write the instance, create the site and its scene; return both."""
    instance = make(folder)
    (folder / "asked.json").write_text(json.dumps({"clients": CLIENTS, "each": each}))
    instance.run(SCENE, "prepare", folder)
    return instance, json.loads((folder / "scene.json").read_text())


def bidder(instance, consultation, row):
    """Return the signed-in client of a company, its sealed bids in its hands."""
    client = Client(instance.port)
    client.sign_in(row["login"])
    _status, data = client.request("GET", f"{consultation}/@@depot-parametres")
    client.token = json.loads(data)["authenticator"]
    client.acknowledged = []
    client.bids = [
        (bid["demand"]["depot"], *multipart(bid["demand"], bid["pli"], (instance.folder / bid["file"]).read_bytes()))
        for bid in row["bids"]
    ]
    return client


def measure(instance, scene, each):
    """Return the tallies (ours, stock) and the ids of the deposits acknowledged."""
    consultation = "/" + scene["consultation"].strip("/")
    ours, stock = Tally("deposits of 100 KB", 201), Tally("Documents by plone.restapi", 201)
    with served(instance):
        bidders = [bidder(instance, consultation, row) for row in scene["clients"]]
        writers = [Client(instance.port) for _client in bidders]
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
        instance, scene = stage(Path(name), each)
        ours, stock, acknowledged = measure(instance, scene, each)
        instance.run(SCENE, "count", instance.folder)
        kept = json.loads((instance.folder / "count.json").read_text())
    lost = acknowledged - set(kept["whole"])
    times = ratio(ours, stock)
    print(
        f"{CLIENTS} clients at once, {len(ours.answers)} deposits and {len(stock.answers)} documents in {ROUNDS} turns"
    )
    print(HEAD)
    print(ours.line())
    print(stock.line())
    print(f"ratio {times:.1f} (median of the turns), target {TARGET}; lost {len(lost)}, target 0")
    print(
        f"acknowledged {len(acknowledged)} (the warming up too), read back whole and proved {len(kept['whole'])}, "
        f"in the register {kept['register']}, in the journal {kept['events']}"
    )
    print(f"mails {kept['mails']}: {kept['sent']} sent at the end, the others wait for a moment without requests")
    if (
        lost
        or kept["mails"] < len(acknowledged)
        or ours.broken
        or ours.statuses[201] != len(ours.answers)
        or times < TARGET
    ):
        raise SystemExit("claim not held")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 31)
