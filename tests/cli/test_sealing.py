"""The command's contract: options in any order, 0 done, 1 refused with one line and nothing written, 2 usage."""

from megalis.portal import cli
from megalis.portal.formats import jcs
from megalis.portal.sealing import files
from megalis.portal.sealing import keys
from megalis.portal.sealing import relays
from megalis.portal.sealing.header import parse_header

import hashlib
import io
import json
import os
import pytest
import subprocess
import sys
import time


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty directory with two keys (hybrid a, classical b) and two documents."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MEGALIS_PASSPHRASE", raising=False)
    monkeypatch.setenv("MEGALIS_WORK_FACTOR", "10")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (tmp_path / "DPGF.xlsx").write_bytes(b"42" * 50_000)
    (tmp_path / "Mémoire été.pdf").write_bytes(b"%PDF-" + bytes(1000))
    return tmp_path


@pytest.fixture
def run(here, capsys):
    """Return a function: words -> (code, stdout, stderr)."""

    def call(*words):
        code = cli.main([os.fspath(word) for word in words])
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


@pytest.fixture
def recipients(run):
    """The recipients of keys a (hybrid) and b (X25519), made by keygen."""
    found = {}
    for name, options in (("a", []), ("b", ["--x25519"])):
        code, out, err = run("keygen", "-o", name, *options)
        assert (code, err) == (0, "")
        found[name] = out.strip()
    return found


def context_of(*recipients, **changes):
    value = {
        "v": 1,
        "profil": "megalis",
        "acheteur": "22350001800013",
        "consultation": "0f" * 16,
        "version_dce": "ab" * 32,
        "lot": None,
        "enveloppe": "offre",
        "deposant": "cd" * 32,
        "depot": "1e" * 16,
        "recipients": [keys.fingerprint(recipient) for recipient in recipients],
        "echeance": "2026-03-16T11:00:00Z",
    }
    return jcs.dumps(value | changes)


def refused(result, code):
    """Assert that a run was refused with one line that bears ``code``."""
    status, out, err = result
    assert status == 1
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(f"megalis: {code}: ")
    assert "Traceback" not in err


def test_keygen_prints_the_recipient_and_keeps_the_key_private(run, here, recipients):
    assert recipients["a"].startswith("age1pq1")
    assert recipients["b"].startswith("age1")
    assert "AGE-SECRET-KEY-PQ-1" in (here / "a").read_text()
    assert (here / "a").stat().st_mode & 0o077 == 0
    refused(run("keygen", "-o", "a"), "existe")
    code, out, err = run("keygen", "--x25519")
    assert code == 0
    assert "AGE-SECRET-KEY-1" in out
    assert "AGE-SECRET-KEY" not in err
    assert run("keygen", "surplus")[0] == 2


def test_seal_and_open(run, here, recipients):
    documents = ["DPGF.xlsx", "Mémoire été.pdf"]
    code, out, err = run("seal", "-r", recipients["a"], "-r", recipients["b"], "-o", "pli.age", *documents)
    assert (code, err) == (0, "")
    for name in documents:
        assert f"{hashlib.sha256((here / name).read_bytes()).hexdigest()}  {name}" in out
    for key in ("a", "b"):
        code, out, err = run("open", "-i", key, "-d", f"sortie-{key}", "pli.age")
        assert (code, err) == (0, "")
        assert sorted(os.listdir(f"sortie-{key}")) == sorted(documents)
        for name in documents:
            assert (here / f"sortie-{key}" / name).read_bytes() == (here / name).read_bytes()


