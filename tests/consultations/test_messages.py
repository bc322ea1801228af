"""Messages of a buyer: to one or to all, read and proved, to two thousand by parcels, and never without our token."""

from datetime import timedelta
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.exchanges import inbox
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import parcels
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import rules
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.interfaces import WorkerTick
from persistent import Persistent
from persistent.mapping import PersistentMapping
from tests.consultations.conftest import at
from tests.consultations.conftest import NOW
from tests.consultations.exchanges_scene import *  # noqa: F403
from tests.consultations.exchanges_scene import ANSWER
from tests.consultations.exchanges_scene import BIDDER
from tests.consultations.exchanges_scene import BUYER
from tests.consultations.exchanges_scene import delivery_to
from tests.consultations.exchanges_scene import mails
from tests.consultations.exchanges_scene import NEIGHBOUR
from tests.consultations.exchanges_scene import PDF
from tests.consultations.exchanges_scene import person
from tests.consultations.exchanges_scene import QUESTION
from tests.consultations.exchanges_scene import read
from tests.consultations.exchanges_scene import refused
from tests.consultations.exchanges_scene import RIVAL
from tests.consultations.exchanges_scene import status
from tests.consultations.exchanges_scene import upload
from tests.consultations.exchanges_scene import write
from zope.event import notify

import csv
import io
import pytest
import re
import transaction


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
        agent.open(f"{written.published.absolute_url()}/@@echanges")
        agent.getLink(url="registre-envois.csv").click()
        assert f'filename="registre-envois-{written.published.getId()}.csv"' in agent.headers["Content-Disposition"]
        told = [row[1:8] for row in csv.reader(io.StringIO(agent.contents.lstrip("\ufeff")), delimiter=";")]
        assert told[0][5:] == ["Mis à disposition (Paris)", "Première lecture (Paris)"]
        mine = next(row for row in told if row[2] == "Toitures du Trégor")
        assert mine[:2] == ["Message", "Visite du site"]
        assert mine[5:] == [f"{clock.paris(instant):%d/%m/%Y %H:%M:%S}" for instant in (delivery.available, first)]
        assert [row[6] for row in told[1:] if row is not mine] == [""] * (len(told) - 2), "the others did not read it"
        agent.open(f"{written.published.absolute_url()}/@@registre-envois.pdf")
        assert agent.contents.startswith(b"%PDF-")

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

    def test_leaves_from_the_page_in_one_press(self, crowd, browser):
        agent = browser(BUYER, crowd.password)
        agent.open(f"{crowd.published.absolute_url()}/@@nouveau-message")
        agent.getControl(name="groupe").getControl(value="retraits").selected = True
        agent.getControl("Objet").value = "Visite du chantier"
        agent.getControl("Message").value = "Lundi à 9 h."
        agent.getControl("Envoyer").click()
        assert status(agent) == 200 and "Votre message est enregistré" in read(agent)
        transaction.begin()
        (message,) = messages.sent(crowd.published)
        assert message.count == self.COUNT

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
