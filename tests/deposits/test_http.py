"""The HTTP interface from end to end on a live server, with the very command bidders use."""

from contextlib import contextmanager
from megalis.portal import sealing
from megalis.portal.cli import deposit as command
from megalis.portal.cli import main
from megalis.portal.deposits import recipients
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import pdf
from megalis.portal.ledger.checkpoint import Signer
from megalis.portal.sealing.parts import PART_SIZE
from plone import api
from tests.deposits.scene import PASSWORD
from tests.deposits.scene import Scene
from zipfile import ZIP_STORED
from zipfile import ZipFile

import base64
import http.client
import json
import os
import pytest
import transaction


@pytest.fixture
def live(functional_portal, functional):
    with api.env.adopt_roles(["Manager"]):
        scene = Scene(functional_portal)
        scene.publish()
        scene.bidder = scene.company()
        scene.login = api.user.get(userid=scene.bidder.userid).getUserName()
    transaction.commit()
    scene.port = functional["port"]
    scene.url = f"http://127.0.0.1:{scene.port}/plone/" + "/".join(scene.consultation.getPhysicalPath()[2:])
    yield scene
    clock.set_for_tests()


@pytest.fixture
def bid_files(tmp_path):
    for name in ("dc1.pdf", "prix é.pdf"):
        (tmp_path / name).write_bytes(pdf.build(name, [pdf.paragraph(name)]))
    with ZipFile(tmp_path / "plans.zip", "w", ZIP_STORED) as archive:
        archive.writestr("plan.dwg", os.urandom(2 * PART_SIZE + 12345))
    return tmp_path


def megalis(live, monkeypatch, folder, *words):
    monkeypatch.setenv("MEGALIS_PASSWORD", PASSWORD)
    return main(["deposit", live.url, "--compte", live.login, "--dossier", str(folder), *map(str, words)])


def refresh():
    transaction.abort()


def test_a_terminal_seals_deposits_and_gets_a_receipt_that_verifies_with_its_files(
    live, bid_files, monkeypatch, capsys
):
    folder = bid_files / "envoi"
    files = [bid_files / "dc1.pdf", bid_files / "prix é.pdf", bid_files / "plans.zip"]
    words = ["--candidature", f"1={files[0]}", "--offre", f"1={files[1]}", "--offre", f"1={files[2]}"]
    assert megalis(live, monkeypatch, folder, *words) == 0, capsys.readouterr().err
    refresh()
    (deposit,) = store.deposits(live.consultation)
    assert not deposit.late
    (receipt,) = folder.glob("accuse-*.json")
    assert main(["receipt", "verify", str(receipt), *map(str, files)]) == 0
    (bid_files / "dc1.pdf").write_bytes(b"%PDF-1.4 autre")
    assert main(["receipt", "verify", str(receipt), str(files[0])]) == 1


def test_the_command_run_again_finds_the_deposit_received(live, bid_files, monkeypatch):
    folder = bid_files / "envoi"
    for _ in range(2):
        assert megalis(live, monkeypatch, folder, "--offre", f"1={bid_files / 'dc1.pdf'}") == 0
    refresh()
    assert len(store.deposits(live.consultation)) == 1


def test_a_changed_file_is_never_sealed_under_the_same_deposit(live, bid_files, monkeypatch, capsys):
    folder = bid_files / "envoi"
    assert megalis(live, monkeypatch, folder, "--offre", f"1={bid_files / 'dc1.pdf'}") == 0
    (bid_files / "dc1.pdf").write_bytes(pdf.build("autre", [pdf.paragraph("autre")]))
    assert megalis(live, monkeypatch, folder, "--offre", f"1={bid_files / 'dc1.pdf'}") == 1
    assert "dossier" in capsys.readouterr().err


def test_after_a_cut_the_command_sends_only_what_is_missing(live, bid_files, monkeypatch):
    folder = bid_files / "envoi"
    sent = []
    put = command._put

    def cut(platform, deposit, pli, offset, data):
        sent.append(offset)
        if len(sent) == 2:
            raise command.DepositRefused("reseau", "coupure")
        return put(platform, deposit, pli, offset, data)

    monkeypatch.setattr(command, "_put", cut)
    words = ["--offre", f"1={bid_files / 'plans.zip'}"]
    assert megalis(live, monkeypatch, folder, *words) == 1
    assert megalis(live, monkeypatch, folder, *words) == 0
    assert sent == [0, PART_SIZE, PART_SIZE]


def test_keys_that_are_not_those_announced_stop_everything(live, bid_files, monkeypatch, capsys):
    words = ["--cle", "0" * 64, "--offre", f"1={bid_files / 'dc1.pdf'}"]
    assert megalis(live, monkeypatch, bid_files / "envoi", *words) == 1
    assert "cle" in capsys.readouterr().err


