"""Questions, answers and messages on a site: what is kept, who is told, who may read, what the journal says."""

from datetime import timedelta
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import register
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges import waiting
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.ids import uuidhex
from plone import api as plone_api
from tests.consultations.conftest import at
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import SECOND
from tests.consultations.exchanges_scene import *  # noqa: F403
from tests.consultations.exchanges_scene import ANSWER
from tests.consultations.exchanges_scene import answer
from tests.consultations.exchanges_scene import ask
from tests.consultations.exchanges_scene import BIDDER
from tests.consultations.exchanges_scene import BUYER
from tests.consultations.exchanges_scene import mails
from tests.consultations.exchanges_scene import NEIGHBOUR
from tests.consultations.exchanges_scene import PDF
from tests.consultations.exchanges_scene import person
from tests.consultations.exchanges_scene import QUESTION
from tests.consultations.exchanges_scene import read
from tests.consultations.exchanges_scene import READER
from tests.consultations.exchanges_scene import refused
from tests.consultations.exchanges_scene import RIVAL
from tests.consultations.exchanges_scene import status
from tests.consultations.exchanges_scene import token

import csv
import io
import pytest
import transaction


class TestACompanyAsks:
    def test_from_the_page_and_the_buyer_is_told_everywhere(self, site, browser):
        url = site.published.absolute_url()
        company = browser(BIDDER, site.password)
        company.open(url)
        company.getLink("Poser une question").click()
        assert "Au nom de <strong>Toitures du Trégor</strong>" in read(company)
        ask(company, url, files=[("documents", "croquis.pdf", PDF)], lot="1")
        assert status(company) == 200, read(company)
        assert "Votre question est enregistrée" in read(company)
        assert "En attente de réponse" in read(company)
        (event,) = journal.events(site.published, "question")
        assert (event["entreprise"], event["lot"], event["texte"]) == ("Toitures du Trégor", "1", QUESTION)
        assert [piece["nom"] for piece in event["pieces"]] == ["croquis.pdf"]
        (mail,) = mails(site.portal, "marches@a.exemple.fr")
        assert mail["subject"].startswith("Question reçue") and QUESTION not in mail["text"]
        agent = browser(BUYER, site.password)
        agent.open(f"{site.portal.absolute_url()}/espace-agent")
        assert "Répondre à 1 question : « Programme de voirie 2026 »" in read(agent)
        agent.getLink("Répondre").click()
        agent.getLink("1. Le bordereau").click()
        assert QUESTION in read(agent) and "Toitures du Trégor" in read(agent)
        agent.getLink("croquis.pdf").click()
        assert agent.headers["content-type"] == "application/pdf"
        assert "attachment" in agent.headers["content-disposition"]

    def test_a_question_of_a_cancelled_consultation_waits_for_nobody(self, site, browser):
        company, url = browser(BIDDER, site.password), site.published.absolute_url()
        ask(company, url, lot="1")
        agent = browser(BUYER, site.password)
        agent.open(f"{site.portal.absolute_url()}/espace-agent")
        assert "Répondre à 1 question" in read(agent)
        transaction.begin()
        with plone_api.env.adopt_roles(["Manager"]):
            workflow.fire(site.published, "annuler", "Le besoin a disparu.")
        transaction.commit()
        agent.reload()
        assert "Répondre à 1 question" not in read(agent)

    def test_until_the_second_before_the_limit_and_not_at_it(self, site, browser, stop_clock):
        limit = site.published.questions_deadline
        company, url = browser(BIDDER, site.password), site.published.absolute_url()
        page = f"{url}/@@poser-question"
        shown = token(company, page)
        at(limit)
        company.post(page, f"texte=trop+tard&cle={uuidhex()}&_authenticator={shown}")
        assert status(company) == 422
        assert "question.terme" in read(company) and "n’est pas enregistrée" in read(company)
        transaction.begin()
        assert questions.questions(site.published) == []
        assert mails(site.portal) == []
        company.open(url)
        assert "Poser une question" not in read(company)
        assert "Les questions étaient reçues jusqu’au" in read(company)
        stop_clock(limit - SECOND)
        assert questions.ask(site.published, person(site.bidder), "à temps").text == "à temps"

    def test_only_once_signed_in(self, site, browser):
        anyone, page = browser(), f"{site.published.absolute_url()}/@@poser-question"
        anyone.open(page)
        assert "Connectez-vous avec le compte de votre entreprise" in read(anyone)
        assert "login?came_from=" in anyone.contents and "inscription" in anyone.contents
        assert "<textarea" not in anyone.contents
        anyone.post(page, "texte=bonjour")
        assert status(anyone) == 403
        agent = browser(BUYER, site.password)
        agent.open(page)
        assert "n’est pas celui d’une entreprise" in read(agent)

    @pytest.mark.parametrize(
        ("text", "code"),
        [("  \n ", "question.vide"), ("x" * 5001, "question.longueur")],
    )
    def test_something_readable(self, site, browser, text, code):
        company, url = browser(BIDDER, site.password), site.published.absolute_url()
        ask(company, url, text)
        assert status(company) == 422
        assert code in read(company)
        transaction.begin()
        assert questions.questions(site.published) == []

    @pytest.mark.parametrize(
        ("name", "data", "code"),
        [
            ("x.exe", b"MZ", "piece.format"),
            ("x.pdf", b"<html>", "piece.contenu"),
            ("x.pdf", b"%PDF-" + bytes(10**7), "piece.taille"),
        ],
    )
    def test_with_documents_of_a_known_kind_and_size(self, site, browser, name, data, code):
        company, url = browser(BIDDER, site.password), site.published.absolute_url()
        ask(company, url, files=[("documents", name, data)])
        assert status(company) == 422
        assert code in read(company)
        assert QUESTION in read(company), "what was typed is not lost"
        transaction.begin()
        assert questions.questions(site.published) == []

    def test_once_however_often_the_button_is_pressed(self, site):
        key = uuidhex()
        first = questions.ask(site.published, person(site.bidder), QUESTION, key=key)
        assert questions.ask(site.published, person(site.bidder), QUESTION, key=key) is first
        assert journal.count(site.published, "question") == 1
        other = questions.ask(site.published, person(site.rival), QUESTION, key=key)
        assert other.id != key, "a key of somebody else is no key"

    def test_about_a_lot_that_exists(self, site):
        assert refused(questions.ask, site.published, person(site.bidder), "?a", lot="9") == "question.lot"

    def test_and_markup_is_shown_as_text(self, site, browser):
        company, url = browser(BIDDER, site.password), site.published.absolute_url()
        ask(company, url, "<script>alert(1)</script> & <b>gras</b>")
        assert "<script>alert(1)" not in company.contents
        assert "<script>alert(1)</script> & <b>gras</b>" in read(company)


