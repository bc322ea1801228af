"""Companies and a buyer write to each other: a question, its answer to all, a message with its readings, a letter."""

from datetime import timedelta
from megalis.portal.consultations import workflow
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.kernel import clock
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from plone.uuid.interfaces import IUUID
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import equip
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.deposits.scene import bid
from tests.journeys import agents
from tests.journeys import bidders
from tests.organisations.conftest import cheap_passwords  # noqa: F401

import pytest
import transaction


BUYER, VALIDATOR = "acheteurs@a.exemple.fr", "valideurs@a.exemple.fr"
ASKER, RIVAL = "offres@toitures.exemple.fr", "rival@ardoises.exemple.fr"
TITLE = "Programme de voirie 2026"
QUESTION = "Pour les tuiles de Toitures du Trégor, la ligne 12 se chiffre-t-elle au mètre ?"
REWRITTEN = "La ligne 12 se chiffre-t-elle au mètre ?"
ANSWER = "Oui, au mètre linéaire posé."


@pytest.fixture
def world(server):
    clock.set_for_tests(NOW)
    with api.env.adopt_roles(["Manager"]):
        found = equip(server.site)
        found.ardoises = create.entreprise("Ardoises du Léon", "443061841")
        create.etablissement(found.ardoises, "44306184100013", head_office=True)
        found.rival = people.create("entreprise", RIVAL, "Concurrente", found.password)
        membership.add(found.ardoises, found.rival, {"e-repondants"})
        found.road = publish(found, complete_draft(found.a, envelopes=("offre",)))
        for userid, company, siret, email in (
            (found.bidder, found.company, found.place.siret, ASKER),
            (found.rival, found.ardoises, "44306184100013", RIVAL),
        ):
            depositor = Depositor(userid, IUUID(company), siret, company.title, email)
            demand, tails = bid(found.road, depositor, ("1", "offre", {"prix.pdf": b"%PDF-1.4 prix"}))
            service.finish(found.road, depositor, demand, tails, clock.now())
    transaction.commit()
    return found


def decide(world):
    """Close, open, and award lot 1 to the company that did not ask."""
    clock.set_for_tests(DEADLINE + timedelta(hours=3))
    road = world.road
    with as_agent(world.porteurs):
        opening.start(road, "offre", world.porteurs)
    with as_agent(world.acheteurs):
        workflow.fire(road, "analyser")
    won = {"decision": "attribue", "winner": "Ardoises du Léon", "winner_siret": "", "amount": 61200, "reason": ""}
    none = {"decision": "infructueux", "winner": "", "winner_siret": "", "amount": None, "reason": "Aucune offre"}
    with as_agent(world.valideurs):
        workflow.decide(road, {"1": won, "2": none})
        workflow.fire(road, "decider")
    transaction.commit()


def enter(person, login, password):
    person.home()
    person.follow("Se connecter")
    person.type_credentials(login, password)


