"""A site for the tests of this room, and the two communes and the company everything happens to."""

from megalis.portal.distributions.megalis import structure
from megalis.portal.formats import siren as numbers
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from tests.layers import *  # noqa: F403
from types import SimpleNamespace

import pytest


PASSWORD = "quatre chevaux bleus galopent"
BRIEUC = numbers.siret_of("212202782")
LANNION = numbers.siret_of("212201131")
COMPANY = "732829320"


def furnish(site):
    """Return a small world: communes ``a`` and ``b``, an agent of each role in ``a``, a company with two users."""
    structure.build(site)
    world = SimpleNamespace(site=site, password=PASSWORD)
    world.a = create.collectivite("Commune de Saint-Brieuc", BRIEUC, department="22", external_id="ORG-1")
    world.b = create.collectivite("Commune de Lannion", LANNION, department="22")
    for key in ("administrateurs", "acheteurs", "valideurs", "porteurs", "lecteurs"):
        email = f"{key}@a.exemple.fr"
        userid = people.create("agent", email, f"Agent {key}", PASSWORD)
        membership.add(world.a, userid, {key})
        setattr(world, key, userid)
    world.other = people.create("agent", "administrateurs@b.exemple.fr", "Agent voisin", PASSWORD)
    membership.add(world.b, world.other, {"administrateurs", "acheteurs"})
    world.company = create.entreprise("Toitures du Trégor", COMPANY)
    world.place = create.etablissement(world.company, numbers.siret_of(COMPANY), head_office=True)
    world.boss = people.create("entreprise", "gerant@toitures.exemple.fr", "Gérant", PASSWORD)
    membership.add(world.company, world.boss, {"e-administrateurs"})
    world.bidder = people.create("entreprise", "offres@toitures.exemple.fr", "Chargé d’offres", PASSWORD)
    membership.add(world.company, world.bidder, {"e-repondants"})
    world.operator = people.create("exploitant", "exploitant@megalis.exemple.fr", "Exploitant", PASSWORD)
    return world


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords():
    """Tests make hundreds of accounts: keep scrypt, at its smallest cost."""
    from megalis.portal.organisations.signin import passwords

    passwords.COST = 4


@pytest.fixture
def world(portal):
    return furnish(portal)


@pytest.fixture
def served_world(functional_portal):
    """The same, committed, for tests that speak HTTP."""
    import transaction

    found = furnish(functional_portal)
    transaction.commit()
    return found


@pytest.fixture
def browse(functional_portal):
    """Return a function: userid's login (or None) -> a browser that has signed in by the page."""
    from plone.testing.zope import Browser

    def visit(login=None, password=PASSWORD):
        browser = Browser(functional_portal.aq_parent)
        browser.handleErrors = True
        browser.raiseHttpErrors = False
        if login:
            sign_in(browser, functional_portal, login, password)
        return browser

    return visit


def sign_in(browser, site, login, password):
    browser.open(f"{site.absolute_url()}/login")
    browser.getControl(name="__ac_name").value = login
    browser.getControl(name="__ac_password").value = password
    browser.getControl("Se connecter").click()


def status(browser):
    """Return the HTTP status of the browser's last answer."""
    return int(browser.headers["status"].split()[0])


def mails(site):
    """Return the payloads of the mails that wait, oldest first."""
    from megalis.portal.kernel import outbox

    return [dict(message.payload) for message in reversed(outbox.messages(site))]


def link_in(mail):
    """Return the one address in the text of a mail."""
    import re

    found = re.findall(r"https?://\S+", mail["text"])
    assert len(found) == 1, mail["text"]
    return found[0]
