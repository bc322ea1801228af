"""Bids on paper in the analysis: they are there as their register names them, and judged as the others."""

from datetime import timedelta
from decimal import Decimal
from megalis.portal.awards import analysis
from megalis.portal.awards import deciding
from megalis.portal.awards import entering
from megalis.portal.awards import store
from megalis.portal.awards.rules import bid
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.rules import typing
from megalis.portal.deposits.paper import rules
from megalis.portal.deposits.paper import store as papers
from megalis.portal.organisations import people
from tests.awards.scene import Awarding
from tests.awards.scene import by_name
from tests.awards.scene import code
from tests.awards.scene import edit
from tests.awards.scene import NAMES

import pytest
import transaction


COMPANY, SIRET = "Voiles du Trieux", "38012986646850"


def enter(scene, company=COMPANY, siret=SIRET, lots=(), kind=rules.BID, opened=True):
    """Enter in the register a bid that came an hour before the deadline, opened with the others."""
    form = {
        "kind": kind, "company": company, "siret": siret, "email": "", "lots": list(lots), "way": "poste",
        "support": "papier", "description": "", "labelled": "",
        "received": typing.moment_text(scene.consultation.deadline - timedelta(hours=1)),
    }  # fmt: skip
    agent = people.get(scene.buyer)
    paper = papers.enter(scene.consultation, agent, form)
    return papers.open_paper(scene.consultation, paper, agent, "Offre lue") if opened else paper


def test_a_bid_on_paper_is_compared_without_being_typed_again(scene):
    enter(scene)
    line = by_name(scene.consultation)[COMPANY]
    assert (line.siret, line.state, line.company, line.deposit) == (SIRET, bid.ON_PAPER, "", "")
    entering.keep(scene.consultation, "", [edit(line, amount=Decimal(50_000), marks=(None, Decimal(40)))], "Anne")
    found = by_name(scene.consultation)
    assert list(found) == [*NAMES, COMPANY]
    assert found[COMPANY].rank == 1 and found[COMPANY].key == line.key


def test_it_wins_under_the_name_of_its_register_and_is_not_told_that_it_lost(scene):
    enter(scene)
    enter(scene, "Toiles d’Ouessant", "")
    taken = deciding.taken_of(by_name(scene.consultation)[COMPANY])
    assert (taken["winner"], taken["winner_siret"]) == (COMPANY, SIRET)
    workflow.decide(scene.consultation, {"": {"decision": "attribue", "reason": "", **taken, "amount": 9}})
    assert [who.name for who, _lots in letters.rejected_on_paper(scene.consultation)] == ["Toiles d’Ouessant"]


def test_one_still_closed_says_so_and_a_late_or_a_cancelled_one_is_not_there(scene):
    paper = enter(scene, opened=False)
    assert by_name(scene.consultation)[COMPANY].state == bid.WAITING
    papers.cancel(scene.consultation, paper, people.get(scene.buyer), "Inscrit par erreur")
    assert COMPANY not in by_name(scene.consultation)
    late = papers.enter(
        scene.consultation,
        people.get(scene.buyer),
        {
            "kind": rules.BID, "company": COMPANY, "siret": SIRET, "email": "", "lots": [], "way": "main",
            "support": "papier", "description": "", "labelled": "", "received": "",
        },
    )  # fmt: skip
    assert late.late and COMPANY not in by_name(scene.consultation)


def test_several_parcels_of_one_company_are_one_bid_and_one_that_answered_here_is_not_there_twice(scene):
    enter(scene)
    enter(scene, kind=rules.PART)
    enter(scene, "Voiles du Trieux SARL")
    enter(scene, NAMES[0], scene.companies[0].siret)
    (line,) = [line for line in analysis.lines(scene.consultation, "") if not line.deposit]
    assert line.siret == SIRET
    assert sum(line.name == NAMES[0] for line in analysis.lines(scene.consultation, "")) == 1


def test_what_an_agent_had_added_by_hand_stays_his_row(scene):
    key = entering.add(scene.consultation, "", "VOILES DU TRIEUX", SIRET, "", "", "Anne")
    enter(scene)
    found = by_name(scene.consultation)
    assert list(found) == [*NAMES, "VOILES DU TRIEUX"] and found["VOILES DU TRIEUX"].key == key


@pytest.mark.parametrize(("name", "siret"), [("voiles du trieux", ""), ("Voilerie", SIRET)])
def test_it_cannot_be_added_by_hand_besides(scene, name, siret):
    enter(scene)
    assert code(entering.add, scene.consultation, "", name, siret, "", "", "Anne") == "analyse.double"


def test_a_variant_of_it_follows_it(scene):
    enter(scene)
    base = by_name(scene.consultation)[COMPANY]
    entering.add(scene.consultation, "", "", "", "", base.key, "Anne")
    variant = by_name(scene.consultation)[f"{COMPANY}, variante 1"]
    assert (variant.siret, variant.state) == (SIRET, bid.ON_PAPER)


def test_it_stands_on_the_lots_it_answers_and_says_which(as_agents):
    scene = Awarding(as_agents, lots=("1", "2", "3"), bidders=1, answered={0: ("1",)})
    scene.analyse()
    enter(scene, lots=("1", "3"))
    found = {lot: list(by_name(scene.consultation, lot)) for lot in ("1", "2", "3")}
    assert found == {"1": [NAMES[0], COMPANY], "2": [], "3": [COMPANY]}
    assert by_name(scene.consultation, "3")[COMPANY].lots == ("1", "3")
    assert [row["bids"] for row in analysis.summary(scene.consultation)] == [2, 0, 1]
    assert store.of(scene.consultation) is None, "reading makes nothing"


def test_the_page_shows_it_and_where_it_comes_from(pages, visit):
    enter(pages)
    transaction.commit()
    browser = visit(pages.buyer)
    browser.open(f"{pages.consultation.absolute_url()}/@@analyse")
    assert COMPANY in browser.contents and "Reçue sur papier" in browser.contents
