"""The other side misbehaves: cut lines, endless answers, hostile letters. The outcome told is the true one, in a bounded time."""

from contextlib import contextmanager
from datetime import date
from email.message import EmailMessage
from functools import partial
from megalis.portal.transports import https
from megalis.portal.transports import letters
from megalis.portal.transports import tls
from megalis.portal.transports.helios import Helios
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from megalis.portal.transports.simulator.authority import papers
from threading import Event
from threading import Thread

import dataclasses
import pytest
import socket
import time


SENDING = Sending("MEG-TACT--213502388--20260316-1.tar.gz", b"x" * 300_000)
END = b"--\r\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return papers(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def served(made):
    """Return a context: a function of a TLS connection -> port."""

    @contextmanager
    def serve(talk):
        listener = socket.create_server(("127.0.0.1", 0))
        context = tls.server_context(str(made.server), str(made.server_key), date(2026, 3, 16))

        def run():
            try:
                raw, _peer = listener.accept()
                with context.wrap_socket(raw, server_side=True) as line:
                    talk(line)
            except OSError:
                pass

        thread = Thread(target=run, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.close()
            thread.join(5)

    return serve


@pytest.fixture
def address(made):
    trust = partial(tls.context, tls.Identity(str(made.authority)), date(2026, 3, 16))
    return lambda port, **options: https.Address(f"https://127.0.0.1:{port}/", trust, **options)


def whole(line):
    """Read a request to its end."""
    data = b""
    while not data.endswith(END):
        more = line.recv(65536)
        if not more:
            break
        data = (data + more)[-len(END) - 65536 :]


def answering(*lines):
    def talk(line):
        whole(line)
        line.sendall(b"\r\n".join(lines) + b"\r\n\r\n")

    return talk


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (b"400 Non", Refusal),
        (b"413 Trop", Refusal),
        (b"418 Quoi", Refusal),
        (b"401 Qui", TryLater),
        (b"403 Non", TryLater),
        (b"404 Rien", TryLater),
        (b"302 Ailleurs", TryLater),
        (b"429 Plus tard", TryLater),
        (b"503 Plus tard", TryLater),
        (b"500 Cass\xe9", Unknown),
        (b"502 Passerelle", Unknown),
        (b"504 Passerelle", Unknown),
        (b"200 Bien", None),
        (b"201 Pris", None),
    ],
)
def test_each_status_is_what_it_says_of_the_file(served, address, status, error):
    with served(answering(b"HTTP/1.1 " + status, b"Content-Length: 0")) as port:
        if error is None:
            assert https.post(address(port), SENDING).name == SENDING.name
            return
        with pytest.raises(error):
            https.post(address(port), SENDING)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"bonjour\r\n\r\n",
        b"HTTP/1.1 ",
        b"\xff" * 70_000,
        b"HTTP/9.9 99999 a\r\n\r\n",
    ],
)
def test_an_answer_that_is_none_leaves_the_outcome_unknown(served, address, said):
    def talk(line):
        whole(line)
        line.sendall(said)

    with served(talk) as port, pytest.raises(Unknown):
        https.post(address(port), SENDING)


def test_a_file_said_to_be_taken_is_taken_whatever_follows(served, address):
    with served(answering(b"HTTP/1.1 201", b"Content-Length: 9", b"", b"abc")) as port:
        assert https.post(address(port), SENDING).said == "abc"


def test_a_line_cut_in_the_middle_took_nothing(served, address):
    def talk(line):
        line.recv(1000)

    big = dataclasses.replace(SENDING, content=bytes(20 * 1024 * 1024))
    with served(talk) as port, pytest.raises(TryLater) as failure:
        https.post(address(port), big)
    assert failure.value.code in ("transport.coupure", "transport.tls")


def test_a_refusal_before_the_end_is_heard(served, address):
    def talk(line):
        line.recv(1000)
        line.sendall(b"HTTP/1.1 413 Trop\r\nContent-Length: 4\r\n\r\ntrop")
        line.settimeout(0.3)
        try:
            while line.recv(65536):
                pass
        except OSError:
            pass

    big = dataclasses.replace(SENDING, content=bytes(20 * 1024 * 1024))
    with served(talk) as port, pytest.raises((Refusal, TryLater)):
        https.post(address(port), big)


def test_an_answer_one_byte_at_a_time_ends_with_the_time_allowed(served, address):
    def talk(line):
        whole(line)
        for byte in b"HTTP/1.1 201 Pris\r\nX: " + b"a" * 500:
            line.sendall(bytes([byte]))
            time.sleep(0.3)

    with served(talk) as port:
        begun = time.monotonic()
        with pytest.raises(Unknown) as failure:
            https.post(address(port, whole=3, idle=20), SENDING)
        assert time.monotonic() - begun < 20
        assert "délai" in failure.value.detail


