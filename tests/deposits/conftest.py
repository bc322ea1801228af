"""A site for the tests of this room, and the scene most of them play in."""

from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from plone import api
from plone.testing.zope import Browser
from tests.deposits.scene import PASSWORD
from tests.deposits.scene import Scene
from tests.layers import *  # noqa: F403

import pytest


@pytest.fixture
def scene(portal):
    """A published consultation, a company as ``bidder``; the clock is right again afterwards."""
    with api.env.adopt_roles(["Manager"]):
        found = Scene(portal)
        found.publish()
        found.bidder = found.company()
        yield found
    clock.set_for_tests()


@pytest.fixture
def browse(functional):
    """Return a function: userid -> a browser signed in as that person, on a page if an address is given."""

    def open_as(userid, address=None):
        browser = Browser(functional["app"])
        browser.handleErrors, browser.raiseHttpErrors = True, False
        browser.addHeader("Authorization", f"Basic {people.get(userid).login}:{PASSWORD}")
        if address:
            browser.open(address)
        return browser

    return open_as
