"""The DUME of a consultation: its request for anybody, the responses of opened candidatures as a table for who reads bids."""

from datetime import timedelta
from html import unescape
from lxml import etree
from megalis.portal.deposits import closing
from megalis.portal.deposits import filing
from megalis.portal.deposits import opening
from megalis.portal.formats.espd import reading
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from plone import api
from tests.deposits.acts import deposit
from tests.deposits.acts import OFFER
from tests.deposits.test_pages import render
from tests.formats.dume import response
from zExceptions import Unauthorized
from zope.interface import alsoProvides

import hashlib
import io
import pytest
import re


@pytest.fixture
def opened(scene, http_request):
    """Return a function: {name: bytes} of a candidature -> the restricted folder where they were filed, and their ids."""
    alsoProvides(http_request, IMegalisLayer)

    def file(documents):
        found = deposit(scene, ("1", "candidature", documents), OFFER)
        clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=11))
        closing.close(scene.consultation)
        with api.env.adopt_roles(["PorteurDeCle"]):
            opening.start(scene.consultation, "candidature", scene.holder)
        pli = next(pli for pli in found.plis if pli.envelope == "candidature")
        said = [
            {"nom": name, "taille": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in documents.items()
        ]
        print_ = scene.pairs[scene.holder].fingerprint
        demand = {"pli": pli.id, "verdict": "intact", "documents": said, "fingerprint": print_}
        opening.record_verdict(scene.consultation, demand, scene.holder, "Agent")
        made = {
            name: filing.file_document(
                scene.consultation, pli.id, name, io.BytesIO(data), scene.holder, "Agent"
            ).getId()
            for name, data in documents.items()
        }
        return scene.consultation["plis-ouverts"], made

    return file


def read(folder, key, userid):
    """Return the page of a response as its reader sees it, tags aside."""
    folder.REQUEST.form.clear()
    folder.REQUEST.other.pop("megalis.person", None)
    with api.env.adopt_user(user=api.user.get(userid=userid)):
        view = folder.restrictedTraverse("@@dume")
        view.publishTraverse(folder.REQUEST, key)
        html = unescape(view())
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_anybody_takes_the_request_of_a_consultation_from_its_page(scene, http_request):
    alsoProvides(http_request, IMegalisLayer)
    assert "@@dume-demande.xml" in render(scene.consultation, "view")
    root = etree.fromstring(scene.consultation.restrictedTraverse("@@dume-demande.xml")())
    assert root.findtext("{*}ContractFolderID") == scene.consultation.reference
    assert [node.text for node in root.iterfind("{*}ProcurementProjectLot/{*}ID")] == ["LOT-1", "LOT-2"]


def test_a_consultation_without_candidature_asks_for_no_dume(scene, http_request):
    alsoProvides(http_request, IMegalisLayer)
    scene.consultation.envelopes = ("offre",)
    assert "@@dume-demande.xml" not in render(scene.consultation, "view")
    with pytest.raises(Exception, match="dume"):
        scene.consultation.restrictedTraverse("@@dume-demande.xml")()


def test_a_response_in_an_opened_candidature_is_a_table(scene, opened):
    folder, made = opened({"dume é.xml": response(reference="AUTRE-1"), "annexe.xml": b"<a/>", "dc1.pdf": b"%PDF-1.4"})
    with api.env.adopt_user(user=api.user.get(userid=scene.buyer)):
        listing = unescape(folder.restrictedTraverse("@@view")())
    assert listing.count("Lire le DUME") == 1
    assert f"@@dume/{made['dume é.xml']}" in listing
    text = read(folder, made["dume é.xml"], scene.buyer)
    assert "DUME de Charpentes du Léon" in text
    assert "Mandataire du groupement" in text
    assert "Participation à une organisation criminelle Non concerné" in text
    assert "Paiement des impôts et taxes Concerné" in text
    assert "Échéancier accordé le 3 mars" in text
    assert "450000 EUR" in text
    assert "AUTRE-1" in text, "a response to another consultation is told"
    (event,) = journal.events(scene.consultation, "lecture-fichier")
    assert event["nom"] == "dume é.xml"


def test_a_file_that_is_none_is_said_to_be_none(scene, opened):
    folder, made = opened({"dume.xml": b"<!DOCTYPE a><a/>"})
    text = read(folder, made["dume.xml"], scene.buyer)
    assert "ne se lit pas comme un DUME" in text
    assert folder.REQUEST.response.getStatus() == 422
    assert journal.events(scene.consultation, "lecture-fichier") == []


def test_one_that_is_too_large_is_not_offered(scene, opened, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    folder, _made = opened({"dume.xml": response()})
    with api.env.adopt_user(user=api.user.get(userid=scene.buyer)):
        assert "Lire le DUME" not in unescape(folder.restrictedTraverse("@@view")())


def test_the_bidder_and_a_reader_see_no_response(scene, opened):
    folder, _made = opened({"dume.xml": response()})
    for userid in (scene.bidder.userid, scene.agent("lecteurs")):
        with api.env.adopt_user(user=api.user.get(userid=userid)), pytest.raises(Unauthorized):
            folder.restrictedTraverse("@@dume")
