"""What somebody hostile, or unlucky, may give `megalis`: one line, exit 1, and the folder exactly as it was before."""

from megalis.portal import cli
from megalis.portal import sealing
from megalis.portal.formats import jcs
from megalis.portal.sealing import age
from megalis.portal.sealing import keys
from megalis.portal.sealing.header import parse_header
from megalis.portal.sealing.stream import SEALED_CHUNK
from tests.sealing.test_plis import HOSTILE

import io
import itertools
import os
import pytest
import shutil
import subprocess
import sys


PAYLOAD = os.urandom(3 * 65536 + 1000)
MODULE = [sys.executable, "-m", "megalis.portal.cli"]


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


def cuts(bench):
    """Lengths at every kind of boundary: inside and at the ends of header lines, nonce, chunks, tags, last chunk."""
    start = bench.header.length
    lines = [position + 1 for position, byte in enumerate(bench.pli[:start]) if byte == 10]
    places = {0, 1, start + 15, start + 16, start + 17, start + 16 + 15, start + 16 + 16, len(bench.pli) - 1}
    for line in lines:
        places |= {line - 1, line, line + 1}
    for chunk in range(1, 5):
        edge = start + 16 + chunk * SEALED_CHUNK
        places |= {edge - 17, edge - 16, edge - 1, edge, edge + 1, edge + 16}
    return sorted(place for place in places if place < len(bench.pli))


@pytest.mark.parametrize("expected", [(), ("--context", "ctx.json")], ids=["libre", "contexte"])
def test_a_pli_cut_anywhere_is_refused(bench, expected):
    for length in cuts(bench):
        (bench.folder / "x.age").write_bytes(bench.pli[:length])
        assert bench.refused("open", "-i", "cle", *expected, "-d", "sortie", "x.age") in ("entete", "altere"), length


def test_a_bit_flipped_anywhere_is_refused(bench):
    start = bench.header.length
    edges = [start + 16 + n * SEALED_CHUNK + d for n in range(4) for d in (-17, -16, -1, 0, 1)]
    every = [*range(0, start, 211), start - 2, start - 1, start, start + 15, start + 16, *edges, len(bench.pli) - 1]
    for position, bit in itertools.product([p for p in every if p < len(bench.pli)], (1, 0x80)):
        changed = bytearray(bench.pli)
        changed[position] ^= bit
        (bench.folder / "x.age").write_bytes(changed)
        word = bench.refused("open", "-i", "cle", "--context", "ctx.json", "-d", "sortie", "x.age")
        assert word in ("entete", "mac", "altere", "cle", "contexte", "armure"), position


def chunks(bench):
    start = bench.header.length + 16
    body = bench.pli[start:]
    return bench.pli[:start], [body[at : at + SEALED_CHUNK] for at in range(0, len(body), SEALED_CHUNK)]


@pytest.mark.parametrize(
    "order",
    [(1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 2, 2, 3), (0, 2, 3), (0, 1, 3, 2), (3, 0, 1, 2), (0, 1, 2), (0,), (3,)],
)
def test_chunks_in_another_order_are_refused(bench, order):
    head, found = chunks(bench)
    assert len(found) >= 4
    (bench.folder / "x.age").write_bytes(head + b"".join(found[n] for n in order))
    assert bench.refused("open", "-i", "cle", "-d", "sortie", "x.age") == "altere"


@pytest.mark.parametrize("tail", [b"\0", b"\n", b"age-encryption.org/v1\n", bytes(SEALED_CHUNK)])
def test_something_added_is_refused(bench, tail):
    (bench.folder / "x.age").write_bytes(bench.pli + tail)
    assert bench.refused("open", "-i", "cle", "-d", "sortie", "x.age") == "altere"


