"""The look a document gets before `megalis deposit` seals it: the page's own rules, on files made for the purpose."""

from megalis.portal.cli import checks
from zipfile import ZipFile

import pytest


OBJECT = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n"
PDF = OBJECT + b"xref\n0 1\n0000000000 65535 f \ntrailer<</Size 1>>\nstartxref\n%d\n%%%%EOF\n" % len(OBJECT)


@pytest.fixture
def code(tmp_path):
    """Return a function: (name, bytes, formats) -> code of the problem or None."""

    def ask(name, data, formats=("pdf", "zip", "docx", "txt")):
        path = tmp_path / name
        path.write_bytes(data)
        found = checks.problem(path, formats)
        if found:
            assert name in found[1]
        return found and found[0]

    return ask


@pytest.fixture
def archive(tmp_path):
    with ZipFile(tmp_path / "source", "w") as made:
        made.writestr("plan é.dwg", b"plan" * 1000)
    return (tmp_path / "source").read_bytes()


def test_good_documents_pass(code, archive):
    assert code("prix é.PDF", PDF) is None
    assert code("plans.zip", archive) is None
    assert code("mémoire.docx", archive) is None
    assert code("note.txt", b"x") is None
    assert code("plan.dwg", b"x", ()) is None


def test_an_empty_file_and_a_foreign_format_are_refused(code):
    assert code("vide.pdf", b"") == "vide"
    assert code("macro.exe", b"MZ") == "format"
    assert code("sans-extension", b"x") == "format"


@pytest.mark.parametrize(
    "data",
    [
        b"PK\3\4 pas un pdf", PDF[:-30], PDF[:60], OBJECT, PDF.replace(b"startxref\n", b"startxref\n9"),
        PDF.replace(b"xref\n0 1", b"XXXX\n0 1"), b"\0" * 5000,
    ],
)  # fmt: skip
def test_a_broken_pdf_is_refused(code, data):
    assert code("prix.pdf", data) == "pdf"


def test_a_broken_archive_is_refused(code, archive):
    for data in (archive[:-10], archive[: len(archive) // 2], b"PK\3\4", b"texte", archive[:-22]):
        assert code("plans.zip", data) == "zip"
    central = archive.rindex(b"PK\1\2")
    locked = bytearray(archive)
    locked[central + 8] |= 1
    assert code("plans.zip", bytes(locked)) == "zip"
