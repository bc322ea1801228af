"""Claim: the archive of a consultation of 2 GB leaves with flat memory, at once, and is whole.

One instance of the standalone profile, a database of its own, a dossier of 2 GB of random bytes. The archive is asked for and
made by the worker (every file read and hashed), then taken over HTTP. Peer in the same run: ``zip -0`` of the same files,
which reads them too and writes the archive to the disk. Usage: ``python benchmarks/dossier.py [MiB]``.
"""

from _instance import at_rest
from _instance import Client
from _instance import make
from _instance import served
from contextlib import suppress
from megalis.portal.ledger import dossier
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from time import sleep

import json
import re
import shutil
import subprocess
import sys


SCENE = Path(__file__).with_name("_registers_scene.py")
MIB = 1 << 20
MEMORY = 64  # MiB that may come on top while 2 GB go by
FIRST = 1.0  # second until the first byte


def memory(pid, name):
    """Return ``VmRSS`` or ``VmHWM`` of the largest process that ``pid`` leads, in MiB."""
    found = 0
    for one in group(pid):
        with suppress(OSError):
            found = max(found, int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{one}/status").read_text())[1]))
    return found / 1024


def group(pid):
    """Return the ids of the processes that ``pid`` leads; others come and go meanwhile."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[2]) == pid:
                found.append(int(path.parent.name))
    return found


def asked(client, address):
    """Ask for an archive and wait until it is ready; return its address and the seconds it took."""
    _status, page = client.request("GET", address)
    token = re.search(r'name="_authenticator"[^>]*value="([0-9a-f]+)"', page.decode())[1]
    started = perf_counter()
    status, _data = client.request(
        "POST", address, f"_authenticator={token}", Content_Type="application/x-www-form-urlencoded"
    )
    while perf_counter() - started < 300:
        _status, page = client.request("GET", address)
        found = re.search(r"@@dossier\.zip\?dossier=[0-9a-f]{32}", page.decode())
        if found:
            return found[0], perf_counter() - started
        sleep(0.5)
    raise SystemExit(f"no archive: {status}")


def taken(client, address, path, pid):
    """Take the archive; return ``(seconds to the first byte, seconds, highest memory seen)``."""
    client.connection.request("GET", address, headers={"Cookie": client.cookie})
    started = perf_counter()
    answer = client.connection.getresponse()
    first = None
    peak = looked = 0
    with path.open("wb") as out:
        while block := answer.read(4 * MIB):
            if first is None:
                first = perf_counter() - started
            out.write(block)
            if perf_counter() - looked > 0.25:
                looked = perf_counter()
                peak = max(peak, memory(pid, "VmRSS"))
    return first, perf_counter() - started, peak


def main(size):
    with TemporaryDirectory(prefix="megalis-bench-") as name:
        folder = Path(name)
        source = folder / "files"
        source.mkdir()
        instance = make(folder)
        (folder / "asked.json").write_text(json.dumps({"bytes": size * MIB, "folder": str(source)}))
        instance.run(SCENE, "files", folder)
        told = json.loads((folder / "scene.json").read_text())
        with served(instance) as server:
            at_rest(server)
            client = Client(instance.port)
            client.sign_in(told["login"])
            address = f"{told['consultation']}/@@dossier"
            client.request("GET", address)
            before = memory(server.pid, "VmRSS")
            link, prepared = asked(client, address)
            made = memory(server.pid, "VmHWM")
            path = folder / "dossier.zip"
            first, seconds, peak = taken(client, f"{told['consultation']}/{link}", path, server.pid)
        verdict = dossier.check(path)
        length = path.stat().st_size
        path.unlink()
        started = perf_counter()
        subprocess.run([shutil.which("zip"), "-q", "-0", "-r", folder / "peer.zip", source], check=True)
        peer = perf_counter() - started
    more = max(peak, made) - before
    rate = length / MIB / seconds
    print(f"archive of {length / MIB:.0f} MiB: made in {prepared:.1f} s, first byte after {first * 1000:.0f} ms")
    print(f"taken in {seconds:.1f} s ({rate:.0f} MiB/s); memory {before:.0f} MiB before, {more:+.0f} MiB at most")
    print(f"zip -0 of the same files: {peer:.1f} s ({size / peer:.0f} MiB/s); ratio {peer / seconds:.1f}")
    met = {"whole": verdict.valid, f"{MEMORY} MiB": more < MEMORY, f"{FIRST} s": first < FIRST}
    print(json.dumps(met))
    if not all(met.values()):
        raise SystemExit(f"claim not held {verdict.errors[:3]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
