"""A restricted consultation over HTTP, with the very command bidders use: guests deposit, others read why they may not."""

from megalis.portal.cli import main
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from plone import api
from tests.deposits.scene import PASSWORD
from tests.deposits.two_phases import PAPER
from tests.deposits.two_phases import TwoPhases

import base64
import http.client
import json
import pytest
import transaction


@pytest.fixture
def live(functional_portal, functional):
    """A second phase with one guest and one company that was rejected."""
    with api.env.adopt_roles(["Manager"]):
        scene = TwoPhases(functional_portal)
        for _rank in range(2):
            scene.apply(("1", "candidature", PAPER))
        scene.open("candidature")
        scene.select((scene.companies[1], "1", "Effectif insuffisant."))
        scene.offers = scene.follow("phase-2", 26)
    transaction.commit()
    scene.port = functional["port"]
    scene.path = "/plone/" + "/".join(scene.offers.getPhysicalPath()[2:])
    yield scene
    clock.set_for_tests()


def login(depositor):
    return api.user.get(userid=depositor.userid).getUserName()


def command(live, depositor, folder, monkeypatch):
    (folder / "prix.pdf").write_bytes(pdf.build("prix", [pdf.paragraph("prix")]))
    monkeypatch.setenv("MEGALIS_PASSWORD", PASSWORD)
    address = f"http://127.0.0.1:{live.port}{live.path}"
    envelope = ["--offre", f"1={folder / 'prix.pdf'}", "--dossier", str(folder / "envoi")]
    return main(["deposit", address, "--compte", login(depositor), *envelope])


def ask(live, name, depositor=None, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=60)
    headers = {"Accept": "application/json", "X-Requested-With": "test"}
    if depositor is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{login(depositor)}:{PASSWORD}".encode()).decode()
    connection.request(method, f"{live.path}/{name}", headers=headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_the_guest_deposits_and_the_rejected_reads_why_he_may_not(live, tmp_path, monkeypatch, capsys):
    (tmp_path / "a").mkdir()
    assert command(live, live.companies[0], tmp_path / "a", monkeypatch) == 0
    transaction.abort()
    assert [deposit.name for deposit in store.deposits(live.offers)] == ["Entreprise 1"]
    (tmp_path / "b").mkdir()
    capsys.readouterr()
    assert command(live, live.companies[1], tmp_path / "b", monkeypatch) == 1
    assert "n’est pas invitée à cette consultation restreinte" in capsys.readouterr().err
    transaction.abort()
    assert len(store.deposits(live.offers)) == 1


@pytest.mark.parametrize("name, method", [
    ("@@depot-parametres", "GET"), ("@@depot-etat?depot=" + "a" * 32, "GET"), ("@@depot-finaliser", "POST"),
    ("@@depot-retirer", "POST"), ("@@accuse.json?depot=" + "a" * 32, "GET"),
])  # fmt: skip
def test_a_program_is_refused_with_a_code_and_nothing_of_the_consultation(live, name, method):
    for depositor, code in ((None, "compte"), (live.companies[1], "non-invitee")):
        if depositor is None and method == "POST":
            continue  # without credentials it is the missing token that is told
        status, answer = ask(live, name, depositor, method)
        assert (status, answer["code"]) == (403, code)
        assert live.offers.reference not in json.dumps(answer) and live.offers.title not in json.dumps(answer)
