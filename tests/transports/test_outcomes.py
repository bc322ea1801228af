"""What a sending is, TLS by date, and the two folders of a gateway."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from hashlib import sha256
from megalis.portal.transports import tls
from megalis.portal.transports.directory import Directory
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.simulator.authority import papers

import dataclasses
import os
import pytest
import ssl


@pytest.fixture
def gateway(tmp_path):
    for name in ("sortant", "entrant", "traites"):
        (tmp_path / name).mkdir()
    return Directory(tmp_path / "sortant", tmp_path / "entrant", tmp_path / "traites", settle=0)


def test_a_file_that_changed_since_its_deposit_does_not_leave(gateway, tmp_path):
    path = tmp_path / "flux.xml"
    path.write_bytes(b"<a/>")
    sending = Sending("flux.xml", path, sha256=sha256(b"<a/>").hexdigest())
    gateway.send(sending)
    path.write_bytes(b"<b/>")
    with pytest.raises(Refusal) as refusal:
        gateway.send(dataclasses.replace(sending, name="autre.xml"))
    assert refusal.value.code == "transport.altere"
    with pytest.raises(Refusal) as refusal:
        gateway.send(Sending("autre.xml", b"<b/>", sha256="0" * 64))
    assert refusal.value.code == "transport.altere"


def test_a_file_that_is_gone_does_not_leave(gateway, tmp_path):
    with pytest.raises(Refusal) as refusal:
        gateway.send(Sending("flux.xml", tmp_path / "nulle-part"))
    assert refusal.value.code == "transport.absent"


def test_a_file_is_put_whole_under_its_name(gateway):
    assert not gateway.send(Sending("flux.xml", b"x" * 100_000)).already
    assert [path.name for path in gateway.outbox.iterdir()] == ["flux.xml"]
    assert (gateway.outbox / "flux.xml").read_bytes() == b"x" * 100_000


def test_the_same_file_sent_again_is_there_already_and_another_takes_no_place(gateway):
    gateway.send(Sending("flux.xml", b"<a/>"))
    assert gateway.send(Sending("flux.xml", b"<a/>")).already
    assert gateway.seen(Sending("flux.xml", b"<a/>")) is True
    assert gateway.seen(Sending("autre.xml", b"<a/>")) is None
    with pytest.raises(Refusal) as refusal:
        gateway.send(Sending("flux.xml", b"<b/>"))
    assert refusal.value.code == "transport.doublon"
    assert (gateway.outbox / "flux.xml").read_bytes() == b"<a/>"


@pytest.mark.parametrize("name", ["../flux.xml", "a/b.xml", "", ".cache", "a\nb.xml", "é.xml"])
def test_a_name_leads_nowhere_else(gateway, name):
    with pytest.raises(Refusal) as refusal:
        gateway.send(Sending(name, b"<a/>"))
    assert refusal.value.code == "transport.nom"


def test_a_folder_that_is_not_there_is_for_later(gateway, tmp_path):
    lost = dataclasses.replace(gateway, outbox=tmp_path / "nulle-part", inbox=tmp_path / "nulle-part")
    for attempt in (lambda: lost.send(Sending("flux.xml", b"<a/>")), lambda: list(lost.fetch(tmp_path))):
        with pytest.raises(TryLater) as failure:
            attempt()
        assert failure.value.code == "transport.dossier"


def test_answers_come_the_oldest_first_and_go_once_acknowledged(gateway, tmp_path):
    for rank, name in enumerate(("b.xml", "a.xml", ".cache", "c.part")):
        path = gateway.inbox / name
        path.write_bytes(name.encode())
        os.utime(path, (rank + 1, rank + 1))
    (gateway.inbox / "lien.xml").symlink_to(gateway.inbox / "b.xml")
    found = list(gateway.fetch(tmp_path))
    assert [item.subject for item in found] == ["b.xml", "a.xml"]
    assert [item.key for item in gateway.fetch(tmp_path)] == [item.key for item in found]
    gateway.acknowledge(*found)
    gateway.acknowledge(*found)
    assert list(gateway.fetch(tmp_path)) == []
    assert (gateway.kept / "a.xml").read_bytes() == b"a.xml"


def test_an_answer_replaced_meanwhile_stays(gateway, tmp_path):
    path = gateway.inbox / "a.xml"
    path.write_bytes(b"une")
    (found,) = gateway.fetch(tmp_path)
    path.write_bytes(b"autre")
    gateway.acknowledge(found)
    assert path.read_bytes() == b"autre"


def test_an_answer_being_written_waits_and_one_too_large_is_told(gateway, tmp_path):
    path = gateway.inbox / "a.xml"
    path.write_bytes(b"12345")
    assert list(dataclasses.replace(gateway, settle=60).fetch(tmp_path)) == []
    (found,) = dataclasses.replace(gateway, largest=4).fetch(tmp_path)
    assert found.problem and found.files == ()


def test_rules_of_tls_change_with_the_day():
    assert tls.rules(date(2010, 1, 1)) == tls.RULES[0]
    assert tls.rules(date(2020, 3, 25)) == tls.RULES[0]
    assert tls.rules(date(2026, 3, 16)) == tls.RULES[-1]


def test_a_context_holds_the_rules_of_its_day(tmp_path):
    made = papers(tmp_path)
    identity = tls.Identity(str(made.authority), str(made.client), str(made.client_key), maximum=ssl.TLSVersion.TLSv1_2)
    context = tls.context(identity, date(2026, 3, 16))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2 == context.maximum_version
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
    old = [item["name"] for item in context.get_ciphers() if item["protocol"] == "TLSv1.2"]
    assert old and all("GCM" in name or "CCM" in name or "CHACHA20" in name for name in old)


def test_papers_are_kept_until_their_end_is_near(tmp_path):
    first = papers(tmp_path).server.read_bytes()
    assert papers(tmp_path).server.read_bytes() == first
    assert papers(tmp_path, datetime.now(UTC) + timedelta(days=360)).server.read_bytes() != first
    assert (tmp_path / "serveur.cle").stat().st_mode & 0o077 == 0


def test_a_key_that_is_not_that_of_the_certificate_is_told(tmp_path):
    made = papers(tmp_path)
    with pytest.raises(OSError):
        tls.context(tls.Identity(str(made.authority), str(made.client), str(made.server_key)), date(2026, 3, 16))
