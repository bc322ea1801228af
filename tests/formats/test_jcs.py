"""Canonical JSON: the order, the escapes and the refusals on which every hash of the platform stands."""

from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.formats import jcs

import json
import pytest


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-jcs.MAX_SAFE_INTEGER, jcs.MAX_SAFE_INTEGER)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), children, max_size=4)
    ),
    max_leaves=20,
)


def test_keys_are_sorted_by_utf16_units():
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7}
    order = ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(jcs.dumps(value))) == order


def test_strings_are_escaped_as_little_as_the_rfc_says():
    assert jcs.dumps('€$\x0f\nA\'B"\\"/\x7f\u2028é') == '"€$\\u000f\\nA\'B\\"\\\\\\"/\x7f\u2028é"'.encode()
    assert jcs.dumps("\x08\x09\x0a\x0c\x0d\x00\x1f") == b'"\\b\\t\\n\\f\\r\\u0000\\u001f"'


def test_nested_objects_have_no_space():
    assert jcs.dumps({"b": [1, {"z": None, "a": True}], "a": -0}) == b'{"a":0,"b":[1,{"a":true,"z":null}]}'


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), {1: 2}, {None: 1}, b"x", {1, 2}, 2**53, -(2**53), "\ud800", {"\udfff": 1}]
)
def test_doubtful_values_are_refused(value):
    with pytest.raises(jcs.CanonicalError):
        jcs.dumps(value)


def test_deep_and_circular_objects_are_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(jcs.CanonicalError):
        jcs.dumps(loop)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b"1.5",
        b"1e3",
        b"NaN",
        b"-Infinity",
        b"{",
        b"",
        b"\xff",
        b'{"a":1}x',
        b"[" * 100000,
        b"1" * 5000,
    ],
)
def test_lax_json_is_refused(text):
    with pytest.raises(jcs.CanonicalError):
        jcs.loads(text)


@given(values)
def test_round_trip_is_stable(value):
    data = jcs.dumps(value)
    assert jcs.loads(data) == value
    assert jcs.dumps(json.loads(data)) == data


@given(st.dictionaries(st.sampled_from(["a", "type", "depot", "retrait"]), values))
def test_a_member_is_peeked_at_as_it_would_be_read(value):
    plain = {name: item for name, item in value.items() if not isinstance(item, (list, dict))}
    for name, item in plain.items():
        assert jcs.peek(jcs.dumps(plain), name) == item
    assert jcs.peek(jcs.dumps(plain), "absent") is None


def test_words_that_look_like_a_member_are_not_one():
    data = jcs.dumps({"a": '"type":"faux"', "b": '\\"type\\":"faux"', "type": "vrai"})
    assert jcs.peek(data, "type") == "vrai"
