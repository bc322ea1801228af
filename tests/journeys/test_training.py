"""A secretary enrols in a training, from the home page: the last seat, the waiting list, attendance, the certificate."""

from megalis.portal.kernel import clock
from megalis.portal.trainings import service
from plone import api
from pypdf import PdfReader
from tests.journeys import agents
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import PASSWORD
from tests.trainings.conftest import furnish_trainings
from tests.trainings.conftest import STAFF

import pytest
import transaction


SECRETARY, OTHER = "acheteurs@a.exemple.fr", "administrateurs@b.exemple.fr"
GUEST = "lena@petite-commune.exemple.fr"
TITLE = "Transmettre ses actes au contrôle de légalité"


@pytest.fixture
def world(server):
    with api.env.adopt_roles(["Manager"]):
        found = furnish_trainings(server.site)
    transaction.commit()
    yield found
    clock.set_for_tests()


def signed_in(visitor, name, login):
    person = visitor(name)
    person.home()
    person.follow("Se connecter")
    person.type_credentials(login, PASSWORD)
    return person


def give_up(person):
    """Leave one's place: what is lost is said before the button."""
    person.page.get_by_text("Je ne viendrai pas").click()
    person.submit("Annuler mon inscription")


def to_session(person):
    """Come from the home page to the session that the staff made."""
    person.home()
    person.follow("Formations")
    person.follow(TITLE)
    person.page.locator("table a").first.click()
    person.sees("Organisateur")


def test_a_secretary_takes_the_last_seat_and_leaves_with_a_certificate(server, world, visitor):
    staff = signed_in(visitor, "communication", STAFF)
    agents.dashboard(staff)
    staff.follow("Catalogue et inscription")
    staff.shot("formations")
    staff.follow(TITLE)
    staff.shot("formation-module")
    staff.follow("Nouvelle session")
    staff.fill("Organisateur", "GRETA du Finistère")
    staff.fill("Lieu", "Lycée Vauban, Brest")
    day = clock.now().replace(year=clock.now().year + 1, month=6, day=15)
    staff.page.locator("[name='form.widgets.spans.0.day']").fill(f"{day:%Y-%m-%d}")
    staff.page.locator("[name='form.widgets.spans.0.start']").fill("9:00")
    staff.page.locator("[name='form.widgets.spans.0.end']").fill("12:00")
    staff.fill("Places", "1")
    staff.shot("formation-nouvelle-session")
    staff.submit("Enregistrer")
    staff.sees("La session est enregistrée.")

    secretary, other = signed_in(visitor, "secretaire", SECRETARY), signed_in(visitor, "voisin", OTHER)
    for person in (secretary, other):
        to_session(person)
        person.sees("1 place sur 1")
    secretary.shot("formation-session")
    secretary.submit("S’inscrire")
    secretary.sees("Vous êtes inscrit.")
    other.submit("S’inscrire")
    other.sees("liste d’attente, en position 1")
    other.shot("formation-attente")
    server.work()

    staff.follow("Inscrits et présence")
    staff.sees("1 personne en liste d’attente")
    give_up(secretary)
    server.work()
    other.open_mail(server, OTHER, "Une place pour vous")
    other.sees("Vous êtes inscrit.")
    give_up(other)
    secretary.submit("S’inscrire")
    secretary.sees("Vous êtes inscrit.")

    transaction.begin()
    session = service.sessions_of(world.catalogue["transmettre-les-actes"])[0]
    clock.set_for_tests(session.end)
    staff.page.reload()
    staff.page.get_by_role("checkbox").first.check()
    staff.shot("formation-presence")
    staff.submit("Enregistrer la présence")
    staff.sees("Présence enregistrée : 1 personne")
    server.work()
    secretary.open_mail(server, SECRETARY, "Votre attestation")
    secretary.shot("formation-suivie")
    secretary.follow("Donner mon avis")
    for radio in ("objectifs", "formateur", "pratique", "accueil"):
        secretary.page.locator(f"[name={radio}][value='4']").check()
    secretary.shot("formation-avis")
    secretary.submit("Envoyer mon avis")
    secretary.sees("Merci : votre avis est enregistré")
    secretary.shot("mes-formations")
    address = secretary.page.get_by_role("link", name="Attestation (PDF)").get_attribute("href")
    answer = secretary.context.request.get(address)
    path = secretary.folder / "attestation.pdf"
    path.write_bytes(answer.body())
    words = " ".join(page.extract_text() for page in PdfReader(path).pages).replace("\xa0", " ")
    assert "Agent acheteurs" in words
    assert "3 h sur 3 h" in words
    staff.home()
    agents.dashboard(staff)
    staff.follow("Statistiques des formations")
    staff.sees("sur 1 500 visés")
    staff.shot("formations-statistiques")


def test_somebody_of_a_small_commune_enrols_without_an_account_by_the_link_of_his_mail(server, world, visitor):
    lena = visitor("Léna")
    lena.home()
    lena.follow("Formations")
    lena.follow("Publier une consultation")
    lena.page.locator("table a").first.click()
    lena.follow("S’inscrire sans compte")
    lena.fill("Votre nom", "Léna Le Goff")
    lena.fill("Adresse électronique", GUEST)
    lena.fill("Collectivité ou entreprise", "Commune de Plouha")
    lena.page.get_by_label("J’accepte").check()
    lena.shot("formation-sans-compte")
    lena.submit("Demander mon inscription")
    lena.sees("Un courriel part")
    server.work()
    lena.open_mail(server, GUEST, "Confirmez")
    lena.shot("formation-confirmer")
    lena.submit("Confirmer mon inscription")
    lena.sees("Vous êtes inscrit.")
    lena.shot("formation-inscrite-sans-compte")
