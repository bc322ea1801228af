"""RFC 3161 tokens against `openssl ts`, both ways, and a transport that fails in every way a network can."""

from contextlib import contextmanager
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.oid import NameOID
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.ledger.errors import TimestampError
from megalis.portal.ledger.timestamps import _check_usage
from megalis.portal.ledger.timestamps import http_transport
from megalis.portal.ledger.timestamps import load_roots
from megalis.portal.ledger.timestamps import request_token
from megalis.portal.ledger.timestamps import verify_token
from rfc3161_client import decode_timestamp_response
from threading import Event
from threading import Thread

import pytest
import subprocess


MESSAGE = b"ce qui est horodate"


@pytest.fixture(scope="module")
def token(authority):
    return request_token(MESSAGE, authority, load_roots(authority.roots))


def code(function, *args, **kwargs):
    with pytest.raises(TimestampError) as refusal:
        function(*args, **kwargs)
    assert refusal.value.message
    return refusal.value.code


def test_a_token_is_had_and_verified(token, authority):
    assert token.trusted and token.policy == "1.2.3.4.1" and "Horodatage de test" in token.authority
    assert abs(token.moment - datetime.now(UTC)) < timedelta(minutes=5)
    assert verify_token(token.data, MESSAGE, load_roots(authority.roots)) == token
    assert not verify_token(token.data, MESSAGE).trusted


def test_openssl_agrees(token, authority, tmp_path):
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "r.tsr").write_bytes(token.data)
    said = subprocess.run(
        ["openssl", "ts", "-verify", "-data", tmp_path / "message", "-in", tmp_path / "r.tsr",
         "-CAfile", authority.folder / "ca.pem"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "Verification: OK" in said.stdout + said.stderr


def test_a_two_certificate_reply_out_of_order_is_read(token):
    """The trap: a strict parser refuses the very bytes that OpenSSL writes."""
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        decode_timestamp_response(token.data)


def test_an_elliptic_authority_with_its_own_certificate_only(other_authority):
    assert request_token(MESSAGE, other_authority, load_roots(other_authority.roots)).trusted


def test_another_message_root_or_policy_is_refused(token, other_authority):
    assert code(verify_token, token.data, MESSAGE + b".") == "horodatage-empreinte"
    assert code(verify_token, token.data, MESSAGE, load_roots(other_authority.roots)) == "horodatage-autorite"
    assert code(verify_token, token.data, MESSAGE, (), ("1.2.3.4.9",)) == "horodatage-politique"
    assert verify_token(token.data, MESSAGE, (), ("1.2.3.4.9", "1.2.3.4.1"))


def test_a_reply_to_another_request_is_refused(token):
    assert code(request_token, MESSAGE, lambda request: token.data) == "horodatage-nonce"


def test_a_refusal_of_the_authority_is_told(authority):
    assert code(request_token, MESSAGE, lambda request: authority(b"\x30\x00")) == "horodatage-refus"


def test_a_sha1_imprint_is_too_weak(other_authority):
    (other_authority.folder / "m").write_bytes(MESSAGE)
    request = other_authority.openssl("ts", "-query", "-data", "m", "-sha1", "-cert")
    assert code(verify_token, other_authority(request), MESSAGE) == "horodatage-empreinte"


def test_a_reply_without_certificate_is_refused(authority):
    (authority.folder / "m").write_bytes(MESSAGE)
    request = authority.openssl("ts", "-query", "-data", "m", "-sha256")
    assert code(verify_token, authority(request), MESSAGE) == "jeton"


def certificate(usages, critical=True):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "essai")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=1))
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical)
    return builder.sign(key, hashes.SHA256())


def test_only_a_certificate_reserved_to_time_stamping_will_do():
    stamping, other = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING
    _check_usage(certificate([stamping]))
    for wrong in (
        certificate([]),
        certificate([stamping], False),
        certificate([other]),
        certificate([stamping, other]),
    ):
        assert code(_check_usage, wrong) == "horodatage-usage"


