"""What is typed in a forum is not lost: letters that come before the editor, answers begun before a quotation or a click."""

from playwright.sync_api import expect
from plone import api
from tests.forums.conftest import ask
from tests.forums.conftest import furnish_forum
from tests.forums.conftest import say
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import PASSWORD

import pytest
import transaction


ANNE = "acheteurs@a.exemple.fr"
TITLE = "Livraison en vrac ou en sacs ?"


@pytest.fixture
def anne(server, visitor):
    """Anne before a subject where a neighbour has answered."""
    with api.env.adopt_roles(["Manager"]):
        world = furnish_forum(server.site)
        subject = ask(world, TITLE, "Qui a un dépôt ?")
        say(world, subject, "> ancien\n\nNous en avons un.\n\n> encore\n\nPrès du port.")
    transaction.commit()
    person = visitor("Anne")
    person.home()
    person.follow("Se connecter")
    person.type_credentials(ANNE, PASSWORD)
    person.follow("Commande publique")
    person.follow(TITLE)
    return person


def without_editor(person):
    """From now on the script of the editor does not come, as on a busy machine; return a function: it comes."""
    held = []
    person.page.route("**/editeur*.js", lambda route: held.append(route))

    def come():
        for route in held:
            route.continue_()

    return come


def area_of(person):
    return person.page.locator(".mg-editor__area")


def test_letters_typed_before_the_editor_is_there_stay_after_the_quotation(anne):
    page = anne.page
    quote = page.get_by_role("link", name="Citer le message 2").get_attribute("href")
    let_it_come = without_editor(anne)
    page.evaluate("quote => { location.href = quote; }", quote)
    page.wait_for_url("**citer=**", wait_until="commit")
    field = page.locator("textarea[name=texte]")
    expect(field).to_be_focused()
    page.keyboard.type("Merci, nous venons.")
    let_it_come()
    area_of(anne).wait_for()
    page.keyboard.type(" Mardi.")
    text = area_of(anne).inner_text()
    assert text.startswith("Agent voisin")
    assert text.endswith("Merci, nous venons. Mardi.")
    assert "Merci" not in area_of(anne).locator("blockquote").inner_text()


def test_a_quotation_joins_the_answer_that_was_begun_and_the_letters_that_follow_it_at_once(anne):
    page, area = anne.page, area_of(anne)
    area.click()
    page.keyboard.type("Deux choses.")
    page.get_by_role("link", name="Citer le message 1").click()
    page.keyboard.type("Pas nous.")
    page.get_by_role("link", name="Citer le message 2").click()
    page.keyboard.type("Merci.")
    anne.shot("forum-citer")
    anne.submit("Publier la réponse")
    anne.sees("Votre réponse est publiée")
    said = page.locator(".mg-talk > li").nth(2).locator(".mg-prose")
    parts = said.evaluate(
        "node => [...node.children].map(one => one.tagName + ' ' + one.innerText.replace(/\\s+/g, ' '))"
    )
    assert parts == [
        "P Deux choses.",
        "BLOCKQUOTE Agent acheteurs : Qui a un dépôt ?",
        "P Pas nous.",
        "BLOCKQUOTE Agent voisin : Nous en avons un. Près du port.",
        "P Merci.",
    ]


def test_leaving_with_an_answer_that_was_not_sent_asks_first(anne):
    page, asked = anne.page, []
    anne.context.on("dialog", lambda dialog: asked.append(dialog.type))
    page.get_by_role("link", name="Commande publique").first.click()
    page.wait_for_url("**/commande-publique")
    assert asked == [], "nothing was typed"
    anne.follow(TITLE)
    area_of(anne).click()
    page.keyboard.type("Je finirai plus tard")
    page.get_by_role("link", name="Commande publique").first.click()
    page.wait_for_url("**/commande-publique")
    assert asked == ["beforeunload"]
