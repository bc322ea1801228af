"""Two communes buy together: a convention signed, needs asked and frozen, a consultation published, a share for each."""

from datetime import timedelta
from io import BytesIO
from megalis.portal.consultations import create
from megalis.portal.consultations.library import models
from megalis.portal.groupings import opening
from megalis.portal.kernel import clock
from plone import api
from tests.consultations.conftest import COMPLETE
from tests.consultations.conftest import give_keys
from tests.groupings.conftest import equip
from tests.journeys import agents
from tests.journeys.town import PDF
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import PASSWORD

import pytest
import transaction


BUYER, VALIDATOR, MEMBER = "acheteurs@a.exemple.fr", "valideurs@a.exemple.fr", "administrateurs@b.exemple.fr"
TITLE, REFERENCE, MODEL = "Papier et sel des communes", "2026-GRP-01", "Fournitures courantes"
LINES = "1 ; Papier A4 ; ramette ; 3,20\n1 ; Papier A3 ; ramette ; 6\n2 ; Sel de déneigement ; tonne ; 95"
DATES = ("deadline", "questions_deadline", "planned_opening", "estimated_value")


@pytest.fixture
def world(server):
    """The communes, the keys of the coordinator's, a model of its consultations."""
    with api.env.adopt_roles(["Manager"]):
        found = equip(server.site)
        give_keys(found.a, found.porteurs, drilled=clock.now())
        values = {name: value for name, value in COMPLETE.items() if name not in DATES}
        former = create.draft(
            found.a, "2025-GRP-00", "Fournitures", **{**values, "nature": "fournitures", "cpv": "30197644"}
        )
        create.piece(former, BytesIO(PDF), "Règlement.pdf", "Règlement", "reglement")
        models.save(former, MODEL)
    transaction.commit()
    return found


def come_in(person, login):
    person.home()
    person.follow("Se connecter")
    person.type_credentials(login, PASSWORD)
    agents.dashboard(person)


def fill_needs(person, *texts):
    for rank, text in enumerate(texts):
        person.page.locator("[name^='q-']").nth(rank).fill(text)