def test_a_server_that_reads_nothing_ends_with_the_time_allowed(served, address):
    big = dataclasses.replace(SENDING, content=bytes(20 * 1024 * 1024))
    ended = Event()
    with served(lambda line: ended.wait(60)) as port:
        begun = time.monotonic()
        with pytest.raises(TryLater):
            https.post(address(port, whole=1, idle=50), big)
        assert time.monotonic() - begun < 20
        ended.set()


def test_an_endless_answer_is_read_to_its_limit(served, address):
    def talk(line):
        whole(line)
        line.sendall(b"HTTP/1.1 201 Pris\r\nConnection: close\r\n\r\n")
        for _turn in range(10_000):
            line.sendall(b"a" * 65536)
            written.append(65536)

    written = []
    with served(talk) as port:
        assert len(https.post(address(port), SENDING).said) <= 500
    assert sum(written) < 64 * 1024 * 1024  # the answer was 655 MB: what was not in some buffer was not waited for


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ftp://x", "", "https:///chemin"])
def test_an_address_without_tls_is_a_setting_to_mend(address, url):
    with pytest.raises(TryLater) as failure:
        https.post(dataclasses.replace(address(1), url=url), SENDING)
    assert failure.value.code == "transport.adresse"


def test_a_login_is_shown_to_a_server_that_wants_one(served, address):
    seen = []

    def talk(line):
        data = b""
        while b"\r\n\r\n" not in data:
            data += line.recv(65536)
        seen.append(data.split(b"\r\n\r\n")[0])
        whole(line)
        line.sendall(b"HTTP/1.1 200 Bien\r\nContent-Length: 0\r\n\r\n")

    with served(talk) as port:
        https.post(address(port, login="moi", password="secret"), dataclasses.replace(SENDING, content=b"x" * 200_000))
    assert b"Authorization: Basic bW9pOnNlY3JldA==" in seen[0]


def imap(*answers):
    """Return a talk: greets, then gives each answer to a command, ``%s`` being its tag."""

    def talk(line):
        stream = line.makefile("rb")
        line.sendall(b"* OK la\r\n")
        for answer in answers:
            tag = stream.readline().split(b" ")[0]
            line.sendall(answer.replace(b"%s", tag))
        stream.readline()

    return talk


CAPABLE = b"* CAPABILITY IMAP4rev1\r\n%s OK fait\r\n"
OPENED = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] la\r\n%s OK fait\r\n"
FOUND = b"* SEARCH 3\r\n%s OK fait\r\n"


@pytest.mark.parametrize(
    "answers",
    [
        (CAPABLE, b"%s NO non\r\n"),
        (CAPABLE, b"%s OK fait\r\n", b"%s NO rien\r\n"),
        (CAPABLE, b"%s OK fait\r\n", OPENED, b"* BYE\r\n"),
        (
            CAPABLE,
            b"%s OK fait\r\n",
            OPENED,
            FOUND,
            b"* 1 FETCH (UID 3 RFC822.SIZE 10)\r\n%s OK fait\r\n",
            b"* 1 FETCH (BODY[] {9999999999}\r\n",
        ),
        (
            CAPABLE,
            b"%s OK fait\r\n",
            OPENED,
            FOUND,
            b"* 1 FETCH (UID 3 RFC822.SIZE 10)\r\n%s OK fait\r\n",
            b"* 1 FETCH (BODY[] {50}\r\nabc",
        ),
        (b"n importe quoi\r\n",),
        (),
    ],
)
def test_a_mailbox_that_misbehaves_is_for_later(served, made, tmp_path, answers):
    trust = partial(tls.context, tls.Identity(str(made.authority)), date(2026, 3, 16))
    with served(imap(*answers)) as port:
        box = letters.Mailbox("127.0.0.1", "a", "b", trust, port, idle=2)
        with pytest.raises(TryLater):
            list(box.fetch(tmp_path))


def test_a_letter_too_large_is_told_and_not_read(served, made, tmp_path):
    trust = partial(tls.context, tls.Identity(str(made.authority)), date(2026, 3, 16))
    size = b"* 1 FETCH (UID 3 RFC822.SIZE 99999999)\r\n%s OK fait\r\n"
    with served(imap(CAPABLE, b"%s OK fait\r\n", OPENED, FOUND, size)) as port:
        (found,) = letters.Mailbox("127.0.0.1", "a", "b", trust, port, idle=2).fetch(tmp_path)
    assert found.key == "7.3" and "40 Mo" in found.problem


