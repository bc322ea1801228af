"""Questions, answers and messages on a site: what is kept, who is told, who may read, what the journal says."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.exchanges import inbox
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import parcels
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import register
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges import waiting
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from persistent import Persistent
from persistent.mapping import PersistentMapping
from tests.consultations.conftest import at
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import SECOND
from zope.event import notify

import csv
import io
import pytest
import re
import transaction


BUYER = "acheteurs@a.exemple.fr"
READER = "lecteurs@a.exemple.fr"
NEIGHBOUR = "administrateurs@b.exemple.fr"
BIDDER = "offres@toitures.exemple.fr"
RIVAL = "rival@ardoises.exemple.fr"
QUESTION = "Le bordereau de la ligne 12 est-il au mètre ou au forfait ?"
ANSWER = "Au mètre linéaire."
PDF = b"%PDF-1.4\n plan"


@pytest.fixture
def site(served):
    """The served world with a second company."""
    served.ardoises = create.entreprise("Ardoises du Léon", "443061841")
    create.etablissement(served.ardoises, "44306184100013", head_office=True)
    served.rival = people.create("entreprise", RIVAL, "Concurrente", served.password)
    membership.add(served.ardoises, served.rival, {"e-repondants"})
    transaction.commit()
    return served


def status(browser):
    return int(browser.headers["status"].split()[0])


def read(browser):
    return " ".join(unescape(browser.contents).split())


def mails(site, to=None):
    transaction.begin()
    found = [message.payload for message in outbox.messages(site) if message.kind == "mail"]
    return [mail for mail in found if to is None or mail["to"] == to]


def person(userid):
    return people.get(userid)


def refused(function, *values, **more):
    with pytest.raises(Refused) as why:
        function(*values, **more)
    return why.value.code


def token(browser, url):
    browser.open(url)
    return browser.getControl(name="_authenticator", index=0).value


def upload(browser, url, page, files=(), **fields):
    """Send a form with files, as a browser does."""
    fields["_authenticator"] = token(browser, page)
    mark, body = "----frontiere", b""
    for name, value in fields.items():
        body += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, filename, data in files:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    browser.post(url, body + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}")


def ask(browser, url, text=QUESTION, files=(), **fields):
    page = f"{url}/@@poser-question"
    upload(browser, page, page, files, texte=text, cle=uuidhex(), **fields)


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

    def test_until_the_second_before_the_limit_and_not_at_it(self, site, browser):
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
        at(limit - SECOND)
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


@pytest.fixture
def asked(site):
    """The site with one question, committed."""
    site.question = questions.ask(site.published, person(site.bidder), QUESTION, "1")
    withdrawals.follow(site.published, "suivi@exemple.fr", "Études du Léon")
    transaction.commit()
    return site


def answer(browser, site, **fields):
    page = f"{site.published.absolute_url()}/@@question?id={site.question.id}"
    files = fields.pop("files", ())
    filled = {"id": site.question.id, "portee": "tous", "publiee": QUESTION, "texte": ANSWER, **fields}
    upload(browser, page, page, files, **filled)


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
        assert set(rows[0]) == {name for name, _title in register.COLUMNS}
        del facts(asked.published, questions.NAME)[asked.question.id]
        assert register.rows(asked.published) == rows, "the register needs nothing but the journal"

    def test_is_a_page_and_a_table_that_no_spreadsheet_computes(self, asked, browser):
        questions.ask(asked.published, person(asked.rival), "=HYPERLINK(1)")
        transaction.commit()
        agent = browser(BUYER, asked.password)
        agent.open(f"{asked.published.absolute_url()}/@@registre-questions")
        assert QUESTION in read(agent) and "2 questions" in read(agent)
        agent.getLink(url="registre-questions.csv").click()
        rows = list(csv.reader(io.StringIO(agent.contents.lstrip("\ufeff")), delimiter=";"))
        assert rows[0] == [title for _name, title in register.COLUMNS]
        assert rows[2][5] == "'=HYPERLINK(1)"


def write(site, people_, subject="Visite du site", text="Rendez-vous lundi à 9 h.", **more):
    return messages.send(site.published, person(site.acheteurs), subject, text, people_, **more)


@pytest.fixture
def written(asked):
    """A message to the asker and to a follower without account, committed."""
    asked.message = write(asked, recipients.everybody(asked.published, clock.now()))
    transaction.commit()
    return asked


def delivery_to(site, name):
    transaction.begin()
    return next(item for item in site.message.deliveries.values() if item.recipient.name == name)


class TestAMessage:
    def test_is_written_from_the_page_to_a_group(self, asked, browser):
        agent, page = browser(BUYER, asked.password), f"{asked.published.absolute_url()}/@@nouveau-message"
        agent.open(page)
        assert "Ont posé une question : 1" in read(agent)
        assert "ne sont connues de personne avant la clôture" in read(agent)
        agent.getControl("Ont posé une question").selected = True
        agent.getControl("Objet").value = "Visite"
        agent.getControl("Message").value = "Lundi"
        agent.getControl("Envoyer").click()
        assert "Votre message est enregistré" in read(agent) and "Toitures du Trégor" in read(agent)
        (mail,) = mails(asked.portal, BIDDER)
        assert "Visite" in mail["subject"] and "Lundi" not in mail["text"]

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"objet": "", "texte": "a", "groupe": "questions"}, "message.objet.vide"),
            ({"objet": "a", "texte": " ", "groupe": "questions"}, "message.vide"),
            ({"objet": "a", "texte": "x" * 20001, "groupe": "questions"}, "message.longueur"),
            ({"objet": "a" * 151, "texte": "x", "groupe": "questions"}, "message.objet.longueur"),
            ({"objet": "a", "texte": "a"}, "message.destinataires"),
            ({"objet": "a", "texte": "a", "groupe": "depots"}, "destinataire.cache"),
            ({"objet": "a", "texte": "a", "groupe": "tout-le-monde"}, "destinataire.inconnu"),
            ({"objet": "a", "texte": "a", "destinataire": "0" * 16}, "destinataire.inconnu"),
            ({"objet": "a", "texte": "a", "groupe": "questions", "terme": "2020-01-01T10:00"}, "message.reponse"),
            ({"objet": "a", "texte": "a", "groupe": "questions", "terme": "hier"}, "moment.forme"),
        ],
    )
    def test_that_lacks_something_does_not_leave(self, asked, browser, fields, code):
        agent, page = browser(BUYER, asked.password), f"{asked.published.absolute_url()}/@@nouveau-message"
        upload(agent, page, page, cle=uuidhex(), **fields)
        assert status(agent) == 422
        assert code in read(agent)
        transaction.begin()
        assert messages.sent(asked.published) == []

    def test_is_in_the_company_s_space_and_its_display_is_the_reading(self, written, browser):
        company = browser(BIDDER, written.password)
        company.open(f"{written.portal.absolute_url()}/espace-entreprise")
        assert "Lire « Visite du site »" in read(company)
        company.getLink("Mes messages").click()
        assert "1 message, 1 non lu" in read(company)
        at(NOW + timedelta(hours=5))
        company.getLink("Visite du site").click()
        assert "Rendez-vous lundi à 9 h." in read(company)
        delivery = delivery_to(written, "Toitures du Trégor")
        assert abs(delivery.first_read - NOW - timedelta(hours=5)) < timedelta(minutes=1)
        assert delivery.read_by == written.bidder
        (event,) = journal.events(written.published, "lecture-message")
        assert event["entreprise"] == "Toitures du Trégor"
        first = delivery.first_read
        at(NOW + timedelta(hours=9))
        company.reload()
        assert delivery_to(written, "Toitures du Trégor").first_read == first
        assert inbox.unread(written.company) == []
        agent = browser(BUYER, written.password)
        agent.open(f"{written.published.absolute_url()}/@@envoi?message={written.message.id}")
        assert re.search(r"<dt>lu</dt><dd>1</dd>", read(agent))
        assert clock.french(first, seconds=True) in read(agent)

    def test_is_read_by_the_personal_link_only_after_a_press(self, written, browser):
        (mail,) = [m for m in mails(written.portal, "suivi@exemple.fr") if "Visite" in m["subject"]]
        link = re.search(r"http\S+@@message\S+", mail["text"])[0]
        anyone = browser()
        anyone.open(link)
        assert "Visite du site" in read(anyone) and "Rendez-vous" not in read(anyone)
        assert delivery_to(written, "Études du Léon").first_read is None, "a program followed the link"
        anyone.getControl("Lire le message").click()
        assert "Rendez-vous lundi à 9 h." in read(anyone)
        assert delivery_to(written, "Études du Léon").read_by == messages.BY_LINK
        assert "Se connecter pour répondre" in read(anyone) and "<textarea" not in anyone.contents

    def test_is_nobody_else_s(self, written, browser):
        url = written.published.absolute_url()
        delivery = delivery_to(written, "Toitures du Trégor")
        page = f"{url}/@@message?envoi={written.message.id}&remise={delivery.rank}"
        for login in (RIVAL, NEIGHBOUR, BUYER):
            other = browser(login, written.password)
            for address in (page, f"{page}&jeton={'0' * 40}", f"{page}&jeton=%C3%A9"):
                other.open(address)
                assert status(other) == 404, (login, address)
            assert "Rendez-vous" not in read(other)
        for login in (RIVAL, NEIGHBOUR, BIDDER, None):
            other = browser(login, written.password)
            other.open(f"{url}/@@envoi?message={written.message.id}")
            assert "Rendez-vous" not in read(other) and "Études du Léon" not in read(other), login
        anyone = browser()
        anyone.open(page)
        assert "/login?came_from=" in anyone.url
        assert delivery_to(written, "Toitures du Trégor").first_read is None
        stolen = messages.sign(delivery_to(written, "Études du Léon"))
        anyone.open(f"{page}&jeton={stolen}")
        assert "Rendez-vous" not in read(anyone)

    def test_is_answered_in_the_company_s_own_space(self, written, browser):
        company, url = browser(BIDDER, written.password), written.published.absolute_url()
        delivery = delivery_to(written, "Toitures du Trégor")
        page = f"{url}/@@message?envoi={written.message.id}&remise={delivery.rank}"
        fields = {"envoi": written.message.id, "remise": delivery.rank, "texte": "Nous viendrons.", "cle": uuidhex()}
        upload(company, f"{url}/@@message", page, [("documents", "liste.pdf", PDF)], **fields)
        assert "Votre réponse est enregistrée" in read(company), read(company)
        upload(company, f"{url}/@@message", page, **fields)
        assert journal.count(written.published, "reponse-message") == 1
        agent = browser(BUYER, written.password)
        agent.open(f"{written.portal.absolute_url()}/espace-agent")
        assert "Lire 1 réponse d’entreprise" in read(agent)
        agent.open(f"{url}/@@envoi?message={written.message.id}")
        assert "Nous viendrons." in read(agent) and "À lire" in read(agent)
        agent.getLink("liste.pdf").click()
        assert status(agent) == 200
        agent.open(f"{url}/@@envoi?message={written.message.id}")
        agent.getControl("Marquer comme lues").click()
        assert "1 réponse lue" in read(agent)
        agent.open(f"{written.portal.absolute_url()}/espace-agent")
        assert "réponse d’entreprise" not in read(agent)
        other = browser(RIVAL, written.password)
        piece = delivery_to(written, "Toitures du Trégor").replies[0]
        given = f"{page}&reponse={piece.id}&piece={piece.attachments[0].id}".replace("@@message", "@@document-joint")
        other.open(given)
        assert status(other) == 404

    def test_answered_after_its_term_is_refused_and_kept_out(self, site):
        questions.ask(site.published, person(site.bidder), QUESTION)
        term = clock.now() + timedelta(days=2)
        message = write(site, recipients.everybody(site.published, clock.now()), reply_until=term)
        delivery = message.deliveries[0]
        at(term)
        assert refused(messages.reply, site.published, delivery, person(site.bidder), "tard") == "reponse-message.terme"
        assert delivery.replies == ()

    def test_unread_is_recalled_to_those_only_who_have_not_read(self, written, browser):
        messages.read(written.published, written.message.deliveries[0], "x")
        transaction.commit()
        agent = browser(BUYER, written.password)
        agent.open(f"{written.published.absolute_url()}/@@envoi?message={written.message.id}")
        agent.getControl("Relancer ceux qui n’ont pas lu").click()
        assert "Rappel envoyé à 1 destinataire" in read(agent) and "relancé 1 fois" in read(agent)
        told = [m for m in mails(written.portal) if "rappel" in m["subject"]]
        assert len(told) == 1
        (event,) = journal.events(written.published, "relance")
        assert event["destinataires"] == 1

    def test_tells_whether_its_mail_left(self, written, browser):
        agent, page = (
            browser(BUYER, written.password),
            f"{written.published.absolute_url()}/@@envoi?message={written.message.id}",
        )
        agent.open(page)
        assert "À envoyer" in read(agent)
        for message in outbox.messages(written.portal):
            message.state = "abandonne" if message.payload["to"] == BIDDER else "envoye"
        transaction.commit()
        agent.open(page)
        assert "Courriel refusé" in read(agent) and "Envoyé, non lu" in read(agent)


class TestAMessageToTwoThousand:
    COUNT = 2000

    @pytest.fixture
    def crowd(self, site):
        kept = facts_for_write(site.published, withdrawals.FOLLOWERS)
        for rank in range(self.COUNT):
            item = withdrawals.Follower(f"e{rank}@exemple.fr", f"Entreprise {rank}")
            kept[item.id] = item
        questions.ask(site.published, person(site.bidder), QUESTION)
        transaction.commit()
        return site

    def tick(self, site):
        transaction.begin()
        notify(WorkerTick(site.portal, clock.now(), False))
        transaction.commit()

    def size_of_commit(self, site, act):
        """Return what ``act`` returns and the bytes its transaction writes."""
        jar = site.portal._p_jar
        sizes = []
        store = jar._storage.store

        def counted(oid, serial, data, version, txn):
            sizes.append(len(data))
            return store(oid, serial, data, version, txn)

        jar._storage.store = counted
        try:
            found = act()
            transaction.commit()
        finally:
            del jar._storage.store
        return found, sum(sizes)

    def test_is_one_small_transaction_then_batches(self, crowd, browser):
        people_ = recipients.everybody(crowd.published, clock.now(), ["retraits"])
        message, written = self.size_of_commit(crowd, lambda: write(crowd, people_))
        assert 0 < written < 1_000_000, written
        assert (message.count, message.prepared) == (self.COUNT, 0)
        before = len(mails(crowd.portal))
        _none, batch = self.size_of_commit(crowd, lambda: notify(WorkerTick(crowd.portal, clock.now(), False)))
        assert message.prepared == parcels.BATCH and batch < 1_500_000, batch
        for _ in range(self.COUNT // parcels.BATCH - 1):
            self.tick(crowd)
        assert message.prepared == self.COUNT
        told = mails(crowd.portal)
        assert len(told) - before == self.COUNT
        assert len({mail["to"] for mail in told if "Visite" in mail["subject"]}) == self.COUNT
        self.tick(crowd)
        assert len(mails(crowd.portal)) == len(told), "nothing is sent twice"
        assert len(journal.events(crowd.published, "mise-a-disposition")) == self.COUNT // parcels.BATCH
        agent = browser(BUYER, crowd.password)
        agent.open(f"{crowd.published.absolute_url()}/@@envoi?message={message.id}&page=40")
        assert status(agent) == 200 and len(agent.contents) < 90_000
        agent.open(f"{crowd.published.absolute_url()}/@@nouveau-message")
        assert len(agent.contents) < 90_000

    def test_an_answer_to_all_too(self, crowd):
        item = questions.questions(crowd.published)[0]
        before = len(mails(crowd.portal))

        def act():
            return questions.answer(crowd.published, item, person(crowd.acheteurs), rules.ALL, ANSWER, QUESTION)

        _given, written = self.size_of_commit(crowd, act)
        assert 0 < written < 1_500_000, written
        assert len(mails(crowd.portal)) == before
        for _ in range(self.COUNT // parcels.BATCH + 1):
            self.tick(crowd)
        assert len(mails(crowd.portal)) - before == self.COUNT + 1  # and the asker
        self.tick(crowd)
        assert len(mails(crowd.portal)) - before == self.COUNT + 1


class Broken(Persistent):
    """A parcel that writes something, then fails."""

    def __init__(self, told):
        self.told = told

    def step(self, consultation, size):
        self.told["written"] = True
        raise ValueError("no such address")


def test_a_parcel_that_fails_leaves_nothing_and_holds_up_nobody(site):
    told = PersistentMapping()
    site.published.told = told
    parcels.hand_over(site.published, Broken(told), 1000)
    people_ = [recipients.Recipient(f"Entreprise {rank}", (f"e{rank}@exemple.fr",)) for rank in range(60)]
    message = write(site, people_)
    transaction.commit()
    notify(WorkerTick(site.portal, clock.now(), False))
    transaction.commit()
    assert message.prepared == 60
    assert dict(told) == {}
    ((_key, waiting_parcel),) = facts(site.portal, parcels.NAME).items()
    assert waiting_parcel.after > clock.now()


class TestWithoutOurToken:
    def test_nothing_is_written(self, written, browser):
        url, message = written.published.absolute_url(), written.message
        delivery = delivery_to(written, "Toitures du Trégor")
        signed = messages.sign(delivery)
        agent, company, anyone = browser(BUYER, written.password), browser(BIDDER, written.password), browser()
        demands = (
            (agent, f"{url}/@@question?id={written.question.id}", "portee=tous&texte=x&publiee=y"),
            (agent, f"{url}/@@envoi?message={message.id}", "relancer=1"),
            (agent, f"{url}/@@courrier?genre=demande", "signataire=x"),
            (agent, f"{url}/@@nouveau-message", "objet=a&texte=b&groupe=questions"),
            (company, f"{url}/@@poser-question", "texte=encore"),
            (company, f"{url}/@@message?envoi={message.id}&remise={delivery.rank}", "texte=oui"),
            (anyone, f"{url}/@@message?envoi={message.id}&remise={delivery.rank}&jeton={signed}", "lire=1"),
        )
        before = journal.count(written.published)
        for somebody, address, form in demands:
            somebody.post(address, form)
            assert status(somebody) == 403, address
        transaction.begin()
        kinds = ("question", "reponse", "message", "relance", "reponse-message")
        assert journal.count(written.published, *kinds) == 2, "the question and the message of the fixture"
        assert journal.count(written.published) - before <= 1, "at most the reading of the message"