def test_no_byte_changed_changes_what_a_token_says(token, authority):
    """Some bytes of a reply are outside of the signature; none may alter hour, policy or serial, or crash."""
    said = (token.moment, token.policy, token.serial)
    roots, refused = load_roots(authority.roots), 0
    for position in range(0, len(token.data), 3):
        data = token.data[:position] + bytes([token.data[position] ^ 1]) + token.data[position + 1 :]
        try:
            found = verify_token(data, MESSAGE, roots)
        except TimestampError:
            refused += 1
        else:
            assert (found.moment, found.policy, found.serial) == said
    assert refused > 200
    start = token.data.index(b"\x18\x0f20")
    for position in range(start, start + 17):
        changed = bytes([token.data[position] ^ 1])
        assert code(verify_token, token.data[:position] + changed + token.data[position + 1 :], MESSAGE)


def test_every_truncation_is_refused(token):
    for length in range(0, len(token.data), 3):
        assert code(verify_token, token.data[:length], MESSAGE)
    assert code(verify_token, token.data + b"\x00", MESSAGE)
    assert code(verify_token, b"\x30" * 70_000, MESSAGE) == "jeton"


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_code(data):
    assert code(verify_token, data, MESSAGE)


@pytest.mark.parametrize("error", [RuntimeError("boum"), OSError("cable"), KeyError("x")])
def test_a_transport_that_fails_is_a_typed_refusal(error):
    def transport(request):
        raise error

    assert code(request_token, MESSAGE, transport) == "horodatage-indisponible"


@contextmanager
def server(answer):
    """Serve POSTs on 127.0.0.1 with ``answer(handler, body)``; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *args):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/tsa"
    finally:
        httpd.shutdown()
        httpd.server_close()


def reply(handler, body, status=200, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def test_over_http(authority):
    seen = []

    def answer(handler, body):
        seen.append((handler.headers["Content-Type"], handler.headers["Authorization"]))
        reply(handler, authority(body), Content_Type="application/timestamp-reply")

    with server(answer) as url:
        transport = http_transport(url, headers={"Authorization": "Basic x"})
        assert request_token(MESSAGE, transport, load_roots(authority.roots)).trusted
    assert seen == [("application/timestamp-query", "Basic x")]


@pytest.mark.parametrize(
    "answer, expected",
    [
        (lambda handler, body: reply(handler, b"", 500), "horodatage-indisponible"),
        (lambda handler, body: reply(handler, b"", 302, Location="http://127.0.0.1:9/"), "horodatage-indisponible"),
        (lambda handler, body: reply(handler, b"0" * 70_000), "horodatage-taille"),
        (lambda handler, body: reply(handler, b"<html>"), "jeton"),
        (lambda handler, body: reply(handler, b""), "jeton"),
        (lambda handler, body: handler.wfile.write(b"nonsense\r\n\r\n"), "horodatage-indisponible"),
    ],
    ids=["500", "redirect", "huge", "html", "empty", "not-http"],
)
def test_http_defects(answer, expected):
    with server(answer) as url:
        assert code(request_token, MESSAGE, http_transport(url, timeout=30)) == expected


def test_a_silent_authority_is_waited_for_no_longer_than_said():
    told = Event()
    with server(lambda handler, body: told.wait(30)) as url:
        assert code(request_token, MESSAGE, http_transport(url, timeout=0.4)) == "horodatage-indisponible"
        told.set()


def test_nobody_there():
    assert code(request_token, MESSAGE, http_transport("http://127.0.0.1:1/", timeout=1)) == "horodatage-indisponible"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://exemple", "exemple", ""])
def test_only_http_addresses(url):
    assert code(http_transport, url) == "horodatage-adresse"


def test_roots_that_are_none():
    assert code(load_roots, b"pas du PEM") == "autorite"
