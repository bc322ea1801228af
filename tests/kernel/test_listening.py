"""What the web server refuses is refused at once, in our words, and the answer reaches who is still sending."""

from contextlib import suppress
from megalis.portal.kernel import listening

import json
import pytest
import socket
import threading


LIMIT = 3 * 1024 * 1024


def echo(environ, start_response):
    data = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(str(len(data)))))])
    return [str(len(data)).encode()]


@pytest.fixture(scope="module")
def address():
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen(5)
    served = listening.serving(echo, sockets=[bound], threads=1, max_request_body_size=LIMIT, ident=None)

    def run():
        with suppress(OSError):  # its sockets are closed under it at the end
            served.run()

    threading.Thread(target=run, daemon=True).start()
    yield bound.getsockname()
    served.close()
    served.task_dispatcher.shutdown()


def ask(address, head, body=b"", more=""):
    """Send a request, whatever is answered meanwhile; return ``(status, headers, body)``."""
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(f"{head}\r\nHost: portail.exemple.bzh\r\n{more}\r\n".encode() + body)
        data = b""
        while block := connection.recv(65536):
            data += block
            length = data.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            if b"\r\n\r\n" in data and len(data.partition(b"\r\n\r\n")[2]) >= int(length):
                break
    first, _blank, rest = data.partition(b"\r\n\r\n")
    status, *lines = first.decode().split("\r\n")
    return status.partition(" ")[2], dict(line.split(": ", 1) for line in lines), rest.decode()


def test_a_body_over_the_limit_is_refused_before_it_is_sent_with_the_limit_and_the_remedy(address):
    status, headers, body = ask(address, "POST / HTTP/1.1", more="Content-Length: 2147483648\r\n")
    assert status == "413 Request Entity Too Large"
    assert "2,0\u00a0Go" in body and "3\u00a0Mo" in body and "en plusieurs fois" in body
    assert headers["Content-Type"] == "text/html; charset=utf-8" and '<html lang="fr">' in body
    assert headers["X-Content-Type-Options"] == "nosniff" and "Content-Security-Policy" in headers


def test_a_program_gets_json(address):
    more = "Content-Length: 4000000\r\nAccept: application/json\r\n"
    _status, headers, body = ask(address, "POST / HTTP/1.1", more=more)
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["code"] == "taille"


def test_who_is_still_sending_reads_the_answer_and_not_a_reset(address):
    size = 8 * LIMIT
    status, _headers, _body = ask(address, "POST / HTTP/1.1", b"x" * size, f"Content-Length: {size}\r\n")
    assert status.startswith("413")


def test_who_asks_whether_to_send_is_told_no(address):
    more = "Content-Length: 4000000\r\nExpect: 100-continue\r\n"
    assert ask(address, "POST / HTTP/1.1", more=more)[0].startswith("413")


def test_a_body_that_does_not_tell_its_size_is_refused_once_it_is_over(address):
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    status, _headers, body = ask(address, "POST / HTTP/1.1", chunk * 5, "Transfer-Encoding: chunked\r\n")
    assert status.startswith("413") and "plus de 3\u00a0Mo" in body


@pytest.mark.parametrize(
    ("head", "more", "status", "words"),
    [
        ("POST / HTTP/1.1", "Transfer-Encoding: gzip\r\n", "501", "Content-Length"),
        ("POST / HTTP/1.1", "Content-Length: -1\r\n", "400", "pas compris"),
        ("GET / HTTP/1.1", "X: " + "y" * 300_000 + "\r\n", "431", "trop longs"),
    ],
)
def test_what_is_no_request_is_refused_in_our_words(address, head, more, status, words):
    answered, _headers, body = ask(address, head, more=more)
    assert answered.startswith(status) and words in body


def test_a_body_within_the_limit_reaches_the_pages(address):
    size = LIMIT - 1
    assert ask(address, "POST / HTTP/1.1", b"x" * size, f"Content-Length: {size}\r\n")[2] == str(size)
