"""Opened documents are looked at closer on request: what is found is told, exported, and refuses nothing."""

from cryptography.hazmat.primitives import serialization
from datetime import timedelta
from megalis.portal.consultations import workflow
from megalis.portal.deposits import closing
from megalis.portal.deposits import filing
from megalis.portal.deposits import opening
from megalis.portal.deposits.examining import dossier
from megalis.portal.deposits.examining import signatures
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from plone import api
from tests.deposits.acts import deposit
from tests.formats import signing
from zope.component import getMultiAdapter
from zope.interface import alsoProvides

import hashlib
import io
import json
import pytest


@pytest.fixture(scope="module")
def authority():
    return signing.Authority()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """The operator's folder with the authority of the tests and its revocation list."""
    (tmp_path / "crl").mkdir()
    (tmp_path / "racine.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("MEGALIS_CONFIANCE", str(tmp_path))

    def renew():
        (tmp_path / "crl" / "racine.crl").write_bytes(authority.crl(clock.now()))

    return renew


def file_all(scene, files):
    """Deposit ``files`` as an offer, close, open, file them; return the folder of opened bids."""
    candidacy = ("1", "candidature", {"dc1.pdf": signing.pdf("DC1")})
    made = deposit(scene, candidacy, ("1", "offre", files))
    clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=11))
    closing.close(scene.consultation)
    with api.env.adopt_roles(["Manager", "PorteurDeCle"]):
        for kind in ("candidature", "offre"):
            opening.start(scene.consultation, kind, scene.holder)
        pli = next(pli for pli in made.plis if pli.envelope == "offre")
        found = [
            {"nom": name, "taille": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        ]
        fingerprint = scene.pairs[scene.holder].fingerprint
        demand = {"pli": pli.id, "verdict": "intact", "documents": found, "fingerprint": fingerprint}
        opening.record_verdict(scene.consultation, demand, scene.holder, "Porteur")
        for name, data in files.items():
            filing.file_document(scene.consultation, pli.id, name, io.BytesIO(data), scene.holder, "Porteur")
    return scene.consultation["plis-ouverts"]


@pytest.fixture
def signed(scene, authority, trusted):
    """An offer of three documents: one signed well, one changed since, one not signed."""
    start, end = clock.now() - timedelta(days=10), clock.now() + timedelta(days=100)
    who = (*authority.issue("Alice Le Goff", start, end), authority.certificate)
    prices = b"12 euros"
    files = {
        "acte.pdf": signing.pades(who),
        "prix.csv": b"99 euros",
        "prix.csv.p7s": signing.cades(prices, who),
        "note.pdf": signing.pdf("Note"),
    }
    folder = file_all(scene, files)
    trusted()
    return folder


def test_the_signatures_of_an_offer_are_told_apart(scene, signed):
    made = signatures.ask(scene.consultation, "Acheteuse")
    assert made.done is not None
    found = {one.carrier: (one.indication, one.sub) for _pli, one in signatures.reports(made)}
    assert found == {"acte.pdf": ("TOTAL-PASSED", ""), "prix.csv.p7s": ("TOTAL-FAILED", "HASH_FAILURE")}
    assert made.plis[0]["unsigned"] == ("note.pdf",)
    assert signatures.tally(made) == {"TOTAL-PASSED": 1, "TOTAL-FAILED": 1, "": 1}
    (event,) = journal.events(scene.consultation, "signatures")
    assert (event["documents"], event["agent"]) == (4, "Acheteuse")


def test_without_any_authority_a_change_is_still_told(scene, signed, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_CONFIANCE", str(tmp_path / "absent"))
    made = signatures.ask(scene.consultation, "Acheteuse")
    assert made.anchors == 0
    found = {one.carrier: one.sub for _pli, one in signatures.reports(made)}
    assert found == {"acte.pdf": "NO_CERTIFICATE_CHAIN_FOUND", "prix.csv.p7s": "HASH_FAILURE"}


def test_what_is_long_is_left_to_the_worker(scene, signed, portal, monkeypatch):
    monkeypatch.setattr(signatures, "AT_ONCE_BYTES", 10)
    made = signatures.ask(scene.consultation, "Acheteuse")
    assert made.done is None
    (message,) = [m for m in outbox.messages(portal) if m.kind == "signatures"]
    signatures.Handler().send(portal, message)
    assert made.done is not None and len(list(signatures.reports(made))) == 2


def test_the_page_says_it_in_french(scene, signed, http_request):
    alsoProvides(http_request, IMegalisLayer)
    with api.env.adopt_roles(["Manager"]):
        page = getMultiAdapter((signed, http_request), name="signatures")
        assert "Aucune vérification n’a encore été demandée" in page()
        signatures.ask(scene.consultation, "Acheteuse")
        text = getMultiAdapter((signed, http_request), name="signatures")()
    for words in ("Alice Le Goff", "Valide", "document modifié", "TOTAL-FAILED / HASH_FAILURE", "Sans signature"):
        assert words in text


def test_the_reports_are_in_the_archive(scene, signed):
    part = dossier.Signatures(scene.consultation)
    assert list(part()) == []
    signatures.ask(scene.consultation, "Acheteuse")
    files = {item.path: item for item in part()}
    assert len(files) == part.weigh()[0]
    value = json.loads(files["signatures.json"].data)
    assert {one["sub"] for pli in value["plis"] for one in pli["reports"]} == {"", "HASH_FAILURE"}


def test_nothing_is_blocked_by_a_bad_signature(scene, signed):
    signatures.ask(scene.consultation, "Acheteuse")
    with api.env.adopt_roles(["Manager"]):
        workflow.fire(scene.consultation, "analyser")
    assert api.content.get_state(scene.consultation) == "analyse"
