"""A bench for hostile files: sealed once, spoilt in each test, and what is refused leaves nothing."""

from megalis.portal import cli
from megalis.portal import sealing
from megalis.portal.formats import jcs
from megalis.portal.sealing import keys
from megalis.portal.sealing.header import parse_header

import io
import os
import pytest
import subprocess
import sys


MODULE = [sys.executable, "-m", "megalis.portal.cli"]
PAYLOAD = os.urandom(3 * 65536 + 1000)


class Bench:
    """A folder with a key, a pli bound to a context, and a way to see that a refusal changed nothing in it."""

    def __init__(self, folder):
        self.folder = folder
        self.pair = keys.generate()
        self.other = keys.generate()
        for name, pair in (("cle", self.pair), ("autre", self.other)):
            (folder / name).write_text(pair.identity_file())
        (folder / "offre é.pdf").write_bytes(PAYLOAD)
        self.context = {
            "v": 1,
            "profil": "megalis",
            "acheteur": "22350001800013",
            "consultation": "0f" * 16,
            "version_dce": "ab" * 32,
            "lot": "1",
            "enveloppe": "offre",
            "deposant": "cd" * 32,
            "depot": "1e" * 16,
            "recipients": [self.pair.fingerprint, self.other.fingerprint],
            "echeance": "2026-03-16T11:00:00Z",
        }
        (folder / "ctx.json").write_bytes(jcs.dumps(self.context))
        recipients = [self.pair.recipient, self.other.recipient]
        sealing.seal([folder / "offre é.pdf"], recipients, sealing.Context.from_dict(self.context), folder / "pli.age")
        self.pli = (folder / "pli.age").read_bytes()
        self.header = parse_header(self.pli)

    def run(self, *words):
        """Run in the folder; return (exit code, stdout, stderr)."""
        out, err = io.StringIO(), io.StringIO()
        before, sys.stdout, sys.stderr = (os.getcwd(), sys.stdout, sys.stderr), out, err
        os.chdir(self.folder)
        try:
            code = cli.main([str(word) for word in words])
        finally:
            os.chdir(before[0])
            sys.stdout, sys.stderr = before[1:]
        return code, out.getvalue(), err.getvalue()

    def tree(self):
        return {
            path.relative_to(self.folder): path.read_bytes() if path.is_file() else None
            for path in self.folder.rglob("*")
        }

    def refused(self, *words):
        """Assert the whole contract of a refusal; return its code word."""
        before = self.tree()
        code, out, err = self.run(*words)
        assert (code, out) == (1, ""), (code, out, err)
        assert err.startswith("megalis: ") and err.endswith("\n") and err.count("\n") == 1, err
        assert self.tree() == before
        word = err.split(": ")[1]
        assert word != "interne", err
        return word


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("banc"))


def refused_outside(self, *words):
    """As ``refused``, in a process of its own that must end by itself."""
    before = set(os.listdir(self.folder))
    done = subprocess.run([*MODULE, *words], cwd=self.folder, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("megalis: "), done.stderr
    assert set(os.listdir(self.folder)) == before
    return done.stderr.split(": ")[1]


Bench.refused_outside = refused_outside