def test_the_header_of_one_pli_before_the_content_of_another_is_refused(bench):
    name = bench.folder / "autre.age"
    sealing.seal([bench.folder / "offre é.pdf"], [bench.pair.recipient], None, name)
    other = name.read_bytes()
    name.unlink()
    cut = parse_header(other).length
    for mixed in (bench.pli[: bench.header.length] + other[cut:], other[:cut] + bench.pli[bench.header.length :]):
        (bench.folder / "x.age").write_bytes(mixed)
        assert bench.refused("open", "-i", "cle", "-d", "sortie", "x.age") == "altere"


@pytest.mark.parametrize(
    "field, value",
    [
        ("acheteur", "21290189600010"),
        ("consultation", "0e" * 16),
        ("version_dce", "ac" * 32),
        ("lot", "2"),
        ("lot", None),
        ("enveloppe", "candidature"),
        ("deposant", "ce" * 32),
        ("depot", "1f" * 16),
        ("echeance", "2026-03-16T11:00:01Z"),
        ("recipients", ["ab" * 32]),
    ],
)
def test_a_pli_of_another_place_is_refused(bench, field, value):
    (bench.folder / "y.json").write_bytes(jcs.dumps(bench.context | {field: value}))
    assert bench.refused("open", "-i", "cle", "--context", "y.json", "-d", "sortie", "pli.age") == "contexte"


def test_another_key_is_refused(bench):
    (bench.folder / "tierce").write_text(keys.generate().identity_file())
    assert bench.refused("open", "-i", "tierce", "-d", "sortie", "pli.age") == "cle"
    assert bench.refused("open", "-i", "tierce", "--raw", "-o", "sortie", "pli.age") == "cle"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n", b"# rien\n", b"AGE-SECRET-KEY-PQ-1QQQQ\n", b"\xff\xfe\x00", b"\0" * 5000, b"age1qqq",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        b"age-encryption.org/v1\n", b"\x30\x82\x01\x00", b"AGE-SECRET-KEY-1" + b"Q" * 100_000, b"x" * (2 << 20),
    ],
)  # fmt: skip
def test_a_key_file_of_garbage_is_refused(bench, content, monkeypatch):
    monkeypatch.setenv("MEGALIS_PASSPHRASE", "cinq mots que la mer garde")
    (bench.folder / "ordure").write_bytes(content)
    bench.refused("open", "-i", "ordure", "-d", "sortie", "pli.age")
    bench.refused("seal", "-r", "ordure", "-o", "sortie.age", "offre é.pdf")


def test_a_key_wrapped_at_a_monstrous_cost_is_refused_at_once(bench, monkeypatch):
    monkeypatch.setenv("MEGALIS_PASSPHRASE", "cinq mots que la mer garde")
    wrapped = keys.wrap_identity(bench.pair.identity_file(), "cinq mots que la mer garde", 10)
    plain = b"".join(age.ArmorReader(io.BytesIO(wrapped)).read() for _ in (1,))
    (bench.folder / "chere").write_bytes(plain.replace(b" 10\n", b" 40\n", 1))
    assert bench.refused("open", "-i", "chere", "-d", "sortie", "pli.age") == "entete"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_inside_a_pli_is_refused(bench, name):
    out = io.BytesIO()
    age.encrypt(io.BytesIO(HOSTILE[name]), out, [keys.parse_recipient(bench.pair.recipient)])
    (bench.folder / "x.age").write_bytes(out.getvalue())
    before = set(bench.folder.parent.iterdir())
    assert bench.refused("open", "-i", "cle", "-d", "sortie", "x.age") in ("manifeste", "contexte")
    assert set(bench.folder.parent.iterdir()) == before


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


def refused_outside(self, *words):
    """As ``refused``, in a process of its own that must end by itself."""
    before = set(os.listdir(self.folder))
    done = subprocess.run([*MODULE, *words], cwd=self.folder, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("megalis: "), done.stderr
    assert set(os.listdir(self.folder)) == before
    return done.stderr.split(": ")[1]


Bench.refused_outside = refused_outside


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
