"""The dossier by lot: who took which, the register of each, and a change told to exactly those it concerns."""

from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.consultations import rectifying
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.rules import rectification
from megalis.portal.interchange import giving
from megalis.portal.kernel import journal
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import PDF
from tests.consultations.exchanges_scene import person
from tests.consultations.test_withdrawals import archive_link
from tests.consultations.test_withdrawals import mails
from tests.consultations.test_withdrawals import read

import csv
import io
import pytest
import transaction


ONE, TWO, ALL = "un@lots.exemple", "deux@lots.exemple", "tout@lots.exemple"


@pytest.mark.parametrize(
    ("changes", "touched"),
    [
        ([{"lots": ("2",)}], ("2",)),
        ([{"lots": ("2",)}, {"lots": ("1", "2")}], ("1", "2")),
        ([{"lots": ("2",)}, {"lots": ()}], ()),
        ([{"lots": ("2",)}, {"field": "deadline"}], ()),
        ([], ()),
    ],
)
def test_a_change_is_about_lots_or_about_everybody(changes, touched):
    assert rectification.lots_touched(changes) == touched


@pytest.mark.parametrize(
    ("lots", "touched", "told"),
    [
        ((), ("2",), True),
        (("2",), ("2",), True),
        (("1", "2"), ("2", "3"), True),
        (("1",), ("2",), False),
        (("1",), (), True),
        ({None}, ("2",), True),
    ],
)
def test_who_has_to_do_with_no_lot_that_changes_is_left_in_peace(lots, touched, told):
    assert rectification.concerns(lots, touched) is told


def take(browser, url, email, query=""):
    """Leave an address for a part of the dossier, then download it."""
    browser.open(f"{url}/@@dce{query}")
    browser.getControl(name="courriel").value = email
    browser.getControl("Me prévenir et télécharger").click()
    browser.open(archive_link(browser))


@pytest.fixture
def spread(served, browser):
    """The published consultation whose lot 1, lot 2 and whole dossier were taken by one company each."""
    url = served.published.absolute_url()
    for email, query in ((ONE, "?lot=1"), (TWO, "?lot=2"), (ALL, "")):
        take(browser(), url, email, query)
    transaction.begin()
    return served


def told(spread):
    return sorted({mail["to"] for mail in mails(spread.portal) if mail["subject"].startswith("Consultation modifiée")})


def replace_plans(spread, browser):
    """Replace the plans of lot 2 on the page; return what the page says."""
    plans = next(line for line in api.lines(spread.published) if line.lots == ("2",))
    agent = browser("valideurs@a.exemple.fr", spread.password)
    agent.open(f"{spread.published.absolute_url()}/@@rectifier")
    assert "ou celles seules des lots dont une pièce change" in read(agent)
    agent.getControl(name="motif").value = "Le plan est corrigé."
    agent.getControl(name=f"remplace.{plans.id}").add_file(PDF, "application/pdf", "Plans.pdf")
    agent.getControl("Publier la version 2").click()
    return read(agent)


def test_a_piece_of_a_lot_that_changes_is_told_to_those_who_took_that_lot_or_all(spread, browser):
    assert "2 destinataires prévenus" in replace_plans(spread, browser)
    assert told(spread) == sorted([TWO, ALL])


def test_a_date_that_moves_is_told_to_all(spread):
    with as_agent(spread.valideurs):
        later = DEADLINE + timedelta(days=7)
        rectifying.rectify(spread.published, "Plus de temps.", {"deadline": later, "planned_opening": later})
    transaction.commit()
    assert told(spread) == sorted([ONE, TWO, ALL])


@pytest.mark.parametrize("query", ["", "?lot=2"])
def test_who_takes_more_later_is_told_of_more(spread, browser, query):
    take(browser(), spread.published.absolute_url(), ONE, query)
    replace_plans(spread, browser)
    assert ONE in told(spread)
    assert len([item for item in withdrawals.followers(spread.published) if item.email == ONE]) == 1


def test_chosen_pieces_count_for_their_lots(spread, browser):
    plans = next(line for line in api.lines(spread.published) if line.lots == ("2",))
    take(browser(), spread.published.absolute_url(), "choix@lots.exemple", f"?piece={plans.id}")
    transaction.begin()
    assert withdrawals.followers(spread.published)[-1].lots == ("2",)
    journal.merge(spread.portal)
    rows = giving.register(spread.published, "", "retraits").rows
    assert [row["lots"] for row in rows] == [["1"], ["2"], [], ["2"]], "as the software of the buyer takes them"
    rules = next(line for line in api.lines(spread.published) if not line.lots)
    take(browser(), spread.published.absolute_url(), "choix@lots.exemple", f"?piece={rules.id}")
    transaction.begin()
    assert withdrawals.followers(spread.published)[-1].lots is None, "the rules of the consultation are everybody's"


def test_who_asked_about_another_lot_is_left_in_peace(spread, browser):
    questions.ask(spread.published, person(spread.bidder), "Le bordereau ?", "1")
    transaction.commit()
    replace_plans(spread, browser)
    assert told(spread) == sorted([TWO, ALL])


def rows_of(agent, url, query):
    agent.open(f"{url}/@@retraits.csv{query}")
    return [row[4] for row in list(csv.reader(io.StringIO(agent.contents.removeprefix("\ufeff")), delimiter=";"))[1:]]


def test_the_register_is_read_and_exported_lot_by_lot(spread, browser):
    agent, url = browser("lecteurs@a.exemple.fr", spread.password), spread.published.absolute_url()
    agent.open(f"{url}/@@retraits")
    agent.getControl("Qui a retiré").displayValue = ["Lot 2, Enrobés bitumineux"]
    agent.getControl("Voir").click()
    page = read(agent)
    assert TWO in page and ALL in page and ONE not in page and "<dt>retraits</dt><dd>2</dd>" in page
    assert agent.getLink(url="retraits.csv").url.endswith("?lot=2")
    assert sorted(rows_of(agent, url, "?lot=2")) == sorted([TWO, ALL])
    assert sorted(rows_of(agent, url, "")) == sorted([ONE, TWO, ALL])
    assert len(rows_of(agent, url, "?lot=zz")) == 3, "what is no lot filters nothing"