@pytest.mark.parametrize(
    "order",
    [
        ["-r", "A", "B", "-o", "O", "DPGF.xlsx", "Mémoire été.pdf"],
        ["DPGF.xlsx", "Mémoire été.pdf", "-o", "O", "-r", "A", "-r", "B"],
        ["DPGF.xlsx", "-o", "O", "Mémoire été.pdf", "-r", "A", "B"],
        ["-o", "O", "-r", "A", "B", "DPGF.xlsx", "Mémoire été.pdf"],
        ["-r", "A", "-o", "O", "DPGF.xlsx", "-r", "B", "Mémoire été.pdf"],
        ["-r", "A", "B", "-o", "O", "--", "DPGF.xlsx", "Mémoire été.pdf"],
        ["-rA", "-r", "B", "-oO", "DPGF.xlsx", "Mémoire été.pdf"],
    ],
)
def test_options_stand_anywhere(order, run, here, recipients):
    words = [word.replace("-rA", f"-r{recipients['a']}").replace("-oO", "-opli.age") for word in order]
    words = [{"A": recipients["a"], "B": recipients["b"], "O": "pli.age"}.get(word, word) for word in words]
    code, _, err = run("seal", *words)
    assert (code, err) == (0, "")
    assert run("open", "pli.age", "-d", "out", "-i", "b")[0] == 0
    assert sorted(os.listdir("out")) == ["DPGF.xlsx", "Mémoire été.pdf"]


def test_context(run, here, recipients):
    both = recipients["a"], recipients["b"]
    (here / "ctx.json").write_bytes(context_of(*both))
    (here / "spaced.json").write_text(json.dumps(json.loads(context_of(*both)), indent=2))
    (here / "lot.json").write_bytes(context_of(*both, lot="2"))
    assert run("seal", "-r", both[1], "-r", both[0], "--context", "spaced.json", "-o", "p.age", "DPGF.xlsx")[0] == 0
    assert run("open", "-i", "a", "--context", "ctx.json", "-d", "d1", "p.age")[0] == 0
    assert run("open", "-i", "b", "-d", "d2", "p.age")[0] == 0
    refused(run("open", "-i", "a", "--context", "lot.json", "-d", "d3", "p.age"), "contexte")
    assert run("seal", "-r", both[0], "-o", "libre.age", "DPGF.xlsx")[0] == 0
    refused(run("open", "-i", "a", "--context", "ctx.json", "-d", "d3", "libre.age"), "contexte")
    refused(run("seal", "-r", both[0], "--context", "ctx.json", "-o", "q.age", "DPGF.xlsx"), "contexte")
    refused(run("seal", "-r", both[0], "--context", "DPGF.xlsx", "-o", "q.age", "DPGF.xlsx"), "contexte")
    refused(run("seal", "-r", both[0], "--context", "absent", "-o", "q.age", "DPGF.xlsx"), "fichier")
    assert not (here / "d3").exists()
    assert not (here / "q.age").exists()


def test_raw_both_ways_and_with_passphrase(run, here, recipients, monkeypatch):
    assert run("seal", "--raw", "-r", recipients["b"], "-o", "r.age", "DPGF.xlsx")[0] == 0
    assert run("open", "--raw", "-i", "b", "-o", "r.out", "r.age")[0] == 0
    assert (here / "r.out").read_bytes() == (here / "DPGF.xlsx").read_bytes()
    refused(run("open", "-i", "b", "-d", "d", "r.age"), "manifeste")
    refused(run("open", "--raw", "-i", "a", "-o", "r2.out", "r.age"), "cle")
    refused(run("open", "--raw", "-i", "b", "-o", "r.out", "r.age"), "existe")
    monkeypatch.setenv("MEGALIS_PASSPHRASE", "cheval agrafe")
    assert run("seal", "--raw", "-p", "-a", "-o", "p.age", "DPGF.xlsx")[0] == 0
    assert run("open", "--raw", "-p", "p.age", "-o", "p.out")[0] == 0
    assert (here / "p.out").read_bytes() == (here / "DPGF.xlsx").read_bytes()
    assert run("keygen", "-p", "-o", "c")[0] == 0
    assert "AGE-SECRET" not in (here / "c").read_text()
    monkeypatch.setenv("MEGALIS_PASSPHRASE", "autre")
    refused(run("open", "--raw", "-p", "p.age", "-o", "p2.out"), "passe")
    refused(run("open", "-i", "c", "-d", "d", "r.age"), "passe")
    monkeypatch.delenv("MEGALIS_PASSPHRASE")
    refused(run("open", "-i", "c", "-d", "d", "r.age"), "passe")
    assert not [name for name in os.listdir(here) if name in ("d", "p2.out", "r2.out") or name.endswith(".partiel")]


