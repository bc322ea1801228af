"""Plis: sealed in one pass, opened whole or not at all, whatever the bidder put in the archive."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal import sealing
from megalis.portal.formats import jcs
from megalis.portal.sealing import age
from megalis.portal.sealing import bundle
from megalis.portal.sealing import extract
from megalis.portal.sealing import keys
from megalis.portal.sealing import plis
from megalis.portal.sealing.errors import BundleError
from megalis.portal.sealing.errors import ContextError
from megalis.portal.sealing.errors import ExistsError
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.errors import SourceError
from megalis.portal.sealing.header import parse_header
from megalis.portal.sealing.header import Stanza
from tarfile import BLKTYPE
from tarfile import DIRTYPE
from tarfile import LNKTYPE
from tarfile import PAX_FORMAT
from tarfile import SYMTYPE
from tarfile import TarInfo

import hashlib
import io
import os
import pytest
import tarfile


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_round_trip(pli, ring, tmp_path):
    path, sealed, contents = pli
    for identity in ring.identities:
        folder = tmp_path / identity.recipient.fingerprint[:8]
        opened = sealing.open_(path, [identity], folder, ring.context(), ring.recipients)
        assert {item.path.name: item.path.read_bytes() for item in opened.documents} == contents
        assert sorted(entry.name for entry in folder.iterdir()) == sorted(contents)
        assert opened.fingerprint == identity.recipient.fingerprint
        assert opened.context == ring.fields()
        assert opened.commitments() == sealed.commitments()
        assert [item.sha256 for item in opened.documents] == [sha256(data) for data in contents.values()]
    assert sealed.size == path.stat().st_size
    first = sealed.documents[0]
    expected = hashlib.sha256(sealed.salt + bytes.fromhex(first.sha256)).hexdigest()
    assert sealed.commitments()[0] == {"nom": first.name, "taille": first.size, "engagement": expected}


def test_the_content_is_a_tar_that_anyone_reads(pli, ring):
    path, sealed, contents = pli
    out = io.BytesIO()
    with path.open("rb") as reader:
        age.decrypt(reader, out, [ring.identities[0]])
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        members = tar.getmembers()
        manifest = jcs.loads(tar.extractfile(members[0]).read())
        assert [member.name for member in members] == ["manifest.json", *(f"documents/{name}" for name in contents)]
        assert {name: tar.extractfile(f"documents/{name}").read() for name in contents} == contents
    assert manifest["context"] == ring.fields()
    assert manifest["sel"] == sealed.salt.hex()
    assert [entry["type"] for entry in manifest["files"]] == [
        "application/pdf",
        "text/plain",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
    size = len(out.getvalue())
    assert size % 512 == 0
    assert bundle.padded(size) == size


@given(st.integers(0, 1 << 45))
def test_padding_is_bounded_and_stable(size):
    length = bundle.padded(size)
    assert size <= length <= max(size * 1.12 + 512, 512)
    assert length % 512 == 0
    assert bundle.padded(length) == length


@pytest.mark.parametrize("size", [0, 1, 511, 512, 65535, 65536, 65537, 524288, 1_048_577])
def test_sizes(size, ring, tmp_path):
    (tmp_path / "f.bin").write_bytes(os.urandom(size))
    sealing.seal([tmp_path / "f.bin"], ring.recipients[:1], None, tmp_path / "o.age")
    opened = sealing.open_(tmp_path / "o.age", ring.identities[:1], tmp_path / "out")
    assert opened.documents[0].path.read_bytes() == (tmp_path / "f.bin").read_bytes()
    assert opened.context is None


def test_many_documents_fit_the_manifest(ring, tmp_path):
    (tmp_path / "f").write_bytes(b"x")
    files = [(f"{index:04}-{'é' * 90}.pdf", tmp_path / "f") for index in range(bundle.MAX_FILES)]
    sealing.seal(files, ring.recipients, ring.context(), tmp_path / "o.age")
    opened = sealing.open_(tmp_path / "o.age", ring.identities[:1], tmp_path / "out", ring.context())
    assert len(opened.documents) == bundle.MAX_FILES
    with pytest.raises(SourceError):
        sealing.seal([*files, ("un de trop", tmp_path / "f")], ring.recipients, None, tmp_path / "p.age")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("acheteur", "22350001800021"),
        ("consultation", "aa" * 16),
        ("version_dce", "00" * 32),
        ("lot", "3"),
        ("lot", None),
        ("enveloppe", "financiere"),
        ("deposant", "00" * 32),
        ("depot", "bb" * 16),
        ("echeance", "2026-03-16T11:00:01Z"),
    ],
)
def test_a_pli_of_another_context_is_refused(field, value, pli, ring, tmp_path):
    with pytest.raises(ContextError):
        sealing.open_(pli[0], ring.identities, tmp_path / "out", ring.context(**{field: value}))
    assert not (tmp_path / "out").exists()


def test_recipients_must_be_those_of_the_context(ring, tmp_path):
    (tmp_path / "f").write_bytes(b"x")
    other = keys.generate()
    for recipients in (
        ring.recipients[:2],
        [*ring.recipients[:2], other.recipient],
        [*ring.recipients, other.recipient],
    ):
        with pytest.raises(ContextError):
            sealing.seal([tmp_path / "f"], recipients, ring.context(), tmp_path / "o.age")
    with pytest.raises(ContextError):
        sealing.seal([tmp_path / "f"], ring.recipients[:1] * 2, None, tmp_path / "o.age")
    assert os.listdir(tmp_path) == ["f"]
    sealed = sealing.seal([tmp_path / "f"], ring.recipients[::-1], ring.context(), tmp_path / "o.age")
    assert list(sealed.fingerprints) == ring.fields()["recipients"]


def test_a_stanza_too_many_or_out_of_place_is_refused_by_the_opener(ring, tmp_path, monkeypatch):
    (tmp_path / "f").write_bytes(b"x")
    other = keys.parse_recipient(keys.generate().recipient)
    usual = [keys.parse_recipient(text) for text in ring.recipients]
    for name, recipients in {
        "more": [*usual, other],
        "fewer": usual[:2],
        "swapped": [usual[1], usual[0], usual[2]],
        "classical": [*usual[:2], keys.parse_recipient(keys.generate("x25519").recipient)],
    }.items():
        monkeypatch.setattr(plis, "_arrange", lambda given, context, recipients=recipients: recipients)
        sealing.seal([tmp_path / "f"], [], ring.context(), tmp_path / name)
        for context in (ring.context(), None):
            with pytest.raises(ContextError):
                sealing.open_(tmp_path / name, ring.identities[:1], tmp_path / "out", context, ring.recipients)
    assert not (tmp_path / "out").exists()


def test_a_stanza_of_a_foreign_type_in_the_place_of_a_key_is_refused_by_the_opener(ring, tmp_path, monkeypatch):
    """Only the context's own words are there to say it: the opener knows the fingerprints, not the other keys."""

    class Grease:
        type = "inconnu"
        fingerprint = ring.fields()["recipients"][1]

        def wrap(self, file_key):
            return Stanza("inconnu", ("x",), bytes(32))

    (tmp_path / "f").write_bytes(b"x")
    first, _second, third = (keys.parse_recipient(text) for text in ring.recipients)
    monkeypatch.setattr(plis, "_arrange", lambda given, context: [first, Grease(), third])
    sealing.seal([tmp_path / "f"], [], ring.context(), tmp_path / "p.age")
    for context in (ring.context(), None):
        with pytest.raises(ContextError, match="inconnu"):
            sealing.open_(tmp_path / "p.age", ring.identities[:1], tmp_path / "out", context)


