"""Claim: sealing in the browser is at least 5 times `age-encryption` as shipped, its fallbacks never slower.

One Chromium, one page, one worker, one `File` of SIZE MiB, each engine in turns: the same work (age file for one hybrid
recipient) from memory, where only the engines differ, and from the disk, where Chromium's own reading of a File weighs
on both. Its ceiling is a row of its own: the same File read as fast as its stream gives it, with no cryptography at
all. Last the whole chain of a deposit (tar, SHA-256 of the plaintext and of each part), which has no peer.
Prints a table with ratios; exit status 1 when a target is missed.

    python benchmarks/sealing_browser.py [SIZE_MIB] [ROUNDS]
"""

from functools import partial
from http.server import SimpleHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from playwright.sync_api import sync_playwright

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading


FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
LABELS = {
    "typage": "age-encryption as shipped",
    "natif": "ours, native WebCrypto",
    "wasm": "ours, WebAssembly fallback",
    "script": "ours, pure JavaScript fallback",
    "chaine": "ours, whole chain of a deposit",
    "lecture": "Chromium's reading, no cryptography",
}
FROM_DISK_ONLY = {"chaine", "lecture"}
FALLBACKS = {"wasm": 1.1, "script": 1.1}
# From the disk, Chromium's own reading takes one of two cores from us and waits for the peer: told, not asked for.
TARGETS = {"memoire": {"natif": 5.0, **FALLBACKS}, "fichier": FALLBACKS}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Handler(SimpleHTTPRequestHandler):
    """Static files on loopback, with the content policy the portal serves."""

    def end_headers(self):
        policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'"
        self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def log_message(self, *args):
        """Silence: the table is the only output."""


def bundle(folder):
    """Build the measured worker with esbuild, minified as the portal's own."""
    subprocess.run([os.environ.get("NODE", "node"), "tests/bench/build.mjs", str(folder)], cwd=FRONTEND, check=True)
    (Path(folder) / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>mesure</title><input type="file" id="f">'
        '<script type="module" src="page.js"></script>',
        "utf-8",
    )


def main(size=256, rounds=3):
    """Run every engine `rounds` times on a file of `size` MiB and print best and median in MB/s."""
    folder = tempfile.mkdtemp(prefix="mesure-")
    server = None
    try:
        bundle(folder)
        source = Path(folder) / "source.bin"
        with source.open("wb") as out:
            for _ in range(size):
                out.write(os.urandom(1 << 20))
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
            )
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
            page.set_input_files("#f", str(source))
            page.wait_for_function("window.mesure !== undefined")
            native = page.evaluate("window.mesure('moteur')")
            runs = {}
            for _ in range(rounds):
                for place in ("memoire", "fichier"):
                    for name in LABELS:
                        if (name == "natif" and native != "natif") or (name in FROM_DISK_ONLY and place == "memoire"):
                            continue
                        rate = page.evaluate("name => window.mesure(name)", f"{place}/{name}")
                        runs.setdefault((place, name), []).append(rate)
            version = browser.version
            browser.close()
        print(f"Chromium {version}, {size} MiB, best (median) of {rounds}, in MB/s; engine chosen here: {native}")
        missed = False
        for place, title in (("memoire", "from memory"), ("fichier", "from a File on disk")):
            print(f"{title:36} {'best':>7} {'median':>8} {'ratio':>6} {'target':>7}")
            peer = max(runs[place, "typage"])
            for (where, name), values in runs.items():
                if where != place:
                    continue
                ratio = max(values) / peer
                target = TARGETS[place].get(name)
                missed |= target is not None and ratio < target
                wanted = f"{target:.1f}" if target else "-"
                best, median = max(values), statistics.median(values)
                print(f"  {LABELS[name]:34} {best:7.0f} {median:8.0f} {ratio:6.2f} {wanted:>7}")
        return 1 if missed else 0
    finally:
        if server:
            server.shutdown()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
