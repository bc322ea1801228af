"""Contexts: exactly the fields of the format, and one hash on every machine."""

from megalis.portal.formats import jcs
from megalis.portal.sealing import context
from megalis.portal.sealing.errors import ContextError

import hashlib
import json
import pytest


def test_the_hash_is_that_of_the_canonical_json(ring):
    fields = ring.fields()
    expected = hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).digest()
    assert ring.context().hash == expected == context.context_hash(fields)
    assert ring.context().hexhash == expected.hex()
    assert context.load_context(jcs.dumps(fields)) == ring.context()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", 2),
        ("v", True),
        ("profil", "autre"),
        ("acheteur", "2235000180001"),
        ("acheteur", 22350001800013),
        ("acheteur", "22350001800013\n"),
        ("consultation", "AA" * 16),
        ("consultation", "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f"),
        ("version_dce", ""),
        ("lot", 2),
        ("lot", ""),
        ("lot", "a b"),
        ("enveloppe", "prix"),
        ("deposant", None),
        ("depot", "1e" * 15),
        ("recipients", []),
        ("recipients", "ab" * 32),
        ("recipients", ["ab"]),
        ("recipients", ["ab" * 32] * 2),
        ("recipients", [f"{index:064x}" for index in range(21)]),
        ("echeance", "2026-02-30T11:00:00Z"),
        ("echeance", "2026-03-16T11:00:00+01:00"),
        ("echeance", "2026-03-16"),
    ],
)
def test_wrong_fields_are_named(field, value, ring):
    with pytest.raises(ContextError) as caught:
        ring.context(**{field: value})
    assert caught.value.code == "contexte"
    assert field in str(caught.value) or field in ("v", "profil")


def test_missing_and_unknown_fields_are_named(ring):
    fields = ring.fields()
    with pytest.raises(ContextError, match="autre"):
        context.Context.from_dict({**fields, "autre": 1})
    del fields["depot"]
    with pytest.raises(ContextError, match="depot"):
        context.Context.from_dict(fields)
    with pytest.raises(ContextError):
        context.Context.from_dict([])


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"1", b'{"a":1.5}', b'{"a":1,"a":1}', b"\xff", b'{"a":"' + b"x" * 70000 + b'"}']
)
def test_unusable_context_files_are_refused(data):
    with pytest.raises(ContextError):
        context.load_context(data)


def test_a_free_context_is_bound_as_it_is():
    free = context.load_context(b'{"marche": "essai", "lot": 3}')
    assert context.context_hash(free) == hashlib.sha256(b'{"lot":3,"marche":"essai"}').digest()
    assert context.bound_fingerprints(free) is None
