"""Taking the dossier: whole, by lot, by piece; what is written of it, and what never is."""

from hashlib import sha256
from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations.dce import archive
from megalis.portal.consultations.dce import browser
from megalis.portal.consultations.dce import sending
from megalis.portal.kernel import journal
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import MARK
from tests.consultations.conftest import NOW
from tests.consultations.conftest import PDF
from tests.consultations.conftest import publish
from zExceptions import NotFound

import io
import os
import pytest
import re
import transaction
import zipfile


def events(consultation):
    return journal.events(consultation, "retrait")


def test_the_whole_dossier_comes_as_one_zip_with_its_fingerprints(stocked, visit):
    status, headers, body = visit(stocked, "dce.zip")
    assert status == 200
    assert int(
        headers["content-length"][0] if isinstance(headers["content-length"], list) else headers["content-length"]
    ) == len(body)
    found = zipfile.ZipFile(io.BytesIO(body))
    assert found.testzip() is None
    assert set(found.namelist()) == {"RC.pdf", "Plans d’été é.pdf", "CCTP.pdf", "SHA256SUMS"}
    lines = dict(reversed(line.split("  ", 1)) for line in found.read("SHA256SUMS").decode().splitlines())
    for name in lines:
        assert sha256(found.read(name)).hexdigest() == lines[name]
    assert [(e["mode"], e["portee"], len(e["pieces"])) for e in events(stocked)] == [("anonyme", "tout", 3)]


def test_a_lot_has_its_pieces_and_the_common_ones(stocked, visit):
    _status, _headers, body = visit(stocked, "dce.zip", lot="2")
    assert set(zipfile.ZipFile(io.BytesIO(body)).namelist()) == {"RC.pdf", "Plans d’été é.pdf", "SHA256SUMS"}
    assert events(stocked)[0]["lot"] == "2"


def test_chosen_pieces_only(stocked, visit):
    wanted = next(piece for piece in stocked.objectValues() if getattr(piece, "filename", "") == "CCTP.pdf")
    _status, _headers, body = visit(stocked, "dce.zip", piece=wanted.getId(), choix="1")
    assert set(zipfile.ZipFile(io.BytesIO(body)).namelist()) == {"CCTP.pdf", "SHA256SUMS"}


@pytest.mark.parametrize("form", [{"lot": "9"}, {"piece": "rien"}, {"choix": "1"}, {"piece": ["a", "../b"]}])
def test_what_is_not_in_the_dossier_leads_back_to_it(stocked, visit, form):
    status, _headers, _body = visit(stocked, "dce.zip", **form)
    assert status == 303
    assert events(stocked) == []


def test_any_slice_of_a_zip_is_the_slice_of_the_whole(stocked, visit):
    _status, headers, whole = visit(stocked, "dce.zip")
    etag = headers["etag"]
    for start, stop in ((0, 10), (25, 70), (100, len(whole)), (len(whole) - 40, len(whole))):
        status, headers, body = visit(
            stocked, "dce.zip", headers={"Range": f"bytes={start}-{stop - 1}", "If-Range": etag}
        )
        assert (status, body) == (206, whole[start:stop])
        assert headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert len(events(stocked)) == 2  # the whole, and the one that began at 0


def rc(consultation):
    return next(piece.getId() for piece in consultation.objectValues() if getattr(piece, "filename", "") == "RC.pdf")


@pytest.mark.parametrize(
    ("header", "status", "body"),
    [
        ("bytes=0-8", 206, PDF[:9]),
        ("bytes=-5", 206, PDF[-5:]),
        ("bytes=9-", 206, PDF[9:]),
        ("bytes=5-2", 200, PDF),
        ("bytes=0-1,4-5", 200, PDF),
        ("lines=1-2", 200, PDF),
        ("bytes=999999-", 416, b""),
        ("bytes=-0", 416, b""),
        (f"bytes={'9' * 40}-", 200, PDF),
    ],
)
def test_a_single_file_goes_on_where_it_stopped(stocked, visit, header, status, body):
    found, headers, data = visit(stocked, "dce-piece", (rc(stocked),), headers={"Range": header})
    assert (found, data) == (status, body)
    assert headers["etag"] == f'"{sha256(PDF).hexdigest()}"'