def test_a_question_its_answer_a_message_and_a_letter(server, visitor, world, tmp_path):
    plan = tmp_path / "Coupe type.pdf"
    plan.write_bytes(b"%PDF-1.4 coupe")
    fake = tmp_path / "programme.pdf"
    fake.write_bytes(b"<html><script>alert(1)</script>")

    anyone = visitor("visiteur")
    bidders.search(anyone, "voirie", TITLE)
    anyone.follow("Poser une question")
    anyone.sees("Une question se pose au nom d’une entreprise")
    anyone.shot("question-visiteur")

    asker = visitor("demandeur", allow=("422 (Unprocessable",))
    enter(asker, ASKER, world.password)
    bidders.search(asker, "voirie", TITLE)
    asker.follow("Poser une question")
    asker.fill("Votre question", QUESTION)
    asker.page.get_by_label("Lot concerné").select_option("1")
    asker.page.get_by_label("Documents joints").set_input_files(fake)
    asker.submit("Poser la question")
    asker.sees("n’est pas un fichier PDF")
    asker.shot("question-refusee")
    asker.page.get_by_label("Documents joints").set_input_files(plan)
    asker.submit("Poser la question")
    asker.sees("Votre question est enregistrée", "En attente de réponse")
    asker.shot("question-posee")

    buyer = visitor("acheteur", allow=("422 (Unprocessable",))
    enter(buyer, BUYER, world.password)
    buyer.shot("espace-agent-question")
    agents.follow_task(buyer, "Répondre à 1 question")
    buyer.sees("1 question, 1 à répondre", "Toitures du Trégor")
    buyer.shot("echanges-question")
    buyer.follow(f"1. {QUESTION}")
    buyer.fill("Réponse", ANSWER, exact=True)
    buyer.submit("Envoyer la réponse")
    buyer.sees("Le texte publié contient « Toitures du Trégor »")
    buyer.shot("reponse-nom")
    buyer.fill("Question telle que tous la liront", REWRITTEN)
    buyer.submit("Envoyer la réponse")
    buyer.sees("Réponse publiée ; elle part à tous")
    buyer.follow("Registre des questions")
    buyer.sees(QUESTION, ANSWER)
    buyer.shot("registre-questions")

    rival = visitor("concurrente")
    enter(rival, RIVAL, world.password)
    bidders.search(rival, "voirie", TITLE)
    rival.shot("consultation-avec-reponse")
    rival.follow("Lire la réponse")
    rival.sees(REWRITTEN, ANSWER)
    assert "Toitures" not in rival.words() and "tuiles" not in rival.words()
    rival.shot("questions-publiees")
    assert "a publié une réponse" in " ".join(server.mail_to(RIVAL, "Réponse publiée").split())

    buyer.follow("Échanges avec les entreprises")
    buyer.follow("Écrire aux entreprises")
    buyer.page.get_by_label("Ont posé une question").check()
    buyer.fill("Objet", "Visite du chantier")
    buyer.fill("Message", "Rendez-vous devant la mairie, lundi à 9 h.", exact=True)
    buyer.shot("nouveau-message")
    buyer.submit("Envoyer", exact=True)
    buyer.sees("Votre message est enregistré", "À envoyer")
    server.work()
    buyer.page.reload()
    buyer.sees("Envoyé, non lu")
    bidders.dashboard(asker)
    asker.sees("Lire « Visite du chantier »")
    asker.shot("espace-entreprise-message")
    asker.follow("Mes messages")
    asker.shot("mes-messages")
    asker.follow("Visite du chantier")
    asker.sees("Rendez-vous devant la mairie", "Première lecture")
    asker.fill("Répondre à l’acheteur", "Nous y serons.")
    asker.shot("message")
    asker.submit("Envoyer la réponse")
    asker.sees("Votre réponse est enregistrée", "Nous y serons.")
    buyer.page.reload()
    buyer.sees("dans son espace", "Nous y serons.")
    buyer.shot("envoi-lu")

    server.look()
    decide(world)
    validator = visitor("valideur")
    enter(validator, VALIDATOR, world.password)
    agents.follow_task(validator, "Informer puis notifier")
    validator.sees("Toitures du Trégor", "à envoyer")
    validator.shot("notifier-ecartes")
    validator.follow("Écrire aux candidats écartés")
    validator.fill("Motif du rejet", "Prix plus élevé de 12 %.")
    validator.fill("Rang", "2")
    validator.fill("Qualité", "La maire")
    validator.submit("Aperçu")
    validator.sees("Rien n’est encore envoyé", "Titulaire : Ardoises du Léon")
    validator.shot("courrier-apercu")
    validator.submit("Envoyer", exact=True)
    validator.sees("Le courrier est envoyé")
    validator.shot("courrier-envoye")
    link = server.link_to(ASKER, "Votre offre n’est pas retenue")
    anyone.go(link)
    anyone.sees("Votre offre n’est pas retenue")
    assert "Prix plus élevé" not in anyone.words()
    anyone.shot("lien-personnel")
    anyone.submit("Lire le message")
    anyone.sees("Prix plus élevé de 12 %.")
    letter = anyone.download(lambda: anyone.click("courrier.pdf", "link"))
    assert letter.read_bytes().startswith(b"%PDF-")
    anyone.shot("courrier-lu")
    validator.page.reload()
    validator.sees("par le lien personnel")

    validator.follow("Revenir aux échanges")
    validator.shot("echanges-courriers")
    validator.follow("Notification du marché")
    validator.page.get_by_label("Documents joints").set_input_files(plan)
    validator.shot("courrier-notification")
    validator.submit("Envoyer et notifier")
    validator.sees("Le courrier est envoyé", "réputée faite après le")
    bidders.dashboard(rival)
    agents.follow_task(rival, "Lire « Notification du marché")
    rival.sees("vous notifie le marché", "Coupe type.pdf")
    rival.shot("notification-lue")
    validator.page.reload()
    validator.sees("première lecture")
    validator.shot("notification-envoi")


def test_an_administrator_words_the_letters_of_his_collectivite(server, visitor, world):
    boss = visitor("administratrice", allow=("422 (Unprocessable",))
    enter(boss, "administrateurs@a.exemple.fr", world.password)
    boss.follow("Modèles de courriers")
    boss.sees("Texte d’origine")
    boss.shot("modeles")
    boss.follow("Demande de documents")
    boss.fill("Texte", "Bonjour {entreprise},\n\n{piece}")
    boss.submit("Garder")
    boss.sees("La variable {piece} n’existe pas")
    boss.fill("Texte", "Bonjour {entreprise},\n\nMerci d’envoyer :\n{pieces}\n\n{echeance}")
    boss.submit("Aperçu")
    boss.sees("Bonjour Charpentes du Léon", "Attestation d’assurance décennale")
    boss.shot("modele-apercu")
    boss.submit("Garder")
    boss.sees("Le vôtre, du")
    boss.follow("Demande de documents")
    boss.submit("Rétablir le texte d’origine")
    boss.sees("Le texte d’origine est rétabli")
    assert "nous vous demandons de transmettre" in boss.page.get_by_label("Texte", exact=True).input_value()
