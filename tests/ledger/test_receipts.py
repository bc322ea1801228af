"""Receipts: what they prove, and that no alteration of any member passes."""

from copy import deepcopy
from hashlib import sha256
from megalis.portal.formats import jcs
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.errors import ReceiptError
from megalis.portal.ledger.events import commitment
from megalis.portal.ledger.events import new_salt
from megalis.portal.ledger.events import promise_statement
from megalis.portal.ledger.events import sign_promise
from megalis.portal.ledger.events import verify_promise
from megalis.portal.ledger.receipts import build_receipt
from megalis.portal.ledger.receipts import read_receipt
from megalis.portal.ledger.receipts import refusal
from megalis.portal.ledger.receipts import verify_receipt
from megalis.portal.ledger.timestamps import load_roots
from megalis.portal.ledger.timestamps import request_token
from tests.ledger.world import deposit
from tests.ledger.world import FILES
from tests.ledger.world import moment
from tests.ledger.world import salt
from tests.ledger.world import SIGNER
from tests.ledger.world import STRANGER
from tests.ledger.world import World

import json
import pytest


KEY = SIGNER.verifier
LOCAL = [(name, sha256(content).digest()) for name, content in FILES.items()]


@pytest.fixture(scope="module")
def token(world, authority):
    promise = world.receipt()["promesse"]
    statement = promise_statement(world.commitments[2], promise["horodatage"], promise["origine"])
    return request_token(statement, authority)


@pytest.fixture(scope="module")
def receipt(world, token):
    return world.receipt(token=token)


def states(checks):
    return {check.name: check.state for check in checks}


def code(receipt, *args, **kwargs):
    found = refusal(verify_receipt(receipt, *args, **kwargs))
    assert found is None or (found.code and found.message)
    return found and found.code


def test_commitment_is_the_documented_formula():
    event = {"type": "essai", "é": None}
    assert commitment(event, salt("x")) == sha256(salt("x") + '{"type":"essai","é":null}'.encode()).digest()
    assert len(new_salt()) == 32 and new_salt() != new_salt()
    with pytest.raises(LedgerError):
        commitment(event, b"court")


def test_promise_is_the_documented_statement():
    leaf = salt("feuille")
    promise = sign_promise(leaf, moment(10, 30), SIGNER)
    assert promise["horodatage"] == "2026-03-16T10:30:00Z"
    statement = f'{{"feuille":"{leaf.hex()}","horodatage":"2026-03-16T10:30:00Z","origine":"{SIGNER.name}"}}'
    assert promise_statement(leaf, promise["horodatage"], promise["origine"]) == statement.encode()
    verify_promise(leaf, promise, KEY)
    for leaf_, promise_, key in (
        (salt("autre"), promise, KEY),
        (leaf, promise | {"horodatage": "2026-03-16T10:30:01Z"}, KEY),
        (leaf, promise | {"origine": "autre"}, KEY),
        (leaf, promise | {"plus": 1}, KEY),
        (leaf, promise, STRANGER.verifier),
    ):
        with pytest.raises(ReceiptError):
            verify_promise(leaf_, promise_, key)


def test_a_whole_receipt_holds(receipt, authority):
    checks = verify_receipt(jcs.dumps(receipt), KEY.text, LOCAL, load_roots(authority.roots))
    assert set(states(checks).values()) == {"ok"}
    assert [check.name for check in checks] == [
        "forme", "cle", "engagement", "promesse", "inclusion", "horodatage", "fichiers",
    ]  # fmt: skip
    assert "11:30:00 (heure de Paris)" in checks[0].message
    assert "autorité reconnue" in checks[5].message


def test_what_is_not_there_yet_is_said_absent(world):
    found = states(verify_receipt(world.receipt(proof=False)))
    assert found == {
        "forme": "ok", "cle": "absent", "engagement": "ok", "promesse": "ok", "inclusion": "absent",
        "horodatage": "absent", "fichiers": "absent",
    }  # fmt: skip


def test_a_token_without_known_root_says_so(receipt):
    check = next(check for check in verify_receipt(receipt) if check.name == "horodatage")
    assert check.state == "ok" and "non vérifiée" in check.message


def test_tokens_of_others_are_refused(receipt, authority, other_authority):
    assert code(receipt, roots=load_roots(other_authority.roots)) == "horodatage-autorite"
    elsewhere = request_token(b"autre chose", authority).as_json()
    assert code(receipt | {"jeton": elsewhere}) == "horodatage-empreinte"


def test_files_are_compared(receipt, world):
    assert code(receipt, files=LOCAL[:1]) is None
    assert code(receipt, files=[*LOCAL, ("x", sha256(b"autre").digest())]) == "fichier"
    without = {name: value for name, value in receipt.items() if name != "sels"}
    assert code(without, files=LOCAL) == "sels" and code(without) is None


