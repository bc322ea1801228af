"""Parts of the dossier sent by post: asked with an address, dispatched with a number, received; each step an event."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from html import unescape
from megalis.portal.deposits.postal import letters
from megalis.portal.deposits.postal import rules
from megalis.portal.deposits.postal import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import IDossierPart
from megalis.portal.organisations import people
from plone import api
from plone.app.uuid.utils import uuidToObject
from plone.protect.authenticator import createToken
from tests.organisations.conftest import mails
from zExceptions import Unauthorized
from zope.component import getAdapter
from zope.interface import alsoProvides

import io
import pytest
import re


NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = {
    "name": "Charpentes du Léon",
    "street": "3 rue du Port",
    "postal_code": "29200",
    "city": "Brest",
    "country": "",
}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", " ", "envoi.adresse"),
        ("street", "x" * 201, "envoi.adresse"),
        ("postal_code", "2920", "envoi.code-postal"),
        ("postal_code", "", "envoi.adresse"),
        ("city", "", "envoi.adresse"),
    ],
)
def test_an_address_that_no_postman_finds_is_refused(field, value, code):
    with pytest.raises(Refused) as refused:
        rules.address(ADDRESS | {field: value})
    assert refused.value.code == code


def test_a_foreign_address_has_its_own_postcode():
    found = rules.address(ADDRESS | {"postal_code": "BT1 5GS", "country": "Royaume-Uni"})
    assert letters.lines(found)[-2:] == ["BT1 5GS Brest", "ROYAUME-UNI"]
    assert rules.address(ADDRESS)["country"] == "France"


def test_each_step_follows_one_only():
    rules.check_step(rules.ASKED, rules.SENT)
    rules.check_step(rules.SENT, rules.ARRIVED)
    for before, after in ((rules.SENT, rules.SENT), (rules.ASKED, rules.ARRIVED), (rules.DECLINED, rules.SENT)):
        with pytest.raises(Refused):
            rules.check_step(before, after)


def test_a_dispatch_lies_between_its_request_and_now():
    rules.check_dispatch(NOW, NOW + timedelta(seconds=30), NOW)
    for sent in (NOW + timedelta(minutes=1), NOW - timedelta(days=1)):
        with pytest.raises(Refused) as refused:
            rules.check_dispatch(sent, NOW, NOW)
        assert refused.value.code == "envoi.date"


@pytest.fixture
def post(scene, http_request):
    alsoProvides(http_request, IMegalisLayer)
    scene.firm = uuidToObject(scene.bidder.company)
    scene.who = people.get(scene.bidder.userid)
    scene.clerk = people.get(scene.buyer)
    form = {"title": "Plans A0", "kind": "plan", "piece": "rc", "note": "Échelle 1/50"}
    scene.offer = store.offer(scene.consultation, scene.clerk, form)
    return scene


def ask(scene):
    return store.ask(scene.consultation, scene.who, scene.firm, scene.offer.id, ADDRESS)


def test_a_request_goes_its_way_and_every_step_is_written(post):
    item = ask(post)
    letters.send_asked(post.consultation, item)
    (task,) = letters.AgentTasks(post.clerk, None)()
    assert "Expédier 1 envoi postal" in task.title
    item = store.dispatch(post.consultation, item, post.clerk, "Colissimo", "6A123", "")
    letters.send_step(post.consultation, item)
    assert letters.AgentTasks(post.clerk, None)() == []
    item = store.arrived(post.consultation, item, item.name)
    assert item.state == rules.ARRIVED
    facts = [event["fait"] for event in journal.events(post.consultation, "envoi-postal")]
    assert facts == ["offre", "demande", "expedition", "reception"]
    told = [mail["subject"] for mail in mails(post.portal)]
    assert any("À expédier" in subject for subject in told) and any("Expédié" in subject for subject in told)


def test_what_is_asked_twice_closed_or_too_late_is_refused(post):
    ask(post)
    with pytest.raises(Refused) as refused:
        ask(post)
    assert refused.value.code == "envoi.double"
    store.close(post.consultation, post.clerk, post.offer.id, False)
    other = store.offer(post.consultation, post.clerk, {"title": "Ardoise", "kind": "echantillon"})
    with pytest.raises(Refused) as refused:
        store.ask(post.consultation, post.who, post.firm, post.offer.id, ADDRESS)
    assert refused.value.code == "envoi.clos"
    clock.set_for_tests(post.consultation.deadline)
    with pytest.raises(Refused):
        store.ask(post.consultation, post.who, post.firm, other.id, ADDRESS)


@pytest.mark.parametrize(
    "form", [{"title": "", "kind": "plan"}, {"title": "A", "kind": "zz"}, {"title": "A", "kind": "plan", "piece": "zz"}]
)
def test_an_offer_that_says_nothing_is_refused(post, form):
    with pytest.raises(Refused):
        store.offer(post.consultation, post.clerk, form)


def test_the_archive_has_the_register_of_what_left_by_post(post):
    part = getAdapter(post.consultation, IDossierPart, "envois-postaux")
    assert part.weigh() == (0, 0) and list(part()) == []
    store.dispatch(post.consultation, ask(post), post.clerk, "Colissimo", "6A123", "")
    files = {file.path: file for file in part()}
    assert part.weigh() == (2, 0) and sorted(files) == ["envois-postaux.csv", "envois-postaux.pdf"]
    stream = io.BytesIO()
    files["envois-postaux.csv"].data(stream)
    assert "29200 Brest" in stream.getvalue().decode() and b"6A123" in stream.getvalue()


def visit(context, view, userid, method="GET", **form):
    request = context.REQUEST
    request.form.clear()
    request.other.pop("megalis.person", None)
    request.response.setStatus(200)
    with api.env.adopt_user(user=api.user.get(userid=userid)):
        request.method = method
        request.form.update(form | ({"_authenticator": createToken()} if method == "POST" else {}))
        answer = context.restrictedTraverse(f"@@{view}")()
    return " ".join(unescape(answer).replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_public_page_says_what_comes_by_post(post):
    page = visit(post.consultation, "view", post.bidder.userid)
    assert "Aussi par la poste, sur demande : Plans A0." in page


def test_company_and_agent_lead_a_request_to_its_end_by_their_pages(post):
    here, bidder, agent = post.consultation, post.bidder.userid, post.buyer
    visit(here, "envoi-postal", bidder, "POST", faire="demander", envoi=post.offer.id, **ADDRESS)
    (item,) = store.requests(here)
    assert "3 rue du Port" in visit(here, "envois-postaux", agent)
    values = {"demande": item.id, "transporteur": "Chronopost", "suivi": "XY1", "le": ""}
    visit(here, "envois-postaux", agent, "POST", faire="expedier", **values)
    assert "Chronopost, suivi XY1" in visit(here, "envoi-postal", bidder)
    visit(here, "envoi-postal", bidder, "POST", faire="recu", demande=item.id)
    assert "Reçu par l’entreprise" in visit(here, "envois-postaux", agent)
    assert "XY1" in visit(here, "envois-postaux.csv", agent)
    page = visit(here, "envois-postaux", agent, "POST", faire="expedier", **values)
    assert "est déjà « reçu par l’entreprise »" in page


def test_a_company_touches_its_own_requests_alone(post):
    item = ask(post)
    other = post.company("55208131700018", "Autre Charpente")
    page = visit(post.consultation, "envoi-postal", other.userid, "POST", faire="renoncer", demande=item.id)
    assert "n’est pas celle de votre entreprise" in page
    assert store.find(post.consultation, item.id).state == rules.ASKED
    assert "3 rue du Port" not in visit(post.consultation, "envoi-postal", other.userid)


def test_a_reader_notes_nothing_and_a_company_does_not_see_the_register(post):
    item, reader = ask(post), post.agent("lecteurs")
    page = visit(post.consultation, "envois-postaux", reader, "POST", faire="recu", demande=item.id)
    assert "Votre rôle ne permet pas" in page
    with pytest.raises(Unauthorized):
        visit(post.consultation, "envois-postaux", post.bidder.userid)


def test_the_same_title_is_not_offered_twice(post):
    form = {"faire": "proposer", "titre": "plans  a0", "genre": "plan"}
    page = visit(post.consultation, "envois-postaux", post.buyer, "POST", **form)
    assert "est déjà dans la liste" in page
    assert len(store.offers(post.consultation)) == 1


def test_a_refused_dispatch_keeps_what_was_typed(post):
    item = ask(post)
    form = {
        "faire": "expedier",
        "demande": item.id,
        "transporteur": "Colissimo",
        "suivi": "6A9",
        "le": "2020-01-01T10:00",
    }
    page = visit(post.consultation, "envois-postaux", post.buyer, "POST", **form)
    assert "L’expédition précède la demande" in page
    assert re.search(r"<details class=\"mg-more\"\s+open=\"open\"", page)
    assert all(f'value="{typed}"' in page for typed in ("Colissimo", "6A9", "2020-01-01T10:00"))


@pytest.mark.parametrize("number", ["", "zz", "0" * 32])
def test_what_is_not_there_is_refused_in_words(post, number):
    page = visit(post.consultation, "envois-postaux", post.buyer, "POST", faire="recu", demande=number)
    assert "Cette demande n’existe pas" in page
