"""The archive of a whole consultation: asked for on a page, made by the worker, taken over HTTP, verified by the command."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations.dossier import preparing
from megalis.portal.consultations.dossier import store
from megalis.portal.deposits import closing
from megalis.portal.deposits import filing
from megalis.portal.deposits import opening
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.interfaces import DossierFile
from megalis.portal.ledger import dossier
from plone import api
from tests.deposits.acts import CANDIDACY
from tests.deposits.acts import deposit
from tests.deposits.acts import OFFER
from tests.deposits.scene import PASSWORD
from tests.deposits.scene import Scene

import base64
import hashlib
import http.client
import io
import json
import pytest
import re
import transaction
import zipfile


PRICES = OFFER[2]["prix é.pdf"]


@pytest.fixture
def live(functional_portal, functional):
    with api.env.adopt_roles(["Manager"]):
        scene = Scene(functional_portal)
        scene.publish()
        scene.bidder = scene.company(name="Charpentes du Léon / fils")
        scene.deposit = deposit(scene, CANDIDACY, OFFER)
        scene.reader = scene.agent("lecteurs")
    transaction.commit()
    scene.port = functional["port"]
    scene.path = "/plone/" + "/".join(scene.consultation.getPhysicalPath()[2:])
    yield scene
    clock.set_for_tests()


def ask(live, method, view, userid=None, **headers):
    """Return ``(status, headers, body)``; a program's POST, by Basic authentication."""
    made = http.client.HTTPConnection("127.0.0.1", live.port, timeout=60)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if userid:
        login = api.user.get(userid=userid).getUserName()
        headers["Authorization"] = "Basic " + base64.b64encode(f"{login}:{PASSWORD}".encode()).decode()
        headers["X-Requested-With"] = "tests"
    made.request(method, f"{live.path}/@@{view}", b"" if method == "POST" else None, headers)
    answer = made.getresponse()
    data = answer.read()
    made.close()
    return answer.status, answer.headers, data


def work(live):
    """One round of the worker."""
    transaction.abort()
    with api.env.adopt_roles(["Manager"]):
        outbox.drain(live.portal)
    transaction.commit()


def prepared(live, userid):
    """Ask for an archive and have it made; return the Prepared."""
    status, _headers, _body = ask(live, "POST", "dossier", userid)
    assert status == 303
    work(live)
    (newest, *_others) = store.prepared(live.consultation)
    assert newest.state == store.READY, newest.error
    return newest


def opened(live):
    """Close, open, and file the offer's document."""
    with api.env.adopt_roles(["Manager", "PorteurDeCle"]):
        clock.set_for_tests(live.consultation.deadline + timedelta(seconds=11))
        closing.close(live.consultation)
        for kind in ("candidature", "offre"):
            opening.start(live.consultation, kind, live.holder)
        pli = next(pli for pli in live.deposit.plis if pli.envelope == "offre")
        document = {"nom": "prix é.pdf", "taille": len(PRICES), "sha256": hashlib.sha256(PRICES).hexdigest()}
        print_ = live.pairs[live.holder].fingerprint
        found = {"pli": pli.id, "verdict": "intact", "documents": [document], "fingerprint": print_}
        opening.record_verdict(live.consultation, found, live.holder, "Agent")
        filing.file_document(live.consultation, pli.id, "prix é.pdf", io.BytesIO(PRICES), live.holder, "Agent")
    transaction.commit()


def taken(live, item, userid, **headers):
    return ask(live, "GET", f"dossier.zip?dossier={item.id}", userid, **headers)


def test_a_whole_consultation_leaves_as_one_archive_that_the_command_verifies(live, tmp_path):
    opened(live)
    item = prepared(live, live.buyer)
    status, headers, data = taken(live, item, live.buyer)
    assert (status, len(data)) == (200, item.size)
    assert headers["Content-Type"] == "application/zip"
    path = tmp_path / "dossier.zip"
    path.write_bytes(data)
    verdict = dossier.check(path)
    assert verdict.valid, verdict.errors
    assert verdict.extra["accuses"] == 1
    assert verdict.extra["evenements"] >= 10
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        assert archive.testzip() is None
        assert {
            "consultation/consultation.json", "dce/RC.pdf", "dce/versions.csv", "registres/retraits.csv",
            "registres/retraits.pdf", "registres/questions.csv", "registres/depots.csv", "registres/depots.pdf",
            "ouverture/pv-ouverture.pdf", "journal/extrait.jsonl", "journal/point-de-controle.txt", "manifest.json",
            "manifest.xml",
        } <= names  # fmt: skip
        (filed,) = [name for name in names if name.startswith("plis/")]
        assert archive.read(filed) == PRICES
        assert ".." not in filed and filed.count("/") == 4, filed
        assert b"Charpentes du" in archive.read("registres/depots.csv")
        sheet = json.loads(archive.read("consultation/consultation.json"))
    assert sheet["consultation"]["reference"] == live.consultation.reference
    transaction.abort()
    facts = [event["fait"] for event in journal.events(live.consultation, "dossier")]
    assert facts == ["préparée", "téléchargée"]


