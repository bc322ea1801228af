"""Letters after the decision: the rejected are told why, the standstill runs from the last letter, the reading notifies."""

from datetime import timedelta
from io import BytesIO
from megalis.portal.awards import analysis
from megalis.portal.awards import entering
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.rules import decisions
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.deposits.paper import store as papers
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from pypdf import PdfReader
from tests.deposits.scene import bid
from tests.deposits.scene import PASSWORD
from tests.deposits.scene import read
from tests.deposits.scene import Scene
from urllib.parse import quote_plus

import dataclasses
import pytest
import re
import transaction


ROLES = ["Manager", "Acheteur", "Valideur", "PorteurDeCle"]
FILE = {"prix.pdf": b"%PDF-1.4 prix"}
WINNER, LOSER = "Charpentes du Léon", "Menuiserie de l’Aulne"
REASON = "Note technique de 62 sur 100, contre 81 pour l’offre retenue <b>."
DAY = timedelta(days=1)


@pytest.fixture
def scene(functional_portal):
    """A formal procedure of two lots, decided: lot 1 to WINNER against LOSER, lot 2 without suitable bid."""
    with api.env.adopt_roles(ROLES):
        found = Scene(functional_portal, envelopes=("offre",), in_days=45)
        consultation = found.consultation
        consultation.procedure = "appel-offres-ouvert"
        consultation.estimated_value = 9_000_000
        found.publish()
        found.winner = dataclasses.replace(found.company(name=WINNER), email="marches@leon.example")
        found.loser = dataclasses.replace(found.company("73282932000074", LOSER), email="offres@aulne.example")
        for depositor, lots in ((found.winner, ("1",)), (found.loser, ("1", "2"))):
            demand, tails = bid(consultation, depositor, *((lot, "offre", FILE) for lot in lots))
            service.finish(consultation, depositor, demand, tails, clock.now())
        clock.set_for_tests(consultation.deadline + timedelta(seconds=12))
        opening.start(consultation, "offre", found.holder)
        workflow.fire(consultation, "analyser")
        won = {
            "decision": "attribue",
            "winner": WINNER,
            "winner_siret": "44306184100013",
            "amount": 84500,
            "reason": "",
        }
        none = {
            "decision": "infructueux",
            "winner": "",
            "winner_siret": "",
            "amount": None,
            "reason": "Offre trop chère",
        }
        workflow.decide(consultation, {"1": won, "2": none})
        workflow.fire(consultation, "decider")
        found.login = people.get(found.buyer).email
        transaction.commit()
        yield found
    clock.set_for_tests()


@pytest.fixture
def visit(browse, scene):
    """The browsers of its people, once the scene is set."""
    return browse


def inform(scene, **more):
    """Write to every rejected bidder, as the page does."""
    consultation = scene.consultation
    chosen = [
        (item, lots, {"motifs": letters.reasons(consultation, [(lot, {"reason": REASON}) for lot in lots])})
        for item, lots in letters.to_inform(consultation)
    ]
    return letters.send(
        consultation, people.get(scene.buyer), letters.REJECTION, chosen, {"signataire": "La maire"}, **more
    )


def notify(scene):
    (found,) = letters.winners(scene.consultation)
    values = {"lots": letters.awarded(scene.consultation, found[1])}
    return letters.send(
        scene.consultation,
        people.get(scene.buyer),
        letters.NOTIFICATION,
        [(*found, values)],
        {"signataire": "La maire"},
    )


def codes(function, *values):
    with pytest.raises((Refused, workflow.Refused)) as refused:
        function(*values)
    return refused.value.code


def pdf_text(data):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


def test_who_lost_a_lot_is_rejected_for_that_lot_and_who_won_is_not(scene):
    found = [(item.name, lots) for item, lots in letters.rejected(scene.consultation)]
    assert found == [(LOSER, ["1", "2"])]
    assert [(item.name, lots) for item, lots in letters.winners(scene.consultation)] == [(WINNER, ["1"])]


def test_the_letters_to_the_rejected_set_the_day_the_standstill_runs_from(scene):
    consultation = scene.consultation
    assert consultation.informed_at is None
    message = inform(scene)
    delivery = message.deliveries[0]
    assert consultation.informed_at == delivery.available
    assert letters.to_inform(consultation) == []
    (event,) = (e for e in journal.events(consultation, "consultation") if e.get("fait") == "information")
    assert event["date"] == clock.rfc3339(delivery.available)
    assert codes(workflow.fire, consultation, "notifier") == "standstill"
    clock.set_for_tests(decisions.standstill_end(consultation.informed_at, 11))
    workflow.fire(consultation, "notifier")
    assert consultations.state(consultation) == "notifiee"


