"""The streamed zip: read by others, of the length announced, past 4 GiB, with flat memory."""

from datetime import datetime
from megalis.portal.consultations.dce import archive
from megalis.portal.consultations.dce.sending import asked_range

import io
import os
import pytest
import shutil
import subprocess
import tracemalloc
import zipfile
import zlib


WHEN = datetime(2026, 3, 5, 16, 12, 30)


def member(name, data):
    return archive.Member(name, len(data), zlib.crc32(data), lambda: io.BytesIO(data), WHEN)


class Zeros(io.RawIOBase):
    """A file of zeros of any size that takes no room."""

    def __init__(self, size):
        self.size, self.place = size, 0

    def seek(self, place, whence=0):
        self.place = place
        return place

    def read(self, size=-1):
        size = min(size, self.size - self.place)
        self.place += size
        return bytes(size)


def test_other_programs_read_it(tmp_path):
    made = archive.Archive(
        [member("Règlement é 東.pdf", b"un" * 70_000), member("vide", b""), member("b.bin", os.urandom(999))]
    )
    path = tmp_path / "a.zip"
    path.write_bytes(b"".join(made.read()))
    assert path.stat().st_size == made.length
    with zipfile.ZipFile(path) as found:
        assert found.testzip() is None
        assert found.namelist() == ["Règlement é 東.pdf", "vide", "b.bin"]
        assert found.getinfo("vide").date_time == (2026, 3, 5, 16, 12, 30)
    tool = shutil.which("unzip") or shutil.which("bsdtar")
    if tool is None:
        pytest.skip("neither unzip nor bsdtar on this machine")
    flag = "-tqq" if tool.endswith("unzip") else "-tf"
    assert subprocess.run([tool, flag, str(path)], check=False).returncode == 0


def test_every_slice_is_the_slice_of_the_whole():
    made = archive.Archive([member(f"{n}.txt", os.urandom(50 + n)) for n in range(9)])
    whole = b"".join(made.read())
    assert len(whole) == made.length
    for start in range(0, made.length, 37):
        for stop in (start + 1, start + 64, made.length):
            assert b"".join(made.read(start, stop)) == whole[start:stop]


def test_the_same_content_has_the_same_name_and_another_has_another():
    one = archive.Archive([member("a", b"x")])
    assert one.etag == archive.Archive([member("a", b"x")]).etag
    assert one.etag != archive.Archive([member("a", b"y")]).etag


def test_past_four_gib_readers_find_every_member(tmp_path):
    big = 5 * 1024**3
    zeros = archive.Member("gros.bin", big, 0, lambda: Zeros(big), WHEN)
    made = archive.Archive([member("avant", b"1"), zeros, member("après", b"22")])
    path = tmp_path / "big.zip"
    with path.open("wb") as out:
        for length, piece in made.pieces:
            if isinstance(piece, bytes):
                out.write(piece)
            elif piece is zeros:
                out.seek(length, 1)
            else:
                out.write(piece.open().read())
    assert path.stat().st_size == made.length
    with zipfile.ZipFile(path) as found:
        assert found.getinfo("gros.bin").file_size == big
        assert found.read("après") == b"22"


def test_more_than_65535_members():
    made = archive.Archive([member(str(n), b"") for n in range(65_600)])
    assert len(zipfile.ZipFile(io.BytesIO(b"".join(made.read()))).namelist()) == 65_600


def test_memory_stays_flat_on_500_megabytes():
    size = 500_000_000
    made = archive.Archive([archive.Member("gros.bin", size, 0, lambda: Zeros(size), WHEN)])
    tracemalloc.start()
    total = sum(map(len, made.read()))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == made.length
    assert peak < 2_000_000


def test_a_file_shorter_than_announced_is_no_valid_archive():
    made = archive.Archive([archive.Member("court", 10, 0, lambda: io.BytesIO(b"123"), WHEN)])
    with pytest.raises(OSError, match="shorter"):
        b"".join(made.read())


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None), ("", None), ("bytes=0-0", (0, 1)), ("bytes=3-", (3, 10)), ("bytes=-3", (7, 10)), ("bytes=-99", (0, 10)),
        ("bytes=0-99", (0, 10)), ("bytes=10-", False), ("bytes=-0", False), ("bytes=5-4", None), ("bytes=-", None),
        ("bytes=a-b", None), ("BYTES = 1 - 2", (1, 3)),
    ],
)  # fmt: skip
def test_ranges(header, found):
    assert asked_range(header, 10) == found
