"""Three agents of different communes work a document, tasks and a forum thread in a workspace, from the home page on."""

from megalis.portal.formats import siren as numbers
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations.digests import store
from plone import api
from tests.actes.conftest import a_pdf
from tests.journeys import agents
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from tests.organisations.conftest import PASSWORD

import pytest
import transaction


LOGINS = {"Anne": "acheteurs@a.exemple.fr", "Bob": "administrateurs@b.exemple.fr", "Chloé": "chloe@c.exemple.fr"}
SPACE = "Achat commun de sel"


@pytest.fixture
def world(server):
    with api.env.adopt_roles(["Manager"]):
        found = furnish(server.site)
        found.c = create.collectivite("Commune de Ploufragan", numbers.siret_of("212202154"), department="22")
        found.chloe = people.create("agent", LOGINS["Chloé"], "Chloé Le Gall", PASSWORD)
        membership.add(found.c, found.chloe, {"acheteurs"})
        store.set_habit(found.other, "immediat")
    transaction.commit()
    return found


@pytest.fixture
def trio(world, visitor):
    """Anne, Bob and Chloé, each signed in from the home page."""
    found = []
    for name, login in LOGINS.items():
        person = visitor(name, allow=("status of 422",))  # an empty file is refused before it is sent
        person.home()
        person.follow("Se connecter")
        person.type_credentials(login, PASSWORD)
        found.append(person)
    return found


def to_space(person):
    """Come from the home page to the workspace."""
    agents.dashboard(person)
    person.follow(SPACE, exact=True)


def write(person, words):
    """Write in the editor of the page."""
    area = person.page.get_by_role("textbox").and_(person.page.locator(".mg-editor__area")).last
    area.click()
    area.press_sequentially(words)


def drop(person, *names):
    """Drop files on the page, all at once, as from the desk of the computer; the page comes back with them."""
    held = person.page.evaluate_handle(
        """names => {
            const held = new DataTransfer();
            for (const name of names) held.items.add(new File(['%PDF-1.4\\n' + name], name, {type: 'application/pdf'}));
            return held;
        }""",
        list(names),
    )
    with person.page.expect_navigation():
        person.page.dispatch_event("[data-zone]", "drop", {"dataTransfer": held})


def column_of(person, title):
    """Return the column of the board a card stands in."""
    return person.page.locator("[data-colonne]", has=person.page.locator(f"[data-titre*='{title}']")).get_attribute(
        "data-nom"
    )


