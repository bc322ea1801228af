"""Memory stays flat: a bid of several hundred MiB is sealed and opened under 64 MiB, start of Python included."""

import os
import pytest
import subprocess
import sys


SIZE = 400 * 1024 * 1024
LIMIT = 64
RUN = "import sys; from megalis.portal.cli import main; sys.exit(main(sys.argv[1:]))"
LAUNCH = """
import os, resource, subprocess, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def peak(*words):
    """Run the command from a small process, so that its peak is not that of pytest; return MiB."""
    command = [sys.executable, "-S", "-c", LAUNCH, sys.executable, "-c", RUN, *map(os.fspath, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, kibibytes = done.stdout.splitlines()[-1].split()
    assert code == "0", done.stderr
    return int(kibibytes) / 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("memoire")
    with open(path / "gros.bin", "wb") as stream:
        stream.truncate(SIZE)
        stream.seek(SIZE // 2)
        stream.write(os.urandom(1 << 20))
    peak("keygen", "-o", path / "cle")
    key = (path / "cle").read_text().split("public key: ")[1].split()[0]
    (path / "cle.pub").write_text(key)
    yield path
    for entry in path.glob("*.*"):
        entry.unlink()


def test_a_pli_is_sealed_and_opened_in_flat_memory(folder):
    assert peak("seal", "-r", folder / "cle.pub", "-o", folder / "pli.age", folder / "gros.bin") < LIMIT
    assert peak("open", "-i", folder / "cle", "-d", folder / "out", folder / "pli.age") < LIMIT
    assert (folder / "out" / "gros.bin").stat().st_size == SIZE
    (folder / "out" / "gros.bin").unlink()
    (folder / "pli.age").unlink()


def same(one, two):
    with open(one, "rb") as left, open(two, "rb") as right:
        while block := left.read(1 << 20):
            if right.read(1 << 20) != block:
                return False
        return not right.read(1)


def test_a_plain_file_is_sealed_and_opened_in_flat_memory(folder):
    with open(folder / "moyen.bin", "wb") as stream:
        stream.truncate(2 * LIMIT * 1024 * 1024)
    for name, options in (("gros.bin", ()), ("moyen.bin", ("-a",))):
        source, sealed, opened = folder / name, folder / "a.age", folder / "a.out"
        assert peak("seal", "--raw", *options, "-r", folder / "cle.pub", "-o", sealed, source) < LIMIT
        assert peak("open", "--raw", "-i", folder / "cle", "-o", opened, sealed) < LIMIT
        assert same(source, opened)
        sealed.unlink()
        opened.unlink()