def test_several_plis_each_in_its_folder(run, here, recipients):
    for name in ("un", "deux"):
        assert run("seal", "-r", recipients["b"], "-o", f"{name}.age", "DPGF.xlsx")[0] == 0
    assert run("open", "-i", "b", "-d", "tout", "un.age", "deux.age")[0] == 0
    assert sorted(os.listdir("tout")) == ["deux", "un"]
    (here / "deux.age").write_bytes((here / "deux.age").read_bytes()[:-1])
    refused(run("open", "-i", "b", "-d", "rien", "un.age", "deux.age"), "altere")
    assert not (here / "rien").exists()


def test_recipients_from_files(run, here, recipients):
    (here / "cles.txt").write_text(f"# titulaire\n{recipients['a']}\n\n# secours\n{recipients['b']}\n")
    subprocess.run(["openssl", "genrsa", "-out", "rsa.pem", "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", "rsa.pem", "-pubout", "-out", "rsa.pub"], check=True, capture_output=True)
    request = ["openssl", "req", "-x509", "-new", "-key", "rsa.pem", "-subj", "/CN=agent", "-out", "rsa.crt"]
    subprocess.run(request, check=True, capture_output=True)
    line = str(keys.parse_recipients((here / "rsa.pub").read_bytes())[0])
    for recipient in ("rsa.pub", "rsa.crt", line):
        assert run("seal", "-r", recipient, "cles.txt", "-o", "x.age", "DPGF.xlsx")[0] == 0
        assert run("open", "-i", "rsa.pem", "-d", "x", "x.age")[0] == 0
        assert (here / "x" / "DPGF.xlsx").read_bytes() == (here / "DPGF.xlsx").read_bytes()
        assert run("open", "-i", "b", "-d", "y", "x.age")[0] == 0
        for path in ("x", "y"):
            (here / path / "DPGF.xlsx").unlink()
        (here / "x.age").unlink()
    refused(run("seal", "-r", "a", "-o", "x.age", "DPGF.xlsx"), "format-cle")
    refused(run("seal", "-r", "DPGF.xlsx", "-o", "x.age", "DPGF.xlsx"), "format-cle")
    refused(run("seal", "-r", "age1absent", "-o", "x.age", "DPGF.xlsx"), "format-cle")
    assert not (here / "x.age").exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["inconnue"],
        ["seal"],
        ["seal", "-r", "A", "-o", "o.age"],
        ["seal", "-o", "o.age", "DPGF.xlsx"],
        ["seal", "-r", "A", "DPGF.xlsx"],
        ["seal", "--raw", "-r", "A", "-o", "o.age", "DPGF.xlsx", "Mémoire été.pdf"],
        ["seal", "-p", "-o", "o.age", "DPGF.xlsx"],
        ["seal", "--zzz", "-r", "A", "-o", "o.age", "DPGF.xlsx"],
        ["open", "-d", "d", "DPGF.xlsx"],
        ["open", "-i", "a", "DPGF.xlsx"],
        ["open", "-i", "a", "-d", "d"],
        ["open", "--raw", "-i", "a", "-d", "d", "DPGF.xlsx"],
        ["open", "-i", "a", "-o", "o", "DPGF.xlsx"],
        ["keygen", "-z"],
    ],
)
def test_usage_errors(words, run, here, recipients):
    before = sorted(os.listdir(here))
    code, out, err = run(*[{"A": recipients["a"]}.get(word, word) for word in words])
    assert code == 2
    assert out == ""
    assert "usage" in err
    assert sorted(os.listdir(here)) == before


