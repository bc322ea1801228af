"""The vault of a company: what it takes, when it warns, who opens it."""

from AccessControl.SpecialUsers import nobody
from datetime import date
from datetime import timedelta
from html import unescape
from io import BytesIO
from megalis.portal.deposits.vault import letters
from megalis.portal.deposits.vault import rules
from megalis.portal.deposits.vault import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from plone.app.uuid.utils import uuidToObject
from plone.protect.authenticator import createToken
from tests.deposits.scene import PASSWORD
from tests.organisations.conftest import mails
from types import SimpleNamespace
from zExceptions import NotFound
from zExceptions import Unauthorized
from zope.interface import alsoProvides
from ZPublisher.HTTPRequest import FileUpload

import json
import pytest


TODAY = date(2026, 3, 2)
PDF = b"%PDF-1.4 kbis"
DUME = b'<?xml version="1.0"?><QualificationApplicationResponse xmlns="urn:x"/>'


def day(days):
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize("text", ["2026-12-31", "31/12/2026"])
def test_a_day_is_read_in_both_ways(text):
    assert rules.expiry(text, "kbis", TODAY) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("", "kbis", "coffre.manque"),
        ("31/02/2026", "dc1", "coffre.expiration"),
        ("demain", "dc1", "coffre.expiration"),
        ("1/2", "dc1", "coffre.expiration"),
        ("2026-03-01", "kbis", "coffre.passee"),
        ("2206-03-01", "kbis", "coffre.lointaine"),
        ("99999999-12-31", "kbis", "coffre.expiration"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_its_reason(text, kind, code):
    with pytest.raises(Refused) as refused:
        rules.expiry(text, kind, TODAY)
    assert refused.value.code == code


def test_a_form_without_day_needs_none():
    assert rules.expiry("", "dc1", TODAY) is None
    assert rules.next_warning(None, None, TODAY) is None


def test_a_document_holds_to_the_end_of_its_last_day():
    assert rules.state(TODAY, TODAY) == ("soon", "Expire aujourd’hui")
    assert rules.state(day(-1), TODAY)[0] == "bad"
    assert rules.state(day(30), TODAY)[0] == "soon"
    assert rules.state(day(31), TODAY)[0] == "ok"


def test_warnings_come_thirty_and_seven_days_before_and_on_the_day():
    expires, told, sent = day(60), None, []
    for passed in range(90):
        now = day(passed)
        found = rules.next_warning(expires, told, now)
        if found and found[1] <= now:
            told = found[0]
            sent.append((expires - now).days)
    assert sent == [30, 7, 0]


def test_a_document_put_there_late_is_told_of_once_for_the_stages_behind():
    assert rules.next_warning(day(3), None, TODAY) == (7, TODAY)
    assert rules.next_warning(day(3), 7, TODAY) == (0, day(3))
    assert rules.next_warning(day(3), 0, TODAY) is None


def test_the_room_is_counted_in_bytes_documents_and_versions():
    rules.check_room(rules.QUOTA - 10, 10, rules.MOST, rules.MOST_VERSIONS)
    for used, count, versions, code in (
        (rules.QUOTA - 9, 1, 1, "coffre.quota"),
        (0, rules.MOST + 1, 1, "coffre.nombre"),
        (0, 1, rules.MOST_VERSIONS + 1, "coffre.versions"),
    ):
        with pytest.raises(Refused) as refused:
            rules.check_room(used, 10, count, versions)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "data", "kind", "code"),
    [
        ("a.pdf", b"", "kbis", "piece.vide"),
        ("a.exe", b"MZ", "kbis", "piece.format"),
        ("a.pdf", b"MZ", "kbis", "piece.contenu"),
        ("a.pdf", PDF, "dume", "dume.format"),
        ("a.xml", b"<a/>", "dume", "dume.racine"),
        ("a.xml", b"<a", "dume", "dume.xml"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "dume", "dume.dtd"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(name, data, kind, code):
    with pytest.raises(Refused) as refused:
        rules.check_file(name, data, kind)
    assert refused.value.code == code


def test_a_dume_and_a_pdf_are_taken():
    rules.check_file("dume.xml", DUME, "dume")
    rules.check_file("kbis.PDF", PDF, "kbis")


@pytest.fixture
def vault(scene, http_request):
    alsoProvides(http_request, IMegalisLayer)
    scene.firm = uuidToObject(scene.bidder.company)
    scene.expires = (store.today() + timedelta(days=40)).isoformat()
    scene.kbis = store.add(scene.firm, scene.bidder.userid, "kbis", "", scene.expires, "Kbis.pdf", PDF)
    return scene


def test_what_happens_in_the_vault_is_written_in_the_journal(vault):
    store.renew(vault.firm, vault.bidder.userid, vault.kbis, vault.expires, "Kbis 2.pdf", PDF + b"2")
    assert store.drop_old(vault.firm, vault.bidder.userid, vault.kbis) == 1
    store.remove(vault.firm, vault.bidder.userid, vault.kbis)
    facts = [event["fait"] for event in journal.events(vault.firm, "coffre")]
    assert facts == ["ajout", "version", "anciennes-retirees", "retrait"]
    assert store.documents(vault.firm) == []
    assert len(store.calendar()) == 0


def test_those_of_the_company_are_warned_once_a_stage(vault):
    address = people.get(vault.bidder.userid).email
    expires = date.fromisoformat(vault.expires)
    sent = []
    for passed in range(60):
        now = store.today() + timedelta(days=passed)
        letters.warn(now)
        waiting = [mail for mail in mails(vault.portal) if mail["to"] == address and "expire" in mail["subject"]]
        if len(waiting) > len(sent):
            sent.append((expires - now).days)
    assert sent == [30, 7, 0]


def test_a_renewed_document_is_warned_about_anew(vault):
    letters.warn(date.fromisoformat(vault.expires) - timedelta(days=30))
    assert vault.kbis.told == 30
    later = (date.fromisoformat(vault.expires) + timedelta(days=90)).isoformat()
    store.renew(vault.firm, vault.bidder.userid, vault.kbis, later, "Kbis.pdf", PDF)
    assert vault.kbis.told is None
    assert [stage for *_rest, stage in store.due(date.fromisoformat(later))] == [30]


def visit(context, name, userid=None, post=False, **form):
    request = context.REQUEST
    request.form.clear()
    request.other.pop("megalis.person", None)
    request.response.setStatus(200)
    user = api.user.get(userid=userid) if userid else nobody.__of__(api.portal.get().acl_users)
    with api.env.adopt_user(user=user):
        request.method = "POST" if post else "GET"
        request.form.update(form | ({"_authenticator": createToken()} if post else {}))
        answer = context.restrictedTraverse(f"@@{name}")()
    return " ".join(unescape(answer).split()) if isinstance(answer, str) else answer


def sent(name, data):
    return FileUpload(
        SimpleNamespace(headers={}, filename=name.encode().decode("latin-1"), file=BytesIO(data), name="fichier")
    )


def test_the_page_says_that_the_vault_is_not_sealed(vault):
    html = visit(vault.firm, "coffre", vault.bidder.userid)
    assert "il n’est pas scellé" in html
    assert "Kbis.pdf" in html


def test_nobody_but_the_company_opens_it(vault):
    other = vault.company("55208131700018", "Autre Charpente")
    operator = people.create("exploitant", "exploitant@megalis.example", "Exploitant", PASSWORD)
    for view in ("coffre", "coffre.json", "coffre-document"):
        for userid in (other.userid, vault.buyer, operator, None):
            with pytest.raises(Unauthorized):
                visit(vault.firm, view, userid, document=vault.kbis.id)


def test_a_member_who_left_opens_it_no_more(vault):
    assert visit(vault.firm, "coffre-document", vault.bidder.userid, document=vault.kbis.id) == PDF
    membership.remove(vault.firm, vault.bidder.userid, check=False)
    with pytest.raises(Unauthorized):
        visit(vault.firm, "coffre-document", vault.bidder.userid, document=vault.kbis.id)


def test_the_list_for_the_sealing_page_tells_the_fingerprint(vault):
    (found,) = json.loads(visit(vault.firm, "coffre.json", vault.bidder.userid))["documents"]
    assert found["sha256"] == vault.kbis.last.sha256
    assert found["etat_libelle"] == "Valable"


@pytest.mark.parametrize("document", ["", "zz", "0" * 32, ["a", "b"]])
def test_what_is_not_there_is_not_found(vault, document):
    with pytest.raises(NotFound):
        visit(vault.firm, "coffre-document", vault.bidder.userid, document=document)


def test_the_form_adds_and_refuses_in_words(vault):
    values = {"faire": "ajouter", "genre": "sociale", "expire": vault.expires}
    visit(vault.firm, "coffre", vault.bidder.userid, post=True, fichier=sent("Urssaf é.pdf", PDF), **values)
    assert "Attestation de vigilance" in visit(vault.firm, "coffre", vault.bidder.userid)
    html = visit(vault.firm, "coffre", vault.bidder.userid, post=True, **values)
    assert "Aucun fichier n’est choisi" in html
    assert vault.firm.REQUEST.response.getStatus() == 422
    html = visit(vault.firm, "coffre", vault.bidder.userid, post=True, faire="retirer", document="zz")
    assert "n’est plus au coffre-fort" in html


def test_what_expires_waits_on_the_dashboard(vault):
    person = people.get(vault.bidder.userid)
    assert letters.CompanyTasks(person, None)() == []
    clock.set_for_tests(clock.now() + timedelta(days=20))
    (task,) = letters.CompanyTasks(person, None)()
    assert task.level == "soon"
    clock.set_for_tests(clock.now() + timedelta(days=30))
    (task,) = letters.CompanyTasks(person, None)()
    assert task.level == "do"
