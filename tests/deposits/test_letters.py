"""What the room does by itself: receipts by mail, reminders, keys of those who leave, time stamps."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.deposits import keys
from megalis.portal.deposits import letters
from megalis.portal.deposits import receipts
from megalis.portal.deposits import service
from megalis.portal.deposits import simulation
from megalis.portal.deposits import store
from megalis.portal.deposits.browser.registers import DepositRegister
from megalis.portal.deposits.depositor import depositor_of
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.editorial.home import HomeView
from megalis.portal.kernel import clock
from megalis.portal.kernel import counted
from megalis.portal.kernel import outbox
from megalis.portal.ledger.errors import TimestampError
from megalis.portal.ledger.events import promise_statement
from megalis.portal.ledger.receipts import verify_receipt
from megalis.portal.ledger.timestamps import load_roots
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.collectivites import Directory
from plone import api
from tests.deposits.scene import bid
from tests.deposits.scene import Scene
from tests.ledger.tsa import Authority

import dataclasses
import pytest
import threading


OFFER = ("1", "offre", {"prix.pdf": b"%PDF-1.4 prix"})


@pytest.fixture
def scene(portal):
    with api.env.adopt_roles(["Manager"]):
        found = Scene(portal)
        found.publish()
        found.bidder = dataclasses.replace(found.company(), email="marches@leon.example")
        yield found
    clock.set_for_tests()


def mails(portal):
    return [
        (m.payload["to"], m.payload["subject"], m.payload["text"]) for m in outbox.messages(portal) if m.kind == "mail"
    ]


def test_the_bidder_gets_his_receipt_by_mail(scene, portal):
    demand, tails = bid(scene.consultation, scene.bidder, OFFER)
    deposit, _ = service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
    found = [mail for mail in mails(portal) if mail[0] == "marches@leon.example"]
    assert len(found) == 1
    assert found[0][1].startswith("Pli déposé le")
    assert f"@@accuse?depot={deposit.id}" in found[0][2]


def test_a_late_bidder_reads_it_in_the_subject(scene, portal):
    demand, tails = bid(scene.consultation, scene.bidder, OFFER)
    service.finish(scene.consultation, scene.bidder, demand, tails, scene.consultation.deadline)
    assert any("HORS DÉLAI" in subject for _to, subject, _text in mails(portal))


def test_a_change_of_a_lot_is_told_to_those_alone_whose_bid_is_for_it(scene):
    other = dataclasses.replace(scene.company("55208131700018", "Autre Charpente"), email="autre@trégor.example")
    for depositor, lot in ((scene.bidder, "1"), (other, "2")):
        demand, tails = bid(scene.consultation, depositor, (lot, "offre", OFFER[2]))
        service.finish(scene.consultation, depositor, demand, tails, clock.now())
    told = letters.Depositors(scene.consultation)
    assert [told(lots) for lots in (("1",), ("2",))] == [
        [("marches@leon.example", scene.bidder.name)],
        [("autre@trégor.example", "Autre Charpente")],
    ]
    assert len(told()) == len(told(("1", "2"))) == 2


def test_three_days_before_the_deadline_each_holder_is_reminded_once(scene, portal):
    before = scene.consultation.deadline - timedelta(days=2)
    assert letters.remind_holders(scene.consultation, before) == 2
    assert letters.remind_holders(scene.consultation, before) == 0
    to = {mail[0] for mail in mails(portal) if mail[1].startswith("Exercice")}
    assert to == {people.get(userid).email for userid in (scene.holder, scene.deputy)}


def test_who_drilled_lately_is_not_reminded(scene):
    before = scene.consultation.deadline - timedelta(days=2)
    for key in keys.all_keys(scene.town):
        key.last_drill = before - timedelta(days=1)
    assert letters.remind_holders(scene.consultation, before) == 0


def test_the_key_of_a_holder_who_leaves_is_revoked_at_once(scene):
    membership.remove(scene.town, scene.deputy, check=False)
    assert [key.role for key in keys.active_keys(scene.town)] == ["titulaire"]


def test_without_an_authority_no_time_stamp_is_asked(scene, portal):
    demand, tails = bid(scene.consultation, scene.bidder, OFFER)
    service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
    assert [m for m in outbox.messages(portal) if m.kind == "horodatage"] == []


def test_a_deposit_stands_when_the_time_stamping_authority_is_down(scene, portal, monkeypatch):
    monkeypatch.setenv("MEGALIS_TSA_URL", "http://127.0.0.1:9/tsa")
    demand, tails = bid(scene.consultation, scene.bidder, OFFER)
    deposit, created = service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
    assert created
    (message,) = [m for m in outbox.messages(portal) if m.kind == "horodatage"]
    with pytest.raises(Exception):
        receipts.TimestampHandler().send(portal, message)
    assert receipts.receipt(deposit)["jeton"] is None


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A time-stamp authority that answers on this machine; ``down`` makes it refuse."""
    made = Authority(tmp_path_factory.mktemp("tsa"))
    made.down = False

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if made.down else 200)
            self.end_headers()
            self.wfile.write(b"" if made.down else made(request))

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/"
    (made.folder / "racines.pem").write_bytes(made.roots)
    yield made
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_the_token_of_an_authority_that_was_down_is_delivered_later(scene, portal, authority, monkeypatch):
    """The bid is received at once; the outbox asks again; the same receipt then bears a token that anyone verifies."""
    monkeypatch.setenv("MEGALIS_TSA_URL", authority.url)
    monkeypatch.setenv("MEGALIS_TSA_ROOTS", str(authority.folder / "racines.pem"))
    authority.down = True
    demand, tails = bid(scene.consultation, scene.bidder, OFFER)
    deposit, _created = service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
    handler = receipts.TimestampHandler()
    (message,) = [m for m in outbox.messages(portal) if m.kind == "horodatage"]
    with pytest.raises(TimestampError):
        handler.send(portal, message)
    before = receipts.receipt(deposit)
    assert before["jeton"] is None

    authority.down = False
    handler.send(portal, message)
    after = receipts.receipt(deposit)
    assert {**after, "jeton": None, "preuve": None} == {**before, "preuve": None}
    checks = {check.name: check for check in verify_receipt(after, roots=load_roots(authority.roots))}
    assert checks["horodatage"].state == "ok"
    assert "autorité reconnue" in checks["horodatage"].message
    (authority.folder / "jeton.tsr").write_bytes(receipts.token_bytes(deposit))
    statement = promise_statement(deposit.commitment, deposit.promise["horodatage"], deposit.promise["origine"])
    (authority.folder / "promesse").write_bytes(statement)
    said = authority.openssl("ts", "-verify", "-in", "jeton.tsr", "-data", "promesse", "-CAfile", "ca.pem")
    assert b"OK" in said or said == b""