def test_a_name_with_accents_arrives_with_them_and_has_a_plain_one_for_old_programs(stocked, visit):
    plans = next(piece for piece in stocked.objectValues() if getattr(piece, "filename", "").startswith("Plans"))
    _status, headers, body = visit(stocked, "dce-piece", (plans.getId(),))
    assert body == MARK * 50_000
    assert headers["content-disposition"] == (
        "attachment; filename=\"Plans d_ete e.pdf\"; filename*=UTF-8''Plans%20d%E2%80%99%C3%A9t%C3%A9%20%C3%A9.pdf"
    )
    headers["content-disposition"].encode("ascii")


@pytest.mark.parametrize("name", ["東京.pdf", 'a"b;c.pdf', "a\r\nSet-Cookie: x=1.pdf", "💧", ""])
def test_no_name_breaks_the_header(name):
    value = sending.disposition(name)
    assert value.isascii() and value.isprintable()
    assert 'filename=".' not in value  # never a hidden file
    assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9 ._()-]+\"; filename\*=UTF-8''[^\s\";]*", value)


def test_the_page_lists_names_with_accents(stocked, visit):
    assert "Plans d’été é.pdf" in visit(stocked, "view")[2]


def test_a_dossier_of_many_files_is_announced_without_reading_or_holding_them_all(served, monkeypatch):
    draft = complete_draft(served.a, "2026-MANY")
    for rank in range(120):
        create.piece(draft, io.BytesIO(PDF + b"%d" % rank), f"Plan {rank:03}.pdf")
    many = publish(served, draft)
    transaction.commit()
    monkeypatch.setattr(browser, "_crcs", None)  # what is read at the first download goes there
    before = len(os.listdir("/proc/self/fd"))
    made, streams = browser.archive_of(api.lines(many), NOW)
    assert len(os.listdir("/proc/self/fd")) - before <= browser.HELD
    found = zipfile.ZipFile(io.BytesIO(b"".join(made.read())))
    for stream in streams:
        stream.close()
    assert found.testzip() is None
    assert len(found.namelist()) == 122
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_another_version_of_a_file_starts_again(stocked, visit):
    status, _headers, body = visit(
        stocked, "dce-piece", (rc(stocked),), headers={"Range": "bytes=5-", "If-Range": '"x"'}
    )
    assert (status, body) == (200, PDF)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Range": "bytes=100-"}),
        ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}),
        ("GET", {"Sec-Purpose": "prefetch"}),
        ("GET", {"If-None-Match": f'"{sha256(PDF).hexdigest()}"'}),
    ],
)
def test_a_robot_a_cut_or_a_look_is_no_withdrawal(stocked, visit, method, headers):
    status, _headers, body = visit(stocked, "dce-piece", (rc(stocked),), method=method, headers=headers)
    assert status in (200, 206, 304)
    assert body == b"" or method == "GET"
    assert events(stocked) == []


def test_the_buyer_s_own_agent_is_no_withdrawer(world, stocked, visit):
    assert visit(stocked, "dce.zip", user=world.acheteurs)[0] == 200
    assert events(stocked) == []


def test_a_withdrawal_leaves_the_consultation_as_it_was(stocked, visit):
    before = stocked.modified()
    visit(stocked, "dce.zip")
    assert stocked.modified() == before


def test_a_draft_s_pieces_are_for_its_agents(world, draft, visit):
    with pytest.raises(Exception, match=r"Unauthorized|not allowed|cannot"):
        visit(draft, "dce-piece", (rc(draft),))
    assert visit(draft, "dce-piece", (rc(draft),), user=world.acheteurs)[2] == PDF
    assert events(draft) == []


def test_plone_s_own_download_obeys_and_counts(stocked, visit):
    assert visit(stocked[rc(stocked)], "download", ("file", "RC.pdf"))[2] == PDF
    assert len(events(stocked)) == 1


@pytest.mark.parametrize("name", ["piece", "rien", "../../acl_users", "", "@@x"])
def test_an_unknown_piece_is_not_found(stocked, visit, name):
    with pytest.raises(NotFound):
        visit(stocked, "dce-piece", (name,))


def test_names_cannot_leave_the_folder_where_they_are_unpacked():
    for name in ("../../etc/passwd", "/etc/passwd", "..\\..\\x.exe", "C:\\x", "..", "", "a/../b", "\x00"):
        safe = archive.safe_name(name)
        assert safe
        assert not re.search(r"[/\\:\x00]", safe)
        assert safe not in (".", "..")
