"""A pli given to one more holder after its deposit: its bytes stay, an additional header opens it, nothing else does."""

from megalis.portal import sealing
from megalis.portal.sealing import keys
from megalis.portal.sealing import relays
from megalis.portal.sealing.errors import ContextError
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import MacError
from megalis.portal.sealing.errors import NoMatchError
from megalis.portal.sealing.header import base64
from megalis.portal.sealing.header import build_header
from megalis.portal.sealing.header import parse_header
from megalis.portal.sealing.header import Stanza
from pathlib import Path
from subprocess import run

import base64 as b64
import json
import pytest
import shutil


VECTORS = json.loads(Path(__file__).with_name("vectors").joinpath("relais", "1.json").read_text("utf-8"))


class Bid:
    """A pli of three keys, its header, and a fourth key that came after."""

    def __init__(self, ring, folder):
        self.ring = ring
        self.path = folder / "pli.age"
        document = folder / "prix.txt"
        document.write_bytes(b"1 000 000 euros")
        self.context = ring.context()
        sealing.seal([document], ring.recipients, self.context, self.path)
        self.bytes = self.path.read_bytes()
        self.header = self.bytes[: parse_header(self.bytes).length]
        self.late = keys.generate()
        self.late_identity = keys.parse_identity(self.late.identity)
        self.recipient = keys.parse_recipient(self.late.recipient)

    def relay(self, giver=0):
        return relays.relay_header(self.header, [self.ring.identities[giver]], self.recipient)


@pytest.fixture(scope="module")
def bid(ring, tmp_path_factory):
    return Bid(ring, tmp_path_factory.mktemp("relais"))


def test_the_new_holder_opens_with_the_relay_and_not_without(bid, tmp_path):
    with pytest.raises(NoMatchError):
        sealing.open_(bid.path, [bid.late_identity], tmp_path / "sans", bid.context)
    opened = sealing.open_(bid.path, [bid.late_identity], tmp_path / "avec", bid.context, relays=[bid.relay()])
    assert opened.documents[0].path.read_bytes() == b"1 000 000 euros"
    assert opened.fingerprint == bid.late.fingerprint
    assert bid.path.read_bytes() == bid.bytes


@pytest.mark.parametrize("giver", [0, 1, 2])
def test_any_holder_gives_it(bid, giver, tmp_path):
    opened = sealing.open_(bid.path, [bid.late_identity], tmp_path / "out", bid.context, relays=[bid.relay(giver)])
    assert [document.name for document in opened.documents] == ["prix.txt"]


def test_a_key_that_does_not_open_gives_nothing(bid):
    with pytest.raises(NoMatchError):
        relays.relay_header(bid.header, [bid.late_identity], bid.recipient)


def test_the_relay_of_another_pli_is_passed_over(bid, ring, tmp_path):
    document = tmp_path / "a.txt"
    document.write_bytes(b"a")
    sealing.seal([document], ring.recipients, bid.context, tmp_path / "autre.age")
    with pytest.raises(NoMatchError):
        sealing.open_(tmp_path / "autre.age", [bid.late_identity], tmp_path / "o", bid.context, relays=[bid.relay()])


def test_a_relay_changed_by_the_platform_opens_nothing(bid, tmp_path):
    """Everything the HMAC covers: another file key, another pli named, a flipped bit of the stanza or of the HMAC."""
    relay = relays.parse_relay(bid.relay())
    other_key = build_header([bid.recipient.wrap(bytes(16)), *relay.header.stanzas[1:]], bytes(16))
    body = bytes([relay.stanza.body[0] ^ 1]) + relay.stanza.body[1:]
    stanza = Stanza(relay.stanza.type, relay.stanza.args, body)
    flipped = relay.header.signed.replace(relay.stanza.encode(), stanza.encode())
    flipped += b" " + base64(relay.header.mac).encode() + b"\n"
    wrong_mac = relay.header.signed + b" " + base64(bytes(32)).encode() + b"\n"
    for data, refusal in ((other_key, MacError), (flipped, NoMatchError), (wrong_mac, MacError)):
        with pytest.raises(refusal):
            sealing.open_(bid.path, [bid.late_identity], tmp_path / "out", bid.context, relays=[data])
        assert not (tmp_path / "out").exists()


