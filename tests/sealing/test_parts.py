"""Parts and their root, against pymerkle and by hand."""

from megalis.portal import sealing
from megalis.portal.sealing import parts
from pymerkle import InmemoryTree

import hashlib
import io
import pytest


def digests(count):
    return [hashlib.sha256(bytes([index])).digest() for index in range(count)]


@pytest.mark.parametrize("count", [*range(0, 20), 100, 129])
def test_root_equals_pymerkle(count):
    tree = InmemoryTree(algorithm="sha256")
    for digest in digests(count):
        tree.append_entry(digest)
    assert sealing.parts_root(digests(count)) == tree.get_state()


def test_root_of_one_part():
    digest = digests(1)[0]
    assert sealing.parts_root([digest]) == hashlib.sha256(b"\0" + digest).digest()


@pytest.mark.parametrize("size", [0, 1, sealing.PART_SIZE - 1, sealing.PART_SIZE, sealing.PART_SIZE + 1])
def test_parts_of_a_stream(size):
    data = bytes(size)
    found, length = sealing.hash_parts(io.BytesIO(data))
    pieces = [data[start : start + sealing.PART_SIZE] for start in range(0, size, sealing.PART_SIZE)]
    assert found == [hashlib.sha256(piece).digest() for piece in pieces]
    assert length == size
    assert parts.parts_count(size) == len(pieces)
