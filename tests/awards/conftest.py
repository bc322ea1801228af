"""A site for the tests of this room, and the consultation most of them judge."""

from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from plone import api
from plone.testing.zope import Browser
from tests.awards.scene import Awarding
from tests.layers import *  # noqa: F403

import pytest
import transaction


PASSWORD = "phrase de passe longue 42 mer"
ROLES = ["Manager", "Acheteur", "Valideur", "PorteurDeCle"]


@pytest.fixture
def as_agents(portal):
    """Let the test act with all the roles of the buyer."""
    with api.env.adopt_roles(ROLES):
        yield portal
    clock.set_for_tests()


@pytest.fixture
def scene(as_agents):
    """An undivided contract under analysis, with three bids."""
    return Awarding(as_agents).analyse()


@pytest.fixture
def pages(functional_portal):
    """The same where a browser sees it."""
    with api.env.adopt_roles(ROLES):
        found = Awarding(functional_portal).analyse()
        transaction.commit()
        yield found
    clock.set_for_tests()


@pytest.fixture
def visit(functional):
    """Return a function: userid -> a browser signed in as that person."""

    def open_as(userid):
        browser = Browser(functional["app"])
        browser.handleErrors, browser.raiseHttpErrors = True, False
        browser.addHeader("Authorization", f"Basic {people.get(userid).login}:{PASSWORD}")
        return browser

    return open_as
