"""The age test kit of C2SP (CCTV): the same files accepted and refused as every other age implementation."""

from megalis.portal.sealing import age
from megalis.portal.sealing import errors
from megalis.portal.sealing import keys
from megalis.portal.sealing.identities import ScryptIdentity
from pathlib import Path

import base64
import hashlib
import io
import json
import pytest
import shutil
import subprocess
import zlib


NPM = Path(__file__).parents[2] / "frontend" / "node_modules" / "cctv-age" / "index.js"
EXPECTED = [
    (errors.MacError, "HMAC failure"),
    (errors.HeaderError, "header failure"),
    (errors.ArmorError, "armor failure"),
    (errors.NoMatchError, "no match"),
    (errors.PassphraseError, "no match"),
    (errors.PayloadError, "payload failure"),
]


def verdict(raw):
    """Return (expected, got) of one test file: the outcome class, and the hash of what was released on success."""
    head, _, body = raw.partition(b"\n\n")
    fields = [line.split(": ", 1) for line in head.decode("utf-8").splitlines()]
    facts = dict(fields)
    if facts.get("compressed") == "zlib":
        body = zlib.decompress(body)
    identities = [keys.parse_identity(value) for key, value in fields if key == "identity"]
    identities += [ScryptIdentity(value) for key, value in fields if key == "passphrase"]
    out = io.BytesIO()
    try:
        age.decrypt(io.BytesIO(body), out, identities)
    except errors.SealingError as error:
        got = next(name for kind, name in EXPECTED if isinstance(error, kind))
        return facts["expect"], got
    return f"success {facts.get('payload')}", f"success {hashlib.sha256(out.getvalue()).hexdigest()}"


def test_every_file_of_the_reference_kit(referentiels):
    files = sorted(path for path in referentiels("age-testkit").iterdir() if path.is_file())
    assert len(files) >= 90
    different = {path.name: verdict(path.read_bytes()) for path in files}
    assert {name: pair for name, pair in different.items() if pair[0] != pair[1]} == {}


def test_every_file_of_the_npm_kit():
    node = shutil.which("node")
    if not node or not NPM.exists():
        pytest.skip("cctv-age absent from frontend/node_modules (npm ci), or node absent")
    script = (
        f"import * as kit from {json.dumps(NPM.as_uri())}; const out = {{}};"
        "for (const [name, data] of Object.entries(kit)) out[name] = Buffer.from(data).toString('base64');"
        "process.stdout.write(JSON.stringify(out))"
    )
    run = subprocess.run([node, "--input-type=module", "-e", script], check=True, capture_output=True)
    vectors = {name: base64.b64decode(text) for name, text in json.loads(run.stdout).items()}
    assert len(vectors) >= 140
    verdicts = {name: verdict(data) for name, data in vectors.items()}
    assert {name: pair for name, pair in verdicts.items() if pair[0] != pair[1]} == {}