def test_another_key_is_refused(receipt, world):
    assert code(receipt, STRANGER.verifier) == "cle"
    assert code(receipt, "n'importe quoi") == "cle"
    forged = World(signer=STRANGER).receipt()
    assert code(forged) is None, "alone, a forged journal is coherent: only the pinned key tells"
    assert code(forged, KEY) == "cle"


def scalars(value, path=()):
    """Yield the path of every scalar of a JSON value."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in items:
            yield from scalars(item, (*path, name))
    else:
        yield path


def altered(value):
    """Every small alteration of a scalar."""
    if isinstance(value, bool):
        return [not value, None, 0]
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, None, str(value), True]
    if value is None:
        return ["1", 0]
    middle = len(value) // 2
    other = "1" if value[middle] != "1" else "2"
    return [value[:middle] + other + value[middle + 1 :], value[:-1], value + "0", "", None, 1, [value], "\ud800"]


def at(receipt, path):
    copy = deepcopy(receipt)
    holder = copy
    for name in path[:-1]:
        holder = holder[name]
    return copy, holder


def test_every_altered_member_is_refused(receipt):
    count = 0
    for path in scalars(receipt):
        for value in altered(at(receipt, path)[1][path[-1]]):
            if path[-1] == "tsr" and isinstance(value, str) and len(value) > 1000:
                continue
            copy, holder = at(receipt, path)
            holder[path[-1]] = value
            assert code(copy, files=LOCAL), (path, value)
            count += 1
    assert count > 300


def test_every_removed_or_added_member_is_refused(receipt):
    holders = {path[:size] for path in scalars(receipt) for size in range(len(path))}
    for path in holders:
        copy, holder = at(receipt, (*path, None))
        names = list(holder) if isinstance(holder, dict) else range(len(holder))
        for name in names:
            copy, holder = at(receipt, (*path, None))
            del holder[name]
            assert code(copy, files=LOCAL), (path, name)
        copy, holder = at(receipt, (*path, None))
        if isinstance(holder, dict):
            holder["inconnu"] = 1
        else:
            holder.append(holder[0])
        assert code(copy, files=LOCAL), path


def test_members_swapped_between_receipts_are_refused(world, receipt):
    other = world.receipt(3)
    for name in ("evenement", "sel", "feuille", "promesse", "preuve", "sels"):
        assert code(receipt | {name: other[name]}), name


def test_the_delay_cannot_contradict_the_hours(world):
    event, _salts = deposit(9, "2026-03-16T11:00:01Z", late=False)
    with pytest.raises(ReceiptError) as found:
        build_receipt(event, salt("x"), sign_promise(commitment(event, salt("x")), moment(11, 1), SIGNER), KEY)
    assert found.value.code == "delai"


def test_a_bid_in_time_called_late_keeps_its_receipt():
    """It is what the bidder will show a court: it must verify, and say what is odd."""
    event, _salts = deposit(9, "2026-03-16T10:59:59Z", late=True)
    promise = sign_promise(commitment(event, salt("x")), moment(11, 1), SIGNER)
    checks = verify_receipt(build_receipt(event, salt("x"), promise, KEY))
    assert refusal(checks) is None and "ALORS QUE" in checks[0].message


@pytest.mark.parametrize("value", ["2026-02-30T00:00:00Z", "2026-03-16T11:00:00+00:00", "2026-03-16 11:00:00Z", "", 3])
def test_instants_are_strict(receipt, value):
    copy = deepcopy(receipt)
    copy["evenement"]["recu"] = value
    assert code(copy) == "schema"


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"", "json"),
        (b"\xff\xfe", "json"),
        (b"[]", "json"),
        (b"{", "json"),
        (b'{"a":1,"a":1}', "json"),
        (b'{"a":1.5}', "json"),
        (b'{"a":NaN}', "json"),
        (b'{"a":"\\ud800"}', "json"),
        (b"1" * 10_000, "json"),
        (b"[" * 100_000, "json"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "json"),
        (b"{}", "schema"),
        (b" " * (16 * 1024 * 1024 + 1), "taille"),
    ],
)
def test_malformed_receipts_are_refused(data, expected):
    assert code(data) == expected
    with pytest.raises(ReceiptError):
        read_receipt(data)


def test_a_receipt_goes_through_pretty_printing(receipt):
    """Its own layout is free: what is hashed is rebuilt in canonical form."""
    assert code(json.dumps(receipt, indent=2, ensure_ascii=True).encode(), KEY, LOCAL) is None
