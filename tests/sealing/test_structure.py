"""The server's check, without keys: what it accepts is a pli for these recipients, and it costs nothing."""

from megalis.portal import sealing
from megalis.portal.sealing import keys
from megalis.portal.sealing import stream
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.header import parse_header

import io
import pytest
import time


def refused(start, size, context, recipients):
    with pytest.raises(SealingError) as caught:
        sealing.check_structure(start, size, context, recipients)
    assert str(caught.value)
    return caught.value.code


def test_a_pli_is_accepted(pli, ring):
    data = pli[0].read_bytes()
    for start in (data[:65536], io.BytesIO(data), data, memoryview(data)):
        assert sealing.check_structure(start, len(data), ring.context(), ring.recipients).length > 4000
    assert sealing.check_structure(data, len(data), ring.fields(), ring.recipients)


def test_other_contexts_and_recipients_are_refused(pli, ring):
    data = pli[0].read_bytes()
    assert refused(data, len(data), ring.context(lot="1"), ring.recipients) == "contexte"
    assert refused(data, len(data), ring.context(), ring.recipients[::-1]) == "contexte"
    assert refused(data, len(data), ring.context(), ring.recipients[:2]) == "contexte"
    other = [*ring.recipients[:2], keys.generate().recipient]
    assert refused(data, len(data), ring.context(), other) == "contexte"


def test_wrong_lengths_are_refused(pli, ring):
    data = pli[0].read_bytes()
    header = parse_header(data).length
    for size in (len(data) - 1, len(data) + 1, len(data) - 512, len(data) + 512, header, header + 15, header + 32, 0):
        assert refused(data, size, ring.context(), ring.recipients) == "longueur"
    assert refused(data[: header - 1], header - 1, ring.context(), ring.recipients) == "entete"
    assert refused(b"", 0, ring.context(), ring.recipients) == "entete"


def test_plain_age_files_are_refused(ring, sealed_bytes):
    recipients = [keys.parse_recipient(text) for text in ring.recipients]
    plain = sealed_bytes(bytes(4096), recipients)
    assert refused(plain, len(plain), ring.context(), ring.recipients) == "contexte"
    fewer = sealed_bytes(bytes(4096), recipients[:2], ring.context().hash)
    assert refused(fewer, len(fewer), ring.context(), ring.recipients) == "contexte"
    classical = keys.parse_recipient(keys.generate("x25519").recipient)
    mixed = sealed_bytes(bytes(4096), [*recipients[:2], classical], ring.context().hash)
    assert refused(mixed, len(mixed), ring.context(), ring.recipients) == "contexte"
    armored = sealed_bytes(bytes(4096), recipients, ring.context().hash, armored=True)
    assert refused(armored, len(armored), ring.context(), ring.recipients) == "entete"


def test_every_changed_byte_of_the_context_line_is_refused(pli, ring):
    data = pli[0].read_bytes()
    start = data.index(b"-> megalis.bzh/context")
    for place in range(start, data.index(b"\n---") + 5):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert refused(changed, len(data), ring.context(), ring.recipients) in {"entete", "contexte"}


def test_an_endless_header_is_refused(ring):
    data = b"age-encryption.org/v1\n" + b"-> a\n\n" * 20000
    assert refused(data, 10**9, ring.context(), ring.recipients) == "entete"


def test_it_takes_less_than_a_millisecond(pli, ring):
    data = pli[0].read_bytes()[:65536]
    size = pli[1].size
    sealing.check_structure(data, size, ring.context(), ring.recipients)
    best = 1
    for _ in range(50):
        start = time.thread_time()
        sealing.check_structure(data, size, ring.context(), ring.recipients)
        best = min(best, time.thread_time() - start)
    assert best < 0.001


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 10**9])
def test_sizes_of_payloads(size):
    assert stream.opened_size(stream.sealed_size(size)) == size
    for wrong in (16, 31, 16 + 65552 + 16, 16 + 65552 + 1, 0, -1):
        with pytest.raises(SealingError):
            stream.opened_size(wrong)
