"""What somebody unlucky may give `megalis`: outputs that cannot be written, full disks, odd names, closed streams."""

from megalis.portal.sealing import age
from megalis.portal.sealing import keys
from tests.cli.hostile_scene import *  # noqa: F403
from tests.cli.hostile_scene import MODULE
from tests.cli.hostile_scene import PAYLOAD

import itertools
import os
import pytest
import shutil
import subprocess


def test_outputs_that_cannot_be_written(bench):
    (bench.folder / "plein").mkdir(exist_ok=True)
    (bench.folder / "plein" / "offre é.pdf").write_bytes(b"ancien")
    (bench.folder / "fichier").write_bytes(b"ancien")
    (bench.folder / "lien").unlink(missing_ok=True)
    (bench.folder / "lien").symlink_to("nulle part")
    seal = ("seal", "-r", bench.pair.recipient, "-o")
    assert bench.refused("open", "-i", "cle", "-d", "plein", "pli.age") == "existe"
    assert bench.refused("open", "-i", "cle", "-d", "fichier", "pli.age") == "existe"
    assert bench.refused("open", "-i", "cle", "-d", "fichier/sous", "pli.age") == "fichier"
    assert bench.refused("open", "-i", "cle", "-d", "lien", "pli.age") == "existe"
    for name in ("fichier", "plein", "lien", "cle"):
        assert bench.refused(*seal, name, "offre é.pdf") == "existe"
        assert bench.refused("open", "-i", "cle", "--raw", "-o", name, "pli.age") == "existe"
        assert bench.refused("keygen", "-o", name) == "existe"
    for name in ("absent/x", "fichier/x"):
        assert bench.refused(*seal, name, "offre é.pdf") == "fichier"
        assert bench.refused("open", "-i", "cle", "--raw", "-o", name, "pli.age") == "fichier"
        assert bench.refused("keygen", "-o", name) == "fichier"
    for name in ("dossier/", ".", "..", "plein/.."):
        assert bench.refused(*seal, name, "offre é.pdf") == "existe"
    assert bench.refused(*seal, "é" * 200, "offre é.pdf") == "fichier"


def test_no_message_names_the_temporary_file(bench):
    _code, _out, err = bench.run("seal", "-r", bench.pair.recipient, "-o", "absent/x.age", "offre é.pdf")
    assert "absent/x.age" in err
    assert "partiel" not in err


def test_a_name_of_the_greatest_length_is_written(bench):
    name = "海" * 83 + ".age"
    assert bench.run("seal", "-r", bench.pair.recipient, "-o", name, "offre é.pdf")[0] == 0
    assert bench.run("open", "-i", "cle", "-d", "海" * 85, name)[0] == 0
    shutil.rmtree(bench.folder / ("海" * 85))
    (bench.folder / name).unlink()


def test_the_folder_and_its_parents_are_made_or_nothing_is(bench):
    assert bench.run("open", "-i", "cle", "-d", "un/deux/trois", "pli.age")[0] == 0
    assert (bench.folder / "un/deux/trois/offre é.pdf").read_bytes() == PAYLOAD
    shutil.rmtree(bench.folder / "un")
    (bench.folder / "x.age").write_bytes(bench.pli[:-1])
    assert bench.refused("open", "-i", "cle", "-d", "un/deux/trois", "x.age") == "altere"


def test_an_existing_folder_is_written_from_inside(bench, monkeypatch):
    """Its parent may be another disk or belong to somebody else: nothing is made there, not even for a moment."""
    (bench.folder / "ici").mkdir()
    made = []
    real = os.mkdir
    monkeypatch.setattr(os, "mkdir", lambda path, *args, **kw: (made.append(os.fspath(path)), real(path, *args, **kw)))
    assert bench.run("open", "-i", "cle", "-d", "ici", "pli.age")[0] == 0
    assert made and all(os.path.dirname(path).endswith("ici") for path in made)
    assert os.listdir(bench.folder / "ici") == ["offre é.pdf"]
    shutil.rmtree(bench.folder / "ici")


def test_a_certificate_among_the_documents_gets_no_key(bench):
    """What follows the first word that is no recipient is a document, even if it could be read as a key."""
    (bench.folder / "cles.txt").write_text(bench.other.recipient)
    code, out, _err = bench.run("seal", "-o", "z.age", "-r", bench.pair.recipient, "offre é.pdf", "cles.txt")
    assert code == 0
    assert out.count("pour ") == 1
    assert "cles.txt" in out
    (bench.folder / "z.age").unlink()


@pytest.mark.parametrize(
    "context",
    [b'{"lot":1}', b'{"recipients":["titulaire"]}', b'{"recipients":"x"}', '{"é":null,"l":[{"z":true}]}'.encode()],
)
def test_any_json_object_of_integers_and_texts_binds(bench, context):
    (bench.folder / "libre.json").write_bytes(context)
    words = ("--context", "libre.json")
    assert bench.run("seal", "-r", bench.pair.recipient, *words, "-o", "l.age", "offre é.pdf")[0] == 0
    assert bench.run("open", "-i", "cle", *words, "-d", "libre", "l.age")[0] == 0
    shutil.rmtree(bench.folder / "libre")
    assert bench.refused("open", "-i", "cle", "--context", "ctx.json", "-d", "libre", "l.age") == "contexte"
    (bench.folder / "l.age").unlink()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"{", b"\xff", b'{"a":1.5}', b'{"a":1,"a":1}', b"[" * 100_000])
