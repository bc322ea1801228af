"""age files by our code: round trips at every edge, and no mutation of any kind ever accepted."""

from megalis.portal.sealing import age
from megalis.portal.sealing import stream
from megalis.portal.sealing.armor import armor
from megalis.portal.sealing.errors import ContextError
from megalis.portal.sealing.errors import ExistsError
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import NoMatchError
from megalis.portal.sealing.errors import PayloadError
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.errors import SourceError
from megalis.portal.sealing.header import parse_header
from megalis.portal.sealing.identities import ScryptIdentity
from megalis.portal.sealing.identities import X25519Identity
from megalis.portal.sealing.recipients import ScryptRecipient

import io
import os
import pytest
import random


EDGES = [
    0,
    1,
    65535,
    65536,
    65537,
    2 * 65536,
    stream.SEGMENT - 1,
    stream.SEGMENT,
    stream.SEGMENT + 1,
    3 * stream.SEGMENT + 65536,
    5_000_001,
]


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("armored", [False, True])
def test_round_trip_in_memory(size, armored, ring, x25519, sealed_bytes, opened_bytes):
    data = random.Random(size).randbytes(size)
    recipients = [ring.identities[0].recipient, x25519.recipient]
    sealed = sealed_bytes(data, recipients, armored=armored)
    assert opened_bytes(sealed, [x25519]) == data
    assert opened_bytes(sealed, [ring.identities[0]]) == data
    if not armored:
        payload = len(sealed) - parse_header(sealed).length
        assert payload == stream.sealed_size(size)
        assert stream.opened_size(payload) == size


@pytest.mark.parametrize("size", EDGES)
def test_round_trip_of_files(size, tmp_path, x25519):
    source, sealed, opened = (tmp_path / name for name in ("source", "sealed", "opened"))
    source.write_bytes(random.Random(size).randbytes(size))
    age.encrypt_file(source, sealed, [x25519.recipient])
    age.decrypt_file(sealed, opened, [x25519])
    assert opened.read_bytes() == source.read_bytes()
    assert opened.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["opened", "sealed", "source"]


def test_two_sealings_share_nothing(x25519, sealed_bytes):
    one, two = (sealed_bytes(bytes(1000), [x25519.recipient]) for _ in range(2))
    assert parse_header(one).stanzas != parse_header(two).stanzas
    assert one[-1016:] != two[-1016:]


def mutations(sealed):
    """Yield (name, bytes) of every class of change of a sealed file of several chunks."""
    header = parse_header(sealed).length
    first = header + stream.NONCE_SIZE
    chunk = stream.SEALED_CHUNK
    for place in {
        *range(0, header, 7),
        *range(header - 60, first + 40),
        *range(first, len(sealed), 4099),
        len(sealed) - 1,
    }:
        for bit in (0, 5, 7):
            yield f"bit {bit} of byte {place}", sealed[:place] + bytes([sealed[place] ^ 1 << bit]) + sealed[place + 1 :]
    for cut in {0, 1, header - 1, header, header + 8, first, first + 15, first + 16, len(sealed) - 1, len(sealed) - 16}:
        yield f"cut at {cut}", sealed[:cut]
    for start in range(first, len(sealed), chunk):
        yield f"cut at chunk {start}", sealed[:start]
        yield f"cut after tag {start}", sealed[: start + 16]
        yield f"chunk dropped {start}", sealed[:start] + sealed[start + chunk :]
        yield f"chunk doubled {start}", sealed[: start + chunk] + sealed[start:]
        if start + 2 * chunk < len(sealed):
            a, b = sealed[start : start + chunk], sealed[start + chunk : start + 2 * chunk]
            yield f"chunks swapped {start}", sealed[:start] + b + a + sealed[start + 2 * chunk :]
    yield "byte added", sealed + b"\0"
    yield "chunk added", sealed + sealed[-chunk:]
    yield "file twice", sealed * 2
    yield "byte before", b"\n" + sealed
    yield "nonce zeroed", sealed[:header] + bytes(16) + sealed[first:]


def test_no_mutation_is_accepted(ring, x25519, sealed_bytes, opened_bytes):
    context = ring.context().hash
    recipients = [x25519.recipient, ring.identities[0].recipient]
    sealed = sealed_bytes(random.Random(1).randbytes(3 * 65536 + 100), recipients, context)
    other = sealed_bytes(random.Random(2).randbytes(3 * 65536 + 100), recipients, context)
    count = 0
    accepted = []
    for name, changed in mutations(sealed):
        count += 1
        try:
            opened_bytes(changed, [x25519], context)
        except SealingError:
            continue
        accepted.append(name)
    assert accepted == []
    assert count > 300
    header, start = parse_header(sealed).length, parse_header(other).length
    with pytest.raises(SealingError):
        opened_bytes(sealed[:header] + other[start:], [x25519], context)


