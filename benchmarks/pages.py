"""Claim: every family of pages keeps its budget, and none takes longer than a folder that Plone itself lists.

The demonstration site on the standalone profile as buildout writes it. Each kind of person signs in and follows the links
of his pages from the home page on, as a reader would; addresses that differ by the name of a content only are one family
(``/collectivites/*/@@cles``), of which a few are read. Weight: the HTML of a page, 60 KB at most for a visitor, 90 KB for
who is signed in (the limits are the product's own). Time: the median of three visits to a family, beside the median of
Plone as shipped (see ``_stock.py``) listing a folder of the site in the same server, asked in turns with it.

Run: ``python benchmarks/pages.py [--keep FOLDER]``; a kept folder serves the next run.
"""

from _instance import at_rest
from _instance import Client
from _instance import make
from _instance import served
from argparse import ArgumentParser
from collections import defaultdict
from collections import deque
from html.parser import HTMLParser
from pathlib import Path
from search import STOCK
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import urljoin
from urllib.parse import urlsplit

import re
import sys


VISITOR, SIGNED_IN = 60 * 1024, 90 * 1024  # bytes of HTML
EACH = 2  # addresses of a family
VISITS = 3
PEER = "/collectivites"  # a folder as Plone lists it
MOST = 1000  # pages a person
LEAVES = re.compile(r"logout|deconnexion|se-deconnecter|@@download|\.(?:zip|pdf|csv|xlsx|json|xml|ics|age|txt|svg)$")
VIEW = re.compile(r"@@[\w.-]+|\+\+[\w+]+")
PLACES = frozenset(
    [
        "consultations",
        "actes",
        "marches",
        "forums",
        "espaces",
        "groupements",
        "collectivites",
        "entreprises",
        "actualites",
        "agenda",
        "formations",
        "aide",
        "documents",
        "exploitation",
        "espace-agent",
        "espace-entreprise",
        "infolettre",
        "chiffres-cles",
        "services",
    ]
)


class Links(HTMLParser):
    """The addresses a page leads to."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.extend(value for name, value in attrs if name == "href" and value)


def family(path):
    """Return the pattern of an address: names of content are stars."""
    parts = [part for part in path.split("/") if part]
    return "/" + "/".join(
        part if VIEW.fullmatch(part) or (rank == 0 and part in PLACES) else "*" for rank, part in enumerate(parts)
    )


def links(base, html, host):
    """Return the paths (with their queries) of a page's links that stay on the site."""
    parser = Links()
    parser.feed(html)
    for href in parser.found:
        url = urlsplit(urljoin(base, href))
        if url.netloc == host and not LEAVES.search(url.path):
            yield url.path or "/", url.query


def seen(client, path, **headers):
    """Return ``(status, body, seconds)`` of one visit."""
    started = perf_counter()
    status, data = client.request("GET", path, Accept="text/html", **headers)
    return status, data, perf_counter() - started


def crawl(client, origin):
    """Return family -> {address: bytes} of what one person reaches; an address that breaks is told at once."""
    host = urlsplit(origin).netloc
    waiting, known = deque([("/", "")]), {("/", "")}
    found = defaultdict(dict)
    while waiting and sum(map(len, found.values())) < MOST:
        path, query = waiting.popleft()
        name = family(path)
        if len(found[name]) >= EACH:
            continue
        address = f"{path}?{query}" if query else path
        status, data, _seconds = seen(client, address)
        if status >= 500:
            raise SystemExit(f"{status} {address}")
        html = data.decode("utf-8", "replace")
        if status != 200 or not html.lstrip()[:15].lower().startswith("<!doctype html"):
            continue
        found[name][address] = len(data)
        for link in links(urljoin(origin, path), html, host):
            if link not in known:
                known.add(link)
                waiting.append(link)
    return {name: addresses for name, addresses in found.items() if addresses}


def timed(client, reader, addresses):
    """Return the median seconds of a family, and of Plone's listing as ``reader`` gets it in turns with it."""
    ours, theirs = [], []
    for visit in range(VISITS):
        ours.append(seen(client, list(addresses)[visit % len(addresses)])[2])
        status, _data, seconds = seen(reader, PEER, X_Peer="stock")
        if status != 200:
            raise SystemExit(f"{status} de Plone tel quel")
        theirs.append(seconds)
    return median(ours), median(theirs)


def accounts(folder):
    """Return ``[(label, login, password)]`` of the demonstration."""
    text = (folder / "instance" / "var" / "comptes-demo.txt").read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()]


def people(instance, folder):
    """Yield ``(label, Client)``: a visitor, then each printed account but the technical one, signed in when its turn comes."""
    yield "Visiteur", Client(instance.port)
    for label, login, password in accounts(folder):
        if login != "admin":
            client = Client(instance.port)
            client.sign_in(login, password)
            yield label, client


def main(keep):
    with TemporaryDirectory(prefix="megalis-bench-") as name:
        folder = Path(keep or name).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        instance = make(folder, STOCK, demo=True)
        rows, heavy = [], []
        with served(instance) as server:
            Client(instance.port).request("GET", PEER, X_Peer="stock")
            at_rest(server)
            for label, client in people(instance, folder):
                budget = SIGNED_IN if client.cookie else VISITOR
                pages, reader = crawl(client, instance.url), Client(instance.port)
                for name, addresses in pages.items():
                    took, peer = timed(client, reader, addresses)
                    rows.append((took, peer, max(addresses.values()), label, name))
                    heavy += [(size, label, address) for address, size in addresses.items() if size > budget]
        return told(rows, heavy)


def told(rows, heavy):
    """Print what was measured; return the exit status."""
    slow = [row for row in rows if row[0] > row[1]]
    print(f"{len(rows)} families of pages for {len({row[3] for row in rows})} kinds of people")
    ours, peers = median(row[0] for row in rows), median(row[1] for row in rows)
    print(
        f"median {ours * 1000:.0f} ms; Plone's listing in turns with them {peers * 1000:.0f} ms: {peers / ours:.1f} times as fast"
    )
    sizes = sorted(row[2] for row in rows)
    print(f"HTML: median {median(sizes) / 1024:.0f} KB, heaviest {sizes[-1] / 1024:.0f} KB")
    for took, peer, size, label, name in sorted(rows, reverse=True)[:10]:
        print(f"  {took * 1000:6.0f} ms (Plone {peer * 1000:.0f})  {size / 1024:5.0f} KB  {label}: {name}")
    for size, label, address in sorted(heavy, reverse=True):
        print(f"  over its budget: {size / 1024:.0f} KB  {label}: {address}")
    print(f"slower than Plone's listing: {len(slow)}; over their weight: {len(heavy)}; target 0 and 0")
    if slow or heavy:
        print("claim not held")
        return 1
    return 0


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--keep")
    sys.exit(main(parser.parse_args().keep))
