"""What is refused leaves its trace, and keys show where they stand: over HTTP on a live server, transaction by transaction."""

from base64 import b64decode
from base64 import b64encode
from datetime import timedelta
from megalis.portal import sealing
from megalis.portal.deposits import keys
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from plone import api
from tests.deposits.scene import bid
from tests.deposits.scene import PASSWORD
from tests.deposits.scene import Scene

import http.client
import json
import os
import pytest
import threading
import transaction


OFFER = ("1", "offre", {"prix é.pdf": b"%PDF-1.4 prix"})


class Live(Scene):
    """The scene served; ``ask`` speaks as one of its people."""

    def login(self, userid):
        """Return the login name of an account; kept, as the threads of a test have no site."""
        if userid not in self.logins:
            self.logins[userid] = api.user.get(userid=userid).getUserName()
        return self.logins[userid]

    def ask(self, userid, method, view, body=None, on=None, **headers):
        """Return (status, JSON or bytes) of a request to a view of the consultation (or of ``on``)."""
        path = (self.path if on is None else "/plone/" + "/".join(on.getPhysicalPath()[2:])) + f"/@@{view}"
        credentials = b64encode(f"{self.login(userid)}:{PASSWORD}".encode()).decode()
        sent = {"Authorization": f"Basic {credentials}", "X-Requested-With": "test"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Content-Type"] = "application/octet-stream"
        if isinstance(body, dict):
            body, sent["Content-Type"] = json.dumps(body), "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if threading.current_thread() is threading.main_thread():
            transaction.abort()
        return answer.status, json.loads(data) if "json" in answer.getheader("Content-Type", "") else data

    def refusals(self, subject=None):
        return [(event["acte"], event["code"]) for event in journal.events(subject or self.consultation, "refus")]


@pytest.fixture
def live(functional_portal, functional):
    with api.env.adopt_roles(["Manager"]):
        scene = Live(functional_portal, lots=("1",), envelopes=("candidature", "offre"))
        scene.safe = scene.add_key(scene.holder, "secours")
        scene.publish()
        scene.bidder = scene.company()
    scene.port = functional["port"]
    scene.path = "/plone/" + "/".join(scene.consultation.getPhysicalPath()[2:])
    scene.logins = {}
    scene.login(scene.bidder.userid)
    transaction.commit()
    yield scene
    clock.set_for_tests()


def deposit(live, *plis):
    demand, tails = bid(live.consultation, live.bidder, *(plis or (OFFER,)))
    found, _created = service.finish(live.consultation, live.bidder, demand, tails, clock.now())
    transaction.commit()
    return found


def close(live):
    clock.set_for_tests(live.consultation.deadline + timedelta(seconds=11))


class TestOpeningTooEarly:
    def test_an_opening_asked_before_the_deadline_is_in_the_journal(self, live):
        deposit(live)
        status, answer = live.ask(live.holder, "POST", "ouverture-demarrer", {"enveloppe": "candidature"})
        assert (status, answer["code"]) == (409, "pas-close")
        assert live.refusals() == [("ouverture", "pas-close")]
        assert journal.events(live.consultation, "refus")[0]["agent"].startswith("Agent ")

    def test_a_ciphertext_asked_before_the_deadline_is_in_the_journal_and_not_handed_out(self, live):
        pli = deposit(live).plis[0].id
        status, answer = live.ask(live.holder, "GET", f"pli-chiffre?pli={pli}")
        assert (status, answer["code"]) == (409, "attente")
        assert live.refusals() == [("lecture", "attente")]
        assert journal.events(live.consultation, "refus")[0]["pli"] == pli
        assert journal.count(live.consultation, "lecture") == 0

    def test_the_rows_are_not_told_before_the_deadline(self, live):
        deposit(live)
        status, answer = live.ask(live.holder, "GET", "ouverture-plis")
        assert (status, answer["code"]) == (409, "pas-close")

    def test_a_verdict_on_a_pli_that_is_not_to_open_is_in_the_journal(self, live):
        pli = deposit(live).plis[0].id
        close(live)
        demand = {"pli": pli, "verdict": "altere", "documents": [], "fingerprint": ""}
        status, _answer = live.ask(live.holder, "POST", "ouverture-verdict", demand)
        assert status == 409
        assert live.refusals() == [("verdict", "verdict")]


class TestDepositsRefused:
    def test_a_withdrawal_after_the_deadline(self, live):
        found = deposit(live)
        close(live)
        status, answer = live.ask(live.bidder.userid, "POST", "depot-retirer", {"depot": found.id})
        assert (status, answer["code"]) == (409, "clos")
        assert live.refusals() == [("retrait-pli", "clos")]

    def test_a_part_over_the_quota(self, live):
        live.consultation.max_deposit_bytes = 1
        live.consultation.envelopes = ("offre",)
        transaction.commit()
        data = os.urandom(2_000_000)
        digest = b64encode(sealing.parts.hashlib.sha256(data).digest()).decode()
        query = f"depot-partie?depot={'a' * 32}&pli={'b' * 32}&offset=0"
        status, answer = live.ask(live.bidder.userid, "PUT", query, data, Content_Digest=f"sha-256=:{digest}:")
        assert (status, answer.get("code")) == (413, "quota"), answer
        assert live.refusals() == [("depot", "quota")]
        assert store.under_way(live.consultation) == []

    def test_what_a_browser_says_again_by_itself_is_no_fact(self, live):
        query = f"depot-partie?depot={'a' * 32}&pli={'b' * 32}&offset=8388608"
        digest = b64encode(sealing.parts.hashlib.sha256(b"x").digest()).decode()
        status, answer = live.ask(live.bidder.userid, "PUT", query, b"x", Content_Digest=f"sha-256=:{digest}:")
        assert (status, answer["code"], answer["recu"]) == (409, "offset", 0)
        assert live.refusals() == []


class TestTwoTabs:
    def test_the_same_part_sent_by_two_tabs_at_once_is_kept_once(self, live):
        """Both are answered; a database conflict is settled by the server, never by the bidder."""
        data = os.urandom(8 * 1024 * 1024)
        digest = b64encode(sealing.parts.hashlib.sha256(data).digest()).decode()
        query = f"depot-partie?depot={'a' * 32}&pli={'b' * 32}&offset=0"
        answers = []

        def tab():
            answers.append(live.ask(live.bidder.userid, "PUT", query, data, Content_Digest=f"sha-256=:{digest}:"))

        tabs = [threading.Thread(target=tab) for _ in range(2)]
        for thread in tabs:
            thread.start()
        for thread in tabs:
            thread.join()
        assert [(status, answer["recu"]) for status, answer in answers] == [(200, len(data))] * 2
        transaction.abort()
        (entry,) = store.under_way(live.consultation)
        assert entry.size == len(data)


class TestDrills:
    def challenge(self, live, userid):
        key = next(key for key in keys.all_keys(live.town) if key.holder == userid and key.role != "secours")
        status, answer = live.ask(userid, "POST", "cle-exercice", {"cle": key.id}, on=live.town)
        assert status == 200
        identities = sealing.parse_identities(live.pairs[userid].identity.encode())
        return key, sealing.open_challenge(b64decode(answer["defi"]), identities)

    def prove(self, live, userid, key, answer):
        return live.ask(userid, "POST", "cle-prouver", {"cle": key.id, "reponse": answer.hex()}, on=live.town)

    def test_a_drill_passed_is_public(self, live):
        key, answer = self.challenge(live, live.deputy)
        assert self.prove(live, live.deputy, key, answer)[0] == 200
        (event,) = journal.events(live.town, "exercice")
        assert event["empreinte"] == key.fingerprint

    def test_a_wrong_answer_uses_up_the_challenge_and_is_in_the_journal(self, live):
        key, answer = self.challenge(live, live.deputy)
        assert self.prove(live, live.deputy, key, bytes(32))[1]["code"] == "defi-faux"
        assert self.prove(live, live.deputy, key, answer)[1]["code"] == "defi"
        assert live.refusals(live.town) == [("exercice", "defi-faux"), ("exercice", "defi")]
        assert journal.count(live.town, "exercice") == 0

    def test_the_key_of_another_is_refused_and_told(self, live):
        key, answer = self.challenge(live, live.deputy)
        assert self.prove(live, live.holder, key, answer)[1]["code"] == "porteur"
        assert live.refusals(live.town) == [("exercice", "porteur")]
        assert self.prove(live, live.deputy, key, answer)[0] == 200, "the challenge of its holder still stands"


def test_a_bid_in_many_parts_is_handed_out_whole_with_one_file_open(live, monkeypatch):
    """Five hundred parts are five hundred files: a server that opened them together would run out of handles."""
    demand, tails = bid(live.consultation, live.bidder, OFFER)
    ((pli, data),) = tails.items()
    found, _created = service.finish(live.consultation, live.bidder, demand, tails, clock.now())
    small = tuple(store.make_part(data[at : at + 7]) for at in range(0, len(data), 7))
    found.plis[0].parts = small
    found.plis = tuple(found.plis)
    transaction.commit()
    close(live)
    for kind in ("candidature", "offre"):
        assert live.ask(live.holder, "POST", "ouverture-demarrer", {"enveloppe": kind})[0] == 200
    before = len(os.listdir("/proc/self/fd"))
    most = []
    real = open

    def counted(path, *args, **kwargs):
        most.append(len(os.listdir("/proc/self/fd")))
        return real(path, *args, **kwargs)

    monkeypatch.setattr("megalis.portal.deposits.browser.api.open", counted, raising=False)
    status, body = live.ask(live.holder, "GET", f"pli-chiffre?pli={pli}")
    assert status == 200
    assert body == data
    assert len(most) == len(small) > 200
    assert max(most) < before + 40
    assert [event["pli"] for event in journal.events(live.consultation, "lecture")] == [pli]
