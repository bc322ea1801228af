"""What the benchmarks of the portal share: a server as buildout writes it, on a database of its own, and its clients."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.cookies import SimpleCookie
from pathlib import Path
from statistics import median
from time import perf_counter
from time import sleep
from urllib.parse import urlencode

import http.client
import os
import signal
import sys
import threading


sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.instances import CREATE
from tests.instances import Instance


PASSWORD = "phrase de passe longue 42 mer"


def make(folder, more="", demo=False):
    """Return an instance of the standalone profile in ``folder``, its site made: empty, or the demonstration."""
    instance = Instance(folder, more)
    instance.run(CREATE, demo=demo)
    return instance


def served(instance):
    """Serve the instance while the block runs; it ends as an init system would end it."""
    return instance.served(signal.SIGTERM)


def at_rest(server, limit=180):
    """Wait until the server has done what it does at its start: its processes take under a fifth of a processor."""
    for _ in range(limit // 3):
        before = ticks(server.pid)
        sleep(3)
        if ticks(server.pid) - before < 3 * os.sysconf("SC_CLK_TCK") / 5:
            return


def ticks(group):
    """Return the clock ticks that the processes of a group have taken."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                found += int(fields[11]) + int(fields[12])
    return found


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

    def sign_in(self, login, password=PASSWORD):
        form = urlencode({"__ac_name": login, "__ac_password": password})
        status, _data = self.request("POST", "/login", form, Content_Type="application/x-www-form-urlencoded")
        if status not in (200, 302) or not self.cookie:
            raise SystemExit(f"{login} cannot sign in: {status}")


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


class Tally:
    """What one side did over all turns; ``good`` is the status of an answer that counts."""

    def __init__(self, name, good):
        self.name = name
        self.good = good
        self.turns = []  # answers a second that count
        self.answers = []

    def add(self, seconds, answers):
        self.turns.append(sum(status == self.good for status, _seconds in answers) / seconds)
        self.answers += answers

    @property
    def statuses(self):
        return Counter(status for status, _seconds in self.answers)

    @property
    def broken(self):
        return sum(count for status, count in self.statuses.items() if status >= 500 or status == 0)

    @property
    def rate(self):
        """The median turn, in answers a second."""
        return median(self.turns)

    def line(self):
        times = sorted(seconds for _status, seconds in self.answers)
        p95 = times[int(len(times) * 0.95)]
        words = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return f"{self.name:36}{self.rate:9.1f}{median(times) * 1000:9.0f}{p95 * 1000:9.0f}   {words}"


HEAD = f"{'':36}{'/s':>9}{'p50 ms':>9}{'p95 ms':>9}   answers"


def ratio(ours, peer):
    """Return the median over the turns of our rate by the peer's of the same turn; 0 where the peer gave nothing."""
    return median(one / other if other else 0 for one, other in zip(ours.turns, peer.turns, strict=True))