def test_a_context_file_that_is_none_is_refused(bench, content):
    (bench.folder / "faux.json").write_bytes(content)
    words = ("--context", "faux.json")
    assert bench.refused("seal", "-r", bench.pair.recipient, *words, "-o", "l.age", "offre é.pdf") == "contexte"
    assert bench.refused("open", "-i", "cle", *words, "-d", "libre", "pli.age") == "contexte"


def test_what_is_no_file_is_not_sealed_nor_waited_for(bench):
    os.mkfifo(bench.folder / "tuyau")
    try:
        for name in ("tuyau", ".", "/dev/zero", "absent"):
            assert bench.refused_outside("seal", "-r", bench.pair.recipient, "-o", "l.age", name) == "fichier"
            assert bench.refused_outside("open", "-i", "cle", "-d", "libre", name) == "fichier"
            assert bench.refused_outside("open", "-i", name, "-d", "libre", "pli.age") == "fichier"
            assert bench.refused_outside("receipt", "verify", name) == "fichier"
            assert bench.refused_outside("journal", "verify", name) == "fichier"
    finally:
        (bench.folder / "tuyau").unlink()


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr", "stdin stdout stderr"])
def test_closed_streams_are_no_accident(bench, closed):
    redirections = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}
    suffix = " ".join(redirections[name] for name in closed.split())
    command = f'exec "$@" {suffix}'
    done = subprocess.run(
        ["sh", "-c", command, "sh", *MODULE, "seal", "-r", bench.pair.recipient, "-o", "f.age", "offre é.pdf"],
        cwd=bench.folder, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    (bench.folder / "f.age").unlink()
    done = subprocess.run(
        ["sh", "-c", command, "sh", *MODULE, "open", "-i", "cle", "-d", "f", "offre é.pdf"],
        cwd=bench.folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_a_full_or_broken_output(bench):
    """The product stands although nobody could read the report; what had no other product is refused."""

    def outcome(command):
        done = subprocess.run(["sh", "-c", command, "sh", *MODULE], cwd=bench.folder, capture_output=True, text=True)
        assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr, done.stderr
        return done.returncode, done.stderr.count("\n")

    assert outcome(f'"$@" seal -r {bench.pair.recipient} -o f.age "offre é.pdf" >/dev/full') == (0, 0)
    (bench.folder / "f.age").unlink()
    assert outcome('"$@" keygen -o nouvelle >/dev/full') == (0, 0)
    (bench.folder / "nouvelle").unlink()
    assert outcome('"$@" keygen >/dev/full')[0] == 1


def test_a_disk_that_fills_up_leaves_nothing(bench):
    """The kernel refuses the write in the middle, as a full disk or a quota would."""
    before = sorted(os.listdir(bench.folder))
    for words in (
        f'seal -r {bench.pair.recipient} -o plein.age "offre é.pdf"',
        "open -i cle -d plein-dossier pli.age",
        "open --raw -i cle -o plein-fichier pli.age",
    ):
        done = subprocess.run(
            ["bash", "-c", f'ulimit -f 100; exec "$@" {words}', "bash", *MODULE],
            cwd=bench.folder, capture_output=True, text=True,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
        assert done.stderr.startswith("megalis: fichier: ")
        assert sorted(os.listdir(bench.folder)) == before


def test_more_recipients_than_an_opener_would_read_are_refused(bench, monkeypatch):
    monkeypatch.setattr(age, "MAX_HEADER", 3000)
    seal = ("seal", "-r", bench.pair.recipient)
    assert bench.refused(*seal, "-r", bench.other.recipient, "-o", "x2.age", "offre é.pdf") == "entete"
    assert bench.run(*seal, "-o", "x2.age", "offre é.pdf")[0] == 0
    (bench.folder / "x2.age").unlink()


def test_third_party_files_open_raw(bench, tmp_path):
    """Made by Debian's age: to several recipients, armored, by passphrase-less keys, empty and large."""
    if shutil.which("age") is None:
        pytest.skip("programme absent : age")
    x25519 = [keys.generate("x25519") for _ in range(3)]
    recipients = [word for pair in x25519 for word in ("-r", pair.recipient)]
    (bench.folder / "x").write_text(x25519[1].identity_file())
    for size, options in itertools.product((0, 1, 65536, 200_001), ([], ["-a"])):
        data = os.urandom(size)
        made = subprocess.run(["age", *options, *recipients], input=data, capture_output=True, check=True).stdout
        (bench.folder / "tiers.age").write_bytes(made)
        assert bench.run("open", "--raw", "-i", "x", "-o", "tiers", "tiers.age")[0] == 0
        assert (bench.folder / "tiers").read_bytes() == data
        (bench.folder / "tiers").unlink()
        for cut in sorted({0, 1, len(made) // 3, len(made) - 2, len(made) - 20}):
            (bench.folder / "tiers.age").write_bytes(made[:cut])
            bench.refused("open", "--raw", "-i", "x", "-o", "tiers", "tiers.age")
        (bench.folder / "tiers.age").write_bytes(made)
        bench.refused("open", "--raw", "-i", "cle", "-o", "tiers", "tiers.age")
        bench.refused("open", "-i", "x", "-d", "tiers", "tiers.age")
