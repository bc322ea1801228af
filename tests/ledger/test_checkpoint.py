"""Signed notes and checkpoints: the C2SP text forms, several signers, and every way to spoil them."""

from base64 import b64encode
from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.ledger.checkpoint import add_signatures
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.checkpoint import open_checkpoint
from megalis.portal.ledger.checkpoint import open_note
from megalis.portal.ledger.checkpoint import parse_checkpoint
from megalis.portal.ledger.checkpoint import sign_note
from megalis.portal.ledger.checkpoint import Signature
from megalis.portal.ledger.checkpoint import Signer
from megalis.portal.ledger.checkpoint import split_note
from megalis.portal.ledger.checkpoint import Verifier
from megalis.portal.ledger.errors import NoteError
from tests.ledger.world import ORIGIN
from tests.ledger.world import SIGNER
from tests.ledger.world import STRANGER
from tests.ledger.world import WITNESS

import pytest


HEAD = Checkpoint(ORIGIN, 1234, bytes(range(32)))
# The published key of the Go checksum database: a vkey that another implementation made.
FOREIGN_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


def test_a_foreign_key_text_is_read():
    verifier = Verifier.from_text(FOREIGN_KEY)
    assert (verifier.name, verifier.key_id.hex(), verifier.text) == ("sum.golang.org", "033de0ae", FOREIGN_KEY)


def test_key_texts_round_trip():
    signer = Signer.generate(ORIGIN)
    again = Signer.from_text(signer.text)
    assert again.verifier.text == signer.verifier.text == Verifier.from_text(signer.verifier.text).text
    assert signer.text not in repr(signer)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b",
        "a+033de0ae+",
        FOREIGN_KEY[:-1],
        FOREIGN_KEY.replace("033de0ae", "033DE0AE"),
        FOREIGN_KEY.replace("033de0ae", "033de0af"),
        FOREIGN_KEY.replace("sum", "som"),
        FOREIGN_KEY.replace("+Ac", "+Bc"),
        FOREIGN_KEY + "\n",
        " " + FOREIGN_KEY,
        "é" * 2000,
        None,
        12,
    ],
)
def test_wrong_key_texts_are_refused(text):
    with pytest.raises(NoteError) as refusal:
        Verifier.from_text(text)
    assert refusal.value.code == "cle"
    with pytest.raises(NoteError):
        Signer.from_text(text)


def test_a_private_key_of_another_identifier_is_refused():
    with pytest.raises(NoteError):
        Signer.from_text(SIGNER.text.replace(SIGNER.verifier.key_id.hex(), "00000000"))


def test_checkpoint_form_and_round_trip():
    note = HEAD.sign(SIGNER)
    lines = note.split("\n")
    assert lines[:4] == [ORIGIN, "1234", b64encode(bytes(range(32))).decode(), ""]
    assert lines[4].startswith(f"— {ORIGIN} ") and lines[5:] == [""]
    assert open_checkpoint(note, SIGNER.verifier) == HEAD


def test_unknown_cosignatures_are_set_aside_and_known_ones_verified():
    cosigned = add_signatures(HEAD.sign(SIGNER), Signature("temoin", b"\x01\x02\x03\x04", bytes(72)))
    cosigned = add_signatures(cosigned, *split_note(HEAD.sign(WITNESS))[1])
    assert open_checkpoint(cosigned, SIGNER.verifier) == HEAD
    note = open_note(cosigned, SIGNER.verifier, WITNESS.verifier)
    assert [signature.name for signature in note.verified] == [ORIGIN, WITNESS.name]
    assert [signature.name for signature in note.unknown] == ["temoin"]
    assert add_signatures(cosigned, *note.unknown) == cosigned


def test_a_wrong_signature_of_a_known_witness_spoils_the_note():
    wrong = Signature(WITNESS.name, WITNESS.verifier.key_id, bytes(64))
    with pytest.raises(NoteError):
        open_note(add_signatures(HEAD.sign(SIGNER), wrong), SIGNER.verifier, WITNESS.verifier)


def test_another_key_of_the_same_name_is_not_ours():
    with pytest.raises(NoteError) as refusal:
        open_checkpoint(HEAD.sign(STRANGER), SIGNER.verifier)
    assert refusal.value.code == "signature"


def test_a_checkpoint_of_another_journal_is_refused():
    with pytest.raises(NoteError) as refusal:
        open_checkpoint(Checkpoint("autre", 1, bytes(32)).sign(SIGNER), SIGNER.verifier)
    assert refusal.value.code == "origine"


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        "\n1\nAAAA\n",
        f"a\n01\n{b64encode(bytes(32)).decode()}\n",
        f"a\n-1\n{b64encode(bytes(32)).decode()}\n",
        f"a\n１\n{b64encode(bytes(32)).decode()}\n",
        f"a\n1\n{b64encode(bytes(31)).decode()}\n",
        f"a\n1\n{b64encode(bytes(32)).decode()}\n\n",
        f"a\n{2**63}\n{b64encode(bytes(32)).decode()}\n",
        f"a\n1\n{b64encode(bytes(32)).decode()}",
    ],
)
def test_malformed_checkpoints_are_refused(text):
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_extension_lines_are_kept():
    head = Checkpoint(ORIGIN, 1, bytes(32), ("coupe 12",))
    assert open_checkpoint(head.sign(SIGNER), SIGNER.verifier) == head


def test_every_byte_of_a_note_counts():
    note = HEAD.sign(SIGNER).encode()
    for position in range(len(note)):
        for spoiled in (
            note[:position],
            note[:position] + note[position + 1 :],
            note[:position] + bytes([note[position] ^ 1]) + note[position + 1 :],
        ):
            with pytest.raises(NoteError):
                open_checkpoint(spoiled.decode("utf-8", "surrogateescape"), SIGNER.verifier)


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "\x00\n"])
def test_only_plain_text_is_signed(text):
    with pytest.raises(NoteError):
        sign_note(text, SIGNER)


@pytest.mark.parametrize("note", [None, 3, "x" * 100_000, "a\n\n" + "— b AAAAAAAA\n" * 65])
def test_notes_have_bounds(note):
    with pytest.raises(NoteError):
        split_note(note)


@given(st.text())
def test_any_text_is_refused_with_a_code(text):
    with pytest.raises(NoteError):
        open_checkpoint(text, SIGNER.verifier)
