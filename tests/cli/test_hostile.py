"""What somebody hostile, or unlucky, may give `megalis`: one line, exit 1, and the folder exactly as it was before."""

from megalis.portal import sealing
from megalis.portal.formats import jcs
from megalis.portal.sealing import age
from megalis.portal.sealing import keys
from megalis.portal.sealing.header import parse_header
from megalis.portal.sealing.stream import SEALED_CHUNK
from tests.cli.hostile_scene import *  # noqa: F403
from tests.sealing.test_plis import HOSTILE

import io
import itertools
import pytest


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