def carry_on_the_board(person):
    """Carry the card from « En cours » by keyboard, then by mouse; where it may not go, the board says why."""
    page, card = person.page, "[data-titre*='tonnage']"
    told = page.get_by_role("status")
    grip = page.get_by_role("button", name="Porter Donner le tonnage")
    assert column_of(person, "tonnage") == "En cours"
    grip.focus()
    for key in ("Space", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    person.sees("est dans « Fait »")
    assert column_of(person, "tonnage") == "Fait"
    for key in ("Space", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    told.get_by_text("ne passe pas de « Fait » à « À faire » : d’ici, elle va dans « En cours ».").wait_for()
    person.shot("espace-tableau-refus")
    page.keyboard.press("Escape")
    told.get_by_text("reste à sa place").wait_for()
    page.locator(card).drag_to(page.locator("[data-colonne=a-faire]"))
    told.get_by_text("ne passe pas de « Fait » à « À faire »").wait_for()
    assert column_of(person, "tonnage") == "Fait"
    page.locator(card).drag_to(page.locator("[data-colonne=en-cours]"))
    told.get_by_text("est dans « En cours »").wait_for()
    page.reload()
    assert column_of(person, "tonnage") == "En cours"
    grip.focus()
    for key in ("Space", "End", "Enter"):
        page.keyboard.press(key)
    told.get_by_text("est dans « Fait »").wait_for()


def test_three_agents_of_three_communes_work_together(server, world, trio, tmp_path):
    anne, bob, chloe = trio

    agents.dashboard(anne)
    anne.follow("Tous les espaces de travail")
    anne.shot("espaces")
    anne.follow("Nouvel espace")
    anne.fill("Nom de l’espace", SPACE)
    anne.fill("Ce qu’on y prépare", "Recenser les besoins, écrire un cahier des charges.")
    anne.shot("espace-nouveau")
    anne.submit("Ouvrir l’espace")
    anne.fill("Adresses électroniques", f"{LOGINS['Bob']}\n{LOGINS['Chloé']}")
    anne.submit("Inviter", exact=True)
    anne.sees("2 invitations envoyées")
    anne.shot("espace-membres")
    for person, name in ((bob, "Bob"), (chloe, "Chloé")):
        server.work()
        person.open_mail(server, LOGINS[name], "vous invite")
        person.shot("espace-invitation")
        person.submit("Rejoindre l’espace")
        person.sees("Vous êtes membre")

    # a document, its versions, its lock and what is said of it
    plan, bad = tmp_path / "Cahier des charges.pdf", tmp_path / "vide.pdf"
    plan.write_bytes(a_pdf("Première version"))
    bad.write_bytes(b"")
    to_space(anne)
    anne.follow("Documents", exact=True)
    anne.page.locator("#fichiers").set_input_files([plan, bad])
    anne.click("Déposer", exact=True)
    anne.sees("« vide.pdf » est vide", "Déposé")
    anne.shot("espace-depot")
    anne.follow("Cahier des charges.pdf")
    anne.submit("Réserver")
    to_space(bob)
    bob.follow("Documents", exact=True)
    bob.sees("Réservé par Agent acheteurs")
    drop(bob, "Devis.pdf", "Plan du dépôt.pdf")
    bob.sees("Devis.pdf", "Plan du dépôt.pdf")
    bob.follow("Cahier des charges.pdf", exact=True)
    bob.sees("Réservé par")
    write(bob, "Préciser le délai de livraison ?")
    bob.submit("Publier le commentaire")
    bob.sees("Préciser le délai de livraison ?")
    anne.page.reload()
    anne.sees("Préciser le délai")
    plan.write_bytes(a_pdf("Livraison avant le 15 novembre"))
    anne.page.locator("#fichiers").set_input_files(plan)
    anne.fill("Ce qui change", "délai précisé")
    anne.submit("Déposer la version")
    anne.sees("La version 2 est déposée", "délai précisé")
    anne.shot("espace-document")
    taken = bob.download(lambda: bob.page.get_by_role("link", name="Télécharger").first.click())
    assert taken.read_bytes().startswith(b"%PDF")

    # tasks: given by one, moved by another, seen by all
    anne.follow("Tâches", exact=True)
    anne.fill("Que faire", "Donner le tonnage de Ploufragan")
    anne.page.get_by_label("Qui").select_option("Chloé Le Gall, Commune de Ploufragan")
    anne.submit("Créer la tâche")
    agents.do_first(chloe, "Donner le tonnage")
    chloe.submit("En cours", exact=True)
    write(chloe, "Douze tonnes.")
    chloe.submit("Publier le commentaire")
    chloe.sees("Douze tonnes.")
    chloe.shot("espace-tache")
    chloe.follow("Tâches", exact=True)
    chloe.follow("Tableau", exact=True)
    carry_on_the_board(chloe)
    chloe.shot("espace-tableau")

    # a thread: asked, quoted, answered, solved
    to_space(bob)
    bob.follow("Discussions")
    bob.follow("Nouveau sujet")
    bob.fill("Titre", "Livraison en vrac ou en sacs ?")
    write(bob, "Qui a un dépôt ?")
    bob.submit("Ouvrir le sujet")
    to_space(chloe)
    chloe.sees("a ouvert le sujet « Livraison en vrac ou en sacs ? »")
    chloe.shot("espace-accueil")
    chloe.follow("Discussions")
    chloe.sees("Nouveau")
    chloe.follow("Livraison en vrac ou en sacs ?")
    chloe.click("Citer", "link")
    write(chloe, "Nous en avons un.")
    chloe.submit("Publier la réponse")
    chloe.sees("Nous en avons un.")
    assert chloe.page.locator("blockquote").first.inner_text().startswith("Agent voisin")
    server.work()
    bob.open_mail(server, LOGINS["Bob"], "Chloé Le Gall a écrit")
    bob.submit("Retenir cette réponse")
    bob.sees("Résolu", "Réponse retenue")
    bob.shot("forum-sujet")
    bob.follow("Discussions")
    bob.shot("forum")

    # everything is found at one place, and taken away in one file
    to_space(anne)
    anne.page.locator("#eq").fill("tonnage")
    anne.submit("Chercher", exact=True)
    anne.sees("Donner le tonnage de Ploufragan")
    anne.shot("espace-recherche")
    anne.follow(SPACE)
    archive = anne.download(lambda: anne.click("Tout exporter", "link"))
    assert archive.read_bytes()[:2] == b"PK"
