"""The lists of the room leave from the page that shows them, as CSV, XLSX and PDF, with the same rows."""

from megalis.portal.consultations.dce import withdrawals
from tests.consultations.conftest import complete_draft
from tests.consultations.exchanges_scene import *  # noqa: F403
from tests.consultations.exchanges_scene import BIDDER
from tests.consultations.exchanges_scene import BUYER
from tests.consultations.exchanges_scene import QUESTION
from tests.consultations.exchanges_scene import READER
from tests.taken import KINDS
from tests.taken import take

import pytest
import transaction


LISTS = (
    ("@@retraits", "retraits", ("Lot 2", "Anonyme")),
    ("@@registre-questions", "registre-questions", (QUESTION, "Toitures du Trégor")),
    ("@@echanges", "registre-envois", ("Visite du site", "Études du Léon", "Toitures du Trégor")),
)


@pytest.fixture
def busy(written):
    """Lot 2 was withdrawn without a name, a question was asked, a message was sent; a draft waits."""
    withdrawals.record(written.published, withdrawals.scope(written.published, {"lot": "2"}), 1)
    complete_draft(written.a, "2026-BROUILLON", lots=())
    transaction.commit()
    return written


def test_each_register_of_a_consultation_leaves_from_its_page_and_is_for_agents(busy, browser):
    agent, url = browser(READER, busy.password), busy.published.absolute_url()
    others = [browser(login, busy.password) for login in (BIDDER, None)]
    for page, name, shown in LISTS:
        for kind in KINDS:
            agent.open(f"{url}/{page}")
            found = take(agent, name, kind)
            assert [words for words in shown if words not in found] == [], (name, kind, found)
            if kind == "pdf":
                assert busy.published.reference in found, "a register on paper says whose it is"
            for other in others:
                other.open(f"{url}/@@{name}.{kind}")
                assert other.headers["content-type"].startswith("text/html"), (name, kind)


def test_the_list_of_an_agent_leaves_as_its_filters_leave_it_and_that_of_everybody_without_drafts(busy, browser):
    agent, anyone = browser(BUYER, busy.password), browser()
    for kind in KINDS:
        agent.open(f"{busy.a.absolute_url()}/@@consultations?etape=brouillons")
        found = take(agent, "consultations", kind)
        assert "2026-BROUILLON" in found and busy.published.reference not in found, kind
        anyone.open(f"{busy.portal.absolute_url()}/consultations?nat=travaux")
        found = take(anyone, "consultations", kind)
        assert busy.published.reference in found and "2026-BROUILLON" not in found, kind