class TestTheBuyerAnswers:
    def test_all_without_the_name_of_who_asked(self, asked, browser):
        agent, url = browser(BUYER, asked.password), asked.published.absolute_url()
        before = len(mails(asked.portal, "suivi@exemple.fr"))
        answer(agent, asked, files=[("documents", "prix.pdf", PDF)])
        assert "Réponse publiée ; elle part à tous" in read(agent)
        anyone = browser()
        anyone.open(url)
        assert QUESTION in read(anyone)
        anyone.getLink("Lire la réponse").click()
        assert QUESTION in read(anyone) and ANSWER in read(anyone)
        assert "Toitures" not in read(anyone) and BIDDER not in anyone.contents
        anyone.getLink("prix.pdf").click()
        assert status(anyone) == 200
        told = mails(asked.portal, "suivi@exemple.fr")
        assert len(told) == before + 1 and "Réponse publiée" in told[0]["subject"]
        assert "Ne plus être prévenu" in told[0]["text"]
        assert [mail["subject"][:15] for mail in mails(asked.portal, BIDDER)] == ["Réponse publiée"]
        (event,) = journal.events(asked.published, "reponse")
        assert (event["portee"], event["texte"]) == ("tous", ANSWER)
        assert "Toitures" not in str(event) and asked.bidder not in str(event)
        assert waiting.of(asked.a) == {}

    def test_the_asker_alone_and_nobody_else_reads_it(self, asked, browser):
        agent, url = browser(BUYER, asked.password), asked.published.absolute_url()
        answer(agent, asked, portee="demandeur", files=[("documents", "prix.pdf", PDF)])
        transaction.begin()
        piece = asked.question.answer.attachments[0].id
        document = f"{url}/@@document-joint?question={asked.question.id}&piece={piece}"
        for login in (None, RIVAL, NEIGHBOUR):
            other = browser(login, asked.password)
            other.open(f"{url}/@@questions")
            assert ANSWER not in read(other) and QUESTION not in read(other), login
            other.open(document)
            assert status(other) == 404, login
        company = browser(BIDDER, asked.password)
        company.open(f"{url}/@@questions")
        assert ANSWER in read(company) and "au demandeur seul" in read(company)
        company.open(document)
        assert status(company) == 200
        company.open(f"{asked.portal.absolute_url()}/espace-entreprise")
        assert "Réponse à votre question" in read(company)
        assert len(mails(asked.portal, "suivi@exemple.fr")) == 1, "only the letter of his withdrawal"

    def test_never_with_the_name_of_the_company_unless_it_is_a_word_of_the_file(self, asked, browser):
        agent = browser(BUYER, asked.password)
        named = "Question de Toitures du Trégor : au mètre ?"
        answer(agent, asked, publiee=named)
        assert status(agent) == 422
        assert "question.nom" in read(agent) and named in read(agent)
        answer(agent, asked, publiee=named, nom_voulu="1")
        assert "Réponse publiée" in read(agent)

    def test_again_and_the_former_version_stays(self, asked, browser):
        agent = browser(BUYER, asked.password)
        answer(agent, asked)
        answer(agent, asked, texte="Au forfait.")
        assert status(agent) == 422 and "reponse.motif.vide" in read(agent)
        answer(agent, asked, texte="Au forfait.", motif="Erreur de plume")
        anyone = browser()
        anyone.open(f"{asked.published.absolute_url()}/@@questions")
        assert "Au forfait." in read(anyone) and "Erreur de plume" in read(anyone)
        assert ANSWER in read(anyone), "the former version can be read"
        subjects = [mail["subject"] for mail in mails(asked.portal, "suivi@exemple.fr")]
        assert subjects[0].startswith("Réponse corrigée")
        assert [event["version"] for event in journal.events(asked.published, "reponse")] == [1, 2]

    def test_all_for_ever_once_it_was_all(self, asked):
        given = (asked.published, asked.question, person(asked.acheteurs))
        questions.answer(*given, rules.ALL, ANSWER, QUESTION)
        code = refused(questions.answer, *given, rules.ASKER, "autre", reason="x")
        assert code == "reponse.publiee"

    def test_with_a_role_that_writes(self, asked, browser):
        reader = browser(READER, asked.password)
        reader.open(f"{asked.published.absolute_url()}/@@question?id={asked.question.id}")
        assert QUESTION in read(reader) and "<textarea" not in reader.contents
        for login in (NEIGHBOUR, BIDDER, None):
            other = browser(login, asked.password)
            other.open(f"{asked.published.absolute_url()}/@@question?id={asked.question.id}")
            assert QUESTION not in read(other), login

    def test_late_with_the_date_that_is_passed(self, portal, world):
        from tests.consultations.conftest import complete_draft
        from tests.consultations.conftest import publish

        formal = complete_draft(world.a, "2026-AO", procedure="appel-offres-ouvert")
        publish(world, formal)
        at(DEADLINE - timedelta(days=2))
        codes = [finding.code for finding in questions.findings(formal, rules.ALL)]
        assert codes == ["reponse.tardive"]


