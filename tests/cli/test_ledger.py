"""`megalis receipt verify` and `megalis journal verify`: exit codes, one line of reason, never a traceback."""

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.cli import main
from megalis.portal.formats import jcs
from megalis.portal.ledger.events import promise_statement
from megalis.portal.ledger.timestamps import request_token
from tests.ledger.tsa import Authority
from tests.ledger.world import FILES
from tests.ledger.world import SIGNER
from tests.ledger.world import STRANGER
from tests.ledger.world import World

import pytest
import re
import subprocess
import sys


KEY = SIGNER.verifier.text
RECEIPT = World().receipt()
EXPORT = World().export((1, 3))
calm = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def place(tmp_path, capsys):
    """Return run(argv) -> (exit code, lines of output, line of reason) in a folder with a receipt and an export."""
    (tmp_path / "accuse.json").write_bytes(jcs.dumps(RECEIPT))
    (tmp_path / "journal.jsonl").write_bytes(EXPORT)
    (tmp_path / "ancien").write_text(World().checkpoint(4))
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)

    def run(*argv):
        words = [str(tmp_path / word[1:]) if word.startswith("@") else word for word in argv]
        status = main(words)
        out, err = capsys.readouterr()
        return status, out.splitlines(), err

    run.folder = tmp_path
    return run


def refused(answer):
    """Return the code of a refusal: exit 1, nothing on stdout, one line that is no accident."""
    status, out, err = answer
    assert status == 1 and out == []
    found = re.fullmatch(r"megalis: ([a-z0-9-]+): [^\n]+\n", err)
    assert found and found[1] != "interne", err
    return found[1]


def test_a_receipt_is_verified_with_its_files(place):
    status, out, err = place("receipt", "verify", "@accuse.json", "--cle", KEY, *(f"@{name}" for name in FILES))
    assert (status, err) == (0, "")
    assert [line.split(" : ")[:2] for line in out] == [
        ["vérifié", "forme"], ["vérifié", "cle"], ["vérifié", "engagement"], ["vérifié", "promesse"],
        ["vérifié", "inclusion"], ["absent", "horodatage"], ["vérifié", "fichiers"],
    ]  # fmt: skip


def test_a_token_is_verified_against_a_given_root(place, tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("tsa"))

    promise = RECEIPT["promesse"]
    leaf = bytes.fromhex(RECEIPT["feuille"])
    token = request_token(promise_statement(leaf, promise["horodatage"], promise["origine"]), authority)
    (place.folder / "accuse.json").write_bytes(jcs.dumps(RECEIPT | {"jeton": token.as_json()}))
    (place.folder / "racine.pem").write_bytes(authority.roots)
    status, out, _err = place("receipt", "verify", "@accuse.json", "--autorite", "@racine.pem")
    assert status == 0 and "autorité reconnue" in out[5]
    assert refused(place("receipt", "verify", "@accuse.json", "--autorite", "@ancien")) == "autorite"


def test_a_receipt_is_refused_with_a_reason(place):
    assert refused(place("receipt", "verify", "@accuse.json", "--cle", STRANGER.verifier.text)) == "cle"
    assert refused(place("receipt", "verify", "@accuse.json", "--cle", "x")) == "cle"
    assert refused(place("receipt", "verify", "@accuse.json", "@ancien")) == "fichier"
    assert refused(place("receipt", "verify", "@absent.json")) == "fichier"
    assert refused(place("receipt", "verify", "@")) == "fichier"
    assert refused(place("receipt", "verify", "@journal.jsonl")) == "json"


def test_an_export_is_verified(place):
    status, out, err = place("journal", "verify", "@journal.jsonl", "--cle", KEY, "--depuis", "@ancien")
    assert (status, err) == (0, "")
    assert [line.split(" : ")[0] for line in out] == [
        "signature", "racine", "évènements révélés", "clôtures", "continuité",
    ]  # fmt: skip


def test_an_export_is_refused_with_a_reason(place):
    assert refused(place("journal", "verify", "@journal.jsonl", "--cle", STRANGER.verifier.text)) == "cle"
    assert refused(place("journal", "verify", "@journal.jsonl", "--depuis", "@journal.jsonl")) == "note"
    assert refused(place("journal", "verify", "@accuse.json")) in ("ligne", "schema")
    assert refused(place("journal", "verify", "@absent")) == "fichier"
    (place.folder / "ancien").write_bytes(b"\xff")
    assert refused(place("journal", "verify", "@journal.jsonl", "--depuis", "@ancien")) == "note"


@pytest.mark.parametrize(
    "argv",
    [
        ["receipt"],
        ["receipt", "verify"],
        ["journal", "verify"],
        ["journal", "verify", "a", "b"],
        ["receipt", "verify", "@accuse.json", "--inconnu"],
        ["receipt", "autre"],
    ],
)
def test_usage(place, argv):
    assert place(*argv)[0] == 2


def test_a_receipt_too_big_is_refused(place):
    with (place.folder / "accuse.json").open("wb") as out:
        out.truncate(20 * 1024 * 1024)
    assert refused(place("receipt", "verify", "@accuse.json")) == "taille"


def test_what_a_terminal_would_obey_is_not_printed(place):
    (place.folder / "\x1b[31m.pdf").write_bytes(b"x")
    assert refused(place("receipt", "verify", "@accuse.json", "@\x1b[31m.pdf")) == "fichier"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4) | st.sampled_from(["0" * 64, "5a" * 16]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=4), children, max_size=3),
    max_leaves=6,
)


@calm
@given(data=st.binary(max_size=400))
def test_any_bytes_are_refused(place, data):
    (place.folder / "x").write_bytes(data)
    refused(place("receipt", "verify", "@x"))
    refused(place("journal", "verify", "@x"))


@calm
@given(data=st.data())
def test_any_member_replaced_by_any_value_is_refused_or_holds(place, data):
    """A receipt with one member replaced, at any depth: refused with a code, unless nothing changed."""
    receipt = jcs.loads(jcs.dumps(RECEIPT))
    holder = receipt
    while True:
        name = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        if not isinstance(holder[name], dict | list) or not holder[name] or data.draw(st.booleans()):
            break
        holder = holder[name]
    value = data.draw(json_values)
    before, holder[name] = holder[name], value
    (place.folder / "x").write_bytes(jcs.dumps(receipt))
    answer = place("receipt", "verify", "@x", *(f"@{name}" for name in FILES))
    same = before == value and type(before) is type(value)
    if same or (holder is receipt and name in ("preuve", "jeton") and value is None):
        assert answer[0] == 0
        return
    refused(answer)


@calm
@given(st.integers(0, len(EXPORT) - 1), st.integers(0, len(EXPORT) - 1), st.binary(max_size=20))
def test_any_slice_of_an_export_replaced_is_refused(place, start, end, inserted):
    data = EXPORT[:start] + inserted + EXPORT[end:]
    if data == EXPORT:
        return
    (place.folder / "x").write_bytes(data)
    refused(place("journal", "verify", "@x"))


def test_the_installed_command_runs(place):
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from megalis.portal.cli import main; sys.exit(main())",
         "journal", "verify", str(place.folder / "journal.jsonl")],
        capture_output=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"") and b"racine" in done.stdout