PAPER = "Couvertures Briand & Fils"


@pytest.fixture
def answered_on_paper(functional_portal, monkeypatch):
    """Someone without an account answers the consultation of ``scene`` on paper, before its deadline."""
    published = Scene.publish

    def publish(self):
        published(self)
        form = {"kind": "pli", "company": PAPER, "way": "main", "support": "papier", "lots": ["1"]}
        papers.enter(self.consultation, people.get(self.buyer), form)

    monkeypatch.setattr(Scene, "publish", publish)


def test_who_lost_on_paper_is_named_and_the_day_waits_for_the_letter_sent_by_post(answered_on_paper, scene, visit):
    consultation = scene.consultation
    assert [(item.name, lots) for item, lots in letters.rejected_on_paper(consultation)] == [(PAPER, ["1"])]
    assert letters.uninformed(consultation) == 2
    inform(scene)
    assert consultation.informed_at is None, "someone is still to be told, outside of the platform"
    assert letters.uninformed(consultation) == 1
    transaction.commit()
    agent = visit(scene.buyer, f"{consultation.absolute_url()}/@@notifier")
    text = read(agent)
    assert PAPER in text and "écrivez d’abord le motif dans l’analyse" in text
    assert "écrivez-lui, puis saisissez le jour du dernier envoi" in text
    agent.open(f"{consultation.absolute_url()}/@@notifier-lettre.pdf?qui={quote_plus(PAPER)}")
    assert agent.headers["status"].startswith("422") and "courrier.motif" in read(agent)
    transaction.begin()
    consultation.informed_at = clock.now()
    assert letters.uninformed(consultation) == 0


def test_who_lost_on_paper_has_a_letter_to_print_in_the_words_of_the_collectivite(answered_on_paper, scene, visit):
    consultation = scene.consultation
    subject, text = letters.shipped(letters.POSTED)
    letters.keep_wording(scene.town, letters.POSTED, subject, f"{text}\n\nKenavo.", scene.buyer)
    (line,) = [line for line in analysis.lines(consultation, "1") if line.name == PAPER]
    entering.write(
        consultation, line, {**line.values, "standing": "irreguliere", "reason": "Sans acte d’engagement."}, "A"
    )
    transaction.commit()
    agent = visit(scene.buyer, f"{consultation.absolute_url()}/@@notifier")
    agent.getLink("lettre à imprimer (PDF)").click()
    assert agent.headers["content-type"] == "application/pdf"
    data = agent.contents if isinstance(agent.contents, bytes) else agent.contents.encode("latin-1")
    told = " ".join(pdf_text(data).split())
    for words in (
        PAPER,
        "Sans acte d’engagement.",
        f"Titulaire : {WINNER}",
        "Lot 1",
        "Kenavo.",
        "Signature et qualité",
    ):
        assert words in told
    assert "16 jours" in told, "told by post, they have the longer time"
    agent.open(f"{consultation.absolute_url()}/@@notifier-lettre.pdf?qui=Personne")
    assert agent.headers["status"].startswith("404")
    agent.open(f"{consultation.absolute_url()}/@@courrier?genre={letters.POSTED}")
    assert agent.headers["status"].startswith("404"), "it is not sent from here"


def test_a_letter_has_its_own_reasons_and_a_pdf_with_its_fingerprint_in_the_journal(scene):
    message = inform(scene)
    delivery = message.deliveries[0]
    for words in (
        REASON,
        "Lot 1",
        "Lot 2",
        f"Titulaire : {WINNER}, 84\xa0500\xa0€ HT",
        "Infructueux. Offre trop chère",
    ):
        assert words in delivery.text
    assert delivery.letter.name == "courrier.pdf"
    with delivery.letter.blob.open() as stream:
        text = pdf_text(stream.read())
    assert LOSER in text and "La maire" in text and "contre 81 pour l’offre retenue <b>" in text
    (event,) = journal.events(scene.consultation, "mise-a-disposition")
    assert event["remises"][0]["courrier"] == delivery.letter.sha256
    told = [m.payload for m in outbox.messages(scene.portal) if m.kind == "mail" and "offres@aulne" in m.payload["to"]]
    assert REASON not in told[0]["text"]