def test_the_context_of_the_pli_still_binds_who_opens_by_a_relay(bid, ring, tmp_path):
    with pytest.raises(ContextError):
        sealing.open_(bid.path, [bid.late_identity], tmp_path / "o", ring.context(lot="1"), relays=[bid.relay()])


class TestWhatTheServerChecks:
    def test_a_right_one(self, bid):
        assert relays.check_relay(bid.relay(), bid.header, bid.recipient).stanza.type == "mlkem768x25519"

    def test_of_another_pli(self, bid):
        other = bid.header.replace(b"megalis.bzh/context ", b"megalis.bzh/context A")
        with pytest.raises(HeaderError, match="autre pli"):
            relays.check_relay(bid.relay(), other, bid.recipient)

    def test_for_a_key_of_another_type(self, bid, x25519):
        with pytest.raises(HeaderError, match="est attendue"):
            relays.check_relay(bid.relay(), bid.header, x25519.recipient)

    def test_with_the_context_of_another(self, bid):
        relay = relays.parse_relay(bid.relay())
        moved = Stanza("megalis.bzh/context", (base64(bytes(32)),), b"")
        forged = build_header([*relay.header.stanzas[:2], moved], bytes(16))
        with pytest.raises(HeaderError, match="contexte"):
            relays.check_relay(forged, bid.header, bid.recipient)

    @pytest.mark.parametrize(
        "change",
        [
            lambda data: b"",
            lambda data: data[:-1],
            lambda data: data + b"x",
            lambda data: data.replace(b"megalis.bzh/relais", b"megalis.bzh/autre"),
            lambda data: b"x" * (64 * 1024 + 1),
        ],
    )
    def test_what_is_not_a_relay(self, bid, change):
        with pytest.raises(HeaderError):
            relays.check_relay(change(bid.relay()), bid.header, bid.recipient)

    def test_the_header_of_a_pli_is_not_a_relay(self, bid):
        with pytest.raises(HeaderError):
            relays.parse_relay(bid.header)


def test_put_in_the_place_of_the_header_it_makes_an_age_file(bid, ring, tmp_path):
    """Any age program opens what the relay makes of the pli; age of Debian knows no hybrid key, hence X25519 here."""
    pair = keys.generate("x25519")
    relay = relays.relay_header(bid.header, [ring.identities[0]], keys.parse_recipient(pair.recipient))
    rebuilt = relay + bid.bytes[len(bid.header) :]
    (tmp_path / "pli.age").write_bytes(rebuilt)
    (tmp_path / "cle").write_text(pair.identity + "\n")
    program = shutil.which("age")
    if program is None:
        pytest.skip("age n’est pas installé")
    done = run([program, "-d", "-i", tmp_path / "cle", tmp_path / "pli.age"], capture_output=True, check=True)
    assert b"1 000 000 euros" in done.stdout


@pytest.mark.parametrize("vector", VECTORS["relais"], ids=lambda vector: vector["nom"])
def test_vector(vector, tmp_path):
    path = tmp_path / "pli.age"
    path.write_bytes(b64.b64decode(VECTORS["pli"]))
    data = b64.b64decode(vector["relais"])
    identity = keys.parse_identity(VECTORS["identite"])
    if vector["ouvre"]:
        opened = sealing.open_(path, [identity], tmp_path / "o", VECTORS["contexte"], relays=[data])
        assert opened.documents[0].path.read_text("utf-8") == VECTORS["contenu"]
    else:
        with pytest.raises(sealing.SealingError) as caught:
            sealing.open_(path, [identity], tmp_path / "o", VECTORS["contexte"], relays=[data])
        assert caught.value.code == vector["code"]
