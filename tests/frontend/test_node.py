"""The front end's own tests (node's runner) and its build, so that one pytest run covers them."""

from tests.frontend.conftest import FRONTEND

import json
import pytest
import subprocess


SUITES = sorted(path.name.split(".")[0] for path in FRONTEND.glob("tests/*.test.mjs"))


@pytest.mark.parametrize("suite", SUITES)
def test_own_tests(node, frontend, suite):
    run = subprocess.run(
        [node, "--test", "--test-reporter=spec", f"tests/{suite}.test.mjs"],
        cwd=frontend,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "fail 0" in run.stdout


def test_build_has_every_page_with_integrity(node, frontend, tmp_path):
    run = subprocess.run(
        [node, "build.mjs", "--out", str(tmp_path / "built")], cwd=frontend, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    manifest = json.loads((tmp_path / "built" / "manifest.json").read_text())
    for name in ("portail", "depot", "cles", "ouverture", "verifier", "scelleur"):
        entry = manifest[name]
        assert (tmp_path / "built" / entry["file"]).stat().st_size == entry["bytes"]
        assert entry["sri"].startswith("sha384-")
    assert manifest["portail"]["bytes"] < 6 * 1024


def test_lockfile_names_no_registry(frontend):
    assert '"resolved"' not in (frontend / "package-lock.json").read_text()
