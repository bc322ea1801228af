"""Claim: sealing from Python, file to file, keeps up with the disk: 0.6 of `cp` or more, 1.3 of the `age` CLI, 64 MiB.

`cp` and `age` hash nothing: they are the peers of `seal --raw`, which does the work of `age`. A whole bid also computes
the SHA-256 of what it holds: its peer is `openssl dgst -sha256` followed by `age`, which it has to beat by as much.

Peers run in the same run, on the same file, in the same directory, taking turns: `cp`, `age` (Debian), `pyrage`. Every
command is a process of its own, started the same way, so that its peak memory is its own; the start of a process is
counted for all. Usage: `python benchmarks/sealing_python.py [--size 4GiB] [--rounds 5] [--dir /dev/shm]`.
"""

from argparse import ArgumentParser
from pathlib import Path

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time


UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
PYTHON = [sys.executable, "-c"]
OURS = "import sys; from megalis.portal.cli import main; sys.exit(main(sys.argv[1:]))"
PYRAGE = (
    "import sys, pyrage; pyrage.encrypt_file(sys.argv[2], sys.argv[3], [pyrage.x25519.Recipient.from_str(sys.argv[1])])"
)


def size_of(text):
    """Return the bytes of ``4GiB``, ``200M``, ``65536``."""
    match = re.fullmatch(r"(\d+)\s*([KMG]?)(?:i?B)?", text, re.IGNORECASE)
    if not match:
        raise SystemExit(f"taille illisible : {text}")
    return int(match[1]) * UNITS[match[2].upper()]


def available_memory():
    """Return the bytes the kernel says are available: a file in /dev/shm is memory."""
    found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text())
    return int(found[1]) * 1024 if found else 0


def make_file(path, size):
    """Write ``size`` random bytes."""
    block = os.urandom(1 << 24)
    with open(path, "wb") as stream:
        while size > 0:
            stream.write(block[: min(size, len(block))])
            size -= len(block)


def timed(command, output):
    """Run ``command``; return (seconds, peak RSS in MiB, CPU seconds); ``output`` is removed before and after."""
    shutil.rmtree(output, ignore_errors=True) if output.is_dir() else output.unlink(missing_ok=True)
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"échec ({child.returncode}) : {command[:6]}")
    shutil.rmtree(output) if output.is_dir() else output.unlink()
    return seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def contenders(folder, source):
    """Return {name: (command, output)}; keys and files to open are made here, once."""
    ours = [*PYTHON, OURS]
    keys = []
    for name, option in (("a", []), ("b", []), ("c", []), ("x", ["--x25519"])):
        command = [*ours, "keygen", "-o", folder / name, *option]
        keys.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    three = [word for key in keys[:3] for word in ("-r", key)]
    out, pli, plain = folder / "out", folder / "pli.age", folder / "plain.age"
    subprocess.run([*ours, "seal", *three, "-o", pli, source], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*ours, "seal", "--raw", "-r", keys[3], "-o", plain, source], check=True, stdout=subprocess.DEVNULL)
    found = {
        "cp": (["cp", source, out], out),
        "megalis seal --raw": ([*ours, "seal", "--raw", "-r", keys[0], "-o", out, source], out),
        "megalis seal (pli, 3 clés, SHA-256)": ([*ours, "seal", *three, "-o", out, source], out),
        "megalis open --raw": ([*ours, "open", "--raw", "-i", folder / "x", "-o", out, plain], out),
        "megalis open (pli)": ([*ours, "open", "-i", folder / "b", "-d", out, pli], out),
    }
    if shutil.which("age"):
        found["age -r"] = (["age", "-r", keys[3], "-o", out, source], out)
        both = f'openssl dgst -sha256 "{source}" >/dev/null && exec age -r {keys[3]} -o "{out}" "{source}"'
        found["openssl sha256, age -r"] = (["sh", "-c", both], out)
        found["age -d"] = (["age", "-d", "-i", folder / "x", "-o", out, plain], out)
    if not subprocess.run([*PYTHON, "import pyrage"], capture_output=True).returncode:
        found["pyrage"] = ([*PYTHON, PYRAGE, keys[3], source, out], out)
    return found


def measure(found, rounds):
    """Return {name: (best seconds, peak MiB, least CPU seconds)}; the contenders take turns so that noise is shared."""
    best = {}
    for _ in range(rounds):
        for name, (command, output) in found.items():
            seconds, peak, cpu = timed([os.fspath(word) for word in command], output)
            old = best.get(name, (seconds, peak, cpu))
            best[name] = (min(old[0], seconds), max(old[1], peak), min(old[2], cpu))
    return best


def table(best, size):
    """Return the lines of the ratio table (Markdown)."""
    reference = best["cp"][0]
    lines = ["| commande | Mo/s | part de cp | fois age -r | RSS Mio | CPU s |", "|---|---:|---:|---:|---:|---:|"]
    for name, (seconds, peak, cpu) in best.items():
        age = f"{best['age -r'][0] / seconds:.2f}" if "age -r" in best else "-"
        lines.append(
            f"| {name} | {size / seconds / 1e6:.0f} | {reference / seconds:.2f} | {age} | {peak:.0f} | {cpu:.2f} |"
        )
    return lines


def main():
    """Print the table; exit 1 when a target is missed."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1GiB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", help="dossier de travail (par défaut /dev/shm s’il a la place)")
    args = parser.parse_args()
    size = size_of(args.size)
    shm = Path("/dev/shm")
    roomy = shm.is_dir() and min(shutil.disk_usage(shm).free, available_memory()) > 8 * size
    with tempfile.TemporaryDirectory(dir=args.dir or (shm if roomy else None)) as name:
        folder = Path(name)
        source = folder / "source.bin"
        make_file(source, size)
        best = measure(contenders(folder, source), args.rounds)
    print(
        f"{args.size} dans {Path(name).parent}, {os.cpu_count()} cœurs, Python {platform.python_version()}, "
        f"meilleur de {args.rounds} tours, charge {os.getloadavg()[0]:.1f}"
    )
    print("\n".join(table(best, size)))
    raw, bid = (best[name][0] for name in ("megalis seal --raw", "megalis seal (pli, 3 clés, SHA-256)"))
    met = {
        "0.6 de cp": best["cp"][0] / raw >= 0.6,
        "64 Mio": all(peak < 64 for key, (_, peak, _) in best.items() if key.startswith("megalis")),
    }
    if "age -r" in best:
        met["1.3 de age"] = best["age -r"][0] / raw >= 1.3
        met["pli : 1.3 de openssl sha256 puis age"] = best["openssl sha256, age -r"][0] / bid >= 1.3
    print(json.dumps({"objectifs": met}, ensure_ascii=False))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
