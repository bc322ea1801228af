"""Each page of the room renders for the role it is made for, and for no other."""

from AccessControl.SpecialUsers import nobody
from datetime import timedelta
from html import unescape
from megalis.portal.deposits import closing
from megalis.portal.deposits import filing
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from plone import api
from tests.deposits.scene import bid
from tests.deposits.scene import Scene
from zExceptions import Unauthorized
from zope.interface import alsoProvides

import hashlib
import io
import json
import pytest


@pytest.fixture
def scene(portal, http_request):
    alsoProvides(http_request, IMegalisLayer)
    with api.env.adopt_roles(["Manager"]):
        found = Scene(portal)
        found.publish()
        found.bidder = found.company()
        found.other = found.company("55208131700018", "Autre Charpente")
        demand, tails = bid(found.consultation, found.bidder, ("1", "offre", {"prix é.pdf": b"%PDF-1.4 prix"}))
        found.deposit, _ = service.finish(found.consultation, found.bidder, demand, tails, clock.now())
    yield found
    clock.set_for_tests()


def render(context, name, userid=None, **form):
    request = context.REQUEST
    request.form.clear()
    request.form.update(form)
    request.other.pop("megalis.person", None)
    user = api.user.get(userid=userid) if userid else nobody.__of__(api.portal.get().acl_users)
    with api.env.adopt_user(user=user):
        answer = context.restrictedTraverse(f"@@{name}")()
    return " ".join(unescape(answer).split()) if isinstance(answer, str) else answer


def close(scene):
    clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=11))
    closing.close(scene.consultation)


def test_a_visitor_is_told_to_sign_in_before_answering(scene):
    html = render(scene.consultation, "repondre")
    assert "Connectez-vous pour répondre" in html
    assert 'id="depot"' not in html
    assert (
        "Taille permise" in html and "67,1 Mo" in html.replace("\N{NO-BREAK SPACE}", " ") and "Formats acceptés" in html
    )


def test_a_company_gets_the_sealing_page(scene):
    html = render(scene.consultation, "repondre", scene.bidder.userid)
    assert 'id="depot"' in html
    assert scene.consultation.absolute_url() in html


def test_a_visitor_reads_the_fingerprints_of_the_keys(scene):
    assert scene.pairs[scene.holder].fingerprint in render(scene.consultation, "repondre")
    assert scene.pairs[scene.holder].fingerprint in render(scene.consultation, "cles-consultation")


def test_after_the_deadline_the_page_says_it_is_late(scene):
    close(scene)
    assert "La date limite est passée" in render(scene.consultation, "repondre")


def test_a_company_sees_its_deposits_and_receipt(scene):
    assert scene.deposit.number in render(scene.consultation, "mes-depots", scene.bidder.userid)
    html = render(scene.consultation, "accuse", scene.bidder.userid, depot=scene.deposit.id)
    assert "Pli déposé le" in html
    assert "prix é.pdf" in html
    pdf = render(scene.consultation, "accuse.pdf", scene.bidder.userid, depot=scene.deposit.id)
    assert pdf.startswith(b"%PDF-")


def test_the_receipt_says_what_became_of_the_deposit_since(scene):
    demand, tails = bid(scene.consultation, scene.bidder, ("1", "offre", {"prix.pdf": b"x"}), remplace=scene.deposit.id)
    second, _ = service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
    html = render(scene.consultation, "accuse", scene.bidder.userid, depot=scene.deposit.id)
    assert "Ce pli a été remplacé par un envoi plus récent le" in html
    assert "a été remplacé" not in render(scene.consultation, "accuse", scene.bidder.userid, depot=second.id)
    service.withdraw(scene.consultation, scene.bidder, second.id, clock.now())
    assert "Ce pli a été retiré le" in render(scene.consultation, "accuse", scene.bidder.userid, depot=second.id)


def test_the_receipt_tells_a_time_stamp_asked_for_from_one_nobody_gives(scene, monkeypatch):
    page = ("accuse", scene.bidder.userid)
    assert "aucune autorité configurée" in render(scene.consultation, *page, depot=scene.deposit.id)
    monkeypatch.setenv("MEGALIS_TSA_URL", "http://127.0.0.1:9/")
    assert "dès que l’autorité répond" in render(scene.consultation, *page, depot=scene.deposit.id)


def test_the_holder_gets_what_a_terminal_needs_to_open(scene):
    close(scene)
    html = render(scene.consultation, "ouverture", scene.holder)
    assert "Commencer l’ouverture : candidature" in html
    assert "@@pli-chiffre" not in html
    with api.env.adopt_roles(["PorteurDeCle"]):
        for kind in ("candidature", "offre"):
            opening.start(scene.consultation, kind, scene.holder)
    html = render(scene.consultation, "ouverture", scene.holder)
    pli = scene.deposit.plis[0]
    assert f"@@pli-chiffre?pli={pli.id}" in html
    assert json.loads(render(scene.consultation, "pli-contexte", scene.holder, pli=pli.id)) == pli.context


