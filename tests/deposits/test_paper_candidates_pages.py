"""Candidates on paper by the pages: a buyer selects them, invites them by letter, posts it, notes it; who is refused likewise."""

from html import unescape
from megalis.portal.consultations.restricted import invitations
from megalis.portal.deposits.paper import store as papers
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from plone import api
from tests.deposits.two_phases import PAPER
from tests.deposits.two_phases import TwoPhases

import pytest
import transaction


STREET = "Imprimerie du Cap\n3 quai de la Perle\n29000 Quimper"


@pytest.fixture
def scene(functional_portal):
    """An electronic candidate and two on paper without an electronic address, their bids opened."""
    with api.env.adopt_roles(["Manager"]):
        found = TwoPhases(functional_portal, lots=())
        found.apply((None, "candidature", PAPER))
        agent = people.get(found.buyer)
        form = {"kind": "pli", "way": "main", "support": "papier"}
        found.bids = [
            papers.enter(found.consultation, agent, {**form, "company": name})
            for name in ("Imprimerie du Cap", "Papeterie du Bourg")
        ]
        found.open("candidature")
    transaction.commit()
    yield found
    clock.set_for_tests()


def read(browser):
    return " ".join(unescape(browser.contents).replace("\N{NO-BREAK SPACE}", " ").replace("\u202f", " ").split())


def test_from_the_register_of_paper_to_the_letter_that_is_posted(scene, browse):
    url = scene.consultation.absolute_url()
    agent = browse(scene.buyer, f"{url}/@@selection")
    assert scene.bids[0].number in read(agent) and "encore fermé : ouvrez-le d’abord" in read(agent)
    for rank, verdict in enumerate(("oui", "oui", "non")):
        agent.getControl(name=f"verdict.{rank}").value = [verdict]
    agent.getControl(name="motif.2").value = "Références absentes."
    agent.getControl("Arrêter la sélection").click()
    assert "n’est pas inscrit comme ouvert" in read(agent)
    for bid in scene.bids:
        agent.open(f"{url}/@@papier?id={bid.id}")
        agent.getControl("Écrire qu’il est ouvert").click()
    agent.open(f"{url}/@@selection")
    for rank, verdict in enumerate(("oui", "oui", "non")):
        agent.getControl(name=f"verdict.{rank}").value = [verdict]
    agent.getControl(name="motif.2").value = "Références absentes."
    agent.getControl("Arrêter la sélection").click()
    assert "postez leur lettre" in read(agent)
    page = agent.url
    agent.getLink("Lettre à Papeterie du Bourg").click()
    assert agent.headers["content-type"] == "application/pdf"
    agent.open(page)
    agent.open(f"{url}/@@suite?relation=phase-2")
    assert "A répondu sur papier." in read(agent)
    agent.getControl("Date limite de remise des plis").value = f"{clock.paris(clock.now()).year + 1}-06-01T12:00"
    agent.getControl("Créer le brouillon").click()
    assert "donnez son adresse postale" in read(agent)
    agent.getControl("Adresse postale").value = STREET
    agent.getControl("Créer le brouillon").click()
    assert "Le brouillon est fait" in read(agent), read(agent)
    transaction.begin()
    made = scene.town[agent.url.split("/@@")[0].rpartition("/")[2]]
    with api.env.adopt_roles(["Manager"]):
        scene.make_public(made)
    transaction.commit()
    agent.open(f"{made.absolute_url()}/@@invitations")
    assert "À poster" in read(agent) and "3 quai de la Perle" in read(agent)
    agent.getControl("Imprimer la lettre").click()
    assert agent.headers["content-type"] == "application/pdf" and agent.contents[:5] in (b"%PDF-", "%PDF-")
    agent.open(f"{made.absolute_url()}/@@invitations")
    agent.getControl("Numéro de suivi").value = "1A 234"
    agent.getControl("La lettre est postée").click()
    assert "est notée comme postée" in read(agent) and "suivi 1A 234" in read(agent)
    transaction.begin()
    (line,) = [item for item in invitations.standing(made) if item.address]
    assert invitations.label(line).startswith("Postée le")
    agent.open(f"{made.absolute_url()}/@@invitations.csv")
    assert "Imprimerie du Cap" in agent.contents and "1A 234" in agent.contents


def test_a_letter_is_not_printed_by_following_a_link(scene, browse):
    url = scene.consultation.absolute_url()
    agent = browse(scene.buyer, f"{url}/@@selection")
    agent.raiseHttpErrors = False
    agent.open(f"{url}/@@selection-lettre.pdf?candidat=personne")
    assert agent.headers["status"].startswith("404")
