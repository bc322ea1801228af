"""The engine in a real Chromium, where memory is collected whenever the browser likes."""

from functools import partial
from http.server import SimpleHTTPRequestHandler
from http.server import ThreadingHTTPServer

import pytest
import subprocess
import threading


#: Seconds after which a seal counts as hung; it takes one or two.
PATIENCE = 300


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Nothing is said of what is served."""


@pytest.fixture
def measured(node, frontend, launch, tmp_path):
    """Return the measured page (frontend/tests/bench) in a Chromium whose collector can be called, a file chosen."""
    served = tmp_path / "served"
    subprocess.run([node, "tests/bench/build.mjs", str(served)], cwd=frontend, check=True)
    (served / "index.html").write_text(
        '<!doctype html><title>mesure</title><input type="file" id="f"><script type="module" src="page.js"></script>',
        "utf-8",
    )
    chosen = tmp_path / "plans.zip"
    chosen.write_bytes(bytes(48 << 20))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browser = launch("--js-flags=--expose-gc")
    try:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        page.set_input_files("#f", str(chosen))
        page.wait_for_function("window.mesure !== undefined")
        yield page
    finally:
        browser.close()
        server.shutdown()


@pytest.mark.parametrize("way", ["fichier/chaine", "fichier/wasm"])
def test_a_seal_ends_however_often_memory_is_collected(measured, way):
    measured.workers[0].evaluate("() => { setInterval(() => gc(), 1); }")
    rate = measured.evaluate(
        """([way, patience]) => Promise.race([
            window.mesure(way), new Promise((done) => { setTimeout(() => done(null), patience * 1000); })])""",
        [way, PATIENCE],
    )
    assert rate, "the seal never ended"