class TestTheRegisterOfQuestions:
    def test_is_a_projection_of_the_journal(self, asked):
        given = (asked.published, asked.question, person(asked.acheteurs))
        questions.answer(*given, rules.ALL, ANSWER, "Au mètre ?")
        questions.answer(*given, rules.ALL, "Au forfait.", "Au mètre ?", reason="Erreur")
        questions.ask(asked.published, person(asked.rival), "Une autre")
        rows = register.rows(asked.published)
        assert [(row["number"], row["company"], row["version"]) for row in rows] == [
            (1, "Toitures du Trégor", 1),
            (1, "Toitures du Trégor", 2),
            (2, "Ardoises du Léon", ""),
        ]
        assert rows[1]["reason"] == "Erreur" and rows[0]["published"] == "Au mètre ?"
        assert set(rows[0]) == {"key", *(name for name, _title in register.COLUMNS)}
        del facts(asked.published, questions.NAME)[asked.question.id]
        assert register.rows(asked.published) == rows, "the register needs nothing but the journal"

    def test_is_a_page_and_a_table_that_no_spreadsheet_computes(self, asked, browser):
        questions.ask(asked.published, person(asked.rival), "=HYPERLINK(1)")
        transaction.commit()
        agent = browser(BUYER, asked.password)
        agent.open(f"{asked.published.absolute_url()}/@@registre-questions")
        assert QUESTION in read(agent) and "2 questions" in read(agent)
        agent.getLink("Question 2").click()
        assert agent.getControl("Réponse").value == "" and "=HYPERLINK(1)" in read(agent), "where it is answered"
        agent.goBack()
        agent.getLink(url="registre-questions.csv").click()
        rows = list(csv.reader(io.StringIO(agent.contents.lstrip("\ufeff")), delimiter=";"))
        assert rows[0] == [title for _name, title in register.COLUMNS]
        assert rows[2][5] == "'=HYPERLINK(1)"