def test_a_file_nobody_could_open_is_not_sealed_unless_it_is_asked_for(live, bid_files, monkeypatch, capsys):
    (bid_files / "coupé.pdf").write_bytes((bid_files / "dc1.pdf").read_bytes()[:-300])
    words = ["--offre", f"1={bid_files / 'coupé.pdf'}"]
    assert megalis(live, monkeypatch, bid_files / "envoi", *words) == 1
    assert "megalis: pdf: " in capsys.readouterr().err
    assert not (bid_files / "envoi").exists()
    assert megalis(live, monkeypatch, bid_files / "envoi", *words, "--sans-controle") == 0


def test_a_key_that_the_journal_does_not_show_stops_everything(live, bid_files, monkeypatch, capsys):
    gate = recipients.gate(live.consultation)
    swapped = sealing.generate()
    gate.recipients = ({**gate.recipients[0], "recipient": swapped.recipient, "fingerprint": swapped.fingerprint},)
    transaction.commit()
    words = ["--offre", f"1={bid_files / 'dc1.pdf'}"]
    assert megalis(live, monkeypatch, bid_files / "envoi", *words) == 1
    assert "megalis: cle: " in capsys.readouterr().err
    assert not list(bid_files.glob("envoi/*.age"))


def test_a_journal_that_is_not_the_expected_one_stops_everything(live, bid_files, monkeypatch, capsys):
    other = Signer.generate("megalis.bzh/journal").verifier.text
    words = ["--journal", other, "--offre", f"1={bid_files / 'dc1.pdf'}"]
    assert megalis(live, monkeypatch, bid_files / "envoi", *words) == 1
    assert "megalis: cle: " in capsys.readouterr().err


@contextmanager
def connection(live):
    made = http.client.HTTPConnection("127.0.0.1", live.port, timeout=60)
    yield made
    made.close()


def request(live, method, view, body=None, login=True, **headers):
    path = live.url.split(f":{live.port}", 1)[1] + f"/@@{view}"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if login:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{live.login}:{PASSWORD}".encode()).decode()
    with connection(live) as made:
        made.request(method, path, body, headers)
        response = made.getresponse()
        data = response.read()
    return response.status, json.loads(data) if "json" in response.getheader("Content-Type", "") else data


class TestRefusals:
    def test_without_an_account_the_answer_is_403_in_json(self, live):
        status, answer = request(live, "GET", "depot-parametres", login=False)
        assert (status, answer["code"]) == (403, "compte")

    def test_a_write_without_token_or_program_header_is_refused(self, live):
        status, answer = request(live, "POST", "depot-finaliser", b"{}")
        assert (status, answer["code"]) == (403, "jeton")

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"\xff\xfe", b'{"depot":1}', b'{"depot":"' + b"a" * 32 + b'","plis":[3]}']
    )
    def test_a_demand_that_is_no_demand_is_400(self, live, body):
        status, answer = request(
            live, "POST", "depot-finaliser", body, X_Requested_With="test", Content_Type="application/json"
        )
        assert status == 400
        assert answer["code"]

    def test_a_get_does_not_write(self, live):
        status, answer = request(live, "GET", "depot-finaliser", X_Requested_With="test")
        assert (status, answer["code"]) == (405, "methode")

    @pytest.mark.parametrize("query", ["", "?offset=-1", "?offset=x", "?offset=0", "?offset=0&depot=..&pli=%00"])
    def test_a_part_with_a_wrong_address_is_refused(self, live, query):
        digest = "sha-256=:" + base64.b64encode(bytes(32)).decode() + ":"
        status, answer = request(live, "PUT", f"depot-partie{query}", b"x", X_Requested_With="t", Content_Digest=digest)
        assert status == 400
        assert answer["code"]

    def test_a_part_without_its_digest_is_refused(self, live):
        query = f"?offset=0&depot={'a' * 32}&pli={'b' * 32}"
        status, answer = request(live, "PUT", f"depot-partie{query}", b"x", X_Requested_With="t")
        assert (status, answer["code"]) == (400, "empreinte-absente")

    def test_the_ciphertext_is_not_handed_out_to_a_bidder(self, live):
        status, _answer = request(live, "GET", "pli-chiffre?pli=" + "a" * 32)
        assert status in (302, 401, 403)

    def test_a_refusal_is_written_in_the_journal(self, live):
        demand = {"depot": "a" * 32, "plis": [3]}
        request(
            live,
            "POST",
            "depot-finaliser",
            json.dumps(demand),
            X_Requested_With="test",
            Content_Type="application/json",
        )
        refresh()
        assert [event["code"] for event in journal.events(live.consultation, "refus")] == ["demande"]
