"""The buyer asks for the antivirus and for the signatures on the page of opened bids, and reads there what was found."""

from cryptography.hazmat.primitives import serialization
from datetime import timedelta
from html import unescape
from megalis.portal.deposits.examining import signatures
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from plone import api
from tests.deposits.scene import Scene
from tests.deposits.test_examining import file_all
from tests.formats import signing
from tests.kernel.clamd import fake
from tests.kernel.clamd import VIRUS

import pytest
import transaction


@pytest.fixture
def opened(functional_portal):
    """Return a function: {name: bytes} of an offer -> the scene whose bids are opened and filed, committed."""

    def file(files):
        with api.env.adopt_roles(["Manager"]):
            found = Scene(functional_portal)
            found.publish()
            found.bidder = found.company()
            found.folder = file_all(found, files)
        transaction.commit()
        return found

    yield file
    clock.set_for_tests()


def read(browser):
    return " ".join(unescape(browser.contents).replace("\N{NO-BREAK SPACE}", " ").split())


def drain(scene):
    transaction.begin()
    outbox.drain(scene.portal)
    transaction.commit()


def opened_bids(browse, scene):
    agent = browse(scene.buyer, f"{scene.consultation.absolute_url()}/@@gestion")
    agent.getLink("Plis ouverts").click()
    return agent


def test_opened_bids_are_scanned_when_the_buyer_asks_and_each_file_bears_its_state(opened, browse, monkeypatch):
    scene = opened({"prix.pdf": b"%PDF-1.4 sain", "plan.pdf": b"%PDF-1.4 " + VIRUS})
    with fake() as server:
        monkeypatch.setenv("MEGALIS_CLAMD", server.address)
        agent = opened_bids(browse, scene)
        assert read(agent).count("Non analysé") == 2 and server.seen == []
        agent.getControl("Analyser ces fichiers par l’antivirus").click()
        assert "2 fichiers confiés à l’antivirus" in read(agent) and read(agent).count("Analyse en attente") == 2
        drain(scene)
        agent.open(scene.folder.absolute_url())
        text = read(agent)
        assert ">Sain<" in text and ">Infecté : Canari.EICAR<" in text and len(server.seen) == 2
        assert "Si l’entreprise a remis une copie de sauvegarde à temps" in text and "R. 2132-11" in text
        assert {"plan.pdf", "prix.pdf"} == {item.title for item in scene.folder.objectValues()}, "nothing is removed"
        (event,) = journal.events(scene.consultation, "antivirus")
        assert event["documents"] == 2
        bidder = browse(scene.bidder.userid)
        bidder.post(f"{scene.folder.absolute_url()}/@@antivirus", "")
        transaction.begin()
        assert len(journal.events(scene.consultation, "antivirus")) == 1


def test_each_file_of_the_opened_bids_is_under_the_name_of_its_company(opened, browse):
    scene = opened({"prix.pdf": b"%PDF-1.4 sain"})
    text = read(opened_bids(browse, scene))
    assert "Entreprise" in text and scene.bidder.name in text


def test_without_an_antivirus_the_page_says_what_to_do_instead(opened, browse, monkeypatch):
    monkeypatch.delenv("MEGALIS_CLAMD", raising=False)
    agent = opened_bids(browse, opened({"prix.pdf": b"%PDF-1.4 sain"}))
    assert "analysez ces fichiers sur votre poste" in read(agent)
    assert "Analyser ces fichiers par l’antivirus" not in read(agent) and "Non analysé" not in read(agent)


def test_the_buyer_has_signatures_verified_from_the_opened_bids(opened, browse, monkeypatch, tmp_path):
    authority = signing.Authority()
    (tmp_path / "crl").mkdir()
    (tmp_path / "racine.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("MEGALIS_CONFIANCE", str(tmp_path))
    start, end = clock.now() - timedelta(days=10), clock.now() + timedelta(days=100)
    who = (*authority.issue("Alice Le Goff", start, end), authority.certificate)
    scene = opened(
        {"acte.pdf": signing.pades(who), "prix.csv": b"99 euros", "prix.csv.p7s": signing.cades(b"12 euros", who)}
    )
    (tmp_path / "crl" / "racine.crl").write_bytes(authority.crl(clock.now()))
    agent = opened_bids(browse, scene)
    agent.getLink("Signatures des documents").click()
    assert "Aucune vérification n’a encore été demandée" in read(agent)
    agent.getControl("Vérifier les signatures").click()
    text = read(agent)
    assert "Les signatures sont vérifiées" in text and "1 signature valide, 1 non valable" in text, text
    assert "Alice Le Goff" in text and "document modifié" in text
    bidder = browse(scene.bidder.userid)
    bidder.post(f"{scene.folder.absolute_url()}/@@signatures", "")
    transaction.begin()
    assert len(journal.events(scene.consultation, "signatures")) == 1
    assert signatures.last(scene.consultation).agent != ""
