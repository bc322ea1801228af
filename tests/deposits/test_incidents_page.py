"""``@@incidents-cles`` as its people meet it: the holder declares his own key, the administrator any, minutes are taken."""

from io import BytesIO
from megalis.portal.deposits import keys
from megalis.portal.kernel import clock
from plone import api
from pypdf import PdfReader
from tests.deposits.acts import deposit
from tests.deposits.scene import read
from tests.deposits.scene import Scene

import pytest
import transaction


STORY = "Clé USB restée dans le train de 7 h 12."


@pytest.fixture
def scene(functional_portal):
    """A published consultation that one company answered, sealed to the keys of a holder and of his deputy."""
    with api.env.adopt_roles(["Manager", "PorteurDeCle"]):
        found = Scene(functional_portal)
        found.publish()
        found.bidder = found.company()
        deposit(found)
        found.boss = found.agent("administrateurs")
        found.reader = found.agent("lecteurs")
        transaction.commit()
        yield found
    clock.set_for_tests()


@pytest.fixture
def visit(browse, scene):
    """Return a function: userid -> a browser of that person on the page of incidents."""
    return lambda userid: browse(userid, f"{scene.town.absolute_url()}/@@incidents-cles")


def declare(browser, kind="perdue", day=None, text=STORY):
    browser.getControl(name="genre").value = [kind]
    browser.getControl(name="constat").value = day or f"{clock.paris(clock.now()):%Y-%m-%d}"
    browser.getControl(name="circonstances").value = text
    browser.getControl("Déclarer l’incident").click()


def state_of(scene, userid):
    transaction.begin()
    (key,) = (key for key in keys.all_keys(scene.town) if key.holder == userid)
    return key.revoked is not None, key.lost


def test_a_holder_reaches_the_page_from_the_room_of_keys_and_declares_his_own_key_alone(scene, visit):
    browser = visit(scene.deputy)
    browser.open(f"{scene.town.absolute_url()}/@@cles")
    browser.getLink("Clé perdue ou volée").click()
    assert len(browser.getControl(name="cle").options) == 1
    declare(browser)
    said = read(browser)
    assert "L’incident est déclaré" in said and "Hors service" in said and scene.consultation.reference in said
    assert state_of(scene, scene.deputy) == (True, "perdue")
    assert state_of(scene, scene.holder) == (False, "")


def test_what_is_declared_badly_is_said_and_what_was_typed_stays(scene, visit):
    browser = visit(scene.holder)
    for day, text, said in (("2999-01-01", STORY, "date"), ("demain", STORY, "date"), (None, "  ", "irconstances")):
        declare(browser, day=day, text=text)
        assert browser.headers["status"].startswith("422")
        assert "L’incident n’est pas enregistré" in read(browser) and said in read(browser)
        assert browser.getControl(name="circonstances").value.strip() == text.strip()
    assert state_of(scene, scene.holder) == (False, "")


def test_the_key_of_another_is_not_declared_by_a_holder_nor_any_by_a_reader(scene, visit):
    browser = visit(scene.holder)
    (theirs,) = (key.id for key in keys.all_keys(scene.town) if key.holder == scene.deputy)
    token = browser.getControl(name="_authenticator", index=0).value
    form = f"_authenticator={token}&cle={theirs}&genre=perdue&constat=2026-01-01&circonstances=x"
    browser.post(f"{scene.town.absolute_url()}/@@incidents-cles", form)
    assert "la vôtre" in read(browser) and state_of(scene, scene.deputy) == (False, "")
    assert "Déclarer un incident" not in read(visit(scene.reader))


def test_the_administrator_declares_any_key_takes_the_minutes_and_notes_it_found_again(scene, visit):
    browser = visit(scene.boss)
    assert len(browser.getControl(name="cle").options) == 2
    (theirs,) = (key.id for key in keys.all_keys(scene.town) if key.holder == scene.holder)
    browser.getControl(name="cle").value = [theirs]
    declare(browser, "volee")
    assert state_of(scene, scene.holder) == (True, "volee")
    page = browser.url
    browser.getLink("Constat (PDF)").click()
    assert browser.headers["content-type"].startswith("application/pdf")
    pages = PdfReader(
        BytesIO(browser.contents if isinstance(browser.contents, bytes) else browser.contents.encode("latin-1"))
    )
    words = " ".join(" ".join(item.extract_text() for item in pages.pages).split())
    assert "Clé USB restée dans le train" in words and scene.consultation.reference in words
    browser.open(page)
    browser.getControl("La clé est retrouvée").click()
    assert "elle ouvre de nouveau ses plis" in read(browser) and "Retrouvée" in read(browser)
    assert state_of(scene, scene.holder) == (True, ""), "back with its holder, never back into service"


def test_every_bidder_is_told_when_no_key_is_left(scene, visit):
    declare(visit(scene.deputy), "oubliee")
    browser = visit(scene.holder)
    declare(browser)
    assert "2 pli(s) ne s’ouvrent plus" in read(browser)