class TestSimulation:
    @pytest.fixture
    def room(self, portal, scene):
        return simulation.build(portal)

    def test_it_is_made_once_and_takes_bids(self, room, portal):
        assert ISimulation.providedBy(room)
        assert simulation.build(portal) == room
        assert service.gate_of(room).recipients

    def test_anyone_deposits_and_the_test_key_opens(self, room, portal, http_request, tmp_path):
        visitor = depositor_of(room, http_request)
        demand, tails = bid(room, visitor, OFFER)
        deposit, _ = service.finish(room, visitor, demand, tails, clock.now())
        (pli,) = deposit.plis
        identities = sealing.parse_identities(room.trial_identity.encode())
        sealing.open_(BytesIO(b"".join(pli.read())), identities, tmp_path / "out", context=pli.context)
        assert (tmp_path / "out" / "prix.pdf").read_bytes() == OFFER[2]["prix.pdf"]

    def test_it_forgets_after_a_day_and_never_closes(self, room, portal, http_request):
        visitor = depositor_of(room, http_request)
        demand, tails = bid(room, visitor, OFFER)
        service.finish(room, visitor, demand, tails, clock.now())
        assert simulation.purge(room, clock.now()) == 0
        assert simulation.purge(room, clock.now() + timedelta(days=2)) == 1
        assert store.deposits(room) == []
        later = clock.now() + timedelta(days=50)

        class Tick:
            site = portal
            now = later

        simulation.keep(Tick)
        assert room.deadline > later + timedelta(days=30)

    def test_it_is_in_no_list_and_in_no_figure(self, room, scene, portal, http_request):
        home = HomeView(portal, http_request)
        assert [row["title"] for row in home.latest()] == [scene.consultation.title]
        assert home.counts()["open"] == 1
        found = Directory(portal["collectivites"], http_request).found
        assert [brain.Title for brain in found] == [scene.town.title]
        told = {key: value for key, _label, value in counted.gathered(portal)}
        assert (told["collectivites"], told["consultations"], told["en-ligne"]) == (1, 1, 1)
        assert told["agents"] == 3 and told["entreprises"] == 1

    def test_the_register_outlives_what_was_purged(self, room, portal, http_request):
        visitor = depositor_of(room, http_request)
        demand, tails = bid(room, visitor, OFFER)
        service.finish(room, visitor, demand, tails, clock.now())
        simulation.purge(room, clock.now() + timedelta(days=2))
        (row,) = DepositRegister(room, http_request).rows
        assert row["state"] == store.RECEIVED