def test_a_download_that_was_cut_goes_on_where_it_stopped(live):
    item = prepared(live, live.buyer)
    _status, headers, whole = taken(live, item, live.buyer)
    half = len(whole) // 2
    status, more, rest = taken(live, item, live.buyer, Range=f"bytes={half}-", If_Range=headers["ETag"])
    assert status == 206
    assert more["Content-Range"] == f"bytes {half}-{len(whole) - 1}/{len(whole)}"
    assert rest == whole[half:]
    transaction.abort()
    assert len(journal.events(live.consultation, "dossier")) == 2


def test_before_the_deadline_it_names_no_bidder_and_has_no_receipt(live, tmp_path):
    item = prepared(live, live.buyer)
    _status, _headers, data = taken(live, item, live.buyer)
    (tmp_path / "d.zip").write_bytes(data)
    assert dossier.check(tmp_path / "d.zip").valid
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            assert not name.startswith(("accuses/", "plis/", "ouverture/")), name
            if name.endswith((".csv", ".jsonl", ".json", ".xml")):
                text = archive.read(name).decode()
                assert live.bidder.name not in text and live.bidder.siret not in text, name


@pytest.mark.parametrize("who", ["reader", "holder", "bidder", None])
def test_it_is_for_those_who_run_the_consultation(live, who):
    item = prepared(live, live.buyer)
    userid = getattr(live, who) if who else None
    userid = getattr(userid, "userid", userid)
    assert taken(live, item, userid)[0] in (302, 401, 403)
    assert ask(live, "POST", "dossier", userid)[0] in (302, 401, 403)
    assert len(store.prepared(live.consultation)) == 1


def test_bids_stay_with_those_who_may_read_them(live, monkeypatch):
    opened(live)
    item = prepared(live, live.buyer)
    assert item.bids
    monkeypatch.setattr("megalis.portal.consultations.dossier.preparing.may_read_bids", lambda consultation: False)
    assert taken(live, item, live.buyer)[0] == 404
    clock.set_for_tests(clock.now() + timedelta(minutes=3))
    assert not prepared(live, live.buyer).bids


def test_the_page_tells_what_it_will_hold_and_gives_what_is_ready(live):
    status, _headers, body = ask(live, "GET", "dossier", live.buyer)
    text = " ".join(re.sub(r"<[^>]+>", " ", unescape(body.decode())).split())
    assert status == 200
    assert "Aucune archive n’est préparée" in text
    assert "Registre des dépôts registres/ 2" in text
    item = prepared(live, live.buyer)
    html = unescape(ask(live, "GET", "dossier", live.buyer)[2].decode())
    assert f"@@dossier.zip?dossier={item.id}" in html
    assert "dossier" in unescape(ask(live, "GET", "gestion", live.buyer)[2].decode())


def test_a_second_demand_waits_for_the_first_and_three_archives_are_kept(live):
    assert ask(live, "POST", "dossier", live.buyer)[0] == 303
    status, _headers, body = ask(live, "POST", "dossier", live.buyer)
    assert status == 422
    assert "déjà en préparation" in unescape(body.decode())
    work(live)
    for _ in range(4):
        prepared(live, live.buyer)
    assert len(store.prepared(live.consultation)) == store.KEPT


def test_a_draft_has_no_archive(live):
    with api.env.adopt_roles(["Manager"]):
        live.consultation = live.prepare(("1",), ("offre",), 30)
    transaction.commit()
    live.path = "/plone/" + "/".join(live.consultation.getPhysicalPath()[2:])
    status, _headers, body = ask(live, "POST", "dossier", live.buyer)
    assert status == 422
    assert "publiez d’abord" in unescape(body.decode())


@pytest.mark.parametrize("key", ["", "zz", "a" * 32])
def test_an_archive_that_is_not_there_is_not_found(live, key):
    assert ask(live, "GET", f"dossier.zip?dossier={key}", live.buyer)[0] == 404


def with_part(monkeypatch, factory):
    """Register one more part for the length of a test."""
    known = preparing.getAdapters
    monkeypatch.setattr(preparing, "getAdapters", lambda about, i: [*known(about, i), ("essai", factory(*about))])


class Extra:
    """What another room puts in: a name that would leave the folder, the same twice, a text that is long."""

    title, folder, order, reads_bids = "Avis", "avis", 25, False

    def __init__(self, consultation):
        self.consultation = consultation

    def weigh(self):
        return 2, 0

    def __call__(self):
        yield DossierFile("../../avis.xml", b"<a/>")
        yield DossierFile("avis.xml", lambda stream: stream.write(b"<b/>"))


def test_another_room_adds_its_part_and_its_names_stay_in_the_folder(live, monkeypatch):
    with_part(monkeypatch, Extra)
    item = prepared(live, live.buyer)
    assert [entry.path for entry in item.entries if entry.part == "Avis"] == ["avis/avis.xml", "avis/avis (2).xml"]


class Broken(Extra):
    def __call__(self):
        raise OSError("disque plein")
        yield


def test_a_part_that_fails_makes_no_archive_and_the_page_says_so_once_given_up(live, monkeypatch):
    with_part(monkeypatch, Broken)
    ask(live, "POST", "dossier", live.buyer)
    for _ in range(len(outbox.DELAYS) + 1):
        work(live)
        clock.set_for_tests(clock.now() + timedelta(days=1))
    transaction.abort()
    (item,) = store.prepared(live.consultation)
    assert item.state == store.FAILED
    assert "disque plein" in item.error
    html = unescape(ask(live, "GET", "dossier", live.buyer)[2].decode())
    assert "La préparation a échoué" in html
