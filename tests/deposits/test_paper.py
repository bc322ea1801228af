"""What is received on paper, and above all the backup copy: when it may be opened, and why it was or was not."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations.meeting import IDepositFacts
from megalis.portal.consultations.rules import typing
from megalis.portal.deposits import closing
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import service
from megalis.portal.deposits import store as deposits
from megalis.portal.deposits.paper import documents
from megalis.portal.deposits.paper import evidence
from megalis.portal.deposits.paper import rules
from megalis.portal.deposits.paper import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.interfaces import IDossierPart
from megalis.portal.organisations import people
from plone import api
from plone.protect.authenticator import createToken
from tests.deposits.scene import bid
from tests.organisations.conftest import mails
from zExceptions import NotFound
from zExceptions import Unauthorized
from zope.component import getAdapter
from zope.interface import alsoProvides

import io
import pytest


@pytest.fixture
def office(scene, http_request):
    alsoProvides(http_request, IMegalisLayer)
    scene.agent_person = people.get(scene.buyer)
    return scene


def enter(scene, **more):
    form = {
        "kind": rules.COPY,
        "company": scene.bidder.name,
        "siret": scene.bidder.siret,
        "email": "",
        "lots": ["1"],
        "way": "main",
        "support": "usb",
        "description": "",
        "labelled": "1",
        "received": "",
    }
    return store.enter(scene.consultation, scene.agent_person, form | more)


def test_a_thing_entered_twice_is_refused_until_something_tells_them_apart(office):
    first = enter(office)
    with pytest.raises(Refused) as found:
        enter(office, received="")
    assert (found.value.code, found.value.value) == ("papier.double", first.number)
    enter(office, description="Second colis")
    store.cancel(office.consultation, first, office.agent_person, "Saisi par erreur")
    enter(office)


def close(scene):
    clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=11))
    closing.close(scene.consultation)


def deposit(scene, envelopes=("candidature", "offre")):
    plis = [("1", envelope, {"prix.pdf": b"%PDF-1.4 prix"}) for envelope in envelopes]
    demand, tails = bid(scene.consultation, scene.bidder, *plis)
    return service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())[0]


def read_all(scene, verdict="intact"):
    """Open every envelope as the holder, and find the same in all of them."""
    print_ = next(
        item["fingerprint"]
        for item in recipients.gate(scene.consultation).recipients
        if item["porteur"] == scene.holder
    )
    for kind in scene.consultation.envelopes:
        with api.env.adopt_roles(["Manager", "PorteurDeCle"]):
            opening.start(scene.consultation, kind, scene.holder)
        for row in opening.rows(scene.consultation):
            if row["enveloppe"] == kind and row["etat"] == "a-ouvrir":
                found = [{"nom": "prix.pdf", "taille": 13, "sha256": "0" * 64}] if verdict == "intact" else []
                demand = {"pli": row["pli"], "verdict": verdict, "documents": found, "fingerprint": print_}
                opening.record_verdict(scene.consultation, demand, scene.holder, "Titulaire")


def test_what_is_late_is_marked_by_the_rule_of_the_server(office):
    early = enter(office)
    clock.set_for_tests(office.consultation.deadline)
    late = enter(office)
    assert (early.late, late.late) == (False, True)
    assert [event["hors_delai"] for event in journal.events(office.consultation, "papier")] == [False, True]


def test_a_copy_of_an_intact_bid_is_destroyed_with_its_reason(office):
    deposit(office)
    copy = enter(office)
    close(office)
    with pytest.raises(Refused) as found:
        store.destroy(office.consultation, copy, office.agent_person)
    assert found.value.code == "copie.trop-tot"
    read_all(office)
    for ground in (rules.TRANSMISSION, rules.UNREADABLE):
        with pytest.raises(Refused):
            store.open_copy(office.consultation, copy, office.agent_person, ground, "")
    ended = store.destroy(office.consultation, copy, office.agent_person)
    assert ended.state == rules.DESTROYED
    assert "lisible" in ended.note
    minutes = documents.rows(office.consultation)
    assert minutes[0]["why"] == "Non ouverte : pli électronique parvenu à temps et lisible"
    with pytest.raises(Refused) as found:
        store.open_copy(office.consultation, ended, office.agent_person, rules.VIRUS, "x")
    assert found.value.code == "copie.etat"


def test_a_copy_of_an_unreadable_bid_is_opened(office):
    deposit(office)
    copy = enter(office)
    close(office)
    read_all(office, "illisible")
    ended = store.open_copy(office.consultation, copy, office.agent_person, rules.UNREADABLE, "Lot 1 lu")
    assert ended.state == rules.OPENED
    (event,) = [e for e in journal.events(office.consultation, "papier") if e["fait"] == "ouverture"]
    assert event["motif"] == rules.UNREADABLE


def test_an_upload_begun_in_time_and_never_finished_opens_the_copy(office):
    copy = enter(office)
    deposits.add_under_way(office.consultation, uuidhex(), office.bidder.userid)
    close(office)
    ended = store.open_copy(office.consultation, copy, office.agent_person, rules.TRANSMISSION, "")
    assert ended.state == rules.OPENED


def test_the_trace_of_an_upload_outlives_its_parts(office):
    entry = deposits.add_under_way(office.consultation, uuidhex(), office.bidder.userid)
    evidence.keep(office.consultation, entry)
    deposits.drop_under_way(office.consultation, entry.deposit)
    (begun,) = evidence.of(office.consultation, office.bidder.siret).attempts
    assert begun == entry.started.replace(microsecond=0)


def test_an_upload_of_another_company_or_begun_too_late_opens_nothing(office):
    other = office.company("55208131700018", "Autre Charpente")
    copy = enter(office)
    deposits.add_under_way(office.consultation, uuidhex(), other.userid)
    close(office)
    deposits.add_under_way(office.consultation, uuidhex(), office.bidder.userid)
    with pytest.raises(Refused) as found:
        store.open_copy(office.consultation, copy, office.agent_person, rules.TRANSMISSION, "")
    assert found.value.code == "copie.non-commence"


def test_a_deposit_begun_in_time_and_finished_late_opens_the_copy(office):
    copy = enter(office)
    demand, tails = bid(office.consultation, office.bidder, ("1", "offre", {"prix.pdf": b"%PDF-1.4 prix"}))
    deposits.add_under_way(office.consultation, demand["depot"], office.bidder.userid)
    close(office)
    late, _ = service.finish(office.consultation, office.bidder, demand, tails, clock.now())
    assert late.late
    assert late.started < office.consultation.deadline
    ended = store.open_copy(office.consultation, copy, office.agent_person, rules.TRANSMISSION, "")
    assert ended.state == rules.OPENED


def test_a_sample_is_opened_after_the_closing_and_given_back(office):
    sample = enter(office, kind=rules.SAMPLE, support="objet")
    with pytest.raises(Refused) as found:
        store.open_paper(office.consultation, sample, office.agent_person, "")
    assert found.value.code == "papier.pas-close"
    close(office)
    opened = store.open_paper(office.consultation, sample, office.agent_person, "Deux ardoises")
    back = store.give_back(office.consultation, opened, office.agent_person, "Remis au gérant")
    assert back.state == rules.RETURNED
    with pytest.raises(Refused):
        store.give_back(office.consultation, back, office.agent_person, "Encore")


def test_a_line_written_by_mistake_stays_with_its_reason(office):
    paper = enter(office, kind=rules.BID)
    store.cancel(office.consultation, paper, office.agent_person, "Inscrit deux fois")
    (row,) = documents.rows(office.consultation)
    assert "annulée" in row["state"]
    assert row["why"] == "Inscrit deux fois"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("kind", "zz", "papier.genre"),
        ("kind", ["a"], "papier.genre"),
        ("company", " ", "papier.entreprise"),
        ("siret", "123", "siret.longueur"),
        ("lots", ["9"], "papier.lot"),
        ("received", "2999-01-01T00:00", "papier.futur"),
    ],
)
def test_a_wrong_field_is_refused_and_nothing_is_written(office, field, value, code):
    with pytest.raises(Refused) as found:
        enter(office, **{field: value})
    assert found.value.code.split(".")[0] == code.split(".")[0]
    assert store.papers(office.consultation) == []


def test_a_company_that_replied_on_paper_only_is_counted_with_the_replies_once(office):
    facts = IDepositFacts(office.consultation)
    deposit(office)
    enter(office, kind=rules.BID)
    enter(office, kind=rules.BID, siret="55208131700018", company="Voiles du Trieux")
    enter(office, kind=rules.PART, siret="55208131700018", company="Voiles du Trieux")
    mistaken = enter(office, kind=rules.BID, siret="", company="Hôtel de Jersey")
    assert (facts.in_time(), facts.on_paper()) == (1, 2)
    store.cancel(office.consultation, mistaken, office.agent_person, "Inscrit deux fois")
    close(office)
    enter(office, kind=rules.BID, siret="38012986646850", company="Trop tard")
    assert (facts.in_time(), facts.on_paper()) == (1, 1)


def test_a_paper_bid_written_after_the_opening_reaches_the_figures(office):
    deposit(office)
    clock.set_for_tests(office.consultation.deadline + timedelta(seconds=11))
    closing.close(office.consultation)
    read_all(office)

    def counted():
        (brain,) = api.portal.get().portal_catalog.unrestrictedSearchResults(
            UID=api.content.get_uuid(office.consultation)
        )
        return brain.replies, brain.milestones.get("paper")

    assert counted() == (1, None)
    received = typing.moment_text(office.consultation.deadline - timedelta(hours=1))
    enter(office, kind=rules.BID, siret="55208131700018", company="Voiles du Trieux", received=received)
    assert counted() == (2, 1)


def test_the_archive_has_the_register_of_paper_and_the_receipts_once_names_are_said(office):
    def parts():
        found = (getAdapter(office.consultation, IDossierPart, name) for name in ("papier", "recepisses"))
        return [(part.weigh(), {file.path: file for file in part()}) for part in found]

    assert parts() == [((0, 0), {}), ((0, 0), {})]
    paper = enter(office, kind=rules.BID)
    (weight, register), (_none, receipts) = parts()
    assert weight == (2, 0) and sorted(register) == ["papier.csv", "papier.pdf"] and receipts == {}
    stream = io.BytesIO()
    register["papier.csv"].data(stream)
    assert paper.number.encode() in stream.getvalue() and office.bidder.name.encode() not in stream.getvalue()
    close(office)
    (_weight, register), (weight, receipts) = parts()
    stream = io.BytesIO()
    register["papier.csv"].data(stream)
    assert office.bidder.name.encode() in stream.getvalue()
    ((path, file),) = receipts.items()
    assert weight == (1, 0) and path == f"P001-{office.bidder.name}.pdf" and file.data.startswith(b"%PDF")


def visit(context, name, userid=None, post=False, **form):
    request = context.REQUEST
    request.form.clear()
    request.other.pop("megalis.person", None)
    request.response.setStatus(200)
    with api.env.adopt_user(user=api.user.get(userid=userid)):
        request.method = "POST" if post else "GET"
        request.form.update(form | ({"_authenticator": createToken()} if post else {}))
        answer = context.restrictedTraverse(f"@@{name}")()
    return " ".join(unescape(answer).split()) if isinstance(answer, str) else answer


def test_the_agent_enters_a_copy_by_the_form_and_prints_its_label(office):
    values = {
        "genre": rules.COPY, "mention": "1", "entreprise": "Charpentes du Léon", "siret": office.bidder.siret,
        "courriel": "bureau@leon.example", "lot": "1", "voie": "poste", "support": "usb",
    }  # fmt: skip
    visit(office.consultation, "registre-papier", office.buyer, post=True, **values)
    (paper,) = store.papers(office.consultation)
    assert paper.labelled
    page = visit(office.consultation, "registre-papier", office.buyer)
    assert paper.number in page
    for view in ("papier-etiquette.pdf", "papier-recepisse.pdf"):
        assert visit(office.consultation, view, office.buyer, id=paper.id).startswith(b"%PDF")
    (mail,) = [mail for mail in mails(office.portal) if mail["to"] == "bureau@leon.example"]
    assert paper.number in mail["subject"]


def test_the_register_of_deposits_shows_paper_beside_the_electronic_ones(office):
    deposit(office)
    paper = enter(office)
    page = visit(office.consultation, "registre-depots", office.buyer)
    assert paper.number in page
    assert "1 objet reçu sur papier" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert office.bidder.name not in page
    close(office)
    page = visit(office.consultation, "registre-depots.csv", office.buyer)
    assert page.count(office.bidder.name) == 2
    assert paper.number in visit(office.consultation, "ouverture", office.holder)


def test_the_page_says_why_each_ground_holds_or_not(office):
    deposit(office)
    copy = enter(office)
    close(office)
    page = visit(office.consultation, "papier", office.buyer, id=copy.id)
    assert "Ouvrez d’abord le pli électronique" in page
    page = visit(
        office.consultation, "papier", office.buyer, post=True, id=copy.id, faire="ouvrir-copie", motif="signature"
    )
    assert "Choisissez le motif" in page
    assert office.consultation.REQUEST.response.getStatus() == 422


def test_the_minutes_say_what_became_of_the_copy(office):
    deposit(office)
    copy = enter(office)
    close(office)
    read_all(office)
    store.destroy(office.consultation, copy, office.agent_person)
    page = visit(office.consultation, "pv-ouverture", office.buyer)
    assert "Détruit sans être ouvert" in page
    assert "pli électronique parvenu à temps et lisible" in page
    assert visit(office.consultation, "pv-ouverture.pdf", office.buyer).startswith(b"%PDF")
    assert copy.number in visit(office.consultation, "journal", office.buyer)


def test_a_reader_reads_and_writes_nothing(office):
    reader = office.agent("lecteurs")
    assert "Inscrire ce qui vient" not in visit(office.consultation, "registre-papier", reader)
    page = visit(office.consultation, "registre-papier", reader, post=True, genre=rules.BID, entreprise="x")
    assert "Votre rôle ne permet pas" in page
    assert office.consultation.REQUEST.response.getStatus() == 403
    with pytest.raises(Unauthorized):
        visit(office.consultation, "registre-papier", office.bidder.userid)


@pytest.mark.parametrize("number", ["", "zz", "0" * 32, "../x"])
def test_what_is_not_in_the_register_is_not_found(office, number):
    with pytest.raises(NotFound):
        visit(office.consultation, "papier", office.buyer, id=number)
