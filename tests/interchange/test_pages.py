"""The page of the keys: its administrator makes one, reads it once, revokes it; nobody else comes in."""

from html import unescape
from megalis.portal.interchange import keys
from megalis.portal.kernel import journal
from tests.formats.interchange import NEUTRAL
from tests.organisations.conftest import browse  # noqa: F401
from tests.organisations.conftest import status

import pytest
import re
import transaction


ADMINISTRATOR = "administrateurs@a.exemple.fr"


@pytest.fixture
def page(town, browse):  # noqa: F811
    found = browse(ADMINISTRATOR)
    found.open(town.a.absolute_url())
    found.getLink("Interfaces logicielles").click()
    return found


def test_a_key_is_made_shown_once_used_and_revoked(town, page, call):
    page.getControl(name="nom").value = "MARCO, service achats"
    page.getControl(name="duree").value = ["90"]
    page.getControl("Créer la clé").click()
    (token,) = re.findall(r"mgk_[0-9a-f]{32}_[\w-]{43}", page.contents)
    assert call("GET", "/v1", token=token).json["cle"]["nom"] == "MARCO, service achats"
    page.open(page.url)
    assert token not in page.contents
    assert "MARCO, service achats" in page.contents
    page.getControl("Révoquer", index=0).click()
    assert "est révoquée" in unescape(page.contents)
    transaction.begin()
    newest = keys.of(town.a)[0]
    assert (newest.title, newest.state()) == ("MARCO, service achats", "revoquee")
    assert call("GET", "/v1", token=token).status == 401
    facts = [event["fait"] for event in journal.events(town.a, "cle-interface")]
    assert facts[-2:] == ["creation", "revocation"]


@pytest.mark.parametrize(
    ("name", "scopes", "days", "said"),
    [
        ("", ["lecture"], "90", "Donnez à la clé le nom"),
        ("x" * 81, ["lecture"], "90", "80 signes au plus"),
        ("MARCO", [], "90", "Cochez ce que la clé permet"),
    ],
)
def test_a_key_that_lacks_something_is_not_made(town, page, name, scopes, days, said):
    page.getControl(name="nom").value = name
    page.getControl(name="portee").value = scopes
    page.getControl(name="duree").value = [days]
    page.getControl("Créer la clé").click()
    assert status(page) == 422
    assert said in unescape(page.contents).replace("\u00a0", " ")
    transaction.begin()
    assert len(keys.of(town.a)) == 2


def test_what_a_software_sent_is_on_the_page_with_its_way(town, page, call):
    call("PUT", f"/v1/consultations/{NEUTRAL['reference_externe']}", NEUTRAL)
    page.open(page.url)
    assert NEUTRAL["reference_externe"] in page.contents
    page.getLink(NEUTRAL["objet"]).click()
    assert page.url.endswith("@@gestion")


@pytest.mark.parametrize(
    "login", ["acheteurs@a.exemple.fr", "administrateurs@b.exemple.fr", "gerant@toitures.exemple.fr", None]
)
def test_the_page_is_for_the_administrators_of_the_collectivite(town, browse, login):  # noqa: F811
    found = browse(login)
    found.open(f"{town.a.absolute_url()}/@@interfaces-logicielles")
    assert "Créer la clé" not in found.contents


def test_a_key_of_next_door_is_not_revoked_from_here(town):
    with pytest.raises(Exception, match="n’est pas de cette collectivité"):
        keys.revoke(town.a, town.neighbour.id, "essai")
