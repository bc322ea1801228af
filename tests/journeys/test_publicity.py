"""A notice leaves for the bulletin, comes back refused, is mended, is published; a later date is told by a change notice."""

from datetime import timedelta
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import simulation
from megalis.portal.kernel import clock
from plone import api
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import equip
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.journeys import agents
from tests.organisations.conftest import cheap_passwords  # noqa: F401

import pytest
import transaction


VALIDATOR = "valideurs@a.exemple.fr"
TITLE = "Programme de voirie 2026"


@pytest.fixture
def played(monkeypatch, tmp_path):
    """The simulated hub: nothing is published before the test lets it."""
    monkeypatch.setenv("MEGALIS_VAR", str(tmp_path / "var"))
    simulation.stop()
    hub = simulation.service("boamp").answer.__self__
    hub.register.delay = 3600
    yield hub
    simulation.stop()


@pytest.fixture
def world(server):
    clock.set_for_tests(NOW)
    with api.env.adopt_roles(["Manager"]):
        found = equip(server.site)
        services.tell(server.site, "boamp", services.SIMULATED, "", "Exploitation")
        found.a.postal_code, found.a.city = "22000", "Saint-Brieuc"
        found.road = publish(found, complete_draft(found.a, supports=("profil", "boamp")))
    transaction.commit()
    return found


def later(server, seconds=30):
    """Have the worker pass, some seconds later."""
    clock.set_for_tests(clock.now() + timedelta(seconds=seconds))
    server.work()


def test_a_notice_is_refused_mended_published_and_rectified(server, visitor, world, played):
    valideur = visitor("valideur")
    valideur.home()
    valideur.follow("Se connecter")
    valideur.type_credentials(VALIDATOR, world.password)
    agents.dashboard(valideur)
    valideur.follow(TITLE)
    valideur.follow("Publicité")
    valideur.sees("La loi demande", "Pas encore envoyé", "rien ne paraît réellement")
    valideur.shot("publicite-a-envoyer")
    played.refusals.append(("AVIS-12", "La date d’ouverture précède la date limite."))
    valideur.submit("Envoyer l’avis de marché")
    valideur.sees("en route")
    later(server)

    agents.do_first(valideur, "Corriger et renvoyer")
    valideur.sees("Refusé", "La date d’ouverture précède la date limite.")
    valideur.shot("publicite-refuse")
    valideur.follow("Avis de marché", exact=True)
    valideur.sees("AVIS-12", "Octets envoyés", "Refusé par le service")
    valideur.shot("avis-refuse")
    valideur.follow("Publicité")
    valideur.submit("Envoyer l’avis de marché")
    later(server)
    played.register.delay = 0
    later(server)
    valideur.page.reload()
    valideur.sees("Publié", "Ce qui a été envoyé")
    valideur.shot("publicite-publie")

    valideur.follow("Revenir à la consultation")
    valideur.follow("Rectifier")
    valideur.fill("Motif", "Demandes des entreprises")
    valideur.page.get_by_label("Description").first.fill("Réfection de la voirie et des trottoirs")
    valideur.submit("Publier la version 2")
    valideur.follow("Publicité")
    valideur.sees("Ce que dira le rectificatif", "trottoirs")
    valideur.shot("publicite-rectificatif")
    valideur.submit("Envoyer l’avis rectificatif")
    later(server)
    later(server)
    valideur.page.reload()
    valideur.sees("Publié")
    assert [row["state"] for row in played.register._rows.values()] == ["failed", "published", "published"]
