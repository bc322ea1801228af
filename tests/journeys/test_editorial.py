"""A communications officer: a press release with its picture through review at its hour, the home page, a newsletter sent."""

from datetime import timedelta
from megalis.portal.editorial.newsletter import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from plone import api
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import hire
from tests.editorial.conftest import png
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import PASSWORD

import pytest
import transaction


TITLE = "Le portail régional ouvre ses portes"
READER = "lectrice@exemple.fr"


@pytest.fixture
def staff(server):
    with api.env.adopt_roles(["Manager"]):
        found = hire(server.site)
    transaction.commit()
    return found


def at_the_desk(visitor, name, email):
    person = visitor(name)
    person.home()
    person.follow("Se connecter")
    person.type_credentials(email, PASSWORD)
    person.menu("Rédaction du site")
    return person


def write_with_the_toolbar(writer):
    """Write an article with the buttons, by mouse and by keyboard, and read it as it will be while it is typed."""
    page = writer.page
    text = page.locator("[name='form.widgets.text']")
    shown = page.get_by_role("region", name="Aperçu")
    writer.sees("Le texte tel que la page le montrera.")
    text.press_sequentially("Ce qui change")
    page.get_by_role("button", name="Intertitre").click()
    text.press("End")
    text.press_sequentially("\n\nUn ")
    text.press("Control+b")
    text.press_sequentially("seul")
    text.press("End")
    text.press_sequentially(" portail.")
    shown.get_by_role("heading", name="Ce qui change").wait_for()
    shown.locator("strong", has_text="seul").wait_for()
    page.get_by_role("button", name="Gras (Ctrl+B)").focus()
    for _step in range(3):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.ariaLabel") == "Liste à puces"
    page.keyboard.press("Enter")
    shown.get_by_role("listitem").wait_for()
    page.keyboard.press("Control+z")
    shown.get_by_role("listitem").wait_for(state="detached")
    assert text.input_value() == "## Ce qui change\n\nUn **seul** portail."
    writer.shot("communique-redaction")


def test_a_press_release_the_home_page_and_a_newsletter(server, visitor, staff, tmp_path):
    picture = tmp_path / "port.png"
    picture.write_bytes(png(1200, 800))
    second = tmp_path / "quai.png"
    second.write_bytes(png(900, 900))
    reader = visitor("Lectrice")
    reader.home()
    reader.follow("Lettre d’information")
    reader.fill("Adresse électronique", READER)
    reader.submit("M’abonner")
    reader.sees("Il reste à confirmer")
    reader.open_mail(server, READER, "Confirmez votre abonnement")
    reader.submit("Recevoir la lettre")
    reader.sees("C’est fait")

    writer = at_the_desk(visitor, "Claire", EMAILS.writer)
    writer.follow("Nouveau communiqué")
    writer.fill("Titre", TITLE)
    writer.fill("Chapeau", "Publier, chercher, déposer : un seul lieu.")
    write_with_the_toolbar(writer)
    writer.page.locator("[name='form.widgets.image']").set_input_files(picture)
    writer.page.locator("[name='form.widgets.image_alt']").fill("La rade de Brest au matin")
    writer.page.locator("[name='form.widgets.image1']").set_input_files(second)
    writer.page.locator("[name='form.widgets.image1_alt']").fill("Le port de Lorient vu du quai")
    writer.page.locator("[name='form.widgets.day']").fill("2026-07-04")
    writer.submit("Enregistrer le brouillon")
    writer.follow("Aperçu")
    writer.sees("Le public ne voit pas encore cette page")
    writer.shot("communique-apercu")
    writer.follow("Revenir à la fiche")
    writer.submit("Proposer à la relecture")
    writer.shot("communique-fiche")

    reviewer = at_the_desk(visitor, "Bruno", EMAILS.reviewer)
    reviewer.sees("Ce qui m’attend (1)")
    reviewer.shot("redaction")
    reviewer.follow(TITLE)
    hour = clock.now() + timedelta(hours=2)
    reviewer.fill("Paraîtra le", f"{clock.paris(hour):%Y-%m-%dT%H:%M}")
    reviewer.submit("Programmer")
    reviewer.sees("La publication est programmée")
    reader.home()
    assert TITLE not in reader.words()
    clock.set_for_tests(hour + timedelta(minutes=1))
    server.work()
    reader.home()
    reader.follow(TITLE)
    reader.sees("Ce qui change")
    for words in ("La rade de Brest au matin", "Le port de Lorient vu du quai"):
        assert reader.page.get_by_alt_text(words).get_attribute("srcset")
    reader.sees("4 juillet 2026")
    reader.shot("communique")

    master = at_the_desk(visitor, "Anne", EMAILS.webmaster)
    master.follow("Composer l’accueil")
    master.submit("Masquer S’exercer")
    master.submit("Monter Chiffres clés")
    master.fill("Titre du bloc", "Travaux du samedi")
    master.fill("Texte du bloc", "Le portail sera **lent** samedi matin.")
    master.submit("Ajouter ce bloc")
    master.shot("accueil-composer")
    master.follow("Voir l’accueil")
    master.sees("Travaux du samedi", TITLE)
    master.shot("accueil-compose")
    master.menu("Rédaction du site")
    master.follow("Lettre d’information")
    master.fill("Objet", "La lettre du portail")
    master.submit("Créer la lettre")
    master.page.get_by_label(TITLE).check()
    master.submit("Enregistrer la lettre")
    master.shot("lettre")
    master.page.get_by_text("Envoyer la lettre", exact=True).click()
    master.submit("Envoyer à tous les abonnés")
    master.sees("La lettre part")
    for _turn in range(3):
        server.work()
    server.look()
    sent = [message for message in outbox.messages(server.site) if message.payload["subject"] == "La lettre du portail"]
    assert [(message.payload["to"], message.state) for message in sent] == [(READER, "envoye")]
    assert TITLE in sent[0].payload["text"]
    reader.home()
    reader.follow("Lettre d’information")
    reader.follow("La lettre du portail")
    reader.sees(TITLE)
    reader.shot("lettre-archive")
    assert store.active(server.site) == 1