def test_what_cannot_be_sealed(ring, tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "A").write_bytes(b"y")
    os.mkfifo(tmp_path / "fifo")
    cases = {
        "vide": [],
        "fichier": [tmp_path / "d"],
        "doublon": [tmp_path / "a", tmp_path / "d" / "A"],
    }
    for code, files in cases.items():
        with pytest.raises(SealingError) as caught:
            sealing.seal(files, ring.recipients, None, tmp_path / "o.age")
        assert caught.value.code == code
    for path in (tmp_path / "fifo", tmp_path / "absent"):
        with pytest.raises(SourceError):
            sealing.seal([path], ring.recipients, None, tmp_path / "o.age")
    (tmp_path / "o.age").write_bytes(b"ici")
    with pytest.raises(ExistsError):
        sealing.seal([tmp_path / "a"], ring.recipients, None, tmp_path / "o.age")
    assert (tmp_path / "o.age").read_bytes() == b"ici"


@pytest.mark.parametrize("change", ["longer", "shorter", "rewritten"])
def test_a_file_that_changes_while_it_is_sealed_is_refused(change, ring, tmp_path, monkeypatch):
    path = tmp_path / "f"
    path.write_bytes(bytes(100_000))
    usual = plis._Tar.fill

    def fill(self, view):
        data = {"longer": bytes(100_001), "shorter": bytes(10), "rewritten": b"1" * 100_000}[change]
        path.write_bytes(data)
        os.utime(path, ns=(1, 1))
        return usual(self, view)

    monkeypatch.setattr(plis._Tar, "fill", fill)
    with pytest.raises(SourceError):
        sealing.seal([path], ring.recipients, None, tmp_path / "o.age")
    assert os.listdir(tmp_path) == ["f"]


