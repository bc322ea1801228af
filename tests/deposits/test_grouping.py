"""Joint bids: who may lead and join, how a company agrees, and what the buyer reads of it, and when."""

from datetime import timedelta
from hashlib import sha256
from html import unescape
from megalis.portal.deposits import closing
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import service
from megalis.portal.deposits.grouping import letters
from megalis.portal.deposits.grouping import rules
from megalis.portal.deposits.grouping import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from plone import api
from plone.app.uuid.utils import uuidToObject
from plone.protect.authenticator import createToken
from tests.deposits.scene import bid
from tests.organisations.conftest import mails
from zExceptions import NotFound
from zope.interface import alsoProvides

import json
import pytest
import re


LEADER, OTHER, THIRD = "44306184100013", "55208131700018", "73282932000074"


def test_a_member_is_another_company_once_and_by_a_true_siret():
    assert rules.member("552 081 317 00018", LEADER, []) == OTHER
    for number, members, code in (
        ("55208131700019", [], "siret"),
        (LEADER, [], "groupement.soi"),
        (OTHER, [OTHER], "groupement.double"),
        (OTHER, [THIRD] * rules.MOST, "groupement.nombre"),
    ):
        with pytest.raises(Refused) as refused:
            rules.member(number, LEADER, members)
        assert refused.value.code.startswith(code)


def test_a_member_of_another_country_is_asked_by_its_own_number():
    assert rules.member("BE 0403.170.701", LEADER, [OTHER]) == "BE0403170701"
    assert rules.member("CH-CHE-123.456.789", LEADER, []) == "CH-CHE123456789"
    for number, members, code in (
        ("BE-0403170701", ["BE0403170701"], "groupement.double"),
        ("CHE123456789", [], "operateur.numero"),
    ):
        with pytest.raises(Refused) as refused:
            rules.member(number, LEADER, members)
        assert refused.value.code == code


def test_a_company_leads_one_grouping_a_lot():
    rules.check_leads(("1",), [("2",), ("3",)])
    for mine, others in ((("1", "2"), [("2",)]), ((), [()])):
        with pytest.raises(Refused) as refused:
            rules.check_leads(mine, others)
        assert refused.value.code == "groupement.mandataire"


def test_the_lots_are_chosen_among_those_there_are():
    assert rules.lots(["2", "1"], ["1", "2"]) == ("1", "2")
    assert rules.lots([], []) == ()
    for values, code in ((["9"], "groupement.lot"), ([], "groupement.lots")):
        with pytest.raises(Refused) as refused:
            rules.lots(values, ["1", "2"])
        assert refused.value.code == code


def test_a_composition_is_settled_when_all_agreed():
    rules.check_settle([("Trégor", rules.AGREED)])
    for answers, code in (
        ([], "groupement.vide"),
        ([("Trégor", rules.AGREED), ("Abers", rules.ASKED)], "groupement.accord"),
        ([("Trégor", rules.DECLINED)], "groupement.accord"),
    ):
        with pytest.raises(Refused) as refused:
            rules.check_settle(answers)
        assert refused.value.code == code


@pytest.fixture
def joint(scene, http_request):
    alsoProvides(http_request, IMegalisLayer)
    scene.firm = uuidToObject(scene.bidder.company)
    scene.who = people.get(scene.bidder.userid)
    scene.other = scene.company(OTHER, "Autre Charpente")
    return scene


def make(scene):
    return store.make(scene.consultation, scene.firm, scene.bidder.siret, scene.who, "solidaire", ["1"])


def agreed(scene):
    """A settled grouping of the bidder with the other company."""
    made, member = store.ask(scene.consultation, scene.firm, make(scene), scene.who, OTHER, "", "", "Couverture")
    made, _ = store.answer(scene.consultation, made.id, member.id, True, scene.other.userid)
    return store.settle(scene.consultation, scene.firm, made, scene.who, letters.draw)


