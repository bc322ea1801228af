"""Files that may enter a dossier, and those that may not."""

from megalis.portal.consultations.rules import files

import io
import pytest
import stat
import struct
import tracemalloc
import zipfile


def archive(members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as target:
        for name, data in members:
            target.writestr(name, data)
    return stream


def codes(name, stream):
    return [finding.code for finding in files.file_findings(name, stream, len(stream.getvalue()))]


@pytest.mark.parametrize(
    "given, expected",
    [
        ("C:\\Users\\agent\\Règlement n° 1.pdf", "Règlement n° 1.pdf"),
        ("../../etc/passwd", "passwd"),
        ("e\u0301tude.pdf", "étude.pdf"),
        ("a<b>:c.pdf", "a_b_c.pdf"),
        ("plan\x00\u202efdp.exe.pdf", "plan_fdp.exe.pdf"),
        ("  .cache.  ", "cache"),
        ("", "document"),
        ("...", "document"),
        ("CON.pdf", "_CON.pdf"),
    ],
)
def test_names_are_made_safe_for_every_system(given, expected):
    assert files.clean_name(given) == expected


def test_a_long_name_is_cut_and_keeps_its_extension():
    name = files.clean_name("é" * 400 + ".docx")
    assert len(name.encode()) <= files.NAME_BYTES
    assert name.endswith("é.docx")


def test_a_name_already_taken_gets_a_number_whatever_its_case():
    assert files.free_name("CCTP.pdf", ["cctp.pdf", "CCTP (2).pdf"]) == "CCTP (3).pdf"
    assert files.free_name("notice", []) == "notice"


def test_an_ordinary_archive_enters():
    assert codes("plans.zip", archive([("plans/façade.pdf", b"x" * 1000), ("plans/", b"")])) == []


@pytest.mark.parametrize(
    "path", ["../plan.pdf", "plans/../../plan.pdf", "/etc/passwd", "C:/plan.pdf", "plans\\..\\..\\plan.pdf"]
)
def test_an_archive_whose_names_climb_out_is_refused(path):
    stream = archive([("sur.pdf", b"1")])
    info = zipfile.ZipInfo("x")
    info.filename = path
    with zipfile.ZipFile(stream, "a") as target:
        target.writestr(info, b"2")
    assert codes("plans.zip", stream) == ["zip.nom"]


def test_an_archive_that_holds_a_link_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        info = zipfile.ZipInfo("lien")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(info, "/etc/passwd")
    assert codes("plans.zip", stream) == ["zip.lien"]


def test_a_bomb_is_refused_by_what_it_declares():
    stream = archive([(f"{n}.bin", bytes(8_000_000)) for n in range(16)])
    assert len(stream.getvalue()) < 200_000
    assert codes("plans.zip", stream) == ["zip.bombe"]


def test_members_that_share_the_same_bytes_are_a_bomb():
    stream = archive([("a.bin", bytes(range(256)) * 400)], zipfile.ZIP_STORED)
    data = bytearray(stream.getvalue())
    end = data.rindex(b"PK\x05\x06")
    directory = data.index(b"PK\x01\x02")
    entry = bytes(data[directory:end])
    doubled = data[:directory] + entry * 3
    doubled += struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 3, 3, len(entry) * 3, directory, 0)
    assert codes("plans.zip", io.BytesIO(bytes(doubled))) == ["zip.bombe"]


@pytest.mark.parametrize("name", ["mémoire.docx", "bordereau.xlsx", "notice.odt", "plans.dwg"])
def test_a_bomb_in_the_clothes_of_a_document_is_one(name):
    stream = archive([(f"word/{n}.xml", bytes(8_000_000)) for n in range(16)])
    assert codes(name, stream) == ["zip.bombe"]


def test_an_office_document_is_left_to_its_own_program():
    assert codes("modèle.xlsx", archive([("xl/workbook.xml", b"<x/>"), ("xl/embeddings/macro.cmd", b"x")])) == []


def test_a_bomb_that_lies_about_its_size_costs_no_more_than_it_says():
    stream = archive([("a.bin", bytes(50_000_000))])
    data = bytearray(stream.getvalue())
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        data[data.index(mark) + place : data.index(mark) + place + 4] = struct.pack("<I", 10)
    tracemalloc.start()
    assert codes("plans.zip", io.BytesIO(bytes(data))) == ["zip.illisible"]
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_archives_inside_archives_are_looked_into_and_too_many_levels_refused():
    inner = archive([("../mal.pdf", b"x")])
    assert codes("plans.zip", archive([("annexe.zip", inner.getvalue())])) == ["zip.nom"]
    stream = archive([("fin.txt", b"x")])
    for _level in range(4):
        stream = archive([("n.zip", stream.getvalue())])
    assert codes("plans.zip", stream) == ["zip.bombe"]


def test_a_damaged_archive_is_refused_before_companies_get_it():
    data = bytearray(archive([("a.txt", b"abcdefgh" * 5000)], zipfile.ZIP_STORED).getvalue())
    data[3000] ^= 1
    assert codes("plans.zip", io.BytesIO(bytes(data))) == ["zip.illisible"]
    assert codes("plans.zip", io.BytesIO(b"PK\x03\x04 pas une archive")) == ["zip.illisible"]


@pytest.mark.parametrize("cut", [1, 30, 90])
def test_a_truncated_archive_is_refused(cut):
    data = archive([("a.txt", b"abcdefgh" * 50)]).getvalue()
    assert codes("plans.zip", io.BytesIO(data[:-cut])) == ["zip.illisible"]


def test_a_program_is_refused_alone_or_in_an_archive():
    assert codes("visionneuse.exe", io.BytesIO(b"MZ")) == ["fichier.programme"]
    assert codes("plans.zip", archive([("lire.bat", b"x")])) == ["zip.programme"]


def test_an_empty_file_is_refused():
    assert codes("rc.pdf", io.BytesIO(b"")) == ["fichier.vide"]


def test_an_archive_under_another_name_is_looked_into_all_the_same():
    stream = archive([("ok.txt", b"1")])
    info = zipfile.ZipInfo("x")
    info.filename = "../x"
    with zipfile.ZipFile(stream, "a") as target:
        target.writestr(info, b"2")
    assert codes("plans.pdf", stream) == ["zip.nom"]
