"""Who took the dossier: the page that offers it, the register of withdrawals, and the way out of the messages."""

from html import unescape
from megalis.portal.consultations import rectifying
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.dce.browser import Take
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.http import Refusal
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import SECOND
from zope.globalrequest import getRequest

import csv
import io
import pytest
import re
import transaction


EMAIL = "etudes@leon.exemple"


def status(browser):
    return int(browser.headers["status"].split()[0])


def read(browser):
    return " ".join(unescape(browser.contents).split())


def mails(site):
    transaction.begin()
    return [message.payload for message in outbox.messages(site) if message.kind == "mail"]


def taken(consultation):
    transaction.begin()
    return journal.events(consultation, "retrait")


def join(browser, url, email, company=""):
    """Leave an address on the page of the dossier, as people do."""
    browser.open(f"{url}/@@dce")
    browser.getControl(name="courriel").value = email
    browser.getControl(name="entreprise").value = company
    browser.getControl("Me prévenir et télécharger").click()


def links(html):
    return re.findall(r'href="([^"]+)"', unescape(html))


def archive_link(browser):
    return next(link for link in links(browser.contents) if "@@dce.zip" in link)


class TestWhoeverLeavesAnAddress:
    def test_takes_the_dossier_in_his_name_and_is_in_the_register(self, served, browser):
        someone, url = browser(), served.published.absolute_url()
        join(someone, url, EMAIL, "Études du Léon")
        assert status(someone) == 200
        assert f"sera écrit à <strong>{EMAIL}</strong>" in read(someone)
        assert "inscrit au registre au nom de Études du Léon" in read(someone)
        someone.open(archive_link(someone))
        assert someone.headers["content-type"] == "application/zip"
        (event,) = taken(served.published)
        assert (event["mode"], event["entreprise"], event["portee"]) == ("identifie", "Études du Léon", "tout")
        assert EMAIL not in str(event)
        agent = browser("acheteurs@a.exemple.fr", served.password)
        agent.open(f"{url}/@@retraits")
        assert "Études du Léon" in read(agent)
        assert EMAIL in read(agent)
        assert re.search(r"<dt>identifiés</dt><dd>1</dd>", read(agent))

    def test_gets_one_letter_with_the_way_out_however_often_he_asks(self, served, browser):
        url = served.published.absolute_url()
        for _ in range(2):
            join(browser(), url, EMAIL)
        letters = [mail for mail in mails(served.portal) if mail["to"] == EMAIL]
        assert len(letters) == 1
        assert letters[0]["subject"].startswith("Vous serez prévenu")
        assert f"{url}/@@ne-plus-prevenir?suivi=" in letters[0]["text"]
        assert len(withdrawals.followers(served.published)) == 1

    def test_keeps_the_lot_or_the_pieces_he_had_chosen(self, served, browser):
        someone, url = browser(), served.published.absolute_url()
        someone.open(f"{url}/@@dce?lot=2")
        assert "Les documents du lot 2 : 2 documents" in read(someone)
        someone.getControl(name="courriel").value = EMAIL
        someone.getControl("Me prévenir et télécharger").click()
        someone.open(archive_link(someone))
        assert [(event["lot"], event["mode"]) for event in taken(served.published)] == [("2", "identifie")]

    @pytest.mark.parametrize(
        ("email", "company", "said"),
        [
            ("", "", "Adresse"),
            ("pas une adresse", "", "pas une adresse"),
            ("a@b\r\nBcc: x@y.exemple", "", "a@b"),
            (EMAIL, "X" * 201, "plus de 200 signes"),
        ],
    )
    def test_is_told_what_is_wrong_and_nothing_is_kept(self, served, browser, email, company, said):
        someone, url = browser(), served.published.absolute_url()
        join(someone, url, email, company)
        assert status(someone) == 422
        assert "Rien n’a été enregistré" in read(someone)
        assert said.casefold() in read(someone).casefold()
        assert someone.getControl(name="entreprise").value == company[:200]
        transaction.begin()
        assert withdrawals.followers(served.published) == []
        assert mails(served.portal) == []

    def test_needs_our_own_page(self, served, browser):
        someone, url = browser(), served.published.absolute_url()
        someone.post(f"{url}/@@dce", f"courriel={EMAIL}")
        assert status(someone) == 403
        transaction.begin()
        assert withdrawals.followers(served.published) == []


def test_a_company_that_has_signed_in_takes_it_in_one_click(served, browser):
    company, url = browser("offres@toitures.exemple.fr", served.password), served.published.absolute_url()
    company.open(f"{url}/@@dce")
    assert "Au nom de <strong>Toitures du Trégor</strong>" in read(company)
    company.getControl("Retirer au nom de mon entreprise").click()
    company.open(archive_link(company))
    transaction.begin()
    (row,) = withdrawals.register(served.published)
    assert (row["company"], row["siret"]) == ("Toitures du Trégor", served.place.siret)
    assert (row["email"], row["told"]) == ("offres@toitures.exemple.fr", True)