def test_a_registered_company_is_asked_through_its_accounts(joint):
    made, member = store.ask(
        joint.consultation, joint.firm, make(joint), joint.who, OTHER, "Faux nom", "x@y.example", ""
    )
    letters.send_asked(joint.consultation, made, member)
    assert member.name == "Autre Charpente"
    (mail,) = [mail for mail in mails(joint.portal) if "groupement" in mail["subject"]]
    assert mail["to"] == people.get(joint.other.userid).email
    (task,) = letters.CompanyTasks(people.get(joint.other.userid), None)()
    assert "vous propose un groupement" in task.title


def test_an_unknown_company_is_asked_by_mail_and_answers_by_its_link(joint):
    made, member = store.ask(
        joint.consultation, joint.firm, make(joint), joint.who, THIRD, "Toitures", "bureau@toitures.example", ""
    )
    letters.send_asked(joint.consultation, made, member)
    (mail,) = [mail for mail in mails(joint.portal) if mail["to"] == "bureau@toitures.example"]
    pairs = dict(re.findall(r"(groupement|membre|jeton)=(\w+)", mail["text"]))
    assert "Donner l’accord de Toitures" in visit(joint.consultation, "groupement-accord", **pairs)
    assert store.groupings(joint.consultation)[0].members[0].answer == rules.ASKED
    visit(joint.consultation, "groupement-accord", method="POST", faire="accepter", **pairs)
    assert store.groupings(joint.consultation)[0].members[0].answer == rules.AGREED
    html = visit(
        joint.consultation, "groupement-accord", method="POST", faire="accepter", **(pairs | {"jeton": "0" * 40})
    )
    assert "n’est pas valable" in html


def test_an_unknown_company_needs_a_name_and_an_address(joint):
    made = make(joint)
    for name, email in (("", "a@b.example"), ("Toitures", "zz"), ("Toitures", "")):
        with pytest.raises(Refused):
            store.ask(joint.consultation, joint.firm, made, joint.who, THIRD, name, email, "")


def test_a_settled_composition_changes_no_more_until_it_is_reopened(joint):
    made = agreed(joint)
    with pytest.raises(Refused) as refused:
        store.ask(joint.consultation, joint.firm, made, joint.who, THIRD, "T", "a@b.example", "")
    assert refused.value.code == "groupement.arrete"
    with pytest.raises(Refused):
        store.dissolve(joint.consultation, joint.firm, made, joint.who)
    again = store.reopen(joint.consultation, joint.firm, made, joint.who)
    assert again.settled is None
    assert again.compositions == (made.settled,)


def test_nothing_is_composed_after_the_deadline(joint):
    made = make(joint)
    clock.set_for_tests(joint.consultation.deadline)
    with pytest.raises(Refused) as refused:
        store.ask(joint.consultation, joint.firm, made, joint.who, OTHER, "", "", "")
    assert refused.value.code == "groupement.etape"


def test_the_agents_of_the_buyer_find_no_trace_in_their_journal(joint):
    agreed(joint)
    assert journal.events(joint.consultation, "groupement") == []
    assert [event["fait"] for event in journal.events(joint.firm, "groupement")] == [
        "creation",
        "demande",
        "accord",
        "arret",
    ]
    for view in ("registre-depots", "journal", "groupement"):
        assert "Autre Charpente" not in visit(joint.consultation, view, joint.buyer)


def deposited(scene, pdf):
    files = {"composition-du-groupement.pdf": pdf, "prix.pdf": b"%PDF-1.4 prix"}
    demand, tails = bid(
        scene.consultation, scene.bidder, ("1", "candidature", files), ("1", "offre", {"o.pdf": b"%PDF-1"})
    )
    service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
    clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=11))
    closing.close(scene.consultation)
    return files


def opened(scene, files, verdict="intact"):
    holder = scene.holder
    print_ = next(i["fingerprint"] for i in recipients.gate(scene.consultation).recipients if i["porteur"] == holder)
    with api.env.adopt_roles(["Manager", "PorteurDeCle"]):
        opening.start(scene.consultation, "candidature", holder)
    row = next(row for row in opening.rows(scene.consultation) if row["enveloppe"] == "candidature")
    told = [{"nom": n, "taille": len(data), "sha256": sha256(data).hexdigest()} for n, data in files.items()]
    demand = {"pli": row["pli"], "verdict": verdict, "documents": told, "fingerprint": print_}
    opening.record_verdict(scene.consultation, demand, holder, "Titulaire")