def test_a_letter_needs_reasons_and_a_signatory(scene):
    rows = [("1", {"reason": "  "})]
    assert codes(letters.reasons, scene.consultation, rows) == "courrier.motif.vide"
    (item, lots), *_others = letters.to_inform(scene.consultation)
    chosen = [(item, lots, {})]
    sender = people.get(scene.buyer)
    assert codes(letters.send, scene.consultation, sender, letters.REJECTION, chosen, {}) == "courrier.signataire.vide"
    assert codes(letters.send, scene.consultation, sender, letters.REJECTION, [], {}) == "message.destinataires"
    assert scene.consultation.informed_at is None and messages.sent(scene.consultation) == []


def test_a_notification_waits_for_the_end_of_the_standstill_and_nothing_of_it_leaves_before(scene):
    inform(scene)
    transaction.commit()
    assert codes(notify, scene) == "standstill"
    transaction.abort()
    assert [item.kind for item in messages.sent(scene.consultation)] == [letters.REJECTION]


def test_the_notification_is_dated_by_its_reading(scene):
    inform(scene)
    clock.set_for_tests(decisions.standstill_end(scene.consultation.informed_at, 11))
    delivery = notify(scene).deliveries[0]
    assert consultations.state(scene.consultation) == "notifiee"
    assert "Lot 1, Lot 1 : 84\xa0500\xa0€ HT" in delivery.text
    clock.set_for_tests(delivery.available + 3 * DAY)
    assert delivery.notified(clock.now()) is None
    messages.read(scene.consultation, delivery, scene.winner.userid)
    assert delivery.notified(clock.now()) == (delivery.first_read, rules.READING)
    clock.set_for_tests(delivery.available + 40 * DAY)
    assert delivery.notified(clock.now()) == (delivery.first_read, rules.READING)


def test_letters_of_the_analysis_do_not_leave_once_the_contract_is_notified(scene):
    inform(scene)
    clock.set_for_tests(decisions.standstill_end(scene.consultation.informed_at, 11))
    notify(scene)
    assert codes(letters.check_time, scene.consultation, letters.REQUEST) == "courrier.etape"


def test_nobody_knows_who_deposited_before_the_closing(scene):
    group = next(g for g in recipients.groups(scene.consultation) if g.group == "depots")
    deadline = scene.consultation.deadline
    assert "avant la clôture" in group.hidden(deadline - timedelta(seconds=1))
    assert group.hidden(deadline) == ""
    known = recipients.everybody(scene.consultation, deadline - timedelta(seconds=1))
    assert known == []
    assert [item.name for item in recipients.everybody(scene.consultation, deadline)] == [WINNER, LOSER]


def test_a_request_is_answered_with_the_documents_before_its_term(scene):
    (item,) = (one for one in recipients.depositors(scene.consultation) if one.name == WINNER)
    until = clock.now() + 5 * DAY
    message = letters.send(
        scene.consultation,
        people.get(scene.buyer),
        letters.REQUEST,
        [(item, ["1"], {})],
        {"signataire": "La maire"},
        reply_until=until,
        pieces="Attestation fiscale",
    )
    delivery = message.deliveries[0]
    assert "Attestation fiscale" in delivery.text and clock.french(until, seconds=True) in delivery.text
    messages.reply(scene.consultation, delivery, people.get(scene.winner.userid), "Voici l’attestation.")
    assert journal.count(scene.consultation, "reponse-message") == 1


