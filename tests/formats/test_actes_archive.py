"""The tar.gz of @CTES: what is written is read back; what is hostile is refused early, with little memory."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from io import BytesIO
from megalis.portal.formats import tar
from megalis.portal.formats.actes import archive
from megalis.portal.formats.refusal import Refused
from tests.formats.actes_samples import file_names

import gzip
import os
import pytest
import re
import tarfile
import time
import tracemalloc


CODED = re.compile(r"actes\.[a-z-]+")
SMALL = tar.Limits(1024 * 1024, 4 * 1024 * 1024, 50)


def packed(*members, form=tarfile.USTAR_FORMAT, **headers):
    """Return a tar.gz made by the standard library: members are (name, bytes) or TarInfo."""
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=form, compresslevel=1, **headers) as made:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                made.addfile(member, BytesIO(bytes(member.size)) if member.isreg() else None)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                made.addfile(info, BytesIO(member[1]))
    return out.getvalue()


def special(name, kind, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def read(data, limits=archive.LIMITS):
    return {member.name: member.read() for member in archive.members(BytesIO(data), limits)}


def refusal(data, limits=archive.LIMITS):
    with pytest.raises(Refused) as caught:
        read(data, limits)
    assert len(caught.value.message) > 20
    return caught.value.code


def written(files, **limits):
    out = BytesIO()
    size = archive.write(out, files, **limits)
    assert size == len(out.getvalue())
    return out.getvalue()


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(file_names.map(str.lower), st.binary(max_size=2000), max_size=6))
def test_what_is_written_is_read_back_and_python_reads_it_too(files):
    data = written(files.items())
    assert read(data) == files
    assert written(files.items()) == data
    with tarfile.open(fileobj=BytesIO(data)) as peer:
        assert {item.name: peer.extractfile(item).read() for item in peer} == files


def test_files_come_from_the_disk_and_go_to_the_disk(tmp_path):
    (tmp_path / "acte.pdf").write_bytes(b"%PDF-" + bytes(300_000))
    data = written([("env.xml", b"<e/>"), ("a.pdf", tmp_path / "acte.pdf")])
    (tmp_path / "out").mkdir()
    paths = archive.extract(BytesIO(data), tmp_path / "out")
    assert paths["a.pdf"].read_bytes() == (tmp_path / "acte.pdf").read_bytes()
    assert sorted(os.listdir(tmp_path / "out")) == ["a.pdf", "env.xml"]


def test_members_that_are_not_read_are_passed_over():
    data = written([("a.xml", b"a" * 1000), ("b.xml", b"b" * 513), ("c.xml", b"c")])
    assert [member.name for member in archive.members(BytesIO(data))] == ["a.xml", "b.xml", "c.xml"]
    assert [member.head(3) for member in archive.members(BytesIO(data))] == [b"aaa", b"bbb", b"c"]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_archives_of_other_programs_are_read(form):
    long_name = "n" * 150 + ".pdf"
    members = (
        [(".", b""), ("./é.xml", b"1"), (long_name, b"2")] if form != tarfile.USTAR_FORMAT else [("./é.xml", b"1")]
    )
    if form != tarfile.USTAR_FORMAT:
        members[0] = special("./", tarfile.DIRTYPE)
    found = read(packed(*members, form=form))
    assert found["é.xml"] == b"1"
    assert form == tarfile.USTAR_FORMAT or found[long_name] == b"2"


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (special("a.pdf", tarfile.SYMTYPE, "/etc/passwd"), "actes.archive-lien"),
        (special("a.pdf", tarfile.LNKTYPE, "b.pdf"), "actes.archive-lien"),
        (special("a", tarfile.CHRTYPE), "actes.archive-type"),
        (special("a", tarfile.FIFOTYPE), "actes.archive-type"),
        (special("dossier", tarfile.DIRTYPE), "actes.archive-type"),
        (special("a", b"S"), "actes.archive-type"),
        (("../a.pdf", b"x"), "actes.archive-nom"),
        (("..", b"x"), "actes.archive-nom"),
        (("/etc/passwd", b"x"), "actes.archive-nom"),
        (("dossier/a.pdf", b"x"), "actes.archive-nom"),
        (("a\\b.pdf", b"x"), "actes.archive-nom"),
        (("a\nb.pdf", b"x"), "actes.archive-nom"),
    ],
)
def test_what_may_not_be_in_an_archive_is_refused(member, code):
    assert refusal(packed(("ok.xml", b"x"), member)) == code


def test_a_long_link_or_a_disguised_size_in_a_pax_header_is_refused():
    info = special("a.pdf", tarfile.SYMTYPE, "/" + "e" * 200)
    assert refusal(packed(info, form=tarfile.PAX_FORMAT)) == "actes.archive-type"
    plain = tarfile.TarInfo("a.pdf")
    plain.pax_headers = {"size": "99999999999"}
    assert refusal(packed(plain, form=tarfile.PAX_FORMAT)) == "actes.archive-type"


def test_two_files_of_one_name_are_refused():
    assert refusal(packed(("a.pdf", b"x"), ("A.PDF", b"y"))) == "actes.archive-double"


def test_a_hundred_thousand_members_are_refused_at_once():
    blank = bytearray(tarfile.TarInfo("000000.pdf").tobuf(tarfile.USTAR_FORMAT))
    blank[148:156] = b" " * 8
    raw = bytearray()
    for rank in range(100_000):
        blank[:6] = b"%06d" % rank
        raw += bytes(blank[:148]) + b"%06o\0 " % sum(blank[:512]) + bytes(blank[156:])
    data = gzip.compress(bytes(raw) + bytes(1024), 1)
    start = time.process_time()
    assert refusal(data) == "actes.archive-membres"
    assert time.process_time() - start < 5


def test_an_archive_over_the_limit_is_neither_read_nor_written():
    noise = os.urandom(2 * 1024 * 1024)
    assert refusal(packed(("a.pdf", noise)), SMALL) == "actes.archive-taille"
    with pytest.raises(Refused) as caught:
        archive.write(BytesIO(), [("a.pdf", noise)], limit=1024 * 1024)
    assert caught.value.code == "actes.archive-taille"
    assert "1 Mo" in caught.value.message


def test_the_limit_is_counted_on_the_archive_not_on_the_files():
    data = written([("a.pdf", bytes(3 * 1024 * 1024))], limit=1024 * 1024)
    assert len(data) < 20_000
    assert len(read(data, SMALL)["a.pdf"]) == 3 * 1024 * 1024


def test_151_megabytes_are_refused_with_little_memory():
    info = tarfile.TarInfo("a.pdf")
    info.size = 300 * 1024 * 1024
    stored = b"\0" + (65000).to_bytes(2, "little") + (535).to_bytes(2, "little") + bytes(65000)
    head = b"\0" + (512).to_bytes(2, "little") + (65023).to_bytes(2, "little") + info.tobuf(tarfile.GNU_FORMAT)
    source = BytesIO(b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + head + stored * (151 * 1024 * 1024 // len(stored)))
    tracemalloc.start()
    with pytest.raises(Refused) as caught:
        for member in archive.members(source):
            for _chunk in member.chunks():
                pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "actes.archive-taille"
    assert peak < 4 * 1024 * 1024


def test_a_bomb_is_refused_before_it_is_unpacked():
    data = packed(("a.pdf", bytes(8 * 1024 * 1024)))
    assert refusal(data, SMALL) == "actes.archive-bombe"
    huge = tarfile.TarInfo("x")
    huge.type, huge.size = b"L", 7 * 1024**3
    assert refusal(gzip.compress(huge.tobuf(tarfile.USTAR_FORMAT) + bytes(1024))) == "actes.archive-entete"


@pytest.mark.parametrize("keep", [0, 1, 10, 200, 500, 1000])
def test_a_truncated_archive_is_refused(keep):
    data = packed(("a.pdf", os.urandom(3000)))
    assert refusal(data[:keep]) in ("actes.archive-tronquee", "actes.archive-illisible")
    raw = gzip.decompress(data)
    assert refusal(gzip.compress(raw[: keep + 1])) in ("actes.archive-tronquee", "actes.archive-illisible")


def test_a_damaged_checksum_is_refused():
    data = bytearray(packed(("a.pdf", b"x" * 3000)))
    data[-6] ^= 1
    assert refusal(bytes(data)) == "actes.archive-illisible"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data):
    raw = bytearray(gzip.decompress(packed(("a.pdf", b"x" * 700), ("n" * 120, b"y"), form=tarfile.PAX_FORMAT)))
    for _time in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    blob = gzip.compress(bytes(raw)) if data.draw(st.booleans()) else bytes(raw)
    try:
        for name in read(blob, SMALL):
            assert "/" not in name and name not in ("", "..")
    except Refused as caught:
        assert CODED.fullmatch(caught.code)


@pytest.mark.parametrize("name", ["../a", "a/b", "", "é.pdf", "n" * 101])
def test_a_name_that_may_not_travel_is_not_written(name):
    with pytest.raises(Refused) as caught:
        written([(name, b"x")])
    assert caught.value.code == "actes.nom"


def test_a_name_is_written_once():
    with pytest.raises(Refused) as caught:
        written([("a.pdf", b"x"), ("A.pdf", b"y")])
    assert caught.value.code == "actes.nom-double"