def test_open_never_clobbers(pli, ring, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "autre").write_bytes(b"ici")
    sealing.open_(pli[0], ring.identities[:1], out)
    assert len(os.listdir(out)) == 4
    with pytest.raises(ExistsError):
        sealing.open_(pli[0], ring.identities[:1], out)
    (tmp_path / "un fichier").write_bytes(b"ici")
    with pytest.raises(ExistsError):
        sealing.open_(pli[0], ring.identities[:1], tmp_path / "un fichier")
    assert len(os.listdir(out)) == 4
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".partiel")]


def test_nothing_is_left_of_a_damaged_pli(pli, ring, tmp_path):
    data = pli[0].read_bytes()
    before = sorted(os.listdir(tmp_path))
    for index, changed in enumerate((data[:-1], data[:-70000], data[:-1] + bytes([data[-1] ^ 1]), data + b"\0")):
        (tmp_path / "abime.age").write_bytes(changed)
        with pytest.raises(SealingError) as caught:
            sealing.open_(tmp_path / "abime.age", ring.identities[:1], tmp_path / f"out{index}", ring.context())
        assert sealing.verdict(caught.value) == "altere"
    assert sorted(os.listdir(tmp_path)) == sorted([*before, "abime.age"])


def test_verdicts():
    assert sealing.verdict(None) == "intact"
    assert sealing.verdict(ContextError("")) == "contexte"
    assert sealing.verdict(BundleError("")) == "illisible"
    assert sealing.verdict(OSError()) == "illisible"


class Hostile:
    """A tar written by hand around a manifest that may lie."""

    def __init__(self, *files, **manifest):
        salt = bytes(32)
        documents = [bundle.Document(name, len(data), sha256(data), "text/plain") for name, data in files]
        value = jcs.loads(bundle.manifest_bytes(None, salt, documents)) | manifest
        self.parts = [self.file("manifest.json", jcs.dumps(value))]

    @staticmethod
    def file(name, data=b"", **fields):
        info = TarInfo(name)
        info.size = len(data)
        for key, value in fields.items():
            setattr(info, key, value)
        return info.tobuf(PAX_FORMAT) + data + bytes(-len(data) % 512)

    def add(self, *args, **fields):
        self.parts.append(self.file(*args, **fields))
        return self

    def bytes(self, end=bytes(1024)):
        return b"".join(self.parts) + end