class TestTheRegister:
    def test_counts_the_anonymous_and_says_nothing_of_them(self, served, browser):
        url = served.published.absolute_url()
        browser().open(f"{url}/@@dce.zip")
        at(NOW + 90 * SECOND)
        browser().open(f"{url}/@@dce.zip?lot=1")
        for event in taken(served.published):
            assert event["mode"] == "anonyme"
            assert not {"suivi", "entreprise", "adresse", "ip", "agent"} & set(event)
        agent = browser("lecteurs@a.exemple.fr", served.password)
        agent.open(f"{url}/@@retraits")
        page = read(agent)
        assert "<dt>retraits</dt><dd>2</dd>" in page
        assert "<dt>anonymes</dt><dd>2</dd>" in page
        assert "<dt>identifiés</dt><dd>0</dd>" in page
        assert re.search(r"lundi 2 février 2026, 10:01:\d\d.*lundi 2 février 2026, 10:00:\d\d", page)
        assert page.index("Lot 1") < page.index("Dossier complet")

    def test_goes_into_a_spreadsheet_that_runs_nothing(self, served, browser):
        someone, url = browser(), served.published.absolute_url()
        join(someone, url, EMAIL, '=cmd|"/c calc"!A1')
        someone.open(archive_link(someone))
        browser().open(f"{url}/@@dce.zip")
        agent = browser("acheteurs@a.exemple.fr", served.password)
        agent.open(f"{url}/@@retraits")
        agent.getLink(url="retraits.csv").click()
        assert agent.headers["content-type"].startswith("text/csv")
        head, anonymous, known = csv.reader(io.StringIO(agent.contents.removeprefix("\ufeff")), delimiter=";")
        assert head[:2] == ["Instant (Paris)", "Mode"]
        assert anonymous[1:6] == ["Anonyme", "", "", "", "Dossier complet"]
        assert re.fullmatch(r"02/02/2026 10:00:\d\d", known[0])
        assert known[1:3] == ["Identifié", '\'=cmd|"/c calc"!A1']
        assert known[4] == EMAIL
        assert set(known[7].split(", ")) == {"RC.pdf", "Plans d’été é.pdf", "CCTP.pdf"}

    def test_empty_says_what_will_be_there(self, served, browser):
        agent = browser("acheteurs@a.exemple.fr", served.password)
        agent.open(f"{served.published.absolute_url()}/@@retraits")
        assert "Personne n’a encore retiré le dossier" in read(agent)

    @pytest.mark.parametrize("page", ["²", "0", "-1", "99999999", "x"])
    def test_opens_at_a_page_that_exists_whatever_is_asked(self, world, stocked, visit, page):
        status, _headers, body = visit(stocked, "retraits", user=world.acheteurs, page=page)
        assert status == 200
        assert "Registre des retraits" in body

    @pytest.mark.parametrize("name", ["retraits", "retraits.csv", "registre-questions"])
    def test_is_for_the_buyer_s_agents(self, world, stocked, visit, name):
        for user in (None, world.nobody, world.other, world.bidder):
            with pytest.raises(Exception, match=r"(?i)unauthorized|not allowed|permission"):
                visit(stocked, name, user=user)


class TestLeaving:
    def test_the_letter_s_link_ends_the_messages_and_only_on_a_click(self, served, browser):
        consultation, url = served.published, served.published.absolute_url()
        join(browser(), url, EMAIL)
        letter = next(mail for mail in mails(served.portal) if mail["to"] == EMAIL)
        way_out = re.search(r"https?://\S+/@@ne-plus-prevenir\S+", letter["text"])[0]
        someone = browser()
        someone.open(way_out)
        assert "e…@leon.exemple" in read(someone)
        assert EMAIL not in read(someone)
        transaction.begin()
        assert [item.active for item in withdrawals.followers(consultation)] == [True]
        someone.getControl("Ne plus me prévenir").click()
        assert "Plus aucun message" in read(someone)
        transaction.begin()
        assert [item.active for item in withdrawals.followers(consultation)] == [False]
        someone.open(way_out)
        assert "Ce lien a déjà servi" in read(someone)
        before = len(mails(served.portal))
        with as_agent(served.valideurs):
            rectifying.rectify(consultation, "Objet précisé", {"title": "Autre objet"})
        transaction.commit()
        assert len(mails(served.portal)) == before

    def test_until_then_a_change_is_written_to_him_with_the_same_link(self, served, browser):
        consultation = served.published
        join(browser(), consultation.absolute_url(), EMAIL)
        transaction.begin()
        with as_agent(served.valideurs):
            rectifying.rectify(consultation, "Objet précisé", {"title": "Autre objet"})
        transaction.commit()
        letter = next(mail for mail in mails(served.portal) if mail["subject"].startswith("Consultation modifiée"))
        assert letter["to"] == EMAIL
        assert "@@ne-plus-prevenir?suivi=" in letter["text"]

    def test_a_link_serves_one_purpose_on_one_consultation(self, world, stocked, visit):
        item = withdrawals.follow(stocked, EMAIL)
        download = withdrawals.sign(stocked, item.id, withdrawals.DOWNLOAD)
        leave = withdrawals.sign(stocked, item.id, withdrawals.LEAVE)
        assert "pas valable" in visit(stocked, "ne-plus-prevenir", method="POST", suivi=item.id, jeton=download)[2]
        assert item.active
        visit(stocked, "dce.zip", suivi=item.id, jeton=leave)
        assert [event["mode"] for event in journal.events(stocked, "retrait")] == ["anonyme"]

    @pytest.mark.parametrize(
        "form",
        [{}, {"suivi": "é", "jeton": "é"}, {"suivi": ["a"], "jeton": ["b"]}, {"suivi": "\udcff", "jeton": "\udcff"}],
    )
    def test_a_broken_link_is_said_to_be_one(self, stocked, visit, form):
        status, _headers, body = visit(stocked, "ne-plus-prevenir", **form)
        assert status == 404
        assert "pas valable" in body


def test_a_draft_takes_no_address(world, draft):
    with pytest.raises(Refusal, match="pas publiée"):
        Take(draft, getRequest()).join()


def test_after_the_deadline_the_dossier_is_still_there_for_all(served, browser):
    at(DEADLINE + SECOND)
    someone = browser()
    someone.open(f"{served.published.absolute_url()}/@@dce.zip")
    assert status(someone) == 200
    assert len(taken(served.published)) == 1