def test_the_register_names_the_leader_and_the_members_once_the_pli_is_opened(joint):
    files = deposited(joint, agreed(joint).settled.pdf)
    assert store.shown(joint.consultation) == {}
    assert "Autre Charpente" not in visit(joint.consultation, "registre-depots", joint.buyer)
    opened(joint, files)
    for view in ("registre-depots", "registre-depots.csv", "pv-ouverture"):
        html = visit(joint.consultation, view, joint.buyer)
        assert "Groupement solidaire : Charpentes du Léon (mandataire), Autre Charpente" in html.replace(
            "\N{NO-BREAK SPACE}", " "
        )
    assert visit(joint.consultation, "pv-ouverture.pdf", joint.buyer).startswith(b"%PDF")


def test_a_document_that_is_not_the_settled_one_names_nobody(joint):
    files = deposited(joint, agreed(joint).settled.pdf + b" ")
    opened(joint, files)
    assert store.shown(joint.consultation) == {}


def test_the_composition_of_another_company_names_nobody(joint):
    made = agreed(joint)
    joint.bidder = joint.other
    files = deposited(joint, made.settled.pdf)
    opened(joint, files)
    assert store.shown(joint.consultation) == {}


def visit(context, name, userid=None, method="GET", **form):
    request = context.REQUEST
    request.form.clear()
    request.other.pop("megalis.person", None)
    request.response.setStatus(200)
    user = api.user.get(userid=userid) if userid else api.portal.get_tool("acl_users").getUserById("nobody")
    with api.env.adopt_user(user=user) if user is not None else api.env.adopt_roles(["Anonymous"]):
        request.method = method
        request.form.update(form | ({"_authenticator": createToken()} if method == "POST" and userid else {}))
        answer = context.restrictedTraverse(f"@@{name}")()
    return " ".join(unescape(answer).split()) if isinstance(answer, str) else answer


def test_two_companies_compose_a_grouping_by_their_pages(joint):
    here, leader, other = joint.consultation, joint.bidder.userid, joint.other.userid
    visit(here, "groupement", leader, "POST", faire="creer", forme="conjoint", lot="1")
    (made,) = store.groupings(here)
    assert ">Charpentes du Léon, mandataire<" in visit(here, "groupement", leader)
    visit(here, "groupement", leader, "POST", faire="demander", groupement=made.id, siret=OTHER, part="Bardage")
    (member,) = store.groupings(here)[0].members
    page = visit(here, "groupement", leader, "POST", faire="arreter", groupement=made.id)
    assert "Il manque l’accord de Autre Charpente" in page
    assert "Demandes reçues" in visit(here, "groupement", other)
    visit(here, "groupement", other, "POST", faire="accepter", groupement=made.id, membre=member.id)
    visit(here, "groupement", leader, "POST", faire="arreter", groupement=made.id)
    (told,) = json.loads(visit(here, "groupement.json", leader))["documents"]
    data = visit(here, "groupement.pdf", leader, id=made.id)
    assert sha256(data).hexdigest() == told["sha256"]
    assert json.loads(visit(here, "groupement.json", other))["documents"] == []


def test_nobody_answers_for_another_nor_reads_its_document(joint):
    made = agreed(joint)
    third = joint.company(THIRD, "Toitures du Trégor")
    for userid in (third.userid, joint.other.userid, joint.buyer):
        with pytest.raises(NotFound):
            visit(joint.consultation, "groupement.pdf", userid, id=made.id)
    page = visit(
        joint.consultation, "groupement", third.userid, "POST", faire="refuser", groupement=made.id,
        membre=made.members[0].id,
    )  # fmt: skip
    assert "n’existe plus" in page
    page = visit(joint.consultation, "groupement", joint.buyer, "POST", faire="creer", forme="conjoint", lot="1")
    assert "compte d’entreprise" in page


@pytest.mark.parametrize("number", ["", "zz", "0" * 32])
def test_what_is_not_there_is_refused_in_words(joint, number):
    page = visit(joint.consultation, "groupement", joint.bidder.userid, "POST", faire="arreter", groupement=number)
    assert "Ce groupement n’existe plus" in page