def test_a_letter_numbered_anew_is_not_taken_for_another(served, made):
    trust = partial(tls.context, tls.Identity(str(made.authority)), date(2026, 3, 16))
    seen = []

    def talk(line):
        stream = line.makefile("rb")
        line.sendall(b"* OK la\r\n")
        for answer in (CAPABLE, b"%s OK fait\r\n", OPENED, b"* BYE\r\n%s OK fait\r\n"):
            command = stream.readline()
            seen.append(command)
            line.sendall(answer.replace(b"%s", command.split(b" ")[0]))

    with served(talk) as port:
        box = letters.Mailbox("127.0.0.1", "a", "b", trust, port, idle=2)
        box.acknowledge(letters.Incoming("6.3", place=("6", b"3")))
    assert not any(b"STORE" in command for command in seen)


def mail(**parts):
    message = EmailMessage()
    message["Subject"] = "Réponse"
    message.set_content("bonjour")
    for name, data in parts.items():
        message.add_attachment(data, maintype="application", subtype="xml", filename=name)
    return message


def test_names_of_attachments_lead_nowhere(tmp_path):
    message = mail()
    for name in ("../../etc/passwd", "C:\\temp\\a.xml", "a\tb.xml", "", "x" * 500):
        message.add_attachment(b"<a/>", maintype="application", subtype="xml", filename=name)
    found = letters.opened(message.as_bytes(), "1", tmp_path)
    assert [file.path.parent for file in found.files] == [tmp_path] * 5
    assert [file.path.name for file in found.files] == [f"{rank:04d}" for rank in range(5)]
    assert [file.name for file in found.files][:3] == ["passwd", "a.xml", "a b.xml"]
    assert all(file.path.read_bytes() == b"<a/>" and len(file.name) <= 200 for file in found.files)


def test_a_message_within_a_message_is_looked_into(tmp_path):
    outer = EmailMessage()
    outer["Subject"] = "Tr : Réponse"
    outer.set_content("voici")
    outer.add_attachment(mail(**{"a.xml": b"<a/>"}))
    found = letters.opened(outer.as_bytes(), "1", tmp_path)
    assert [file.name for file in found.files] == ["a.xml"] and found.subject == "Tr : Réponse"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?q?=ff?=\r\n\r\nrien",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
        b"Content-Type: application/xml; name*0*=utf-8''%ff; name*9=x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b'Content-Type: application/xml; charset="\r\nContent-Disposition: attachment; filename="\r\n\r\n<a/>',
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 200,
    ],
)
def test_a_letter_that_is_none_is_told_and_never_a_crash(tmp_path, data):
    found = letters.opened(data, "1", tmp_path)
    assert found.key == "1" and (found.problem or found.files)


def test_a_letter_with_a_thousand_parts_is_told(tmp_path):
    message = mail(**{f"f{rank}.xml": b"<a/>" for rank in range(letters.MAX_PARTS + 1)})
    assert letters.opened(message.as_bytes(), "1", tmp_path).problem


def test_letters_thrown_away_by_a_reader_are_not_read_in_a_maildir(tmp_path):
    box = tmp_path / "boite"
    for name in ("new", "cur"):
        (box / name).mkdir(parents=True)
    (box / "new" / "1.a").write_bytes(mail(**{"a.xml": b"<a/>"}).as_bytes())
    (box / "cur" / "2.a:2,S").write_bytes(mail(**{"b.xml": b"<b/>"}).as_bytes())
    (box / "cur" / "3.a:2,ST").write_bytes(mail(**{"c.xml": b"<c/>"}).as_bytes())
    (tmp_path / "lu").mkdir()
    found = list(letters.Maildir(box).fetch(tmp_path / "lu"))
    assert [item.key for item in found] == ["1.a", "2.a"]
    (tmp_path / "lu2").mkdir()
    assert all(item.problem for item in letters.Maildir(box, largest=10).fetch(tmp_path / "lu2"))


def test_a_gateway_that_says_nothing_is_for_later(made, tmp_path):
    trust = partial(tls.context, tls.Identity(str(made.authority)), date(2026, 3, 16))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = Helios("127.0.0.1", "a", "b", trust, silent.getsockname()[1], idle=0.5)
        begun = time.monotonic()
        with pytest.raises(TryLater) as failure:
            list(transport.fetch(tmp_path))
        assert failure.value.code == "transport.injoignable" and time.monotonic() - begun < 20
