"""What the antivirus found stands beside each document: pieces of the dossier, and what is joined to questions and messages."""

from megalis.portal.consultations.exchanges import attachments
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import rules
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.organisations import people
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import publish
from tests.consultations.exchanges_scene import BIDDER
from tests.consultations.exchanges_scene import BUYER
from tests.consultations.exchanges_scene import read
from tests.consultations.exchanges_scene import upload
from tests.kernel.clamd import fake
from tests.kernel.clamd import VIRUS

import pytest
import transaction


CLEAN, BAD = b"%PDF-1.4\n plan", b"%PDF-1.4\n" + VIRUS
EVERYWHERE = ("Analyse en attente", "Sain", "Infecté : Canari.EICAR", "Non analysé", "Antivirus indisponible")


@pytest.fixture
def clamd(monkeypatch):
    with fake() as server:
        monkeypatch.setenv("MEGALIS_CLAMD", server.address)
        yield server


def told(site):
    """A question with a bad document, its answer with a good one to all, a message with both; return their pages."""
    asker, agent = people.get(site.bidder), people.get(site.acheteurs)
    bad, good = attachments.Attachment("croquis.pdf", BAD), attachments.Attachment("plan.pdf", CLEAN)
    asked = questions.ask(site.published, asker, "Au mètre ?", attachments=(bad,))
    questions.answer(site.published, asked, agent, rules.ALL, "Au mètre.", published="Au mètre ?", attachments=(good,))
    everybody = recipients.everybody(site.published, clock.now())
    message = messages.send(site.published, agent, "Visite", "Mardi.", everybody, attachments=(bad, good))
    transaction.commit()
    url = site.published.absolute_url()
    return {
        "question": (BUYER, f"{url}/@@question?id={asked.id}"),
        "questions": (None, f"{url}/@@questions"),
        "envoi": (BUYER, f"{url}/@@envoi?message={message.id}"),
        "message": (BIDDER, f"{url}/@@message?envoi={message.id}&remise=0"),
    }


def states(pages, browser, password):
    found = {}
    for name, (login, url) in pages.items():
        visitor = browser(login, password) if login else browser()
        visitor.open(url)
        text = read(visitor).replace("\N{NO-BREAK SPACE}", " ")
        found[name] = [state for state in EVERYWHERE if f">{state}<" in text]
    return found


def test_each_page_says_where_the_antivirus_is(served, browser, clamd):
    pages = told(served)
    assert states(pages, browser, served.password) == {name: ["Analyse en attente"] for name in pages}
    transaction.begin()
    outbox.drain(served.portal)
    transaction.commit()
    assert sorted(clamd.seen) == sorted([BAD, CLEAN])
    both = ["Sain", "Infecté : Canari.EICAR"]
    assert states(pages, browser, served.password) == {
        "question": both, "questions": ["Sain"], "envoi": both, "message": both,
    }  # fmt: skip


def test_without_an_antivirus_no_state_is_shown(served, browser, monkeypatch):
    monkeypatch.delenv("MEGALIS_CLAMD", raising=False)
    pages = told(served)
    assert states(pages, browser, served.password) == {name: [] for name in pages}


def test_a_piece_of_the_dossier_is_scanned_once_it_is_added_and_the_list_of_pieces_says_so(served, browser, clamd):
    draft = complete_draft(served.a, "2026-VIRUS", pieces=False)
    transaction.commit()
    agent, page = browser(BUYER, served.password), f"{draft.absolute_url()}/@@pieces"
    files = [("fichiers", "CCTP.pdf", CLEAN), ("fichiers", "Plan.pdf", BAD)]
    upload(agent, page, page, files, deposer="1")
    assert read(agent).count(">Analyse en attente<") == 2 and clamd.seen == []
    transaction.begin()
    outbox.drain(served.portal)
    transaction.commit()
    assert sorted(clamd.seen) == sorted([BAD, CLEAN])
    agent.open(page)
    text = read(agent).replace("\N{NO-BREAK SPACE}", " ")
    assert ">Sain<" in text and ">Infecté : Canari.EICAR<" in text
    assert "Plan.pdf" in text, "nothing is removed: a person decides"
    agent.open(f"{draft.absolute_url()}/@@verification")
    checked = read(agent).replace("\N{NO-BREAK SPACE}", " ")
    assert "L’antivirus trouve « Canari.EICAR » dans « Plan.pdf »" in checked and "« CCTP.pdf »" not in checked
    publish(served, draft)
    transaction.commit()
    anyone = browser()
    anyone.open(draft.absolute_url())
    assert read(anyone).count("N’ouvrez pas ce fichier") == 1
