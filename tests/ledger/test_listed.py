"""A key is sealed to only when the journal shows it."""

from megalis.portal.formats import jcs
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.listed import verify_listed
from megalis.portal.ledger.receipts import inclusion
from tests.ledger.world import default_events
from tests.ledger.world import SIGNER
from tests.ledger.world import STRANGER
from tests.ledger.world import World

import pytest


RECIPIENT, PRINT = "age1exemple", "ab" * 32


@pytest.fixture
def listed():
    event = {
        "type": "cle",
        "destinataire": RECIPIENT,
        "empreinte": PRINT,
        "role": "titulaire",
        "instant": "2026-02-01T08:00:00Z",
    }
    world = World([*default_events(), event])
    index = len(world.events) - 1
    proof = inclusion(index, world.tree.inclusion_proof(index), world.checkpoint())
    return {"evenement": event, "sel": world.salts[index].hex(), "preuve": proof}


def test_a_listed_key_is_found_at_its_place(listed):
    assert verify_listed(RECIPIENT, PRINT, listed, SIGNER.verifier) == listed["preuve"]["index"]


def change(listed, *path, value):
    copy = jcs.loads(jcs.dumps(listed))
    holder = copy
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return copy


def test_another_key_or_journal_is_refused(listed):
    for recipient, print_, verifier in (
        ("age1autre", PRINT, SIGNER.verifier),
        (RECIPIENT, "cd" * 32, SIGNER.verifier),
        (RECIPIENT, PRINT, STRANGER.verifier),
    ):
        with pytest.raises(LedgerError):
            verify_listed(recipient, print_, listed, verifier)


@pytest.mark.parametrize(
    "path, value",
    [
        (("evenement", "type"), "exercice"),
        (("evenement", "role"), "secours"),
        (("sel",), "cd" * 32),
        (("sel",), "x"),
        (("preuve",), None),
        (("preuve", "index"), 0),
        (("preuve", "taille"), 3),
        (("preuve", "chemin"), []),
        (("preuve", "chemin"), ["00" * 32] * 65),
        (("preuve", "checkpoint"), "x"),
    ],
)
def test_every_altered_member_is_refused(listed, path, value):
    with pytest.raises(LedgerError):
        verify_listed(RECIPIENT, PRINT, change(listed, *path, value=value), SIGNER.verifier)


@pytest.mark.parametrize("nothing", [None, {}, [], "x"])
def test_no_inscription_is_refused(nothing):
    with pytest.raises(LedgerError):
        verify_listed(RECIPIENT, PRINT, nothing, SIGNER.verifier)