class TestOnThePages:
    def test_the_rejected_are_written_to_then_the_holder_is_notified(self, scene, visit):
        url = scene.consultation.absolute_url()
        agent = visit(scene.buyer)
        agent.open(f"{url}/@@notifier")
        assert LOSER in read(agent) and "à envoyer" in read(agent)
        agent.getLink("Écrire aux candidats écartés").click()
        assert "Lui écrire maintenant" in read(agent)
        agent.getControl("Aperçu").click()
        assert "courrier.motif.vide" in read(agent)
        for area in range(2):
            agent.getControl("Motif du rejet", index=area).value = REASON
        agent.getControl("Rang", index=0).value = "2"
        agent.getControl("Aperçu").click()
        assert "Rien n’est encore envoyé" in read(agent) and "Rang : 2" in read(agent) and REASON in read(agent)
        assert "<b>." not in agent.contents
        transaction.begin()
        assert messages.sent(scene.consultation) == []
        agent.getControl("Signataire").value = "La maire"
        agent.getControl("Envoyer").click()
        assert "Le courrier est envoyé" in read(agent), read(agent)
        agent.open(f"{url}/@@notifier")
        assert "Notification possible à partir du" in read(agent)
        assert "Écrire aux candidats" not in read(agent)
        agent.getControl(name="informed_at").value = "2026-01-01T10:00"
        agent.getControl("Garder la date seulement").click()
        assert "information.courriers" in read(agent)
        transaction.begin()
        clock.set_for_tests(decisions.standstill_end(scene.consultation.informed_at, 11))
        agent.open(f"{url}/@@notifier")
        agent.getLink("Notifier par courrier au titulaire").click()
        agent.getControl("Envoyer et notifier").click()
        assert "Le courrier est envoyé" in read(agent), read(agent)
        assert "réputée faite après le" in read(agent)
        transaction.begin()
        assert consultations.state(scene.consultation) == "notifiee"

    def test_the_rejected_company_takes_its_letter_and_no_other_does(self, scene, visit):
        message = inform(scene)
        delivery = message.deliveries[0]
        transaction.commit()
        url = scene.consultation.absolute_url()
        page = f"{url}/@@message?envoi={message.id}&remise=0"
        document = f"{url}/@@document-joint?envoi={message.id}&remise=0&piece={delivery.letter.id}"
        loser, winner = visit(scene.loser.userid), visit(scene.winner.userid)
        loser.open(document)
        assert loser.headers["status"].startswith("404"), "not before the reading, which is dated"
        loser.open(page)
        assert REASON in read(loser)
        loser.getLink("courrier.pdf").click()
        assert loser.contents.startswith(b"%PDF-")
        for address in (page, document):
            winner.open(address)
            assert winner.headers["status"].startswith("404")

    def test_who_only_buys_does_not_send_what_a_validator_signs(self, scene, visit):
        buyer = people.create("agent", "seul@plougastel.example", "Acheteuse seule", PASSWORD)
        membership.add(scene.town, buyer, ["acheteurs"])
        transaction.commit()
        agent = visit(buyer)
        page = f"{scene.consultation.absolute_url()}/@@courrier?genre=rejet"
        agent.open(page)
        assert "Un valideur envoie ce courrier" in read(agent) and "<textarea" not in agent.contents
        agent.open(f"{scene.consultation.absolute_url()}/@@nouveau-message")
        token = agent.getControl(name="_authenticator", index=0).value
        agent.post(page, f"_authenticator={token}&genre=rejet&signataire=x&cle={uuidhex()}")
        assert agent.headers["status"].startswith("403")

    def test_the_administrator_words_the_letters_his_way_and_comes_back(self, scene, visit):
        boss = people.create("agent", "admin@plougastel.example", "Administratrice", PASSWORD)
        membership.add(scene.town, boss, ["administrateurs"])
        transaction.commit()
        admin = visit(boss)
        admin.open(f"{scene.portal.absolute_url()}/espace-agent")
        admin.getLink("Modèles de courriers").click()
        admin.getLink("Information d’un candidat écarté").click()
        admin.getControl("Texte").value = "Bonjour {entreprise}, {motif}"
        admin.getControl("Garder").click()
        assert "La variable {motif} n’existe pas" in read(admin)
        admin.getControl("Texte").value = "Bonjour {entreprise}.\n\n{motifs}"
        admin.getControl("Aperçu").click()
        assert "Bonjour Charpentes du Léon." in read(admin) and "Titulaire : Travaux du Trégor" in read(admin)
        admin.getControl("Garder").click()
        assert "Le vôtre, du" in read(admin)
        transaction.begin()
        assert inform(scene).deliveries[0].text.startswith(f"Bonjour {LOSER}.\n\nLot 1")
        transaction.abort()
        admin.getLink("Information d’un candidat écarté").click()
        admin.getControl("Rétablir le texte d’origine").click()
        assert "Votre offre n’est pas retenue" in admin.getControl("Objet").value
        transaction.begin()
        assert letters.own_wording(scene.town, letters.REJECTION) is None
        facts = [event["fait"] for event in journal.events(scene.town, "modele-courrier")]
        assert facts == ["modification", "retablissement"]


def test_a_letter_sent_twice_leaves_once(scene):
    key = uuidhex()
    first = inform(scene, key=key)
    assert letters.send(scene.consultation, people.get(scene.buyer), letters.REJECTION, [], {}, key=key) is first
    assert len(re.findall("rejet", str([m.kind for m in messages.sent(scene.consultation)]))) == 1