def entry(name, data=b"abc"):
    return name, data


def good(name="a.txt", data=b"abc"):
    return Hostile(entry(name, data))


HOSTILE = {
    "symlink": good().add("documents/a.txt", type=SYMTYPE, linkname="/etc/passwd").bytes(),
    "hard link": good().add("documents/a.txt", type=LNKTYPE, linkname="manifest.json").bytes(),
    "directory": good().add("documents/a.txt", type=DIRTYPE).bytes(),
    "device": good().add("documents/a.txt", type=BLKTYPE).bytes(),
    "regular file with a link name": good().add("documents/a.txt", b"abc", linkname="/etc/passwd").bytes(),
    "pax link path": good().add("documents/a.txt", b"abc", pax_headers={"linkpath": "/etc/passwd"}).bytes(),
    "sparse": good().add("documents/a.txt", b"abc", pax_headers={"GNU.sparse.major": "1"}).bytes(),
    "climbing name": Hostile(entry("../a.txt")).add("documents/../a.txt", b"abc").bytes(),
    "climbing member": good().add("documents/../a.txt", b"abc").bytes(),
    "absolute member": good().add("/documents/a.txt", b"abc").bytes(),
    "absolute name": Hostile(entry("/a.txt")).add("documents//a.txt", b"abc").bytes(),
    "dots": Hostile(entry("..")).add("documents/..", b"abc").bytes(),
    "back slash": Hostile(entry("a\\b")).add("documents/a\\b", b"abc").bytes(),
    "line feed": Hostile(entry("a\nb")).add("documents/a\nb", b"abc").bytes(),
    "empty name": Hostile(entry("")).add("documents/", b"abc").bytes(),
    "twice the same": Hostile(entry("a"), entry("a")).add("documents/a", b"abc").add("documents/a", b"abc").bytes(),
    "twice but for case": Hostile(entry("a"), entry("A")).add("documents/a", b"abc").add("documents/A", b"abc").bytes(),
    "other order": Hostile(entry("a"), entry("b")).add("documents/b", b"abc").add("documents/a", b"abc").bytes(),
    "missing": good().bytes(),
    "one more": good().add("documents/a.txt", b"abc").add("documents/b.txt", b"abc").bytes(),
    "other content": good().add("documents/a.txt", b"abd").bytes(),
    "other size": good().add("documents/a.txt", b"abcd").bytes(),
    "no end": good().add("documents/a.txt", b"abc").bytes(b""),
    "half an end": good().add("documents/a.txt", b"abc").bytes(bytes(512)),
    "end then data": good().add("documents/a.txt", b"abc").bytes(bytes(512) + b"1" * 512),
    "data after the end": good().add("documents/a.txt", b"abc").bytes(bytes(2048) + b"cache"),
    "data in the padding": good()
    .add("documents/a.txt", b"abc")
    .bytes()
    .replace(b"abc" + bytes(509), b"abc" + b"1" * 509),
    "no manifest": Hostile.file("documents/a.txt", b"abc") + bytes(1024),
    "manifest last": Hostile.file("documents/a.txt", b"abc") + good().bytes(),
    "no document": Hostile().bytes(),
    "unknown version": Hostile(entry("a"), v=2).add("documents/a", b"abc").bytes(),
    "true version": Hostile(entry("a"), v=True).add("documents/a", b"abc").bytes(),
    "unknown format": Hostile(entry("a"), format="autre").add("documents/a", b"abc").bytes(),
    "unknown field": Hostile(entry("a"), autre=1).add("documents/a", b"abc").bytes(),
    "short salt": Hostile(entry("a"), sel="00").add("documents/a", b"abc").bytes(),
    "context of text": Hostile(entry("a"), context="x").add("documents/a", b"abc").bytes(),
    "empty context": Hostile(entry("a"), context={}).add("documents/a", b"abc").bytes(),
    "context that the header does not bind": Hostile(entry("a"), context={"a": 1}).add("documents/a", b"abc").bytes(),
    "files of text": Hostile(entry("a"), files="x").add("documents/a", b"abc").bytes(),
    "file of text": Hostile(entry("a"), files=["x"]).add("documents/a", b"abc").bytes(),
    "spaced manifest": Hostile.file("manifest.json", b'{ "v":1}') + bytes(1024),
    "manifest of noise": Hostile.file("manifest.json", b"\xff\xfe") + bytes(1024),
    "empty manifest": Hostile.file("manifest.json") + bytes(1024),
    "huge manifest": Hostile.file("manifest.json", b"1" * (bundle.MAX_MANIFEST + 1)) + bytes(1024),
    "not a tar": b"\x00\x01" * 1024,
    "nothing": b"",
    "only zeros": bytes(4096),
    "text": b"une offre sans archive" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archives_are_refused_and_leave_nothing(name, ring, tmp_path, sealed_bytes):
    (tmp_path / "p.age").write_bytes(sealed_bytes(HOSTILE[name], [ring.identities[0].recipient]))
    with pytest.raises(SealingError) as caught:
        sealing.open_(tmp_path / "p.age", ring.identities[:1], tmp_path / "out")
    assert caught.value.code in {"manifeste", "contexte"}
    assert os.listdir(tmp_path) == ["p.age"]


def test_the_hostile_writer_can_write_a_good_one(ring, tmp_path, sealed_bytes):
    data = good().add("documents/a.txt", b"abc").bytes(bytes(10240))
    (tmp_path / "p.age").write_bytes(sealed_bytes(data, [ring.identities[0].recipient]))
    assert sealing.open_(tmp_path / "p.age", ring.identities[:1], tmp_path / "out").documents[0].name == "a.txt"


def test_odd_names_are_made_safe_on_disk(ring, tmp_path, sealed_bytes):
    names = ['offre "prix".pdf', "CON.txt", "a:b", " espaces ", "fin.", "\u202egpj.exe", "é" * 120 + ".pdf"]
    hostile = Hostile(*(entry(name) for name in names))
    for name in names:
        hostile.add(f"documents/{name}", b"abc")
    (tmp_path / "p.age").write_bytes(sealed_bytes(hostile.bytes(), [ring.identities[0].recipient]))
    opened = sealing.open_(tmp_path / "p.age", ring.identities[:1], tmp_path / "out")
    assert [item.name for item in opened.documents] == names
    written = [item.path.name for item in opened.documents]
    assert written[:6] == ["offre _prix_.pdf", "_CON.txt", "a_b", "espaces", "fin", "_gpj.exe"]
    assert written[6].endswith(".pdf")
    assert len(written[6].encode()) <= bundle.MAX_NAME


@given(st.text(max_size=300))
def test_safe_names_are_safe_and_stable(name):
    safe = bundle.safe_name(name)
    assert safe
    assert safe not in (".", "..")
    assert not set(safe) & set('/\\\0\n<>:"|?*')
    assert len(safe.encode()) <= bundle.MAX_NAME + 1
    assert bundle.safe_name(safe) == safe


@given(st.binary(max_size=3000))
@settings(max_examples=200)
def test_noise_in_a_tar_only_refuses(noise):
    tar = extract.TarReader(iter([memoryview(noise)]))
    with pytest.raises(BundleError):
        while tar.member() is not None:
            pass
        tar.finish()
        raise BundleError("zeros only")


def test_header_of_a_pli(pli, ring):
    header = parse_header(pli[0].read_bytes())
    assert [stanza.type for stanza in header.stanzas] == ["mlkem768x25519"] * 3 + ["megalis.bzh/context"]
    assert age.context_hash_of(header) == ring.context().hash == pli[1].context_hash
