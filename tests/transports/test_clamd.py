"""What clamd answers is told as it is: clean, infected, too large, or not there; never clean without its word."""

from megalis.portal.transports import clamd
from tests.kernel.clamd import fake
from tests.kernel.clamd import VIRUS

import io
import pytest
import socket


def scan(data, server, timeout=30):
    return clamd.scan(io.BytesIO(data), server.address, timeout)


def test_clean_and_infected():
    with fake() as server:
        assert scan(b"bonjour", server) == clamd.Verdict("sain")
        assert scan(b"", server) == clamd.Verdict("sain")
        assert scan(b"a" * 300_000 + VIRUS, server) == clamd.Verdict("infecte", "Canari.EICAR")
        assert [len(data) for data in server.seen] == [7, 0, 300_000 + len(VIRUS)]


def test_a_file_beyond_its_limit():
    with fake(limit=1000) as server:
        assert scan(b"a" * 5_000_000, server).state in ("trop-gros", "indisponible")
        assert scan(b"a" * 2000, server).state == "trop-gros"


@pytest.mark.parametrize("answer", [b"", b"stream: ERROR\0", b"n'importe quoi\0", b"\xff\xfe\0", b"OK\0"])
def test_an_answer_that_says_nothing_is_not_clean(answer):
    with fake(answer=answer) as server:
        assert scan(b"bonjour", server).state == "indisponible"


def test_nobody_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        assert clamd.scan(io.BytesIO(b"a"), address, 1).state == "indisponible"
    assert clamd.scan(io.BytesIO(b"a"), "unix:/nulle/part", 1).state == "indisponible"
    assert clamd.version("unix:/nulle/part") == ""


def test_one_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        verdict = clamd.scan(io.BytesIO(b"a"), f"127.0.0.1:{mute.getsockname()[1]}", 0.2)
    assert verdict.state == "indisponible"


def test_its_version():
    with fake() as server:
        assert clamd.version(server.address) == "ClamAV 1.4.3/27000/essai"


@pytest.mark.parametrize("text", ["", "clamd", "unix:relatif", "hote:0", "hote:99999", ":3310", "hote:x"])
def test_an_address_that_is_none(text):
    with pytest.raises(ValueError, match="«"):
        clamd.parse_address(text)
    assert clamd.scan(io.BytesIO(b"a"), text, 1).state == "indisponible"


def test_addresses():
    assert clamd.parse_address("unix:/run/clamd") == ("unix", "/run/clamd")
    assert clamd.parse_address("[::1]:3310") == ("tcp", ("::1", 3310))