def test_the_context_of_a_pli_is_not_told_before_its_time(scene):
    answer = json.loads(render(scene.consultation, "pli-contexte", scene.holder, pli=scene.deposit.plis[0].id))
    assert answer["code"] == "attente"


def test_every_reading_of_an_opened_document_is_in_the_journal(scene):
    close(scene)
    with api.env.adopt_roles(["PorteurDeCle"]):
        for kind in ("candidature", "offre"):
            opening.start(scene.consultation, kind, scene.holder)
    pli, data = scene.deposit.plis[0], b"%PDF-1.4 prix"
    digest = hashlib.sha256(data).hexdigest()
    found = {
        "pli": pli.id,
        "verdict": "intact",
        "documents": [{"nom": "prix é.pdf", "taille": len(data), "sha256": digest}],
        "fingerprint": scene.pairs[scene.holder].fingerprint,
    }
    opening.record_verdict(scene.consultation, found, scene.holder, "Agent")
    filed = filing.file_document(scene.consultation, pli.id, "prix é.pdf", io.BytesIO(data), scene.holder, "Agent")
    person = people.get(scene.holder)
    request = scene.consultation.REQUEST
    request.other.pop("megalis.person", None)
    with api.env.adopt_user(user=api.user.get(userid=scene.holder)):
        view = filed.__parent__.restrictedTraverse("@@view")
        view.asked = filed.getId()
        view()
    (event,) = journal.events(scene.consultation, "lecture-fichier")
    assert (event["nom"], event["sha256"], event["agent"]) == ("prix é.pdf", digest, person.fullname)


def test_a_rival_sees_neither_list_nor_receipt(scene):
    assert scene.deposit.number not in render(scene.consultation, "mes-depots", scene.other.userid)
    assert not render(scene.consultation, "accuse", scene.other.userid, depot=scene.deposit.id)
    assert scene.consultation.REQUEST.response.getHeader("Location") == scene.consultation.absolute_url()


def test_before_the_deadline_the_register_names_nobody(scene):
    html = render(scene.consultation, "registre-depots", scene.buyer)
    assert scene.deposit.number in html
    assert scene.bidder.name not in html
    assert scene.bidder.name not in render(scene.consultation, "registre-depots.csv", scene.buyer)
    assert scene.bidder.name not in render(scene.consultation, "journal", scene.buyer)


def test_the_register_counts_what_is_there_and_not_what_is_not(scene):
    html = render(scene.consultation, "registre-depots", scene.buyer)
    assert "<caption>1 dépôt</caption>" in html
    demand, tails = bid(scene.consultation, scene.other, ("1", "offre", {"prix.pdf": b"x"}))
    service.finish(scene.consultation, scene.other, demand, tails, scene.consultation.deadline)
    journal.record(scene.consultation, {"type": "refus", "acte": "depot", "code": "quota", "siret": "x"})
    journal.record(scene.consultation, {"type": "refus", "acte": "ouverture", "code": "pas-close", "agent": "x"})
    html = render(scene.consultation, "registre-depots", scene.buyer)
    assert "2 dépôts, dont 1 hors délai, 1 envoi refusé, motif au journal" in html


def test_after_the_deadline_the_register_names_the_bidders(scene):
    close(scene)
    assert scene.bidder.name in render(scene.consultation, "registre-depots", scene.buyer)


@pytest.mark.parametrize(
    "name", ["registre-depots", "registre-depots.csv", "pv-ouverture", "ouverture", "ouverture-plis", "pli-chiffre"]
)
def test_bidders_and_visitors_see_no_page_of_the_buyer(scene, name):
    for userid in (None, scene.bidder.userid):
        with pytest.raises(Unauthorized):
            render(scene.consultation, name, userid)


def test_the_holder_sees_the_opening_page_and_the_minutes(scene):
    assert "restent scellés" in render(scene.consultation, "ouverture", scene.holder)
    close(scene)
    assert 'id="ouverture"' in render(scene.consultation, "ouverture", scene.holder)
    with api.env.adopt_roles(["PorteurDeCle"]):
        opening.start(scene.consultation, "candidature", scene.holder)
    assert scene.bidder.name in render(scene.consultation, "pv-ouverture", scene.holder)
    assert render(scene.consultation, "pv-ouverture.pdf", scene.holder).startswith(b"%PDF-")


def test_the_key_room_shows_keys_and_lets_holders_make_one(scene):
    html = render(scene.town, "cles", scene.holder)
    assert "Vos clés permettent de publier" in html
    assert 'id="cles"' in html
    assert 'id="cles"' not in render(scene.town, "cles", scene.buyer)


def test_the_public_journal_of_a_consultation_hides_the_bids(scene):
    html = render(scene.consultation, "journal")
    assert "Publication" in html
    assert "Dépôt d’un pli" not in html
    assert "@@journal.csv" in html
    table = render(scene.consultation, "journal.csv")
    assert table.startswith("\ufeffInstant (Paris);Fait;Détail;Feuille") and ";Publication;" in table
    assert "Dépôt d’un pli" not in table
    mine = render(scene.consultation, "journal.csv", scene.buyer)
    assert "Dépôt d’un pli" in mine and scene.bidder.name not in mine