def test_refusals_write_nothing(run, here, recipients):
    assert run("seal", "-r", recipients["b"], "-o", "p.age", "DPGF.xlsx")[0] == 0
    (here / "tronque.age").write_bytes((here / "p.age").read_bytes()[:-1])
    before = sorted(os.listdir(here))
    refused(run("open", "-i", "b", "-d", "d", "tronque.age"), "altere")
    refused(run("open", "-i", "b", "-d", "d", "DPGF.xlsx"), "entete")
    refused(run("open", "-i", "b", "-d", "d", "absent.age"), "fichier")
    refused(run("open", "-i", "absent", "-d", "d", "p.age"), "fichier")
    refused(run("open", "-i", "DPGF.xlsx", "-d", "d", "p.age"), "format-cle")
    refused(run("seal", "-r", recipients["b"], "-o", "q.age", "absent"), "fichier")
    refused(run("seal", "-r", recipients["b"], "-o", "absent/q.age", "DPGF.xlsx"), "fichier")
    refused(run("seal", "-r", recipients["b"], "-o", "q.age", "DPGF.xlsx", "DPGF.xlsx"), "doublon")
    refused(run("seal", "-r", recipients["b"], "-o", "p.age", "DPGF.xlsx"), "existe")
    assert sorted(os.listdir(here)) == before


def test_json_reports(run, here, recipients):
    code, out, _ = run("seal", "--json", "-r", recipients["b"], "-o", "p.age", "DPGF.xlsx")
    report = json.loads(out)
    assert code == 0
    assert report["taille"] == (here / "p.age").stat().st_size
    digest = hashlib.sha256((here / "DPGF.xlsx").read_bytes()).digest()
    expected = hashlib.sha256(bytes.fromhex(report["sel"]) + digest).hexdigest()
    assert report["documents"][0]["engagement"] == expected
    _, out, _ = run("open", "--json", "-i", "b", "-d", "d", "p.age")
    assert json.loads(out)["documents"][0]["sha256"] == digest.hex()