def test_chunks_that_end_a_segment_are_not_the_end(x25519, sealed_bytes, opened_bytes):
    sealed = sealed_bytes(bytes(2 * stream.SEGMENT + 5), [x25519.recipient])
    first = parse_header(sealed).length + stream.NONCE_SIZE
    for segments in (1, 2):
        with pytest.raises(PayloadError):
            opened_bytes(sealed[: first + segments * stream.SEALED_SEGMENT], [x25519])


def test_stanzas_removed_added_or_renamed_are_refused(ring, x25519, sealed_bytes, opened_bytes):
    context = ring.context().hash
    sealed = sealed_bytes(b"offre", [x25519.recipient, ring.identities[0].recipient], context)
    header = parse_header(sealed)
    lines = [stanza.encode() for stanza in header.stanzas]
    tail = sealed[len(header.signed) :]
    for kept in ([0, 1], [0, 2], [0], [0, 1, 2, 2], [0, 2, 1], [0, 1, 1, 2]):
        changed = b"age-encryption.org/v1\n" + b"".join(lines[index] for index in kept) + b"---" + tail
        with pytest.raises(HeaderError):
            opened_bytes(changed, [x25519])
    for old, new in ((b"megalis.bzh/context", b"megalis.bzh/contexu"), (b"-> mlkem768x25519", b"-> mlkem768x25518")):
        with pytest.raises(HeaderError):
            opened_bytes(sealed.replace(old, new), [x25519])


def test_the_context_is_required_when_expected(ring, x25519, sealed_bytes, opened_bytes):
    bound = sealed_bytes(b"offre", [x25519.recipient], ring.context().hash)
    assert opened_bytes(bound, [x25519], ring.context().hash) == b"offre"
    assert opened_bytes(bound, [x25519]) == b"offre"
    with pytest.raises(ContextError):
        opened_bytes(bound, [x25519], ring.context(lot="3").hash)
    with pytest.raises(ContextError):
        opened_bytes(sealed_bytes(b"offre", [x25519.recipient]), [x25519], ring.context().hash)


def test_other_keys_open_nothing(ring, x25519, sealed_bytes, opened_bytes):
    sealed = sealed_bytes(b"offre", [ring.identities[0].recipient, x25519.recipient])
    for identity in (ring.identities[1], X25519Identity(os.urandom(32)), ScryptIdentity("mot")):
        with pytest.raises(NoMatchError):
            opened_bytes(sealed, [identity])
    assert opened_bytes(sealed, [ring.identities[1], x25519]) == b"offre"


def test_a_passphrase_stands_alone_and_costs_are_bounded(x25519, sealed_bytes, opened_bytes):
    secret = ScryptRecipient("phrase", 10)
    with pytest.raises(HeaderError):
        sealed_bytes(b"", [secret, x25519.recipient])
    assert opened_bytes(sealed_bytes(b"clair", [secret]), [ScryptIdentity("phrase")]) == b"clair"
    with pytest.raises(SealingError):
        opened_bytes(sealed_bytes(b"clair", [ScryptRecipient("phrase", 12)]), [ScryptIdentity("phrase", 11)])
    with pytest.raises(HeaderError):
        sealed_bytes(b"", [])


def test_nothing_is_left_after_a_refusal(tmp_path, x25519):
    source, sealed, opened = (tmp_path / name for name in ("source", "sealed", "opened"))
    source.write_bytes(bytes(3 * stream.SEGMENT))
    age.encrypt_file(source, sealed, [x25519.recipient])
    sealed.write_bytes(sealed.read_bytes()[:-1])
    with pytest.raises(PayloadError):
        age.decrypt_file(sealed, opened, [x25519])
    with pytest.raises(ExistsError):
        age.encrypt_file(source, sealed, [x25519.recipient])
    for missing in (tmp_path / "absent", tmp_path):
        with pytest.raises(SourceError):
            age.encrypt_file(missing, opened, [x25519.recipient])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sealed", "source"]


def test_a_reader_that_gives_little_at_a_time(x25519, sealed_bytes, opened_bytes):
    class Trickle(io.RawIOBase):
        def __init__(self, data):
            self._inner = io.BytesIO(data)

        def readable(self):
            return True

        def readinto(self, view):
            return self._inner.readinto(memoryview(view)[:1009])

    data = random.Random(3).randbytes(200_000)
    for armored in (False, True):
        out = io.BytesIO()
        age.encrypt(Trickle(data), out, [x25519.recipient], armored=armored)
        opened = io.BytesIO()
        age.decrypt(Trickle(out.getvalue()), opened, [x25519])
        assert opened.getvalue() == data


def test_both_armor_writers_agree(x25519, sealed_bytes, opened_bytes):
    for size in (0, 1, 47, 48, 1000):
        plain = sealed_bytes(bytes(size), [x25519.recipient])
        assert opened_bytes(armor(plain), [x25519]) == bytes(size)
        assert opened_bytes(b"\n \t" + armor(plain).replace(b"\n", b"\r\n") + b"\n\n", [x25519]) == bytes(size)
