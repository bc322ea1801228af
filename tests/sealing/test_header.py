"""The header grammar: what is written is read back; nothing else is accepted; reading never does anything but refuse."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.sealing import bech32
from megalis.portal.sealing import header
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import KeyFormatError
from megalis.portal.sealing.errors import MacError
from megalis.portal.sealing.errors import SealingError

import pytest


KEY = bytes(16)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80)
stanzas = st.builds(header.Stanza, words, st.lists(words, max_size=4).map(tuple), st.binary(max_size=200))


@given(st.lists(stanzas, min_size=1, max_size=5), st.binary(max_size=50))
def test_what_is_written_is_read_back(found, payload):
    data = header.build_header(found, KEY)
    parsed = header.parse_header(data + payload)
    assert list(parsed.stanzas) == found
    assert parsed.length == len(data)
    parsed.verify(KEY)
    with pytest.raises(MacError):
        parsed.verify(bytes(15) + b"\1")


@given(st.lists(stanzas, min_size=1, max_size=3), st.data())
@settings(max_examples=200)
def test_a_changed_byte_is_refused_by_grammar_or_mac(found, data):
    good = header.build_header(found, KEY)
    place = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(1, 255))
    changed = good[:place] + bytes([good[place] ^ byte]) + good[place + 1 :]
    with pytest.raises(HeaderError):
        header.parse_header(changed).verify(KEY)


@given(st.lists(stanzas, min_size=1, max_size=3), st.data())
def test_a_cut_header_is_incomplete(found, data):
    good = header.build_header(found, KEY)
    with pytest.raises(header.IncompleteHeader):
        header.parse_header(good[: data.draw(st.integers(0, len(good) - 1))])


@given(st.binary(max_size=300))
def test_noise_is_refused(noise):
    for data in (noise, header.VERSION + b"\n" + noise, header.VERSION + b"\n-> X25519 " + noise + b"\n--- " + noise):
        try:
            header.parse_header(data).verify(KEY)
        except SealingError:
            continue
        pytest.fail("noise was accepted as a header")


def test_a_header_without_end_is_bounded():
    class Endless:
        given = 0

        def read(self, size):
            start = header.VERSION + b"\n" if not self.given else b""
            self.given += size
            return (start + b"-> a\n" * size)[:size]

    reader = Endless()
    with pytest.raises(HeaderError):
        header.read_header(reader)
    assert reader.given <= 4 * header.MAX_HEADER


@given(st.sampled_from(["age", "age1pq", "age-secret-key-"]), st.binary(max_size=1300))
def test_bech32_round_trip(prefix, data):
    text = bech32.encode(prefix, data)
    assert bech32.decode(text) == (prefix, data)
    assert bech32.decode(text.upper()) == (prefix, data)


@given(st.binary(min_size=1, max_size=64), st.data())
def test_bech32_finds_any_changed_letter(data, draw):
    text = bech32.encode("age", data)
    place = draw.draw(st.integers(4, len(text) - 1))
    letter = draw.draw(st.sampled_from([char for char in bech32.ALPHABET.decode() if char != text[place]]))
    with pytest.raises(KeyFormatError):
        bech32.decode(text[:place] + letter + text[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "age1", "age1qqqqq", "Age1qqqqqqq", "1qqqqqqq", "age1bbbbbbb", "âge1qqqqqqqqq", "no separator"]
)
def test_bech32_refuses(text):
    with pytest.raises(KeyFormatError):
        bech32.decode(text)


def test_bech32_of_bip173():
    assert bech32.decode("A12UEL5L") == ("a", b"")
    words = "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs"
    assert bech32.decode(words)[1] == b""
