"""What is kept of a deposit is on the disk before anybody is told so."""

from megalis.portal.deposits import store

import os


def test_a_part_is_flushed_to_the_disk_whole(monkeypatch):
    flushed = []

    def fsync(number):
        flushed.append(os.fstat(number).st_size)

    monkeypatch.setattr(store.os, "fsync", fsync)
    part = store.make_part(b"x" * 4321)
    assert flushed == [4321]
    assert part.size == 4321
