"""A concours stays anonymous until its jury has ranked, and a company bids for no more lots than it may: held by the server."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import ranking
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import recipients as addressees
from megalis.portal.deposits import closing
from megalis.portal.deposits import documents
from megalis.portal.deposits import limits
from megalis.portal.deposits import naming
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import service
from megalis.portal.deposits.browser.told import detail
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import Refusal
from plone import api
from plone.protect.authenticator import createToken
from tests.deposits.scene import bid
from tests.deposits.scene import Scene
from ZODB.POSException import ConflictError
from zope.interface import alsoProvides

import json
import pytest
import transaction


PROJECT = (None, "offre", {"plans.pdf": b"%PDF-1.4 plans"})
IDENTITY = (None, "candidature", {"dc1.pdf": b"%PDF-1.4 dc1"})
NAMES = ("Atelier Iroise", "Cabinet Armorique")
SIRETS = ("44306184100013", "55208131766522")
JURY = ("Anne Le Goff", "Yann Prigent", "Soazig Tanguy")


def deposit(consultation, depositor, *plis, **more):
    demand, tails = bid(consultation, depositor, *plis, **more)
    return service.finish(consultation, depositor, demand, tails, clock.now())[0]


def refused(call, *args, **kwargs):
    with pytest.raises((Refusal, workflow.Refused)) as caught:
        call(*args, **kwargs)
    return caught.value.code


@pytest.fixture
def scene(portal):
    with api.env.adopt_roles(["Manager", "PorteurDeCle"]):
        found = Scene(portal, lots=())
        found.consultation.procedure = "concours"
        found.publish()
        found.bidders = [found.company(siret, name) for siret, name in zip(SIRETS, NAMES, strict=True)]
        found.deposits = [deposit(found.consultation, bidder, PROJECT, IDENTITY) for bidder in found.bidders]
        yield found
    clock.set_for_tests()


@pytest.fixture
def closed(scene):
    clock.set_for_tests(scene.consultation.deadline + timedelta(minutes=5))
    closing.close(scene.consultation, clock.now())
    return scene


@pytest.fixture
def opened(closed):
    opening.start(closed.consultation, "offre", closed.holder)
    for row in opening.rows(closed.consultation):
        if row["etat"] == "a-ouvrir":
            judge(closed, row)
    return closed


def judge(scene, row):
    print_ = next(
        i["fingerprint"] for i in recipients.gate(scene.consultation).recipients if i["porteur"] == scene.holder
    )
    document = {"nom": "plans.pdf", "taille": 14, "sha256": "0" * 64}
    demand = {"pli": row["pli"], "verdict": "intact", "documents": [document], "fingerprint": print_}
    opening.record_verdict(scene.consultation, demand, scene.holder, "Agent titulaire")


def rank(scene, **changes):
    projects = naming.judged(scene.consultation, opening.rows(scene.consultation))
    values = {"ranks": {number: place for place, number in enumerate(projects, 1)}, "remarks": {}, "jurors": JURY}
    ranking.record(scene.consultation, projects, **{**values, "certified": True, "name": "Agent titulaire", **changes})


@pytest.fixture
def page(closed, http_request):
    """Return a function: view name -> its HTML or text, as an agent who reads the registers and holds the key."""
    alsoProvides(http_request, IMegalisLayer)

    def read(name, **form):
        http_request.form.clear()
        http_request.form.update(form)
        http_request.other.pop("megalis.person", None)
        account = api.user.get(userid=closed.holder).getUserName()
        with api.env.adopt_user(account):
            if form:
                http_request.method = "POST"
                http_request.form["_authenticator"] = createToken()
            view = closed.consultation.restrictedTraverse(f"@@{name}")
            body = view()
            http_request.method = "GET"
            return body if isinstance(body, str) else str(body)

    return read


def test_before_the_ranking_no_page_register_export_or_row_names_a_bidder(opened, page):
    texts = [page(name) for name in ("registre-depots", "registre-depots.csv", "journal", "ouverture", "pv-ouverture")]
    texts += [page("gestion"), page("classement"), page("ouverture-plis")]
    texts.append(json.dumps(opening.rows(opened.consultation)))
    texts.append(json.dumps(documents.minutes(opened.consultation), default=str))
    for text in texts:
        for secret in (*NAMES, *SIRETS):
            assert secret not in text
    assert "Projet " in texts[0]


def test_bidders_bear_numbers_that_say_neither_order_nor_author(opened):
    labels = {row["deposant_nom"] for row in opening.rows(opened.consultation)}
    assert len(labels) == 2
    assert labels == {ranking.label(opened.consultation, item.id) for item in opened.deposits}


def test_projects_are_opened_first_and_the_identity_waits_for_the_ranking(closed):
    consultation, holder = closed.consultation, closed.holder
    assert naming.order(consultation) == ("offre", "candidature")
    assert refused(opening.start, consultation, "candidature", holder) == "ordre"
    opening.start(consultation, "offre", holder)
    assert refused(opening.start, consultation, "candidature", holder) == "anonymat"
    sealed = next(row for row in opening.rows(consultation) if row["enveloppe"] == "candidature")
    assert sealed["etat"] == "attente"
    assert refused(opening.hand_out, consultation, sealed["pli"], holder, "Agent") == "attente"


def test_the_decision_waits_for_the_ranking(opened):
    consultation = opened.consultation
    with api.env.adopt_roles(["Manager", "Valideur", "Acheteur"]):
        workflow.fire(consultation, "analyser")
        taken = {"": {"decision": "attribue", "winner": NAMES[0], "winner_siret": "", "amount": 1, "reason": ""}}
        assert refused(workflow.decide, consultation, taken) == "anonymat"
        assert refused(workflow.fire, consultation, "decider") == "anonymat"
        rank(opened)
        workflow.decide(consultation, taken)
        workflow.fire(consultation, "decider")


def test_once_ranked_the_bidders_are_named_and_the_candidatures_open(opened, page):
    rank(opened)
    assert not ranking.names_hidden(opened.consultation)
    assert {row["deposant_nom"] for row in opening.rows(opened.consultation)} == set(NAMES)
    assert NAMES[0] in page("registre-depots")
    assert NAMES[1] in page("classement")
    opening.start(opened.consultation, "candidature", opened.holder)
    event = journal.events(opened.consultation, "classement")[0]
    assert event["jury"] == list(JURY)
    assert [row["rang"] for row in event["projets"]] == [1, 2]
    assert "2 projets, jury de 3 membres" in detail(event)


def test_other_rooms_learn_who_answered_once_the_jury_has_ranked(opened):
    assert consultations.candidates(opened.consultation) == []
    rank(opened)
    assert {row["name"] for row in consultations.candidates(opened.consultation)} == set(NAMES)


def test_a_ranking_is_recorded_once_and_whole(opened):
    assert refused(rank, opened, jurors=JURY[:2]) == "classement.jury"
    assert refused(rank, opened, certified=False) == "classement.signature"
    assert refused(rank, opened, ranks={}) == "classement.incomplet"
    rank(opened)
    assert refused(rank, opened) == "classement.fait"


def test_the_key_holder_records_the_ranking_by_the_page(opened, page):
    body = page("classement", **{"rang.0": "1", "rang.1": "1", "jury": "\n".join(JURY), "signe": "1"})
    assert "classement.rangs" in body
    page("classement", **{"rang.0": "2", "rang.1": "1", "avis.1": "Lumière", "jury": "\n".join(JURY), "signe": "1"})
    kept = opened.consultation.ranking
    assert [row["rank"] for row in kept["rows"]] == [1, 2]
    assert kept["rows"][0]["remark"] == "Lumière"
    assert kept["jurors"] == JURY


def test_projects_that_were_not_opened_cannot_be_ranked(closed, page):
    opening.start(closed.consultation, "offre", closed.holder)
    body = page("classement", **{"rang.0": "1", "rang.1": "2", "jury": "\n".join(JURY), "signe": "1"})
    assert "classement.ouverture" in body
    assert closed.consultation.ranking is None


def test_who_holds_no_key_does_not_record_the_ranking(opened, http_request):
    alsoProvides(http_request, IMegalisLayer)
    with api.env.adopt_user(api.user.get(userid=opened.buyer).getUserName()):
        http_request.method = "POST"
        http_request.other.pop("megalis.person", None)
        http_request.form.update({"rang.0": "1", "rang.1": "2", "jury": "\n".join(JURY), "signe": "1"})
        http_request.form["_authenticator"] = createToken()
        body = opened.consultation.restrictedTraverse("@@classement")()
    assert http_request.response.getStatus() == 403
    assert "aucune des clés" in body
    assert opened.consultation.ranking is None


# lots


@pytest.fixture
def lots(portal):
    with api.env.adopt_roles(["Manager"]):
        found = Scene(portal, lots=("1", "2", "3"), envelopes=("offre",))
        found.consultation.max_lots_bid = 2
        found.publish()
        found.bidder = found.company()
        yield found
    clock.set_for_tests()


def offers(*numbers):
    return [(number, "offre", {"prix.pdf": b"%PDF-1.4 prix"}) for number in numbers]


def test_a_deposit_on_more_lots_than_allowed_is_refused_by_the_server_and_told_beforehand(lots):
    assert service.parameters(lots.consultation, lots.bidder)["lots_max"] == 2
    assert refused(deposit, lots.consultation, lots.bidder, *offers("1", "2", "3")) == "lots"
    first = deposit(lots.consultation, lots.bidder, *offers("1", "2"))
    assert service.parameters(lots.consultation, lots.bidder)["lots_deposes"] == {first.id: ["1", "2"]}


def test_the_limit_counts_all_the_bids_of_a_company_that_stand(lots):
    first = deposit(lots.consultation, lots.bidder, *offers("1", "2"))
    assert refused(deposit, lots.consultation, lots.bidder, *offers("3")) == "lots"
    deposit(lots.consultation, lots.bidder, *offers("2", "3"), remplace=first.id)
    other = lots.company("55208131766522", "Autre")
    deposit(lots.consultation, other, *offers("1", "3"))


def test_a_bid_that_was_withdrawn_leaves_room_for_another_lot(lots):
    first = deposit(lots.consultation, lots.bidder, *offers("1", "2"))
    service.withdraw(lots.consultation, lots.bidder, first.id, clock.now())
    deposit(lots.consultation, lots.bidder, *offers("3"))


def test_the_buyer_writes_to_the_bidders_only_once_the_jury_has_ranked(opened):
    group = next(one for one in addressees.groups(opened.consultation) if one.group == "depots")
    assert "classement" in group.hidden(clock.now())
    assert addressees.depositors(opened.consultation) == []
    assert addressees.everybody(opened.consultation, clock.now()) == []
    rank(opened)
    assert [one.name for one in addressees.depositors(opened.consultation)] == list(NAMES)


def test_two_deposits_of_one_company_at_the_same_instant_do_not_both_pass(functional_portal):
    with api.env.adopt_roles(["Manager"]):
        scene = Scene(functional_portal, lots=("1", "2"), envelopes=("offre",))
        scene.consultation.max_lots_bid = 1
        scene.publish()
        bidder, other = scene.company(), scene.company("55208131766522", "Autre")
    path = "/".join(scene.consultation.getPhysicalPath())
    limits.check_lots(scene.consultation, other, ["1"], None)  # the place of the counts is there
    transaction.commit()
    database = functional_portal._p_jar.db()
    sides = []
    for lot in ("1", "2"):
        manager = transaction.TransactionManager()
        connection = database.open(manager)
        consultation = connection.root()["Application"].unrestrictedTraverse(path)
        limits.check_lots(consultation, bidder, [lot], None)
        sides.append((manager, connection))
    sides[0][0].commit()
    with pytest.raises(ConflictError):
        sides[1][0].commit()
    for manager, connection in sides:
        manager.abort()
        connection.close()
