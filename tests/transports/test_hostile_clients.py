"""Whoever speaks to a simulator says anything: each answers or hangs up, goes on for the others, and writes nothing outside its folder."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from megalis.portal.transports import tls
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.simulator.authority import HOST
from megalis.portal.transports.simulator.prefecture import Prefecture
from megalis.portal.transports.simulator.running import Journal
from tests.transports import acts

import dataclasses
import io
import pytest
import random
import socket
import tarfile


PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with Prefecture(tmp_path_factory.mktemp("clients") / "prefecture") as made:
        yield made


def connected(office, port, client=True):
    papers = office.papers
    identity = tls.Identity(str(papers.authority), *((str(papers.client), str(papers.client_key)) if client else ()))
    raw = socket.create_connection((HOST, port), timeout=PATIENCE)
    return tls.context(identity, date(2026, 3, 16)).wrap_socket(raw, server_hostname=HOST)


def said(line, data, pause=0.5):
    """Send bytes; return what is answered until the other side hangs up or, once it began, says nothing for ``pause``."""
    with suppress(OSError):  # it may answer and hang up before the last byte
        line.sendall(data)
    found = b""
    line.settimeout(PATIENCE)
    with suppress(OSError):
        while more := line.recv(65536):
            found += more
            line.settimeout(pause)
    return found


def request(body, kind="multipart/form-data; boundary=a", length=None, name="Content-Length"):
    size = len(body) if length is None else length
    return (
        f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{name}: {size}\r\nConnection: close\r\n\r\n".encode()
        + body
    )


def form(name, content=b"x", mark=b"a"):
    head = b'--%s\r\nContent-Disposition: form-data; name="f"; filename="%s"\r\n\r\n' % (mark, name)
    return head + content + b"\r\n--%s--\r\n" % mark


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request(form(b"a.tar.gz"), kind="text/plain"), 415),
        (request(b"n'importe quoi"), 400),
        (request(form(b"a.tar.gz", mark=b"b")), 400),
        (request(b"--a\r\n" + b"X: y\r\n" * 5000), 400),
        (request(b'--a\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n--a--\r\n'), 400),
        (request(form(b"a.tar.gz").replace(b"--a--", b"--a")), 400),
        (request(form(b"a.tar.gz") + form(b"b.tar.gz")), 400),
        (request(b"", length="abc"), 411),
        (request(b"", name="X-Length"), 411),
        (request(b"", length=200 * 1024 * 1024), 413),
        (request(b"", length=10**30), 411),
        (request(form(b"../../dehors.tar.gz")), 400),
        (request(form(b"a/b.tar.gz")), 400),
        (request(form("é.tar.gz".encode())), 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"DELETE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 501),
    ],
)  # fmt: skip
def test_a_request_that_is_none_gets_its_status(office, data, status):
    before = len(office.receptions())
    with connected(office, office.port) as line:
        assert said(line, data).startswith(f"HTTP/1.1 {status}".encode())
    assert len(office.receptions()) == before
    assert not list(office.folder.glob("recus/.recu-*")) and not list(office.folder.parent.glob("dehors*"))


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing(office):
    before = len(office.receptions())
    with connected(office, office.port) as line:
        line.sendall(request(form(b"a.tar.gz", b"x" * 100_000), length=200_000))
    office.transport().send(acts.sending("APRES")[1])
    assert len(office.receptions()) == before + 1


@pytest.mark.parametrize("seed", range(6))
def test_noise_stops_neither_server(office, seed):
    chance = random.Random(seed)
    for port, client in ((office.port, True), (office.imap_port, False)):
        with connected(office, port, client) as line:
            try:
                line.sendall(chance.randbytes(chance.randint(1, 5000)) + b"\r\n\r\n")
            except OSError:
                continue
    office.transport().send(acts.sending(f"BRUIT{seed}", serie=seed + 50)[1])


@pytest.mark.parametrize(
    "command",
    [
        b"a\r\n", b"\r\n", b"a UID\r\n", b"a UID NOOP\r\n", b"a FETCH 1 BODY[]\r\n", b"a SELECT\r\n", b"a LOGIN\r\n",
        b"a LOGIN {5}\r\n", b"a LOGIN {999999}\r\n", b"a AUTHENTICATE PLAIN\r\n", b"a STORE\r\n", b"a \xff\xfe\r\n",
        b"a CREATE ../../dehors\r\n", b"a __CLASS__\r\n", b"a COMMAND\r\n",
    ],
)  # fmt: skip
def test_a_command_out_of_place_is_refused(office, command):
    with connected(office, office.imap_port, client=False) as line:
        found = said(line, command)
    assert found.startswith(b"* OK") and b" OK fait" not in found


@pytest.mark.parametrize(
    "command",
    [
        "SELECT ../../tls", 'SELECT ""', "SELECT a-envoyer", "CREATE ../dehors", "CREATE a/b", "CREATE INBOX.b",
        "FETCH", "FETCH x BODY[]", "FETCH 1:x BODY[]", "FETCH 1 (RIEN)", "SEARCH RIEN", "SEARCH UID", "STORE 1", "COPY 1",
        "UID EXPUNGE", "EXPUNGE 1 2 3", "STATUS", "COPY 1 ../dehors", "UID COPY 1:* /tmp",
    ],
)  # fmt: skip
def test_a_known_reader_cannot_leave_its_mailbox_nor_end_its_session(office, command):
    with connected(office, office.imap_port, client=False) as line:
        login = f"a LOGIN {office.login} {office.password}\r\nb SELECT INBOX\r\n"
        found = said(line, f"{login}c {command}\r\nd NOOP\r\ne LOGOUT\r\n".encode(), PATIENCE)
    assert b"\r\nd OK" in found and b"\r\ne OK" in found, found
    assert b"c OK" not in found or command.startswith("EXPUNGE")
    assert {path.name for path in office.folder.parent.iterdir()} == {office.folder.name}


def test_a_hundred_clients_at_once_are_all_served(office):
    transport = office.transport()
    sendings = [acts.sending(f"FOULE{rank}", serie=rank + 100)[1] for rank in range(100)]
    before = len(office.receptions())
    with ThreadPoolExecutor(16) as pool:
        assert len(list(pool.map(transport.send, sendings))) == 100
    assert len(office.receptions()) == before + 100
    assert len({event["rang"] for event in office.receptions()}) == len(office.receptions())


def test_an_archive_of_hostile_members_is_answered_or_kept_and_never_unpacked(office):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as made:
        for name in ("../dehors", "/etc/dehors"):
            info = tarfile.TarInfo(name)
            info.size = 1
            made.addfile(info, io.BytesIO(b"x"))
        link = tarfile.TarInfo("lien")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link)
    office.transport().send(Sending("MEG-TACT--213502388--20260316-9.tar.gz", stream.getvalue()))
    last = office.receptions()[-1]
    assert last["motif"] and last["reponses"] == []
    assert not (office.folder.parent / "dehors").exists()


def test_a_journal_cut_by_a_kill_goes_on(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.add(quoi="recu", rang=1)
    journal.close()
    with path.open("a") as stream:
        stream.write('{"quoi": "rec')
    again = Journal(path)
    assert again.events("recu") == [{"quoi": "recu", "rang": 1}]
    again.add(quoi="recu", rang=2)
    again.close()
    assert [event["rang"] for event in Journal(path).events()] == [1, 2]


def test_a_name_is_not_believed_when_the_envelope_says_otherwise(office):
    _identifier, sending = acts.sending("NOM", serie=900)
    office.transport().send(dataclasses.replace(sending, name="quelconque.tar.gz"))
    assert office.receptions()[-1]["actes"], "the envelope within is what counts"