def test_a_polite_kill_leaves_nothing(run, here, recipients):
    with open("gros.bin", "wb") as stream:
        stream.truncate(4 << 30)
    before = sorted(os.listdir(here))
    command = [sys.executable, "-m", "megalis.portal.cli", "seal", "-r", recipients["b"], "-o", "g.age", "gros.bin"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        while child.poll() is None and not list(here.glob(".g.age.*.partiel")):
            time.sleep(0.01)
        child.terminate()
        out, err = child.communicate()
    assert child.returncode == 1
    assert out == ""
    assert err.startswith("megalis: interrompu: ")
    assert sorted(os.listdir(here)) == before
    os.unlink("gros.bin")


def killed(here, started, *words):
    """Start the command and kill it without mercy once ``started`` (a glob) is there; return what it leaves."""
    command = [sys.executable, "-m", "megalis.portal.cli", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        while child.poll() is None and not list(here.glob(started)):
            time.sleep(0.01)
        child.kill()
        child.communicate()
    assert child.returncode == -9
    (left,) = here.glob(".*.partiel")
    return left


def grow_old(path, seconds=120):
    os.utime(path, (time.time() - seconds,) * 2)


def test_what_a_killed_opening_left_is_removed_by_the_next(run, here, recipients):
    with open("gros.bin", "wb") as stream:
        stream.truncate(300 << 20)
    assert run("seal", "-r", recipients["b"], "-o", "p.age", "gros.bin")[0] == 0
    left = killed(here, ".d.*.partiel/*", "open", "-i", "b", "-d", "d", "p.age")
    assert list(left.iterdir())  # deciphered, in a folder nobody sees
    run("open", "-i", "a", "-d", "d", "p.age")
    assert left.exists()  # too fresh: perhaps another run that begins
    grow_old(left)
    code, _out, err = run("open", "-i", "b", "-d", "d", "p.age")
    assert code == 0
    assert err == f"Reste d’une exécution interrompue, effacé : {left}\n"
    assert not list(here.glob(".*.partiel"))


def test_what_a_killed_sealing_left_is_removed_by_the_next(run, here, recipients):
    with open("gros.bin", "wb") as stream:
        stream.truncate(4 << 30)
    left = killed(here, ".g.age.*.partiel", "seal", "-r", recipients["b"], "-o", "g.age", "gros.bin")
    os.unlink("gros.bin")
    grow_old(left)
    code, _out, err = run("seal", "-r", recipients["b"], "-o", "g.age", "DPGF.xlsx")
    assert (code, str(left) in err) == (0, True)
    assert not left.exists()


def test_the_work_of_another_run_is_not_removed(here):
    with files.new_directory(here / "d") as folder, files.new_file(here / "f") as stream:
        stream.write(b"en cours")
        file = next(here.glob(".f.*.partiel"))
        for path in (folder, file):
            grow_old(path)
        assert files.sweep(here / "d", directory=True) == files.sweep(here / "f") == []
        assert folder.exists() and file.exists()


def test_nothing_else_is_removed(here):
    for name in (".d.0123456789ab.partiel.txt", ".e.0123456789ab.partiel", "d.0123456789ab.partiel", ".d.zz.partiel"):
        (here / name).mkdir()
        grow_old(here / name)
    (here / ".d.abcdefabcdef.partiel").symlink_to(here / "DPGF.xlsx")
    assert files.sweep(here / "d", directory=True) == []
    assert (here / "DPGF.xlsx").exists()


def test_a_name_the_locale_cannot_print(run, here, recipients):
    name = os.fsdecode(b"offre-\xe9.pdf")
    with open(name, "wb") as stream:
        stream.write(b"x")
    command = [sys.executable, "-m", "megalis.portal.cli", "seal", "-r", recipients["b"], "-o", "n.age", name]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert run("open", "-i", "b", "-d", "d", "n.age")[0] == 0
    assert len(os.listdir("d")) == 1


def test_the_console_script_exists(here):
    script = os.path.join(os.path.dirname(sys.executable), "megalis")
    command = [script] if os.path.exists(script) else [sys.executable, "-m", "megalis.portal.cli"]
    done = subprocess.run([*command, "keygen", "--x25519", "-o", "k"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("age1")


def test_open_by_a_relay_made_after_the_deposit(run, recipients, here):
    context = {"dossier": "2026-1"}
    (here / "ctx.json").write_bytes(jcs.dumps(context))
    assert run("seal", "-r", recipients["a"], "--context", "ctx.json", "-o", "pli.age", "DPGF.xlsx")[0] == 0
    header = parse_header((here / "pli.age").read_bytes())
    holder = keys.parse_identities((here / "a").read_bytes())
    relay = relays.relay_header(
        (here / "pli.age").read_bytes()[: header.length], holder, keys.parse_recipient(recipients["b"])
    )
    (here / "pli.relais").write_bytes(relay)
    code, _out, err = run("open", "-i", "b", "-d", "sans", "pli.age")
    assert (code, err.split(":")[1].strip()) == (1, "cle")
    assert run("open", "-i", "b", "--relay", "pli.relais", "--context", "ctx.json", "-d", "avec", "pli.age")[0] == 0
    assert (here / "avec" / "DPGF.xlsx").read_bytes() == b"42" * 50_000
    assert run("open", "-i", "b", "--relay", "pli.age", "-d", "autre", "pli.age")[0] == 1


def test_a_key_shared_on_sheets_opens_and_is_made_again(run, here):
    code, out, err = run("keygen", "-o", "cle", "--shares", "2/3", "-d", "feuilles")
    assert (code, err) == (0, "")
    sheets = sorted((here / "feuilles").iterdir())
    assert [path.name for path in sheets] == ["feuille-1.txt", "feuille-2.txt", "feuille-3.txt"]
    assert run("seal", "-r", out.strip(), "-o", "pli.age", "DPGF.xlsx")[0] == 0
    assert run("open", "-d", "ouvert", "pli.age", "--shares", sheets[0], sheets[2])[0] == 0
    assert (here / "ouvert" / "DPGF.xlsx").read_bytes() == b"42" * 50_000
    assert run("keygen", "-o", "refaite", "--join", sheets[1], sheets[2])[1] == out
    assert keys.parse_identities((here / "refaite").read_bytes())[0].secret_text() in (here / "cle").read_text()
    code, _out, err = run("open", "-d", "rien", "pli.age", "--shares", sheets[0])
    assert code == 1 and err.startswith("megalis: feuilles: 1 feuille sur 2")
    assert run("keygen", "-o", "c2", "--shares", "2/3")[0] == 2
    assert run("keygen", "-o", "c3", "--shares", "deux", "-d", "f3")[0] == 2
    code, _out, err = run("keygen", "-o", "c4", "--shares", "5/3", "-d", "f4")
    assert code == 1 and "au moins 2" in err and not (here / "f4").exists()