def test_a_coordinator_runs_a_grouping_from_survey_to_publication_and_members_see_their_share(server, visitor, world):
    paul, valerie = visitor("Paul", allow=("422",)), visitor("Valérie")
    odile = visitor("Odile", allow=("422", "409", "403"))  # her wrong and late answers are refused on purpose
    for person, login in ((paul, BUYER), (valerie, VALIDATOR), (odile, MEMBER)):
        come_in(person, login)

    paul.follow("Groupements, Commune de Saint-Brieuc")
    paul.shot("groupements-vide")
    paul.page.get_by_role("main").get_by_role("link", name="Nouveau groupement").click()
    paul.fill("Objet", TITLE)
    paul.fill("Périmètre", "Papier et sel de déneigement")
    paul.fill("Règles de fonctionnement", "Le coordonnateur passe, signe et notifie.")
    paul.page.get_by_label("Mission du coordonnateur").select_option(index=2)
    paul.page.get_by_label("Commission d’appel d’offres").select_option(index=3)
    year = clock.paris(clock.now()).year
    paul.fill("Début", f"{year}-01-01")
    paul.fill("Fin", f"{year + 3}-12-31")
    paul.shot("groupement-nouveau")
    paul.submit("Enregistrer")
    paul.fill("Collectivité à inviter", "Commune de Lannion")
    paul.submit("Inviter")
    paul.sees("Invitation envoyée à Commune de Lannion")
    paul.shot("groupement-convention")

    agents.do_first(odile, "Répondre à l’invitation")
    odile.shot("groupement-invitation")
    odile.submit("Accepter la convention")
    odile.fill("Nom et qualité du signataire", "Odile Le Goff, maire")
    odile.fill("Délibération", "2026-31 du 2 mai")
    odile.page.get_by_role("checkbox", name="La convention a été lue").check()
    odile.shot("groupement-signer")
    odile.submit("Enregistrer la signature")
    agents.do_first(valerie, "Signer la convention")
    valerie.fill("Nom et qualité du signataire", "Hervé Guihard, maire")
    valerie.page.get_by_role("checkbox", name="La convention a été lue").check()
    valerie.submit("Enregistrer la signature")
    valerie.sees("Convention signée")

    paul.follow("Enquête de besoins")
    paul.fill("Intitulé du lot", "Papier")
    paul.submit("Ajouter le lot")
    paul.fill("Intitulé du lot", "Sel")
    paul.submit("Ajouter le lot")
    paul.page.get_by_text("Coller plusieurs lignes").click()
    paul.fill("Lignes", LINES)
    paul.submit("Ajouter ces lignes")
    paul.sees("Sel de déneigement")
    paul.shot("groupement-enquete")
    closes = clock.paris(clock.now() + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)
    paul.fill("Besoins figés le", f"{closes:%Y-%m-%dT%H:%M}")
    paul.submit("Envoyer aux membres")
    paul.sees("L’enquête est envoyée")

    agents.do_first(odile, "Dire vos besoins avant")
    fill_needs(odile, "300 kg", "10", "1,5")
    odile.submit("Envoyer la réponse")
    odile.sees("« kg » ne se convertit pas en « ramette »")
    odile.shot("groupement-reponse-refusee")
    fill_needs(odile, "100", "0", "1500 kg")
    odile.submit("Envoyer la réponse")
    odile.sees("Votre réponse est envoyée")
    odile.shot("groupement-reponse")
    paul.follow("Ma réponse")
    fill_needs(paul, "300", "20", "0,5")
    paul.submit("Envoyer la réponse")

    clock.set_for_tests(closes + timedelta(seconds=2))
    fill_needs(odile, "900", "0", "1,5")
    odile.submit("Envoyer la réponse")
    odile.sees("Elle est mise de côté, entière")
    odile.shot("groupement-reponse-tardive")
    server.work()
    agents.do_first(paul, "Consolider les besoins figés")
    paul.sees("400", "Réponses tardives, de côté")
    paul.shot("groupement-consolidation")
    paul.page.locator(".mg-export summary").click()
    listed = paul.download(lambda: paul.click("CSV", "link"))
    assert "Papier A4;ramette;300;100;400" in listed.read_text("utf-8-sig")
    minutes = paul.download(lambda: paul.click("Procès-verbal", "link"))
    assert minutes.read_bytes().startswith(b"%PDF")

    paul.follow("Ouvrir la consultation")
    paul.fill("Référence de la consultation", REFERENCE)
    paul.page.get_by_label("Commencer d’un modèle").select_option(label=MODEL)
    paul.page.get_by_label("Forme du contrat").select_option(label="Accord-cadre à bons de commande")
    paul.fill("Montant maximum de l’accord-cadre", "20 000")
    paul.fill("Durée de l’accord-cadre", "36")
    paul.shot("groupement-ouvrir")
    paul.submit("Créer le brouillon")
    paul.sees("Le brouillon est créé")
    assert opening.consultation_of(grouping_of(server, world)).reference == REFERENCE

    odile.open_mail(server, MEMBER, REFERENCE)
    odile.sees(REFERENCE, "25 %")
    odile.shot("groupement-parts")
    odile.follow("Voir la consultation")
    odile.sees(TITLE, "Commune de Lannion")
    odile.shot("groupement-brouillon-membre")
    refused = odile.page.goto(f"{odile.page.url}/@@gestion")
    assert refused.status == 403

    paul.follow("Modifier, étape par étape")
    paul.follow("Procédure")
    paul.fill("Nombre de titulaires", "1")
    paul.submit("Enregistrer et continuer")
    paul.follow("Dates")
    due = clock.paris(clock.now()).replace(hour=12, minute=0) + timedelta(days=30)
    paul.fill("Date limite de remise des plis", f"{due:%Y-%m-%dT%H:%M}")
    paul.submit("Enregistrer et continuer")
    agents.check_the_draft(paul)
    paul.sees("Rien ne manque")
    agents.take_step(paul, "Demander la validation")
    agents.do_first(valerie, "Valider")
    agents.take_step(valerie, "Publier")
    valerie.sees("La consultation est publiée")

    agents.do_first(paul, "Arrêter les parts")
    paul.page.get_by_label("Part de Commune de Saint-Brieuc, Lot 1").fill("70")
    paul.submit("Arrêter les parts")
    paul.sees("Les parts font 92,8571 % et doivent faire 100 %")
    paul.page.get_by_label("Part de Commune de Lannion, Lot 1").fill("30")
    paul.submit("Arrêter les parts")
    paul.sees("Les parts sont arrêtées")
    paul.shot("groupement-parts-arretees")
    odile.open_mail(server, MEMBER, "Parts du groupement arrêtées")
    odile.sees("Ouverte", "30 %", "75 %")
    odile.follow("Voir la consultation")
    odile.sees(TITLE)
    odile.shot("groupement-consultation-membre")
    odile.home()
    agents.dashboard(odile)
    odile.follow("Groupements, Commune de Lannion")
    odile.follow(TITLE)
    odile.follow("Commandes")
    odile.sees("20 000 €")
    odile.shot("groupement-commandes")


def grouping_of(server, world):
    server.look()
    (found,) = (item for item in world.a.objectValues() if item.portal_type == "Groupement")
    return found
